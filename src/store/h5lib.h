/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The HDF5 library as a process-wide resource: its lock, its one-time set-up
 * (file driver, zstd filter, error class), and the one place where its error stack
 * becomes a sharr_error.  HDF5 is not thread-safe: every call of it, by anybody in
 * this library, is made between h5lib_lock and h5lib_unlock.
 */
#ifndef STORE_H5LIB_H
#define STORE_H5LIB_H

#include <stdbool.h>

#include <hdf5.h>

#include "base/err.h"

/* Recursive.  While it is held, HDF5 prints nothing; the application's setting comes back
 * with the outermost unlock. */
void h5lib_lock(void);
void h5lib_unlock(void);

/* Everything below: the lock is held. */

/* One-time set-up; cheap afterwards.  Call before the first use of HDF5. */
int h5lib_ready(sharr_error *err);
/* Id of the file driver of h5vfd.h; valid after h5lib_ready. */
hid_t h5lib_driver(void);

/* Translate and clear the error stack: "<place>: <innermost reason>".  The status is `status`, unless
 * the operating system failed below our driver (SHARR_EIO) or memory ran out (SHARR_ERESOURCE). */
int h5lib_error(sharr_error *err, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The innermost entry of the error stack: the function that failed first.  False: the stack is empty. */
typedef struct h5reason {
    char func[64];
    char text[256];
    hid_t minor;                    /* only to be compared with H5E_... */
    bool ours;                      /* pushed by h5lib_push */
    int errnum;                     /* what it said; 0: nothing */
} h5reason;
bool h5lib_reason(h5reason *out);
/* For the driver's callbacks: leave the reason of a failure on HDF5's error stack, and errno (0: none) where other
 * entries have the number of a line. */
void h5lib_push(const char *func, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
