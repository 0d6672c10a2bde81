/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The program builder.  Steps are appended to one growing array; a table of their
 * hashes finds a step that is there already.  Knows nothing of expressions; the plan
 * layer drives it.
 */
#include "kernel/program_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"
#include "kernel/kernel_fold.h"
#include "kernel/reduce.h"

/* One growing array. */
typedef struct list { void *item; int n, cap; } list;

struct program_builder {
    list steps, consts, in_type, out_type, reds;
    hashmap *known;                             /* of values: 1 + number of the step, as a pointer */
    int nindex, nstates;
    int failed;                                 /* enum sharr_status, sticky */
    sharr_error error;
};

enum { NO_TYPE = 0xff };

program_builder *pb_new(void)
{
    program_builder *pb = calloc(1, sizeof *pb);

    if (!pb)
        return NULL;
    err_clear(&pb->error);
    pb->known = hashmap_new();
    if (pb->known)
        return pb;
    pb_free(pb);
    return NULL;
}

void pb_free(program_builder *pb)
{
    if (!pb)
        return;
    hashmap_free(pb->known);
    free(pb->steps.item);
    free(pb->consts.item);
    free(pb->in_type.item);
    free(pb->out_type.item);
    free(pb->reds.item);
    free(pb);
}

static int fail(program_builder *pb, const char *what)
{
    if (!pb->failed)
        pb->failed = err_set(&pb->error, SHARR_EINTERNAL,
                             "kernel program: step %d: %s (a bug in sharr)", pb->steps.n, what);
    return -1;
}

/* Room for `n` items in all; false: out of memory (noted). */
static bool reserve(program_builder *pb, list *l, int n, size_t size)
{
    if (n <= l->cap)
        return true;
    int cap = l->cap ? 2 * l->cap : 16;
    while (cap < n)
        cap *= 2;
    void *item = realloc(l->item, (size_t)cap * size);
    if (!item) {
        if (!pb->failed)
            pb->failed = err_nomem(&pb->error, "a kernel program", (unsigned long long)cap * size);
        return false;
    }
    l->item = item;
    l->cap = cap;
    return true;
}

static step *steps_of(const program_builder *pb)
{
    return pb->steps.item;
}

static int append(program_builder *pb, const step *s)
{
    if (!reserve(pb, &pb->steps, pb->steps.n + 1, sizeof *s))
        return -1;
    steps_of(pb)[pb->steps.n] = *s;
    return pb->steps.n++;
}

/* A step that is looked for.  Of a constant `s` has no slot yet, and `constant` is its value. */
typedef struct wanted {
    const program_builder *pb;
    const step *s;
    const scalar *constant;
} wanted;

/* All fields of a step are set, so bytes can be compared. */
static bool is_wanted(const void *value, const void *key)
{
    const wanted *w = key;
    const step *old = &steps_of(w->pb)[(intptr_t)value - 1];

    if (!w->constant)
        return memcmp(old, w->s, sizeof *old) == 0;
    const scalar *consts = w->pb->consts.item;
    return old->kind == STEP_CONST && old->type == w->s->type
        && memcmp(&consts[old->slot], w->constant, sizeof *consts) == 0;
}

static int known_step(const wanted *w, uint64_t hash)
{
    return (int)(intptr_t)hashmap_find(w->pb->known, hash, is_wanted, w) - 1;
}

static int append_known(program_builder *pb, const step *s, uint64_t hash)
{
    int i = append(pb, s);

    if (i >= 0 && !hashmap_add(pb->known, hash, (void *)((intptr_t)i + 1))) {
        pb->failed = err_nomem(&pb->error, "a kernel program", sizeof *s);
        return -1;
    }
    return i;
}

/* The same step from before, or a new one. */
static int value(program_builder *pb, const step *s)
{
    uint64_t hash = hash_bytes(s, sizeof *s, 0);
    int i = known_step(&(wanted){.pb = pb, .s = s}, hash);

    return i >= 0 ? i : append_known(pb, s, hash);
}

static step blank(enum step_kind kind, dtype type, int slot)
{
    return (step){.kind = (uint8_t)kind, .type = (uint8_t)type, .result = (uint8_t)type,
                  .slot = slot, .arg = {-1, -1, -1}};
}

static bool is_value(const program_builder *pb, int v)
{
    return v >= 0 && v < pb->steps.n && steps_of(pb)[v].kind < STEP_STORE;
}

