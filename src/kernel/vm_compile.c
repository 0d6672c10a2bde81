/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Program to interpreter code: choose the loops, insert the casts that reductions
 * and complex casts need, give every value a buffer (freed for others after its last
 * use), lay out the scratch.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/cpu.h"
#include "kernel/reduce.h"
#include "kernel/vm_impl.h"

enum {
    BLOCK_MAX = 4096, BLOCK_MIN = 128,
    HOT_BYTES = 32 * 1024,              /* what a block touches should stay in L1 */
    STATE_BYTES = 16 * 1024             /* of DOWN states in one tile: half of L1 */
};

typedef struct vm_builder {
    const program *p;
    const vm_level *v;
    vm_kernel *k;
    dtype *type;                        /* of values */
    int *step_value;                    /* value of a step */
    int *load_value;                    /* value of an input slot, or -1 */
    vm_pairing *pairing;                /* of steps */
    bool *fixed;                        /* values whose buffer is never reused: inputs, constants */
    int *const_of, *input_of;           /* of values: 1 + the constant or input slot that it is; 0: none */
    size_t units;                       /* scratch in bytes per element of a block */
} vm_builder;

static int new_value(vm_builder *c, dtype t, bool fixed)
{
    int v = c->k->nvalues++;

    c->type[v] = t;
    c->fixed[v] = fixed;
    c->k->value[v].size = (uint8_t)dtype_size(t);
    return v;
}

static vm_inst *new_inst(vm_builder *c, enum vm_kind kind)
{
    vm_inst *s = &c->k->inst[c->k->ninst++];

    *s = (vm_inst){.kind = (uint8_t)kind, .dst = -1, .arg = {-1, -1, -1}, .slot = -1};
    return s;
}

/* --- steps --- */

static int emit_load(vm_builder *c, const step *s)
{
    int *v = &c->load_value[s->slot];

    if (*v < 0) {
        *v = new_value(c, (dtype)s->type, true);
        c->input_of[*v] = s->slot + 1;
        vm_inst *i = new_inst(c, VM_LOAD);
        i->dst = *v;
        i->slot = s->slot;
        c->k->in_size[s->slot] = (uint8_t)dtype_size((dtype)s->type);
    }
    return *v;
}

static int emit_const(vm_builder *c, const step *s)
{
    int v = new_value(c, (dtype)s->type, true);

    c->k->consts[c->k->nconsts++] = (vm_const){v, false, c->p->consts[s->slot]};
    c->const_of[v] = c->k->nconsts;
    return v;
}

static vm_const *find_const(vm_builder *c, int value)
{
    return c->const_of[value] ? &c->k->consts[c->const_of[value] - 1] : NULL;
}

static int emit_index(vm_builder *c, const step *s)
{
    vm_inst *i = new_inst(c, VM_INDEX);

    i->slot = s->slot;
    return i->dst = new_value(c, SHARR_INT64, false);
}

/* `a` itself when it has the type. */
static int emit_cast(vm_builder *c, int a, dtype to)
{
    dtype middle;

    if (c->type[a] == to)
        return a;
    vm_fn *fn = vm_find_cast(c->v, c->type[a], to, &middle);
    if (!fn) {
        a = emit_cast(c, a, middle);
        fn = vm_find_cast(c->v, middle, to, &middle);
    }
    vm_inst *i = new_inst(c, VM_CALL);
    i->fn = fn;
    i->arg[0] = a;
    return i->dst = new_value(c, to, false);
}

static int emit_op(vm_builder *c, const step *s)
{
    bool swap;
    int nargs = kop_get((enum kop)s->op)->arity;
    vm_inst *i = new_inst(c, VM_CALL);

    i->fn = vm_find_op(c->v, (enum kop)s->op, (dtype)s->type, &swap);
    for (int k = 0; k < nargs; k++)
        i->arg[swap ? 1 - k : k] = c->step_value[s->arg[k]];
    for (int k = 0; k < nargs && nargs == 2; k++) {
        vm_fn *fn = vm_find_const_op(c->v, (enum kop)s->op, (dtype)s->type, k);
        if (fn && find_const(c, i->arg[k])) {
            i->fn = fn;
            i->scalars = 1 << k;
            break;
        }
    }
    return i->dst = new_value(c, (dtype)s->result, false);
}

