/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the files of reshape.h.  Of each node: which dimensions what lies below wants it to have,
 * and the forms in which its users want it.
 */
#ifndef PLAN_RESHAPE_INT_H
#define PLAN_RESHAPE_INT_H

#include "array/regroup.h"
#include "base/hashmap.h"
#include "plan/reshape.h"

typedef struct vert vert;

typedef struct form {
    const strides *space;       /* its dimensions; NULL: the node's own */
    vert *why;                  /* the reshape that wants it; NULL with space NULL */
    node *made;
    struct form *next;
} form;

struct vert {
    node *n;
    const strides *demand;      /* strides that what is below needs, its own among them; NULL: why is */
    vert *why;                  /* the first reshape at or below n, on this side of what is materialised; NULL: none */
    bool closed;                /* a reshape that is a relayout after all */
    bool lies;                  /* a reshape of an array in C order: that array once more */
    node *core;                 /* of what is materialised: itself, rewritten */
    form *forms;
};

typedef struct reshape_work {
    arena *arena;
    hashmap *map;
    vert *vert;                 /* [n], inputs before their users */
    size_t n;
    node **held;
    size_t nheld, capheld;
    vert *refused;              /* this reshape cannot be free: begin again without it */
} reshape_work;

/* Materialised: its users see it as a leaf. */
bool reshape_is_cut(const vert *v);
vert *reshape_vert(const reshape_work *w, const node *n);
/* Its form in that space; NULL: nobody wanted it. */
form *reshape_form(const vert *v, const strides *space);
/* The node of it. */
node *reshape_made(const reshape_work *w, const node *n, const strides *space);
/* reshape_view.c.  Strides of input i of a view that is seen in `space`; false: a slice cuts a block, or borders cross. */
bool reshape_view_space(const reshape_work *w, const node *n, int i, const strides *space, strides *out);
/* What the inputs of a view want of it joins `s`. */
bool reshape_view_demand(const reshape_work *w, const node *n, strides *s);
/* The map of view n between these spaces; NULL: there is none. */
int reshape_view_map(arena *mem, const node *n, const strides *space, const strides *in_space, imap **out, sharr_error *err);
/* reshape_build.c: all forms of v; its inputs have theirs.  Non-zero: an error; w->refused is set when a form cannot be. */
int reshape_build(reshape_work *w, vert *v, sharr_error *err);
/* The value of an operand of something that is materialised; *space NULL: in its own shape. */
node *reshape_operand(const reshape_work *w, const node *n, const strides **space);
/* Takes the reference of n; false: out of memory, or n is NULL. */
bool reshape_hold(reshape_work *w, node *n);

#endif