dtype pb_type(const program_builder *pb, int v)
{
    return is_value(pb, v) ? (dtype)steps_of(pb)[v].result : SHARR_BOOL;
}

int pb_count(const program_builder *pb)
{
    return pb->steps.n;
}

/* Note the type of slot `slot`; slots in between have none yet. */
static bool set_type(program_builder *pb, list *l, int slot, dtype t)
{
    if (slot < 0 || !reserve(pb, l, slot + 1, 1))
        return false;
    uint8_t *type = l->item;
    while (l->n <= slot)
        type[l->n++] = NO_TYPE;
    if (type[slot] != NO_TYPE && type[slot] != t)
        return false;
    type[slot] = (uint8_t)t;
    return true;
}

int pb_load(program_builder *pb, int slot, dtype t)
{
    step s = blank(STEP_LOAD, t, slot);

    if (pb->failed)
        return -1;
    if (!set_type(pb, &pb->in_type, slot, t))
        return fail(pb, "an input with two types or a negative slot");
    return value(pb, &s);
}

int pb_const(program_builder *pb, scalar v, dtype t)
{
    scalar clean = {.bits = {0, 0}};
    step s = blank(STEP_CONST, t, 0);

    memcpy(&clean, &v, dtype_size(t));
    uint64_t hash = hash_bytes(&clean, sizeof clean, (uint64_t)t + 1);
    int i = known_step(&(wanted){pb, &s, &clean}, hash);
    if (i >= 0)
        return i;
    if (pb->failed || !reserve(pb, &pb->consts, pb->consts.n + 1, sizeof clean))
        return -1;
    s.slot = pb->consts.n++;
    ((scalar *)pb->consts.item)[s.slot] = clean;
    return append_known(pb, &s, hash);
}

int pb_index(program_builder *pb, int slot)
{
    step s = blank(STEP_INDEX, SHARR_INT64, slot);

    if (pb->failed)
        return -1;
    if (slot < 0)
        return fail(pb, "an index with a negative slot");
    if (slot >= pb->nindex)
        pb->nindex = slot + 1;
    return value(pb, &s);
}

/* A step of nargs operands: its value if all are constants, else the step itself. */
static int fold_or_value(program_builder *pb, const step *s, int nargs)
{
    scalar arg[3];

    for (int k = 0; k < nargs; k++) {
        const step *a = &steps_of(pb)[s->arg[k]];
        if (a->kind != STEP_CONST)
            return value(pb, s);
        arg[k] = ((scalar *)pb->consts.item)[a->slot];
    }
    dtype from = (dtype)steps_of(pb)[s->arg[0]].result;
    return pb_const(pb, kernel_fold(s, from, arg), (dtype)s->result);
}

int pb_cast(program_builder *pb, dtype to, int a)
{
    step s = blank(STEP_CAST, to, -1);

    if (pb->failed)
        return -1;
    if (!is_value(pb, a))
        return fail(pb, "a cast of nothing");
    if (pb_type(pb, a) == to)
        return a;
    s.arg[0] = a;
    return fold_or_value(pb, &s, 1);
}

int pb_op(program_builder *pb, enum kop op, dtype t, int a, int b, int c)
{
    const int arg[3] = {a, b, c};
    step s = blank(STEP_OP, t, -1);
    const kop_info *info = kop_get(op);

    if (pb->failed)
        return -1;
    if (!(info->kinds & (int)dtype_kind(t)))
        return fail(pb, "the operation is not defined for this type");
    s.op = (uint8_t)op;
    s.result = (uint8_t)kop_result_type(op, t);
    for (int k = 0; k < info->arity; k++) {
        dtype want = op == KOP_select && k == 0 ? SHARR_BOOL : t;
        if (!is_value(pb, arg[k]) || pb_type(pb, arg[k]) != want)
            return fail(pb, "an operand is missing or has the wrong type");
        s.arg[k] = arg[k];
    }
    return fold_or_value(pb, &s, info->arity);
}

void pb_store(program_builder *pb, int slot, int a)
{
    step s = blank(STEP_STORE, pb_type(pb, a), slot);

    if (pb->failed)
        return;
    if (!is_value(pb, a) || !set_type(pb, &pb->out_type, slot, pb_type(pb, a))) {
        fail(pb, "nothing to store, two types for one output, or a negative slot");
        return;
    }
    s.arg[0] = a;
    append(pb, &s);
}

