/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Status codes and the error record.  A status is also the exit code of the
 * command line, so the two tables are one.
 */
#ifndef SHARR_ERROR_H
#define SHARR_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Every function that can fail returns one of these; 0 is success. */
enum sharr_status {
    SHARR_OK = 0,
    SHARR_EEXPR = 1,        /* the expression: syntax, names, shapes, types */
    SHARR_EUSAGE = 2,       /* options or arguments */
    SHARR_EDATA = 65,       /* input is damaged, or of a kind that is not read */
    SHARR_ENOINPUT = 66,    /* input is missing */
    SHARR_ERESOURCE = 69,   /* does not fit in memory (or another limit) */
    SHARR_EINTERNAL = 70,   /* a bug in sharr */
    SHARR_EEXIST = 73,      /* the output exists already */
    SHARR_EIO = 74,         /* the operating system refused a read or write */
    SHARR_EINTERRUPTED = 75,/* stopped by the caller; resumable */
    SHARR_EPERM = 77        /* permission denied */
};

/* Of SHARR_EEXPR: what languages that tell errors apart by type call it. */
enum sharr_error_kind {
    SHARR_KIND_VALUE,
    SHARR_KIND_TYPE,        /* not for elements of this type */
    SHARR_KIND_INDEX,       /* an index out of range, or too many */
    SHARR_KIND_AXIS,        /* no such axis */
    SHARR_KIND_OVERFLOW,    /* a number that its type cannot hold */
    SHARR_KIND_MATRIX       /* a matrix that is singular, not positive definite, ... */
};

enum { SHARR_ERROR_TEXT = 1024 };

/* Owned by the caller, plain data, never allocated: safe on any path. */
struct sharr_error {
    int status;             /* enum sharr_status */
    int rank;               /* rank where it happened, -1 if it is common to all */
    int column;             /* byte offset into the expression, -1 if none */
    int length;             /* bytes to underline from `column` */
    int kind;               /* enum sharr_error_kind */
    int os_error;           /* errno of the call that the system refused; 0: none, or not known */
    int file_at;            /* byte offset into `text` of the name of the file that this is about */
    int file_length;        /* and its bytes; 0: about no file, or not known */
    char text[SHARR_ERROR_TEXT]; /* what, where, why, what to try; one line */
};
typedef struct sharr_error sharr_error;

#ifdef __cplusplus
}
#endif
#endif
