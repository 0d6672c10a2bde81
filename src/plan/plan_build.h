/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plan under construction: shared by plan.c (order of steps), plan_items.c (arrays,
 * items, sweeps), plan_lower.c (kernels) and plan_wish.c (what the next attempt does better).
 */
#ifndef PLAN_PLAN_BUILD_H
#define PLAN_PLAN_BUILD_H

#include "plan/levels.h"
#include "plan/plan.h"
#include "plan/region.h"

/* Copies to scratch come before everything else. */
enum { COPY_LEVEL = -1 };

typedef struct planitem {
    int level;
    const node *node;           /* the REDUCE, RESHAPE or kept node, an operand, or an output's value */
    const node *space;          /* whose elements are iterated */
    bool reduce;
    sweep_output out;           /* when !reduce */
    int array;                  /* when reduce */
    chunkgrid tiles;
} planitem;

/* What an attempt asks of the next one, because something did not fit or would be decoded again and again. */
enum wish_kind {
    WISH_COPY,                  /* n, a dataset, is copied to scratch first, to be read in pieces of `cell` */
    WISH_CHUNK,                 /* the scratch array of n, or n, a dataset in pieces, is read in pieces of `cell` */
    WISH_TILE,                  /* the sweep that makes n has tiles of `cell` */
    WISH_OPERAND                /* procedures read n, a dataset, from a copy in memory or scratch */
};
typedef struct wish {
    enum wish_kind kind;
    const node *n;
    int array;                  /* COPY: of this attempt */
    int64_t cell[SHARR_MAX_DIMS];
} wish;

typedef struct build {
    plan *p;
    wish *wish;                 /* [nwishes] */
    int nwishes;
    const node **kept;          /* [nkept]: see keep.h */
    int nkept;
    int crowded;                /* it did not fit beside results in memory: these get less, 1 / 2^crowded of it */
    bool separate;              /* it did not fit: reductions over different axes, and outputs, get sweeps of their own */
    bool apart;                 /* nor did that: everything gets a sweep of its own */
    int asked;                  /* how often anybody asked for something */
    int64_t need;               /* bytes of the attempt that needs least, and what is said of it */
    sharr_error refusal;
    levels *levels;
    region_env env;
    planitem *item;
    int nitems, capitems, caparrays, capsweeps, capstages;
    sweep *cur;                 /* whose regions are being lowered */
    int capfetch;
} build;

/* Room for one more element of an arena array; the array may move.  NULL: out of memory. */
void *plan_more(arena *a, void *old, int n, int *cap, size_t size);
/* The same for an array that only grows this way: of 8 elements, doubled whenever it is full. */
void *plan_one_more(arena *a, void *old, int n, size_t size);
int plan_nomem(sharr_error *err);
bool plan_is_arg(enum rop op);
enum loop_kind plan_loop_of(const sweep_reduce *r, int ndim);

enum array_role {
    ROLE_LEAF,
    ROLE_RESULT,                /* of a materialised node */
    ROLE_WANTED,                /* a requested result that stays in memory */
    ROLE_COPY,                  /* a leaf in scratch */
    ROLE_OPERAND                /* what a procedure reads */
};
int plan_add_array(build *b, const node *n, enum array_role role, int *out, sharr_error *err);
int plan_find_array(const plan *p, const node *n);
/* What lies there: n, or what it is a REGROUP of. */
static inline const node *plan_leaf(const node *n) { return n->kind == NODE_REGROUP ? n->in[0] : n; }
int64_t plan_node_bytes(const node *n);
/* The least and the most that the chunks of an output take if nobody asks for others; what is small is written whole. */
enum { WHOLE_BYTES = 64 << 10, MIN_CHUNK_BYTES = 16 << 10, MAX_CHUNK_BYTES = 16 << 20 };
bool plan_is_chunked(const request *r);
/* What a result takes in memory, as the executor takes it: one byte more, in pages. */
int64_t plan_resident_bytes(const node *n);
planitem *plan_add_item(build *b);

/* plan_stages.c: the stage of a CALL, items for its operands. */
int plan_add_call(build *b, const node *n, sharr_error *err);
/* In the order of levels; arrays know their stage. */
void plan_order_stages(plan *p);

/* plan_items.c: everything that must be made, and the sweeps that make it. */
int plan_collect(build *b, sharr_error *err);
int plan_form_sweeps(build *b, sharr_error *err);
/* Results that do not go to a file are copied when they are handed over, after the last sweep. */
int plan_check_handed(plan *p, sharr_error *err);
/* The array of a leaf, made on first use. */
int plan_leaf_array(build *b, const node *n, int *out, sharr_error *err);
/* region_env callback: the same, or a copy in scratch. */
int plan_array_of(void *build_, const node *n, int *out, sharr_error *err);
/* region_env callback: does an earlier sweep keep the value of this element-wise node? */
bool plan_is_kept(void *build_, const node *n);

/* plan_wish.c.  What sweep s, which does not fit into `room`, asks for. */
int plan_wish_for_room(build *b, const sweep *s, int64_t room, sharr_error *err);
/* What stage s, which does not fit, asks for. */
int plan_wish_for_stage(build *b, const stage *s, sharr_error *err);
/* What sweeps and stages ask for that read an array again and again, or write short runs to scratch. */
int plan_wish_for_speed(build *b, sharr_error *err);
/* Pieces that are written to scratch, each with a call. */
int64_t plan_scratch_runs(const plan *p);
/* Some sweep would read kept values again and again. */
bool plan_kept_in_vain(const plan *p);
/* The cells that somebody wished; NULL: nobody. */
const int64_t *plan_wished(const build *b, enum wish_kind kind, const node *n);

/* lives.c: the order of steps, the lives of results; those that take more than `room` together go to scratch after
 * all.  Fetches are known. */
enum { SMALL_RESULT = 64 << 10 };   /* stays in memory in any case */
int plan_lives(plan *p, int64_t room, sharr_error *err);

/* plan_lower.c: the kernels of a sweep. */
int plan_form_kernels(build *b, sweep *s, sharr_error *err);
int plan_use(void *build_, int array, const lattice *at, const affine *m, int *out, sharr_error *err);

#endif
