/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Choice of the back end (see kernel.h).  The compiling thread touches a kernel
 * only through its request; when it is done it publishes the machine code and puts
 * the kernel on a list, from which the caller's thread takes away its use of it.
 */
#include "kernel/kernel.h"

#include "base/config.h"
#include "kernel/cpu.h"
#include "kernel/kernel_cache.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

struct kernel_session {
    kernel_config config;
    kernel_cache *cache;
    kernel_jit *jit;
    pthread_mutex_t lock;               /* of `finished` */
    kernel *finished;                   /* requests that came back, their kernels not yet unused */
    bool warned;
};

/* ---- session ----------------------------------------------------------------------------------- */

static void drop_kernel(kernel *k)
{
    jit_release(k->session->jit, &k->request.code);
    vm_free(k->vm);
    program_free(k->program);
    free(k);
}

int kernel_session_new(const kernel_config *c, kernel_session **out, sharr_error *err)
{
    kernel_session *s = calloc(1, sizeof(*s));
    if (!s)
        return err_nomem(err, "kernels", sizeof(*s));
    s->config = *c;
    int level = cpu_level();
    if (c->isa_level > 0 && c->isa_level < level)
        level = c->isa_level;
    s->config.isa_level = level;
    pthread_mutex_init(&s->lock, NULL);
    s->cache = kernel_cache_new(drop_kernel);
    int rc = s->cache ? 0 : err_nomem(err, "kernels", sizeof(kernel));
    if (rc == 0)
        rc = jit_new(level, c->dump_dir, &s->jit, err);
    if (rc == 0 && c->jit == JIT_LLVM)
        rc = jit_load(s->jit, err);
    if (rc == 0)
        *out = s;
    else
        kernel_session_free(s);
    return rc;
}

/* Requests that came back: their kernels lose a user; the first failure is told. */
static void collect(kernel_session *s)
{
    pthread_mutex_lock(&s->lock);
    kernel *k = s->finished;
    s->finished = NULL;
    pthread_mutex_unlock(&s->lock);
    while (k) {
        kernel *next = k->next_finished;
        if (k->request.rc != 0 && !s->warned && s->config.log) {
            log_msg(s->config.log, LOG_WARN, "kernels are interpreted: %s", k->request.err.text);
            s->warned = true;
        }
        kernel_cache_unuse(s->cache, k);
        k = next;
    }
}