/* (x op y) outer z */
static int emit_pair(vm_builder *c, const step *s, const vm_pairing *pair)
{
    const step *inner = &c->p->steps[pair->inner];
    vm_inst *i = new_inst(c, VM_CALL);

    i->arg[0] = c->step_value[inner->arg[0]];
    i->arg[1] = c->step_value[inner->arg[1]];
    if (pair->outer < VM_PAIR_SQUARE)
        i->arg[2] = c->step_value[pair->other];
    for (int k = 0; k < 3; k++)
        if (i->arg[k] >= 0 && find_const(c, i->arg[k]))
            i->scalars |= 1 << k;
    const vm_pair_table *table = pair->quiet ? c->v->quiet_pairs : c->v->pairs;
    i->fn = (*table)[s->type == SHARR_FLOAT64][inner->op][pair->outer][i->scalars];
    return i->dst = new_value(c, (dtype)s->result, false);
}

static void emit_store(vm_builder *c, const step *s)
{
    vm_inst *i = new_inst(c, VM_STORE);

    i->slot = s->slot;
    i->arg[0] = c->step_value[s->arg[0]];
}

static void emit_reduce(vm_builder *c, const step *s)
{
    const reduction *r = &c->p->reds[s->slot];
    enum rop op = vm_reduce_op((enum rop)r->rop);
    dtype t = vm_reduce_type((enum rop)r->rop, (dtype)r->type);
    int x = emit_cast(c, c->step_value[s->arg[0]], t);
    vm_inst *i = new_inst(c, r->mode == RMODE_DOWN ? VM_DOWN : VM_LANES);

    i->arg[0] = x;
    if (r->mode == RMODE_DOWN)
        i->slot = c->input_of[x] - 1;
    if (rop_is_arg(op))
        i->arg[1] = c->step_value[s->arg[1]];
    i->dst = r->first_state;
    if (r->mode == RMODE_DOWN) {
        i->down = (*c->v->down)[op][t];
        i->nfields = reduce_down_nfields((enum rop)r->rop, (dtype)r->type);
        c->k->has_down = true;
    } else {
        i->lanes = vm_find_lanes(c->v, op, t);
        i->nfields = reduce_nfields((enum rop)r->rop, (dtype)r->type);
        i->slot = c->k->nlanes++;
    }
}

static void emit_step(vm_builder *c, int n)
{
    const step *s = &c->p->steps[n];
    int *v = &c->step_value[n];

    switch (s->kind) {
    case STEP_LOAD:   *v = emit_load(c, s); break;
    case STEP_CONST:  *v = emit_const(c, s); break;
    case STEP_INDEX:  *v = emit_index(c, s); break;
    case STEP_CAST:   *v = emit_cast(c, c->step_value[s->arg[0]], (dtype)s->type); break;
    case STEP_OP:
        if (c->pairing[n].inner >= 0)
            *v = emit_pair(c, s, &c->pairing[n]);
        else if (c->pairing[n].done)
            *v = c->step_value[s->arg[0]];
        else if (!c->pairing[n].taken)
            *v = emit_op(c, s);
        break;
    case STEP_STORE:  emit_store(c, s); break;
    case STEP_REDUCE: emit_reduce(c, s); break;
    }
}

/* --- buffers --- */

/* Constants that some loop takes as a block. */
static void find_const_blocks(vm_builder *c)
{
    for (int i = 0; i < c->k->ninst; i++)
        for (int j = 0; j < 3; j++) {
            const vm_inst *s = &c->k->inst[i];
            vm_const *constant = s->arg[j] < 0 || (s->scalars >> j & 1) ? NULL : find_const(c, s->arg[j]);
            if (constant)
                constant->block = true;
        }
}

/* Where a value is used last: the instruction's number; its own for a value nobody uses. */
static void find_last_uses(const vm_kernel *k, int *last)
{
    for (int i = 0; i < k->ninst; i++) {
        const vm_inst *s = &k->inst[i];
        if (s->kind <= VM_INDEX)
            last[s->dst] = i;
        for (int j = 0; j < 3; j++)
            if (s->arg[j] >= 0)
                last[s->arg[j]] = i;
    }
}

/* Free buffers by the logarithm of the element size, as stacks. */
typedef struct free_list { size_t *at; int n; } free_list;

static int size_class(size_t size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : size == 8 ? 3 : 4;
}

