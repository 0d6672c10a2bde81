/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A program that can be called.  Which back end runs is decided here and shows in
 * nothing but speed: the interpreter at once, machine code from the moment it is
 * there.  Equal programs of one session share one kernel.
 *
 * Threads: kernel_run from any number of them; all else from one at a time.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdbool.h>

#include "base/counters.h"
#include "base/log.h"
#include "kernel/program.h"

/* Longer programs are only interpreted (src/README has the figures). */
enum { KERNEL_MAX_COMPILED_STEPS = 192 };

typedef struct kernel_session kernel_session;
typedef struct kernel kernel;

typedef struct kernel_config {
    int jit;                    /* enum sharr_jit */
    int isa_level;              /* at most x86-64-v<n>; 0: what the machine has */
    int64_t threshold;          /* element-operations from which JIT_AUTO compiles */
    const char *dump_dir;       /* for IR and assembly; NULL or "": no.  Kept, not copied */
    counters *counters;         /* NULL: not counted */
    const logger *log;          /* NULL: silent */
} kernel_config;

/* JIT_LLVM loads the compiler at once and fails where there is none (SHARR_EUSAGE). */
int kernel_session_new(const kernel_config *c, kernel_session **out, sharr_error *err);
/* Every kernel was freed before.  Waits for a compilation in flight, drops queued ones. */
void kernel_session_free(kernel_session *s);

/* `p` belongs to the kernel on success.  `element_ops`: how many elements times steps it will be
 * run over; estimates of equal programs add up.  JIT_AUTO: above the threshold a thread of the
 * session compiles it; if that fails the interpreter goes on and a warning is logged.
 * JIT_LLVM: it is compiled when this returns (or longer than KERNEL_MAX_COMPILED_STEPS). */
int kernel_new(kernel_session *s, program *p, int64_t element_ops, kernel **out, sharr_error *err);
void kernel_free(kernel *k);                             /* accepts NULL */

/* Per worker; never changes.  Page-aligned; nothing is kept there between calls. */
size_t kernel_scratch_bytes(const kernel *k);
/* Calls with odd inner strides are interpreted even where machine code is there: it is faster. */
/* The same before there is a kernel, for planning; 0 if memory is out. */
size_t kernel_scratch_estimate(const program *p, int isa_level);
void kernel_run(kernel *k, const sharr_kargs *a, void *scratch);

bool kernel_compiled(const kernel *k);                   /* is machine code there by now? */
void kernel_session_wait(kernel_session *s);             /* until nothing is queued or in flight */

#endif
