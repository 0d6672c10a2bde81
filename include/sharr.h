/* SPDX-License-Identifier: BSD-3-Clause
 *
 * sharr: array expressions over HDF5 files larger than memory.
 *
 * A program makes a context, names input files, compiles a text (everything about types, shapes and
 * names is checked there), and runs it: results go to an HDF5 file, or, when small, to memory.
 *
 *     sharr_error err;
 *     sharr_context *ctx = sharr_context_new(&err);
 *     sharr_input_add(ctx, NULL, "era5.h5", &err);
 *     sharr_script *s = sharr_script_new(ctx, "m = mean(/t2m, axis=0)", -1, &err);
 *     sharr_output out = { .path = "mean.h5" };
 *     int status = sharr_script_run(s, &out, &err);
 *
 * Functions return enum sharr_status (0 is success) or an object or NULL; `err` may be NULL and belongs to
 * the caller.  Objects are opaque; every *_free accepts NULL.  A context and all that is made
 * in it belong to one thread at a time; several contexts may live in one process.
 * With MPI, functions marked "collective" are called by every rank, in the same order; they
 * return the same status and error on every rank.
 */
#ifndef SHARR_H
#define SHARR_H

#include <stddef.h>
#include <stdint.h>

#include "sharr/error.h"
#include "sharr/types.h"

#if defined(__GNUC__)
#define SHARR_API __attribute__((visibility("default")))
#else
#define SHARR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sharr_context sharr_context;
typedef struct sharr_script sharr_script;

SHARR_API const char *sharr_version(void);                      /* "0.1.0" */
/* What this library was built with, one "name: value" a line. */
SHARR_API const char *sharr_build_info(void);
SHARR_API const char *sharr_dtype_name(enum sharr_dtype t);
SHARR_API size_t sharr_dtype_size(enum sharr_dtype t);

/* ---- context ------------------------------------------------------------------------------ */

/* Settings come from the defaults and the environment (SHARR_MEMORY, ...). */
SHARR_API sharr_context *sharr_context_new(sharr_error *err);
SHARR_API void sharr_context_free(sharr_context *ctx);
/* See sharr_config_key: "memory" = "512MiB", "threads" = "2", "jit" = "auto|vm|llvm", ... */
SHARR_API int sharr_context_set(sharr_context *ctx, const char *key, const char *value, sharr_error *err);
SHARR_API int sharr_context_get(sharr_context *ctx, const char *key, char *value, size_t cap, sharr_error *err);
/* Bytes that evaluations may take on this rank: the setting, or what its default comes to. */
SHARR_API int64_t sharr_context_memory(sharr_context *ctx);
/* The i-th setting, NULL after the last: its name, values, default and one line of help. */
SHARR_API const char *sharr_config_key(int i, const char **values, const char **dflt, const char **help);
/* A size as settings take it ("512MiB", "2GB", "1025", "50%"), for a setting `key` of the caller's own. */
SHARR_API int sharr_config_bytes(const char *key, const char *text, int64_t *bytes, sharr_error *err);

/* Under mpiexec or srun: start MPI (unless started) and work on a duplicate of its world.
 * Without a launcher: nothing happens.  Collective. */
SHARR_API int sharr_context_launch(sharr_context *ctx, sharr_error *err);
/* Work on a duplicate of this communicator (pointer to an MPI_Comm); NULL: alone, as before any.  Collective. */
SHARR_API int sharr_context_use_comm(sharr_context *ctx, const void *mpi_comm, sharr_error *err);
/* The same for a communicator of Fortran (an integer). */
SHARR_API int sharr_context_use_fortran_comm(sharr_context *ctx, int mpi_comm, sharr_error *err);
SHARR_API int sharr_context_rank(const sharr_context *ctx);
SHARR_API int sharr_context_size(const sharr_context *ctx);
/* Every rank gets the error of the lowest rank that has one (err->status != 0), with its rank and text;
 * returns that status.  Makes what a rank did alone (opening an input) common.  Collective. */
SHARR_API int sharr_context_agree(sharr_context *ctx, sharr_error *err);
/* Rank 0's bytes on every rank.  Collective. */
SHARR_API int sharr_context_broadcast(sharr_context *ctx, void *data, int64_t bytes, sharr_error *err);
/* End the job on every rank at once with this exit code.  For command lines. */
SHARR_API void sharr_context_abort(sharr_context *ctx, int code) __attribute__((noreturn));

/* Leave the process with this code: MPI, if sharr started it, is finalised and streams are flushed, but no handlers of
 * exit run, because HDF5's may crash after it met a damaged file.  For command lines, when all contexts are freed. */
SHARR_API void sharr_exit(int code) __attribute__((noreturn));

