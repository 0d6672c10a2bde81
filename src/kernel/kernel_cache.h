/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of a session by program: found by hash and full comparison, kept for
 * a while after their last user is gone.  Not thread-safe.
 */
#ifndef KERNEL_KERNEL_CACHE_H
#define KERNEL_KERNEL_CACHE_H

#include "kernel/kernel.h"
#include "kernel/kernel_jit.h"
#include "kernel/vm.h"

#include <stdatomic.h>

enum { KERNEL_CACHE_UNUSED = 64 };      /* kernels without a user that are kept */

struct kernel {
    kernel_session *session;
    program *program;
    hash128 hash;
    vm_kernel *vm;
    _Atomic(sharr_kernel_fn *) fn;      /* machine code; NULL: interpret */
    int64_t element_ops;                /* estimates so far */
    bool requested;                     /* compiled, being compiled, or found impossible */
    jit_request request;
    int users;                          /* handles, and the request in flight */
    kernel *newer, *older;              /* among those without users */
    kernel *next_finished;
};

typedef struct kernel_cache kernel_cache;
typedef void kernel_drop_fn(kernel *k);

/* `drop` ends the life of a kernel that is pushed out. */
kernel_cache *kernel_cache_new(kernel_drop_fn *drop);
void kernel_cache_free(kernel_cache *c);                 /* drops all; none has users */

/* The kernel of an equal program, with one user more; NULL: none. */
kernel *kernel_cache_find(kernel_cache *c, const program *p, hash128 hash);
bool kernel_cache_add(kernel_cache *c, kernel *k);       /* k has a user; false: no memory */
void kernel_cache_unuse(kernel_cache *c, kernel *k);     /* one user less */

#endif
