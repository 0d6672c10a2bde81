/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HDF5's lock, set-up and error translation.  The only mutable file-scope state of the
 * library lives here, because HDF5 itself is one per process.
 */
#include "store/h5lib.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/h5vfd.h"
#include "store/zstd_filter.h"

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* All guarded by `mutex`. */
static struct {
    int depth;                      /* how often the lock is held */
    H5E_auto2_t print;              /* the application's automatic printing */
    void *print_arg;
    bool print_known;
    bool ready;
    hid_t driver;
    hid_t cls, major, minor;        /* our entries on the error stack */
} lib;

void h5lib_lock(void)
{
    pthread_mutex_lock(&mutex);
    if (lib.depth++ > 0)
        return;
    lib.print_known = H5Eget_auto2(H5E_DEFAULT, &lib.print, &lib.print_arg) >= 0;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void h5lib_unlock(void)
{
    if (--lib.depth == 0 && lib.print_known)
        H5Eset_auto2(H5E_DEFAULT, lib.print, lib.print_arg);
    pthread_mutex_unlock(&mutex);
}

hid_t h5lib_driver(void)
{
    return lib.driver;
}

static bool make_error_class(void)
{
    lib.cls = H5Eregister_class("sharr", "sharr", "1");
    if (lib.cls < 0)
        return false;
    lib.major = H5Ecreate_msg(lib.cls, H5E_MAJOR, "sharr file driver");
    lib.minor = H5Ecreate_msg(lib.cls, H5E_MINOR, "operating system");
    return lib.major >= 0 && lib.minor >= 0;
}

int h5lib_ready(sharr_error *err)
{
    if (lib.ready)
        return SHARR_OK;
    if (H5open() < 0 || !make_error_class())
        return h5lib_error(err, SHARR_EINTERNAL, "HDF5 does not start");
    lib.driver = H5FDregister(h5vfd_class());
    if (lib.driver < 0)
        return h5lib_error(err, SHARR_EINTERNAL, "HDF5 refuses the file driver");
    if (H5Zregister(zstd_filter_class()) < 0)
        return h5lib_error(err, SHARR_EINTERNAL, "HDF5 refuses the zstd filter");
    lib.ready = true;
    return SHARR_OK;
}

void h5lib_push(const char *func, int errnum, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    H5Epush2(H5E_DEFAULT, __FILE__, func, (unsigned)errnum, lib.cls, lib.major, lib.minor, "%s", text);
}

typedef struct stack_scan {
    h5reason first;
    bool found, no_memory;
} stack_scan;

/* Called from the innermost entry outwards. */
static herr_t see_entry(unsigned n, const H5E_error2_t *e, void *arg)
{
    stack_scan *s = arg;
    (void)n;
    s->no_memory |= e->min_num == H5E_NOSPACE && e->maj_num == H5E_RESOURCE;
    if (s->found)
        return 0;
    s->found = true;
    s->first.ours = e->cls_id == lib.cls;
    s->first.errnum = s->first.ours ? (int)e->line : 0;
    s->first.minor = e->min_num;
    snprintf(s->first.func, sizeof s->first.func, "%s", e->func_name ? e->func_name : "");
    snprintf(s->first.text, sizeof s->first.text, "%s", e->desc ? e->desc : "");
    return 0;
}

bool h5lib_reason(h5reason *out)
{
    stack_scan s = {.found = false};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, see_entry, &s);
    *out = s.first;
    return s.found;
}

int h5lib_error(sharr_error *err, int status, const char *fmt, ...)
{
    char place[512];
    stack_scan s = {.found = false};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(place, sizeof place, fmt, ap);
    va_end(ap);
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, see_entry, &s);
    H5Eclear2(H5E_DEFAULT);
    if (s.first.ours)
        status = SHARR_EIO;
    else if (s.no_memory)
        status = SHARR_ERESOURCE;
    err_set(err, status, "%s: %s", place, s.found ? s.first.text : "HDF5 gives no reason");
    err_os(err, s.first.errnum);
    return status;
}
