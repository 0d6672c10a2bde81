/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The objects behind the public handles.
 */
#ifndef API_API_INT_H
#define API_API_INT_H

#include <stdatomic.h>
#include <time.h>

#include "sharr.h"

#include "base/budget.h"
#include "base/config.h"
#include "base/counters.h"
#include "base/log.h"
#include "dist/comm.h"
#include "exec/exec.h"
#include "expr/node.h"
#include "expr/parser.h"
#include "kernel/kernel.h"
#include "store/h5in.h"

typedef struct api_input { char *name; h5in *file; } api_input;
typedef struct api_leaf { int input; char *path; h5dset *dset; } api_leaf;

struct sharr_context {
    config cfg;
    comm *comm;
    counters count;
    logger log;
    graph *graph;
    int ninputs, nleaves;
    api_input *input;
    api_leaf *leaf;                     /* index = source.id */
    char *group;
    _Atomic int cancel, evaluating;     /* evaluating: there may be files to remove */
    int (*progress)(void *arg, const sharr_progress *p);
    void *progress_arg;
    struct timespec started, last_report;
    budget *running;                    /* of the evaluation under way */
    int live;                           /* scripts made in it */
};

typedef struct api_result {
    const char *name;
    node *value;                        /* borrowed from the script */
    void *data;                         /* malloc'ed */
} api_result;

struct sharr_script {
    sharr_context *ctx;
    script parsed;
    int nresults;
    api_result *result;                 /* last assignment of each name, and bare expressions */
};

/* The resolver of names: opens datasets on first use. */
name_resolver api_names(sharr_context *ctx);
/* Every input is as it was when it was opened. */
int api_inputs_unchanged(const sharr_context *ctx, sharr_error *err);
/* SHARR_EINTERRUPTED after sharr_context_cancel.  What takes time before an evaluation asks. */
int api_cancelled(const sharr_context *ctx, sharr_error *err);
bool api_is_input(const sharr_context *ctx, const char *path);
int64_t api_memory(const sharr_context *ctx);
int api_workers(const sharr_context *ctx);

#endif
