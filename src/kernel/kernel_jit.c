/* SPDX-License-Identifier: BSD-3-Clause
 *
 * dlopen of libsharr-llvm.so, and the thread that compiles in the background.
 */
#include "kernel/kernel_jit.h"

#include "base/pool.h"
#include "base/selfpath.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SHARR_PKGLIBDIR
#define SHARR_PKGLIBDIR "/usr/local/lib/sharr"
#endif

struct kernel_jit {
    int level;
    const char *dump_dir;
    pthread_mutex_t lock;               /* of loading */
    bool tried;
    int load_rc;
    sharr_error load_err;
    void *handle;
    const llvm_table *table;
    llvm_session *session;
    pool *thread;                       /* NULL until the first submit */
    atomic_bool stop;
};

int jit_new(int level, const char *dump_dir, kernel_jit **out, sharr_error *err)
{
    kernel_jit *j = calloc(1, sizeof(*j));
    if (!j)
        return err_nomem(err, "the kernel compiler", sizeof(*j));
    j->level = level;
    j->dump_dir = dump_dir;
    pthread_mutex_init(&j->lock, NULL);
    *out = j;
    return 0;
}

void jit_stop(kernel_jit *j)
{
    if (!j)
        return;
    atomic_store(&j->stop, true);
    if (j->thread)
        pool_free(j->thread);
    j->thread = NULL;
}

void jit_free(kernel_jit *j)
{
    if (!j)
        return;
    if (j->session)
        j->table->session_free(j->session);
    if (j->handle)
        dlclose(j->handle);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

/* ---- the module -------------------------------------------------------------------------------- */

#define MODULE_FILE "libsharr-llvm.so"

/* What the environment says; else the file beside this code (a build tree, a bundle); else the
 * place of installation. */
static const char *module_path(char *buf, size_t cap)
{
    const char *path = secure_getenv("SHARR_LLVM_MODULE");
    if (path && *path)
        return path;
    if (selfpath_beside(MODULE_FILE, R_OK, buf, cap) || selfpath_beside(".libs/" MODULE_FILE, R_OK, buf, cap))
        return buf;
    return SHARR_PKGLIBDIR "/" MODULE_FILE;
}

/* NODELETE: LLVM registers things for the process's exit, so that its code has to stay. */
static int open_module(kernel_jit *j, sharr_error *err)
{
    char buf[4096];
    const char *path = module_path(buf, sizeof(buf));
    j->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!j->handle)
        return err_set(err, SHARR_EUSAGE, "there is no kernel compiler: %s; sharr is built with one "
                       "if ./configure finds LLVM and clang (Debian: llvm-19-dev clang-19); "
                       "--jit=auto does without", dlerror());
    llvm_entry_fn *entry;
    void *symbol = dlsym(j->handle, LLVM_TABLE_ENTRY);
    if (!symbol)
        return err_set(err, SHARR_EUSAGE, "%s is not sharr's kernel compiler", path);
    memcpy(&entry, &symbol, sizeof(entry));
    const llvm_table *t = entry();
    if (t->abi != LLVM_TABLE_ABI || t->layout != LLVM_TABLE_LAYOUT)
        return err_set(err, SHARR_EUSAGE, "%s belongs to another version of sharr; install both "
                       "from one build", path);
    int rc = t->session_new(&j->session, err);
    if (rc == 0)
        j->table = t;
    return rc;
}

int jit_load(kernel_jit *j, sharr_error *err)
{
    pthread_mutex_lock(&j->lock);
    if (!j->tried) {
        j->tried = true;
        j->load_rc = open_module(j, &j->load_err);
    }
    int rc = j->load_rc;
    pthread_mutex_unlock(&j->lock);
    if (rc != 0 && err)
        *err = j->load_err;
    return rc;
}

/* ---- compiling --------------------------------------------------------------------------------- */

void jit_compile(kernel_jit *j, jit_request *r)
{
    char name[33];
    snprintf(name, sizeof(name), "%016" PRIx64 "%016" PRIx64, r->hash.hi, r->hash.lo);
    llvm_options o = {.level = j->level, .dump_dir = j->dump_dir, .name = name};
    r->rc = jit_load(j, &r->err);
    if (r->rc == 0)
        r->rc = j->table->compile(j->session, r->program, &o, &r->code, &r->err);
    r->done(r);
}

typedef struct queued {
    kernel_jit *j;
    jit_request *r;
} queued;

static void compile_queued(void *arg, int worker)
{
    queued q = *(queued *)arg;
    free(arg);
    (void)worker;
    q.r->dropped = atomic_load(&q.j->stop);
    if (q.r->dropped)
        q.r->done(q.r);
    else
        jit_compile(q.j, q.r);
}

bool jit_submit(kernel_jit *j, jit_request *r)
{
    if (!j->thread)
        j->thread = pool_new(1, NULL);
    queued *q = j->thread ? malloc(sizeof(*q)) : NULL;
    if (!q)
        return false;
    *q = (queued){j, r};
    if (pool_submit(j->thread, compile_queued, q))
        return true;
    free(q);
    return false;
}

void jit_wait(kernel_jit *j)
{
    if (j->thread)
        pool_drain(j->thread);
}

void jit_release(kernel_jit *j, llvm_code *code)
{
    if (j->table && code->image)
        j->table->code_free(code);
}
