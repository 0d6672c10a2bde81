/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The objects behind the public handles.
 */
#ifndef API_API_INT_H
#define API_API_INT_H

#include <stdatomic.h>
#include <time.h>

#include "sharr.h"
#include "sharr/array.h"

#include "base/budget.h"
#include "base/config.h"
#include "base/counters.h"
#include "base/log.h"
#include "dist/comm.h"
#include "exec/exec.h"
#include "expr/node.h"
#include "expr/parser.h"
#include "kernel/kernel.h"
#include "plan/plan.h"
#include "store/h5in.h"

/* name NULL: opened by sharr_file_open; file NULL: a free place */
typedef struct api_input { char *name; h5in *file; int refs; } api_input;
/* An array in the caller's memory, or in a scratch file of ours. */
typedef struct api_buffer { source src; bool constant; void (*release)(void *arg); void *arg; } api_buffer;
/* A dataset, or (buffer) what is none; neither: a free place. */
typedef struct api_leaf { int input; char *path; api_buffer *buffer; } api_leaf;

/* Evaluations of at most SMALL_STEPS steps, of SMALL_ELEMENTS each, are every rank's own affair, and so are those of less than
 * NODE_MANY_STEPS, of FEW_ELEMENTS each (api_output.c). */
enum { SMALL_ELEMENTS = 100000, SMALL_STEPS = 256, FEW_ELEMENTS = 1 << 14 };

struct sharr_context {
    config cfg;
    comm *comm;
    counters count;
    logger log;
    graph *graph;
    int ninputs, nleaves, leaf_cap, free_leaves;
    api_input *input;
    api_leaf *leaf;                     /* index = source.id, also of the next */
    exec_source *source;
    char *group;
    _Atomic int cancel, evaluating;     /* evaluating: there may be files to remove */
    int (*progress)(void *arg, const sharr_progress *p);
    void *progress_arg;
    struct timespec started, last_report;
    int64_t default_memory;             /* 0: not known yet */
    int default_workers;
    comm *alone;                        /* small things every rank does for itself */
    budget *memory;                     /* of evaluations; pages and threads are kept for the next one */
    poolshelf threads;
    int64_t held;                       /* bytes of arrays that are held or settled, this rank's share */
    enum { SHARING_UNKNOWN, SHARING_YES, SHARING_NO } sharing;     /* memory, among the ranks of a node */
};

typedef struct api_result {
    const char *name;
    node *value;                        /* borrowed from the script */
    void *data;                         /* malloc'ed */
    void *into;                         /* the caller's room for the values, or NULL */
    bool common;                        /* which the ranks of a node have in common */
    const int64_t *bound;               /* of which each node has its part: as source.bound */
    scratch **file;                     /* where the caller wants the scratch file with the values, or NULL */
} api_result;

/* What one run evaluates. */
typedef struct api_work {
    sharr_context *ctx;
    int nresults;
    api_result *result;
    bool arrays;                        /* every name is written, results of any size are kept */
    nodemem *into;                      /* the room of the one result of which each node has its part, or NULL */
} api_work;

struct sharr_script {
    sharr_context *ctx;
    script parsed;
    api_work work;                      /* last assignment of each name, and bare expressions */
};

/* A handle is the node. */
static inline node *api_node(const sharr_array *x)
{
    return (node *)x;
}

static inline sharr_array *api_array(node *n)
{
    return (sharr_array *)n;
}

/* Takes n over: itself, or its values if it is small and of many steps; NULL of NULL. */
sharr_array *api_settled(sharr_context *ctx, node *n);
/* False: the argument is no number. */
bool api_number(const sharr_arg *a, operand *out);
/* The resolver of names: opens datasets on first use. */
name_resolver api_names(sharr_context *ctx);
/* Open a file; `name` NULL for none.  The place is released by whoever counts down to no reference. */
int api_input_open(sharr_context *ctx, const char *name, const char *path, int *input, sharr_error *err);
void api_input_release(sharr_context *ctx, int input);
/* The leaf of a dataset, opened on first use; *leaf -1: there is none. */
int api_leaf_open(sharr_context *ctx, int input, const char *path, int *leaf, sharr_error *err);
/* The array of a buffer.  Takes over both on success. */
sharr_array *api_leaf_buffer(sharr_context *ctx, api_buffer *b, exec_source values, sharr_error *err);
const source *api_leaf_source(const sharr_context *ctx, int leaf);
/* The last node of this leaf is gone: what no name of an input holds is closed. */
void api_leaf_gone(void *ctx, int id);
void api_leaf_close(sharr_context *ctx, int leaf);
/* "no dataset ...; did you mean ...?"; `only` < 0: in all inputs. */
void api_dataset_missing(sharr_context *ctx, int only, const char *path, sharr_error *err);
int api_input_visit(sharr_context *ctx, h5in *f, int (*visit)(void *arg, const sharr_item *it), void *arg, sharr_error *err);
/* Every input that the plan reads is as it was when it was opened. */
int api_inputs_unchanged(const sharr_context *ctx, const plan *p, sharr_error *err);
/* Evaluate.  Collective. */
int api_run(const api_work *w, const sharr_output *out, sharr_error *err);
char *api_explain(const api_work *w, const sharr_output *out, int json, sharr_error *err);
/* SHARR_EINTERRUPTED after sharr_context_cancel.  What takes time before an evaluation asks. */
int api_cancelled(const sharr_context *ctx, sharr_error *err);
bool api_is_input(const sharr_context *ctx, const char *path);
int64_t api_memory(sharr_context *ctx);
int api_workers(sharr_context *ctx);

#endif