/* A result never shares a buffer with an operand of its instruction: loops say `restrict`. */
static void give_buffers(vm_builder *c, const int *last, free_list *lists)
{
    vm_kernel *k = c->k;

    for (int v = 0; v < k->nvalues; v++)
        if (c->fixed[v] && (!find_const(c, v) || find_const(c, v)->block)) {
            k->value[v].buffer = c->units;
            c->units += k->value[v].size;
        }
    for (int i = 0; i < k->ninst; i++) {
        const vm_inst *s = &k->inst[i];
        if (s->kind == VM_CALL || s->kind == VM_INDEX) {
            vm_value *d = &k->value[s->dst];
            free_list *l = &lists[size_class(d->size)];
            if (l->n) {
                d->buffer = l->at[--l->n];
            } else {
                d->buffer = c->units;
                c->units += d->size;
            }
        }
        for (int j = -1; j < 3; j++) {
            int v = j < 0 ? (s->kind == VM_CALL || s->kind == VM_INDEX ? s->dst : -1) : s->arg[j];
            bool twice = (j > 0 && v == s->arg[0]) || (j > 1 && v == s->arg[1]);
            if (v >= 0 && !c->fixed[v] && last[v] == i && !twice) {
                free_list *l = &lists[size_class(k->value[v].size)];
                l->at[l->n++] = k->value[v].buffer;
            }
        }
    }
}

static int assign_buffers(vm_builder *c, sharr_error *err)
{
    size_t n = (size_t)c->k->nvalues + 1;
    int *last = malloc(n * sizeof *last);
    size_t *stacks = malloc(5 * n * sizeof *stacks);
    int rc = 0;

    if (last && stacks) {
        free_list lists[5];
        for (int i = 0; i < 5; i++)
            lists[i] = (free_list){stacks + (size_t)i * n, 0};
        find_const_blocks(c);
        find_last_uses(c->k, last);
        give_buffers(c, last, lists);
    } else {
        rc = err_nomem(err, "a kernel", n * (sizeof *last + 5 * sizeof *stacks));
    }
    free(last);
    free(stacks);
    return rc;
}

/* The value that each output may be computed into: only what a loop makes, once. */
static void find_in_place(vm_builder *c)
{
    for (int i = 0; i < c->k->ninst; i++) {
        const vm_inst *s = &c->k->inst[i];
        if (s->kind != VM_STORE || c->fixed[s->arg[0]])
            continue;
        c->k->out_value[s->slot] = s->arg[0];
        c->fixed[s->arg[0]] = true;             /* its place is the output from now on */
    }
}

/* --- the scratch --- */

static size_t place(size_t *at, size_t bytes)
{
    size_t here = (*at + 63) & ~(size_t)63;

    *at = here + bytes;
    return here;
}

static void lay_out(vm_builder *c)
{
    vm_kernel *k = c->k;
    size_t at, state_bytes = 0, hot = c->units;

    for (int i = 0; i < k->nout; i++)
        hot += k->out_size[i];
    k->block = BLOCK_MAX;
    while (k->block > BLOCK_MIN && hot * (size_t)k->block > HOT_BYTES)
        k->block /= 2;
    for (int v = 0; v < k->nvalues; v++)
        k->value[v].buffer *= (size_t)k->block;
    at = c->units * (size_t)k->block;
    k->ptr_at = place(&at, ((size_t)k->nvalues + 1) * sizeof(void *));
    k->in_at = place(&at, (size_t)k->nin * sizeof(vm_operand));
    k->out_at = place(&at, (size_t)k->nout * sizeof(vm_operand));
    k->acc_at = place(&at, (size_t)k->nlanes * sizeof(vm_acc));
    k->scratch_bytes = (at + 63) & ~(size_t)63;
    for (int i = 0; i < c->p->nreds; i++) {
        const reduction *r = &c->p->reds[i];
        size_t bytes = reduce_cell_bytes((enum rop)r->rop, (dtype)r->type);
        if (r->mode == RMODE_DOWN)
            state_bytes += r->rop == ROP_VAR ? 4 * sizeof(double) : bytes;
    }
    k->down_tile = state_bytes ? (int)(STATE_BYTES / state_bytes) : 0;
}

