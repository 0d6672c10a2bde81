/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Deferred arrays without a text: what a binding for another language builds on.
 *
 *     sharr_file *f = sharr_file_open(ctx, "era5.h5", &err);
 *     sharr_array *t = sharr_file_dataset(f, "/t2m", &err);
 *     sharr_arg args[] = {{.kind = SHARR_ARG_ARRAY, .array = t}, {.name = "axis", .kind = SHARR_ARG_INT, .i = 0}};
 *     sharr_array *m = sharr_apply(ctx, "mean", args, 2, &err);
 *     sharr_want want = {.array = m, .data = room};
 *     int status = sharr_evaluate(ctx, &want, 1, NULL, &err);
 *
 * An array is a handle to a node of the context's graph: type and shape are known when it is made, nothing is read or
 * computed before sharr_evaluate.  Handles are counted: who gets one from a function here gives it back with
 * sharr_array_unref, before the context is freed.  The operators, their parameters and rules are those of the
 * language (sharr_op lists them); errors are the same.  Threads and ranks as in sharr.h.
 */
#ifndef SHARR_ARRAY_H
#define SHARR_ARRAY_H

#include "sharr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sharr_array sharr_array;
typedef struct sharr_file sharr_file;

/* ---- arrays ------------------------------------------------------------------------------- */

SHARR_API sharr_array *sharr_array_ref(sharr_array *x);         /* returns x */
SHARR_API void sharr_array_unref(sharr_array *x);
SHARR_API enum sharr_dtype sharr_array_dtype(const sharr_array *x);
SHARR_API int sharr_array_ndim(const sharr_array *x);
/* Valid as long as the handle. */
SHARR_API const int64_t *sharr_array_shape(const sharr_array *x);
/* How it is computed, as text of at most `limit` bytes.  Caller frees with sharr_free; NULL: out of memory. */
SHARR_API char *sharr_array_text(const sharr_array *x, size_t limit);

/* Do its values lie somewhere (in a file, in memory, in scratch), as they are?  Else they are computed. */
SHARR_API int sharr_array_stored(const sharr_array *x);

/* A dataset as it lies in a file; false when the array is none. */
typedef struct sharr_origin {
    const char *file, *path;
    const int64_t *chunk;           /* NULL: not chunked */
    int64_t stored_bytes;
} sharr_origin;
SHARR_API int sharr_array_origin(sharr_context *ctx, const sharr_array *x, sharr_origin *out);

/* ---- leaves ------------------------------------------------------------------------------- */

/* Open a file (each rank).  What is made from it keeps it open after sharr_file_close. */
SHARR_API sharr_file *sharr_file_open(sharr_context *ctx, const char *path, sharr_error *err);
SHARR_API void sharr_file_close(sharr_file *f);
/* A dataset (each rank), by its path from the root.  SHARR_EEXPR: there is none of this name. */
SHARR_API sharr_array *sharr_file_dataset(sharr_file *f, const char *path, sharr_error *err);
/* As sharr_info, of an open file. */
SHARR_API int sharr_file_visit(sharr_file *f, int (*visit)(void *arg, const sharr_item *it), void *arg, sharr_error *err);

typedef struct sharr_memory {
    enum sharr_dtype type;
    int ndim;
    const int64_t *shape;
    const int64_t *stride;          /* bytes between elements, of any sign; NULL: C order */
    const void *data;               /* element 0; aligned for its type */
    int constant;                   /* nobody changes the data as long as it is used */
    void (*release)(void *arg);     /* called once, when nothing needs the data any more; may be NULL */
    void *arg;
} sharr_memory;
/* The caller's memory, not copied: the values at evaluation count.  On failure `release` is not called.  The data must
 * be the same on all ranks: it is compared with `check`.  Collective with `check`. */
SHARR_API sharr_array *sharr_array_memory(sharr_context *ctx, const sharr_memory *m, int check, sharr_error *err);

/* The same array with its values computed now, in memory that the ranks have in common, each giving its share of it: of
 * several nodes each keeps its part (of more than 1.6 million bytes: smaller ones are whole on each node), and while an
 * evaluation reads other parts it has those too, within the memory of the context; where ranks cannot share, it is whole on
 * each.  One that is held already is the same array.  Collective; handles may be given back in any order. */
SHARR_API int sharr_array_hold(sharr_context *ctx, sharr_array *x, sharr_array **out, sharr_error *err);
/* Where values are that are there and do not change: held, constant memory of the caller's, or spilled. */
enum sharr_held { SHARR_NOT_HELD, SHARR_HELD_IN_MEMORY, SHARR_HELD_IN_SCRATCH };
SHARR_API enum sharr_held sharr_array_is_held(const sharr_context *ctx, const sharr_array *x);
/* What so many bytes would take of each rank's memory: a share of them, or all where ranks cannot share.  Collective. */
SHARR_API int sharr_context_share(sharr_context *ctx, int64_t bytes, int64_t *share, sharr_error *err);
/* Bytes that such arrays take now: those of a rank on the node that has most of them. */
SHARR_API int64_t sharr_context_held(const sharr_context *ctx);

/* One value. */
SHARR_API sharr_array *sharr_array_scalar(sharr_context *ctx, enum sharr_dtype type, const void *value, sharr_error *err);

/* ---- operators ---------------------------------------------------------------------------- */