int pb_reduce(program_builder *pb, enum rop op, enum rmode mode, int a, int index)
{
    dtype t = pb_type(pb, a);
    step s = blank(STEP_REDUCE, t, pb->reds.n);
    reduction r = {(uint8_t)op, (uint8_t)t, (uint8_t)mode, (uint8_t)pb->nstates};

    if (pb->failed)
        return -1;
    if (!is_value(pb, a) || (rop_is_arg(op) && !is_value(pb, index)))
        return fail(pb, "a reduction of nothing");
    int fields = mode == RMODE_DOWN ? reduce_down_nfields(op, t) : reduce_nfields(op, t);
    if (pb->nstates + fields > PROGRAM_MAX_STATES)
        return fail(pb, "too many reductions for one program");
    if (!reserve(pb, &pb->reds, pb->reds.n + 1, sizeof r))
        return -1;
    s.arg[0] = a;
    s.arg[1] = rop_is_arg(op) ? index : -1;
    if (append(pb, &s) < 0)
        return -1;
    ((reduction *)pb->reds.item)[pb->reds.n] = r;
    pb->nstates += fields;
    return pb->reds.n++;
}

/* --- finish --- */

/* Which steps some output or reduction needs. */
static void mark_used(const program_builder *pb, bool *used)
{
    for (int i = pb->steps.n - 1; i >= 0; i--) {
        const step *s = &steps_of(pb)[i];
        used[i] = used[i] || s->kind >= STEP_STORE;
        for (int k = 0; used[i] && k < 3; k++)
            if (s->arg[k] >= 0)
                used[s->arg[k]] = true;
    }
}

/* Keep the used steps and their constants, in order, renumbered. */
static void compact(program_builder *pb, const bool *used, int *number)
{
    step *steps = steps_of(pb);
    scalar *consts = pb->consts.item;
    int n = 0, nconsts = 0;

    for (int i = 0; i < pb->steps.n; i++) {
        if (!used[i])
            continue;
        step s = steps[i];
        for (int k = 0; k < 3; k++)
            if (s.arg[k] >= 0)
                s.arg[k] = number[s.arg[k]];
        if (s.kind == STEP_CONST) {             /* constants were appended in this order */
            consts[nconsts] = consts[s.slot];
            s.slot = nconsts++;
        }
        number[i] = n;
        steps[n++] = s;
    }
    pb->steps.n = n;
    pb->consts.n = nconsts;
}

static bool drop_unused(program_builder *pb)
{
    size_t n = (size_t)pb->steps.n + 1;
    bool *used = calloc(n, sizeof *used);
    int *number = calloc(n, sizeof *number);
    bool ok = used && number;

    if (ok) {
        mark_used(pb, used);
        compact(pb, used, number);
    } else {
        pb->failed = err_nomem(&pb->error, "a kernel program", n * (sizeof *used + sizeof *number));
    }
    free(used);
    free(number);
    return ok;
}

static void *take(list *l)
{
    void *item = l->item;

    l->item = NULL;
    return item;
}

/* Slots that were never used get a type, so that the arrays are whole. */
static void fill_types(list *l)
{
    uint8_t *type = l->item;

    for (int i = 0; i < l->n; i++)
        if (type[i] == NO_TYPE)
            type[i] = SHARR_BOOL;
}

static program *move_out(program_builder *pb)
{
    program *p = calloc(1, sizeof *p);

    if (!p) {
        pb->failed = err_nomem(&pb->error, "a kernel program", sizeof *p);
        return NULL;
    }
    fill_types(&pb->in_type);
    fill_types(&pb->out_type);
    *p = (program){
        .nsteps = pb->steps.n, .nconsts = pb->consts.n, .nin = pb->in_type.n,
        .nout = pb->out_type.n, .nindex = pb->nindex, .nreds = pb->reds.n, .nstates = pb->nstates,
        .steps = take(&pb->steps), .consts = take(&pb->consts), .in_type = take(&pb->in_type),
        .out_type = take(&pb->out_type), .reds = take(&pb->reds),
    };
    return p;
}

program *pb_finish(program_builder *pb, sharr_error *err)
{
    program *p = NULL;

    if (!pb->failed && drop_unused(pb) && (p = move_out(pb)) && program_verify(p, &pb->error)) {
        pb->failed = pb->error.status;
        program_free(p);
        p = NULL;
    }
    if (!p && err)
        *err = pb->error;
    pb_free(pb);
    return p;
}