/* Nothing is computed: columns can be taken from the operands in any number of rows. */
static void find_only_down(vm_kernel *k)
{
    k->only_down = k->has_down;
    for (int i = 0; i < k->ninst; i++) {
        const vm_inst *s = &k->inst[i];
        bool direct = s->kind == VM_LOAD || (s->kind == VM_DOWN && s->slot >= 0 && s->arg[1] < 0);
        k->only_down = k->only_down && direct;
    }
}

/* Operands that are not there repeat the first one, so that the loop over blocks need not ask. */
static void fill_operands(vm_kernel *k)
{
    for (int i = 0; i < k->ninst; i++)
        for (int j = 0; j < 3 && k->inst[i].kind == VM_CALL; j++)
            if (k->inst[i].arg[j] < 0)
                k->inst[i].arg[j] = k->inst[i].arg[0];
}

/* --- memory --- */

static bool alloc_kernel(vm_kernel *k, const program *p)
{
    size_t most = 3 * (size_t)p->nsteps + 1;    /* a step makes at most a cast of two steps and itself */

    k->inst = calloc(most, sizeof *k->inst);
    k->value = calloc(most, sizeof *k->value);
    k->consts = calloc((size_t)p->nsteps + 1, sizeof *k->consts);
    k->in_size = calloc((size_t)p->nin + 1, 1);
    k->out_size = calloc((size_t)p->nout + 1, 1);
    k->out_value = calloc((size_t)p->nout + 1, sizeof *k->out_value);
    if (!k->inst || !k->value || !k->consts || !k->in_size || !k->out_size || !k->out_value)
        return false;
    k->nin = p->nin;
    k->nout = p->nout;
    k->nindex = p->nindex;
    for (int i = 0; i < p->nout; i++) {
        k->out_size[i] = (uint8_t)dtype_size((dtype)p->out_type[i]);
        k->out_value[i] = -1;
    }
    return true;
}

static bool alloc_builder(vm_builder *c)
{
    size_t most = 3 * (size_t)c->p->nsteps + 1;

    c->type = calloc(most, sizeof *c->type);
    c->fixed = calloc(most, sizeof *c->fixed);
    c->const_of = calloc(most, sizeof *c->const_of);
    c->input_of = calloc(most, sizeof *c->input_of);
    c->step_value = calloc(most, sizeof *c->step_value);
    c->load_value = malloc(((size_t)c->p->nin + 1) * sizeof *c->load_value);
    for (int i = 0; c->load_value && i < c->p->nin; i++)
        c->load_value[i] = -1;
    c->pairing = calloc((size_t)c->p->nsteps + 1, sizeof *c->pairing);
    return c->type && c->fixed && c->const_of && c->input_of && c->step_value && c->load_value && c->pairing
        && vm_find_pairs(c->p, c->pairing);
}

vm_kernel *vm_compile(const program *p, int isa_level, sharr_error *err)
{
    int level = cpu_level();
    vm_kernel *k = NULL;
    vm_builder c = {.p = p};
    int rc = program_verify(p, err);

    if (rc)
        return NULL;
    if (isa_level > 0 && isa_level < level)
        level = isa_level;
    k = calloc(1, sizeof *k);
    c.k = k;
    c.v = vm_level_get(level);
    if (!k || !alloc_kernel(k, p) || !alloc_builder(&c)) {
        rc = err_nomem(err, "a kernel", (unsigned long long)p->nsteps * 3 * sizeof(vm_inst));
        goto done;
    }
    k->level = level;
    k->loops = c.v;
    for (int i = 0; i < p->nsteps; i++)
        emit_step(&c, i);
    rc = assign_buffers(&c, err);
    if (rc)
        goto done;
    find_in_place(&c);
    find_only_down(k);
    lay_out(&c);
    fill_operands(k);
done:
    free(c.type);
    free(c.fixed);
    free(c.const_of);
    free(c.input_of);
    free(c.step_value);
    free(c.load_value);
    free(c.pairing);
    if (rc) {
        vm_free(k);
        k = NULL;
    }
    return k;
}

void vm_free(vm_kernel *k)
{
    if (!k)
        return;
    free(k->inst);
    free(k->value);
    free(k->consts);
    free(k->in_size);
    free(k->out_size);
    free(k->out_value);
    free(k);
}

int vm_isa_level(const vm_kernel *k)
{
    return k->level;
}

size_t vm_scratch_bytes(const vm_kernel *k)
{
    return k->scratch_bytes;
}
