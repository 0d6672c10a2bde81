/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What an evaluation counted.  Plain relaxed atomics: any thread adds.
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#define COUNTERS(X) \
    X(bytes_read, "bytes read from files") \
    X(bytes_written, "bytes written to files") \
    X(chunks_decoded, "input chunks decoded") \
    X(chunks_encoded, "output chunks encoded") \
    X(chunks_fill, "chunks never written, filled in") \
    X(fallback_reads, "boxes read through H5Dread") \
    X(windows, "windows evaluated") \
    X(sweeps, "streaming passes") \
    X(collectives, "MPI collectives") \
    X(kernel_calls_vm, "kernel calls, block interpreter") \
    X(kernel_calls_llvm, "kernel calls, compiled") \
    X(kernels_compiled, "kernels compiled") \
    X(scratch_bytes, "bytes written to scratch") \
    X(bytes_brought, "bytes that came from other nodes") \
    X(memory_peak, "bytes of planned memory in use at most")

typedef struct counters {
#define X(name, doc) _Atomic int64_t name;
    COUNTERS(X)
#undef X
} counters;

static inline void count_add(_Atomic int64_t *c, int64_t n)
{
    atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

#endif