enum sharr_arg_kind {
    SHARR_ARG_NONE,                 /* None: as if left out */
    SHARR_ARG_ARRAY,
    SHARR_ARG_BOOL,                 /* i; numbers are weak: they take the type of the array beside them */
    SHARR_ARG_INT,                  /* i */
    SHARR_ARG_UINT,                 /* i, taken as uint64_t */
    SHARR_ARG_FLOAT,                /* re */
    SHARR_ARG_COMPLEX,              /* re, im */
    SHARR_ARG_DTYPE,                /* i: enum sharr_dtype */
    SHARR_ARG_LIST                  /* item: arrays and numbers */
};
typedef struct sharr_arg {
    const char *name;               /* of the parameter; NULL: by position */
    int kind;
    sharr_array *array;
    int64_t i;
    double re, im;
    const struct sharr_arg *item;
    int nitems;
} sharr_arg;
/* The operator of this name (or alias) of these arguments.  Computed when it is evaluated, small arrays of many steps at once. */
SHARR_API sharr_array *sharr_apply(sharr_context *ctx, const char *op, const sharr_arg *arg, int narg, sharr_error *err);

enum sharr_index_kind { SHARR_INDEX_INT, SHARR_INDEX_SLICE, SHARR_INDEX_ELLIPSIS, SHARR_INDEX_NEWAXIS };
enum { SHARR_HAS_START = 1, SHARR_HAS_STOP = 2, SHARR_HAS_STEP = 4 };
typedef struct sharr_index {
    int kind;
    int has;                        /* of a slice: SHARR_HAS_... */
    int64_t start, stop, step;      /* an integer is `start` */
} sharr_index;
/* x[...] with Python's rules. */
SHARR_API sharr_array *sharr_array_index(sharr_context *ctx, sharr_array *x, const sharr_index *item, int n, sharr_error *err);

/* x, with other values at x[...]: those of `value`, broadcast, of the same type.  x itself stays what it is. */
SHARR_API sharr_array *sharr_array_update(sharr_context *ctx, sharr_array *x, const sharr_index *item, int n,
                                          sharr_array *value, sharr_error *err);

/* A text in which these names stand for arrays, or for numbers (array NULL), which are weak as those of the text; other names
 * are looked for in the context's inputs. */
typedef struct sharr_name { const char *name; sharr_array *array; const sharr_arg *number; } sharr_name;
SHARR_API sharr_script *sharr_script_with(sharr_context *ctx, const char *text, int64_t len, const sharr_name *name, int n,
                                          sharr_error *err);
/* The i-th result of a script as an array; NULL: there is none. */
SHARR_API sharr_array *sharr_script_array(const sharr_script *s, int i);

/* ---- pickles ------------------------------------------------------------------------------ */

/* Its leaves (datasets and arrays in memory), each once, as new handles in *leaf; sharr_free that list afterwards.
 * Returns how many, -1 on failure. */
SHARR_API int sharr_array_leaves(sharr_array *x, sharr_array ***leaf, sharr_error *err);
/* How it is computed from its leaves, as bytes that other processes understand; sharr_free them. */
SHARR_API void *sharr_array_pack(sharr_array *x, size_t *bytes, sharr_error *err);
/* The array again: from the same leaves in the same order, or others of their types and shapes. */
SHARR_API sharr_array *sharr_array_unpack(sharr_context *ctx, const void *data, size_t bytes, sharr_array *const *leaf, int n,
                                          sharr_error *err);

/* ---- functions of the caller's ------------------------------------------------------------ */

/* Items of a stack: shape[0] of them, each of shape[1] ... shape[ndim - 1], in C order. */
typedef struct sharr_block {
    enum sharr_dtype type;
    int ndim;
    const int64_t *shape;
    void *data;                     /* NULL: a result that nobody wants */
} sharr_block;
typedef struct sharr_form { enum sharr_dtype type; int ndim; const int64_t *shape; } sharr_form;
typedef struct sharr_map {
    const char *name;               /* in texts and messages; ranks compare it */
    int stack;                      /* so many dimensions at the front are a stack: the same in all arrays and results */
    int nout;                       /* at most 4 */
    const sharr_form *result;       /* [nout]: what one item gives */
    /* Called while arrays are evaluated, in a thread of the library's, one call at a time, with as many items of the
     * stack as fit into memory, on each rank with its own.  It must give each item the same values whatever is beside it.
     * Non-zero: a status, with `err` filled. */
    int (*run)(void *arg, const sharr_block *in, int nin, const sharr_block *out, int nout, sharr_error *err);
    void (*release)(void *arg);     /* once, when no array needs the function any more; may be NULL */
    void *arg;
} sharr_map;
/* Arrays made by a function of the caller's from 1 to 8 others, item by item: a factorisation of each matrix of a stack,
 * a transform of each line.  Fills out[m->nout].  On failure `release` is not called. */
SHARR_API int sharr_array_map(sharr_context *ctx, const sharr_map *m, sharr_array *const *in, int nin, sharr_array **out,
                              sharr_error *err);

/* ---- evaluation --------------------------------------------------------------------------- */

typedef struct sharr_want {
    sharr_array *array;
    const char *name;               /* of the dataset, when the output is a file */
    void *data;                     /* else: where the values go, in C order, on every rank */
} sharr_want;
/* Evaluate all in as few passes over the data as there can be.  `out` NULL or without a path: into memory, of any
 * size.  On failure the contents of `data` are undefined.  Collective. */
SHARR_API int sharr_evaluate(sharr_context *ctx, const sharr_want *want, int n, const sharr_output *out, sharr_error *err);
/* The values of x, computed now, in a scratch file ("tmpdir" of the context, else $TMPDIR, else /tmp): its room is
 * given back with the last array that needs it; on one node, where it has no name, also when the process is killed.  Collective. */
SHARR_API int sharr_array_spill(sharr_context *ctx, sharr_array *x, sharr_array **out, sharr_error *err);
/* As sharr_script_explain. */
SHARR_API char *sharr_explain(sharr_context *ctx, const sharr_want *want, int n, const sharr_output *out, int json,
                              sharr_error *err);

#ifdef __cplusplus
}
#endif
#endif