void kernel_session_free(kernel_session *s)
{
    if (!s)
        return;
    jit_stop(s->jit);
    collect(s);
    kernel_cache_free(s->cache);
    jit_free(s->jit);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void kernel_session_wait(kernel_session *s)
{
    jit_wait(s->jit);
    collect(s);
}

/* ---- compiling --------------------------------------------------------------------------------- */

static kernel *kernel_of(jit_request *r)
{
    return (kernel *)((char *)r - offsetof(kernel, request));
}

static void publish(jit_request *r)
{
    kernel *k = kernel_of(r);
    if (r->rc != 0 || r->dropped)
        return;
    if (k->session->config.counters)
        count_add(&k->session->config.counters->kernels_compiled, 1);
    atomic_store_explicit(&k->fn, r->code.fn, memory_order_release);
}

static bool compilable(const kernel *k)
{
    return k->program->nsteps <= KERNEL_MAX_COMPILED_STEPS;
}

/* JIT_LLVM: before anybody sees the kernel. */
static int compile_now(kernel *k, sharr_error *err)
{
    if (!compilable(k))
        return 0;
    k->request.done = publish;
    jit_compile(k->session->jit, &k->request);
    if (k->request.rc != 0 && err)
        *err = k->request.err;
    return k->request.rc;
}

#ifdef HAVE_LLVM
/* On the compiling thread. */
static void publish_and_report(jit_request *r)
{
    kernel *k = kernel_of(r);
    kernel_session *s = k->session;
    publish(r);
    pthread_mutex_lock(&s->lock);
    k->next_finished = s->finished;
    s->finished = k;
    pthread_mutex_unlock(&s->lock);
}

/* JIT_AUTO: is it worth it by now? */
static void compile_later(kernel *k)
{
    kernel_session *s = k->session;
    if (s->config.jit != JIT_AUTO || k->requested || k->element_ops <= s->config.threshold ||
        !compilable(k))
        return;
    k->requested = true;
    k->request.done = publish_and_report;
    k->users++;
    if (!jit_submit(s->jit, &k->request))
        k->users--;
}
#else
static void compile_later(kernel *k)
{
    (void)k;
}
#endif

/* ---- kernels ----------------------------------------------------------------------------------- */

static int create(kernel_session *s, program *p, hash128 hash, kernel **out, sharr_error *err)
{
    kernel *k = calloc(1, sizeof(*k));
    if (!k)
        return err_nomem(err, "a kernel", sizeof(*k));
    *k = (kernel){.session = s, .program = p, .hash = hash, .users = 1};
    k->request.program = p;
    k->request.hash = hash;
    k->vm = vm_compile(p, s->config.isa_level, err);
    int rc = k->vm ? 0 : err ? err->status : SHARR_EINTERNAL;
    if (rc == 0 && s->config.jit == JIT_LLVM)
        rc = compile_now(k, err);
    if (rc == 0 && !kernel_cache_add(s->cache, k))
        rc = err_nomem(err, "a kernel", sizeof(*k));
    if (rc == 0) {
        *out = k;
    } else {
        k->program = NULL;
        drop_kernel(k);
    }
    return rc;
}

int kernel_new(kernel_session *s, program *p, int64_t element_ops, kernel **out, sharr_error *err)
{
    collect(s);
    hash128 hash = program_hash(p);
    kernel *k = kernel_cache_find(s->cache, p, hash);
    if (k) {
        program_free(p);
    } else {
        int rc = create(s, p, hash, &k, err);
        if (rc != 0)
            return rc;
    }
    if (__builtin_add_overflow(k->element_ops, element_ops, &k->element_ops))
        k->element_ops = INT64_MAX;
    compile_later(k);
    *out = k;
    return 0;
}

void kernel_free(kernel *k)
{
    if (k)
        kernel_cache_unuse(k->session->cache, k);
}

size_t kernel_scratch_estimate(const program *p, int isa_level)
{
    vm_kernel *k = vm_compile(p, isa_level, NULL);
    size_t bytes = k ? vm_scratch_bytes(k) : 0;
    vm_free(k);
    return bytes;
}

size_t kernel_scratch_bytes(const kernel *k)
{
    return vm_scratch_bytes(k->vm);
}

bool kernel_compiled(const kernel *k)
{
    return atomic_load_explicit(&k->fn, memory_order_acquire) != NULL;
}

/* Machine code is made for neighbouring elements, or one for all, along the inner dimension.
 * Anything else the interpreter does several times faster: it gathers whole blocks. */
static bool suits_machine_code(const program *p, const sharr_kargs *a)
{
    if (a->n[1] == 1 && a->n[0] > 1)
        return p->nreds > 0;
    for (int i = 0; i < p->nin; i++) {
        int64_t by = a->in_stride[i][1];
        if (by != 0 && by != (int64_t)dtype_size((dtype)p->in_type[i]))
            return false;
    }
    for (int i = 0; i < p->nout; i++)
        if (a->out_stride[i][1] != (int64_t)dtype_size((dtype)p->out_type[i]) && a->n[1] != 1)
            return false;
    return true;
}

void kernel_run(kernel *k, const sharr_kargs *a, void *scratch)
{
    sharr_kernel_fn *fn = atomic_load_explicit(&k->fn, memory_order_acquire);
    counters *c = k->session->config.counters;
    if (fn && !suits_machine_code(k->program, a))
        fn = NULL;
    if (fn)
        fn(a);
    else
        vm_run(k->vm, a, scratch);
    if (c)
        count_add(fn ? &c->kernel_calls_llvm : &c->kernel_calls_vm, 1);
}
