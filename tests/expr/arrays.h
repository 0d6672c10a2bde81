/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays that tests declare instead of files: a source per name, nothing behind
 * it.  One table per program.
 */
#ifndef TESTS_EXPR_ARRAYS_H
#define TESTS_EXPR_ARRAYS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/parser.h"

enum { ARRAYS_MAX = 400 };

typedef struct arrays {
    graph *g;
    int n;
    source src[ARRAYS_MAX];
    char name[ARRAYS_MAX][64];
} arrays;

/* Declare `name` ("a", "/g/v", "M:/v"); returns its source. */
static inline source *arrays_add(arrays *t, const char *name, dtype type, int ndim,
                                 const int64_t *shape)
{
    source *s = &t->src[t->n];
    memset(s, 0, sizeof *s);
    strncpy(t->name[t->n], name, sizeof t->name[0] - 1);
    s->id = t->n;
    s->name = t->name[t->n];
    s->type = type;
    s->ndim = ndim;
    s->identity = 0x1000u + (unsigned)t->n;
    for (int d = 0; d < ndim; d++)
        s->shape[d] = shape[d];
    t->n++;
    return s;
}

/* For name_resolver. */
static inline node *arrays_resolve(void *arg, const name_ref *ref, sharr_error *err)
{
    arrays *t = arg;
    char full[256];
    snprintf(full, sizeof full, "%s%s%s", ref->file ? ref->file : "", ref->file ? ":" : "",
             ref->name);
    for (int i = 0; i < t->n; i++)
        if (strcmp(t->name[i], full) == 0)
            return node_source(t->g, &t->src[i], err);
    err->status = 0;
    return NULL;
}

#endif