/* level: 0 warning, 1 information, 2 debugging. */
SHARR_API void sharr_context_log(sharr_context *ctx, int level, void (*sink)(void *arg, int level, const char *line), void *arg);
typedef struct sharr_progress {
    int sweep, sweeps;              /* which pass over the data, from 1; how many */
    int64_t done, total;            /* bytes of input elements, of all passes, of all ranks (estimate) */
    double seconds;
    int64_t memory;                 /* budget in use on this rank */
} sharr_progress;
/* Called on the evaluating thread, at most ten times a second; non-zero cancels the evaluation.  It must not
 * make or evaluate anything in this context. */
SHARR_API void sharr_context_progress(sharr_context *ctx, int (*fn)(void *arg, const sharr_progress *p), void *arg);
/* Ask for an end: what the context does now or later stops with SHARR_EINTERRUPTED.  Async-signal-safe, any thread.
 * Returns 1 when an evaluation is under way: it removes what it has made before it returns; 0 when there is nothing to
 * remove, so that the process may also end at once. */
SHARR_API int sharr_context_cancel(sharr_context *ctx);
/* The i-th counter of this rank since the context was made, NULL after the last. */
SHARR_API const char *sharr_context_counter(sharr_context *ctx, int i, int64_t *value, const char **doc);

/* ---- inputs ------------------------------------------------------------------------------- */

/* Open `path` (each rank).  `name` is how the text refers to it ("M" in M:/v); NULL: the next free of A, B, C, ... */
SHARR_API int sharr_input_add(sharr_context *ctx, const char *name, const char *path, sharr_error *err);
/* Where bare names are looked for; "/" is the default. */
SHARR_API int sharr_input_group(sharr_context *ctx, const char *group, sharr_error *err);

typedef struct sharr_item {
    const char *path;
    int is_group;
    const char *type;               /* "float32", or what it is when it is no number */
    int ndim;
    const int64_t *shape, *chunk;   /* chunk NULL: not chunked */
    const char *filters;            /* "shuffle deflate(4)" or "" */
    const char *dims;               /* "time lat lon" or "" */
    int64_t stored_bytes;
} sharr_item;
/* Everything in a file, in tree order; `visit` returns non-zero to stop. */
SHARR_API int sharr_info(sharr_context *ctx, const char *path, int (*visit)(void *arg, const sharr_item *it), void *arg,
                         sharr_error *err);

/* ---- scripts ------------------------------------------------------------------------------ */

/* Compile `text` (`len` bytes, -1: NUL-terminated).  Errors carry the place in the text. */
SHARR_API sharr_script *sharr_script_new(sharr_context *ctx, const char *text, int64_t len, sharr_error *err);
SHARR_API void sharr_script_free(sharr_script *s);

typedef struct sharr_result {
    const char *name;               /* assigned name, or NULL for a bare expression */
    enum sharr_dtype type;
    int ndim;
    const int64_t *shape;
    const void *data;               /* after a run that kept it in memory, else NULL; owned by the script */
} sharr_result;
SHARR_API int sharr_script_count(const sharr_script *s);
SHARR_API int sharr_script_result(const sharr_script *s, int i, sharr_result *out);

typedef struct sharr_output {
    const char *path;               /* NULL: results stay in memory (each at most `max_elements`) */
    int overwrite, append;
    const char *compress;           /* "zstd:1" (default for .h5), "deflate:1", "none"; NULL default */
    int no_shuffle;
    const char *chunks;             /* "64,512,512" for every output of that rank, or NULL */
    int latest;                     /* newest HDF5 format */
    const char *history;            /* line for the `history` attribute, or NULL */
    int64_t max_elements;           /* of results kept in memory; 0: 1,000 */
} sharr_output;

/* Predicted work, as text (json == 0) or JSON; caller frees with sharr_free.  Reads no data.  Collective. */
SHARR_API char *sharr_script_explain(sharr_script *s, const sharr_output *out, int json, sharr_error *err);
/* Evaluate.  Assigned names that do not begin with "_" are written; bare expressions only stay in
 * memory.  Collective. */
SHARR_API int sharr_script_run(sharr_script *s, const sharr_output *out, sharr_error *err);

/* Two lines: the line of the text with the error, and a caret under the place; "" when the error has none.
 * Caller frees with sharr_free. */
SHARR_API char *sharr_error_caret(const char *text, int64_t len, const sharr_error *err);
SHARR_API void sharr_free(void *p);

/* The i-th operator of the language, NULL after the last. */
SHARR_API const char *sharr_op(int i, const char **aliases, const char **symbol, const char **doc);

#ifdef __cplusplus
}
#endif
#endif
