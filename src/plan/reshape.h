/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reshapes that only merge or split dimensions move nothing.  Before anything else is planned, expressions
 * are rewritten over dimensions so fine that each array above and below such reshapes merges some of them:
 * datasets and results are seen with their dimensions split (NODE_REGROUP), reductions take several
 * dimensions for one, and a file's dataset is written chunk by chunk under its own shape.  A reshape
 * for which that cannot be (borders that cross, chunks that are no boxes, slices that cut blocks) stays a
 * NODE_RESHAPE, which is a relayout.
 *
 * Depends on the graph, on the chunks of datasets and on those of outputs; never on memory, ranks or threads.  Which of the
 * lists is planned in the end, plan_new says.
 */
#ifndef PLAN_RESHAPE_H
#define PLAN_RESHAPE_H

#include "plan/plan.h"

typedef struct reshaped {
    const request *req;         /* [nreq]: those given, with other nodes */
    const request *plain;       /* the same, but each written under its own shape, which may take a relayout */
    bool rewritten;
    arena *arena;
    node **held;                /* references */
    size_t nheld;
} reshaped;

/* NULL with err filled: out of memory.  Nodes are made in the graph of the requests'. */
reshaped *reshape_requests(const request *req, int nreq, sharr_error *err);
void reshape_free(reshaped *r);

#endif
