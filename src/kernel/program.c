/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs: structural check, text, hash, comparison, release.  Evaluates
 * nothing and builds nothing (program_build.c does).
 *
 * Fields that a kind of step does not use may hold anything: hash and comparison
 * go through canonical_step(), which blanks them.
 */
#include "kernel/program.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/reduce.h"

static const char *const kind_name[] = {
    [STEP_LOAD] = "load", [STEP_CONST] = "const", [STEP_INDEX] = "index", [STEP_CAST] = "cast",
    [STEP_OP] = "op", [STEP_STORE] = "store", [STEP_REDUCE] = "reduce",
};
enum { NKINDS = STEP_REDUCE + 1 };

static const char *const short_name[SHARR_NDTYPES] = {
    "b", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "c64", "c128",
};

void program_free(program *p)
{
    if (!p)
        return;
    free(p->steps);
    free(p->consts);
    free(p->in_type);
    free(p->out_type);
    free(p->reds);
    free(p);
}

static void *copy_array(const void *from, int n, size_t size, bool *ok)
{
    void *to = malloc((size_t)n * size + 1);
    if (to && n)
        memcpy(to, from, (size_t)n * size);
    *ok = *ok && to;
    return to;
}

program *program_copy(const program *p)
{
    program *q = malloc(sizeof *q);
    bool ok = true;
    if (!q)
        return NULL;
    *q = *p;
    q->steps = copy_array(p->steps, p->nsteps, sizeof *p->steps, &ok);
    q->consts = copy_array(p->consts, p->nconsts, sizeof *p->consts, &ok);
    q->in_type = copy_array(p->in_type, p->nin, 1, &ok);
    q->out_type = copy_array(p->out_type, p->nout, 1, &ok);
    q->reds = copy_array(p->reds, p->nreds, sizeof *p->reds, &ok);
    if (ok)
        return q;
    program_free(q);
    return NULL;
}

int step_nargs(const program *p, const step *s)
{
    switch (s->kind) {
    case STEP_CAST:
    case STEP_STORE:
        return 1;
    case STEP_OP:
        return kop_get((enum kop)s->op)->arity;
    case STEP_REDUCE:
        return rop_is_arg((enum rop)p->reds[s->slot].rop) ? 2 : 1;
    default:
        return 0;
    }
}

bool rop_is_arg(enum rop op)
{
    return op == ROP_ARGMIN || op == ROP_ARGMAX;
}

/* --- verify --- */

/* What earlier steps said of a slot, so that the check takes a time proportional to the steps. */
typedef struct verifier {
    const program *p;
    bool *written;                      /* outputs, then reductions */
    uint8_t *const_type;                /* NO_TYPE: not used so far */
} verifier;
enum { NO_TYPE = 0xff };

static int bad(sharr_error *err, const program *p, int i, const char *why)
{
    unsigned kind = p->steps[i].kind;

    return err_set(err, SHARR_EINTERNAL, "kernel program: step %d (%s): %s (a bug in sharr)", i,
                   kind < NKINDS ? kind_name[kind] : "unknown kind", why);
}

static int bad_header(sharr_error *err, const char *what, int i, const char *why)
{
    return err_set(err, SHARR_EINTERNAL, "kernel program: %s %d: %s (a bug in sharr)", what, i, why);
}

static int verify_header(const program *p, sharr_error *err)
{
    int states = 0;

    if (p->nsteps < 0 || p->nconsts < 0 || p->nin < 0 || p->nout < 0 || p->nindex < 0 || p->nreds < 0)
        return bad_header(err, "header", 0, "a count is negative");
    for (int i = 0; i < p->nin; i++)
        if (p->in_type[i] >= SHARR_NDTYPES)
            return bad_header(err, "input", i, "no such type");
    for (int i = 0; i < p->nout; i++)
        if (p->out_type[i] >= SHARR_NDTYPES)
            return bad_header(err, "output", i, "no such type");
    for (int i = 0; i < p->nreds; i++) {
        const reduction *r = &p->reds[i];
        if (r->rop >= ROP_NROPS || r->type >= SHARR_NDTYPES || r->mode > RMODE_DOWN)
            return bad_header(err, "reduction", i, "no such operation, type or mode");
        if (!(rop_kinds((enum rop)r->rop) & (int)dtype_kind((dtype)r->type)))
            return bad_header(err, "reduction", i, "not defined for this type");
        if (r->first_state != states)
            return bad_header(err, "reduction", i, "states do not follow one another");
        states += r->mode == RMODE_DOWN
            ? reduce_down_nfields((enum rop)r->rop, (dtype)r->type)
            : reduce_nfields((enum rop)r->rop, (dtype)r->type);
    }
    if (p->nstates != states || states > PROGRAM_MAX_STATES)
        return bad_header(err, "header", 0, "wrong number of states");
    return 0;
}

static int slot_limit(const program *p, const step *s)
{
    switch (s->kind) {
    case STEP_LOAD:   return p->nin;
    case STEP_CONST:  return p->nconsts;
    case STEP_INDEX:  return p->nindex;
    case STEP_STORE:  return p->nout;
    case STEP_REDUCE: return p->nreds;
    default:          return INT32_MAX;
    }
}

static bool zero_above(const scalar *v, size_t size)
{
    static const unsigned char zeros[sizeof(scalar)];

    return memcmp((const unsigned char *)v + size, zeros, sizeof(scalar) - size) == 0;
}

/* Constants: one type per slot, nothing above the value's bytes (they are hashed). */
static const char *check_const(verifier *v, const step *s)
{
    uint8_t *type = &v->const_type[s->slot];

    if (*type != NO_TYPE && *type != s->type)
        return "the constant is used with two types";
    *type = s->type;
    return zero_above(&v->p->consts[s->slot], dtype_size((dtype)s->type))
        ? NULL : "bytes above the constant's value are set";
}

static const char *check_op(const program *p, const step *s)
{
    const kop_info *op = kop_get((enum kop)s->op);

    if (!(op->kinds & (int)dtype_kind((dtype)s->type)))
        return "the operation is not defined for this type";
    if (s->result != kop_result_type((enum kop)s->op, (dtype)s->type))
        return "wrong result type";
    for (int k = 0; k < op->arity; k++) {
        bool condition = s->op == KOP_select && k == 0;
        if (p->steps[s->arg[k]].result != (condition ? SHARR_BOOL : s->type))
            return "an operand has the wrong type";
    }
    return NULL;
}

static const char *check_sink(verifier *v, const step *s)
{
    const program *p = v->p;
    dtype t = (dtype)p->steps[s->arg[0]].result;
    bool *written = &v->written[s->kind == STEP_STORE ? s->slot : p->nout + s->slot];

    if (*written)
        return "written twice";
    *written = true;
    if (s->kind == STEP_STORE)
        return p->out_type[s->slot] == t && s->result == t ? NULL : "wrong type for the output";
    const reduction *r = &p->reds[s->slot];
    if (r->type != t || s->type != t)
        return "wrong type for the reduction";
    if (rop_is_arg((enum rop)r->rop) && p->steps[s->arg[1]].result != SHARR_INT64)
        return "the index is not int64";
    return NULL;
}

static const char *check_args(const program *p, int i)
{
    const step *s = &p->steps[i];
    int nargs = step_nargs(p, s);

    for (int k = 0; k < nargs; k++) {
        if (s->arg[k] < 0 || s->arg[k] >= i)
            return "an operand is not an earlier step";
        if (p->steps[s->arg[k]].kind >= STEP_STORE)
            return "an operand has no value";
    }
    return NULL;
}

static const char *check_step(verifier *v, int i)
{
    const program *p = v->p;
    const step *s = &p->steps[i];
    const char *why;

    if (s->kind >= NKINDS || s->type >= SHARR_NDTYPES || s->result >= SHARR_NDTYPES)
        return "no such kind or type";
    if (s->kind == STEP_OP && s->op >= KOP_COUNT)
        return "no such operation";
    if (s->kind != STEP_OP && s->kind != STEP_CAST && (s->slot < 0 || s->slot >= slot_limit(p, s)))
        return "slot out of range";
    if ((why = check_args(p, i)))
        return why;
    if (s->kind == STEP_OP)
        return check_op(p, s);
    if (s->kind >= STEP_STORE)
        return check_sink(v, s);
    if (s->type != s->result)
        return "result and type differ";
    if (s->kind == STEP_LOAD && p->in_type[s->slot] != s->type)
        return "wrong type for the input";
    if (s->kind == STEP_INDEX && s->type != SHARR_INT64)
        return "an index is int64";
    return s->kind == STEP_CONST ? check_const(v, s) : NULL;
}

static int verify_steps(verifier *v, sharr_error *err)
{
    const program *p = v->p;
    int sinks = 0;

    for (int i = 0; i < p->nsteps; i++) {
        const char *why = check_step(v, i);
        if (why)
            return bad(err, p, i, why);
        sinks += p->steps[i].kind >= STEP_STORE;
    }
    if (sinks != p->nout + p->nreds)
        return bad_header(err, "header", 0, "an output or reduction is never written");
    return 0;
}

int program_verify(const program *p, sharr_error *err)
{
    verifier v = {.p = p};
    int rc = verify_header(p, err);

    if (rc)
        return rc;
    size_t sinks = (size_t)p->nout + (size_t)p->nreds + 1, consts = (size_t)p->nconsts + 1;
    v.written = calloc(sinks, sizeof *v.written);
    v.const_type = malloc(consts);
    if (v.written && v.const_type) {
        memset(v.const_type, NO_TYPE, consts);
        rc = verify_steps(&v, err);
    } else {
        rc = err_nomem(err, "a kernel program", sinks * sizeof *v.written + consts);
    }
    free(v.written);
    free(v.const_type);
    return rc;
}

/* --- print --- */

static void print_const(const scalar *v, dtype t, strbuf *out)
{
    switch (dtype_kind(t)) {
    case KIND_BOOL:
        strbuf_add(out, v->b ? "true" : "false");
        break;
    case KIND_INT:
        strbuf_printf(out, "%" PRId64, scalar_cast(*v, t, SHARR_INT64).i64);
        break;
    case KIND_UINT:
        strbuf_printf(out, "%" PRIu64, scalar_cast(*v, t, SHARR_UINT64).u64);
        break;
    case KIND_FLOAT:
        strbuf_printf(out, "%a", scalar_cast(*v, t, SHARR_FLOAT64).f64);
        break;
    case KIND_COMPLEX: {
        scalar w = scalar_cast(*v, t, SHARR_COMPLEX128);
        strbuf_printf(out, "(%a, %a)", w.c128[0], w.c128[1]);
        break;
    }
    }
}

static void print_step(const program *p, int i, strbuf *out)
{
    const step *s = &p->steps[i];
    int nargs = step_nargs(p, s);

    if (s->kind < STEP_STORE)
        strbuf_printf(out, "v%d = ", i);
    if (s->kind == STEP_REDUCE)
        strbuf_printf(out, "%s.%s.%s state%d", p->reds[s->slot].mode == RMODE_DOWN ? "down" : "lanes",
                      rop_name((enum rop)p->reds[s->slot].rop), short_name[s->type],
                      p->reds[s->slot].first_state);
    else
        strbuf_printf(out, "%s.%s", s->kind == STEP_OP ? kop_get((enum kop)s->op)->name
                      : kind_name[s->kind], short_name[s->kind == STEP_STORE ? s->result : s->type]);
    if (s->kind == STEP_LOAD || s->kind == STEP_INDEX)
        strbuf_printf(out, " %s%d", s->kind == STEP_LOAD ? "in" : "index", s->slot);
    if (s->kind == STEP_STORE)
        strbuf_printf(out, " out%d", s->slot);
    if (s->kind == STEP_CONST) {
        strbuf_add(out, " ");
        print_const(&p->consts[s->slot], (dtype)s->type, out);
    }
    for (int k = 0; k < nargs; k++)
        strbuf_printf(out, " v%d", s->arg[k]);
    strbuf_add(out, "\n");
}

void program_print(const program *p, strbuf *out)
{
    for (int i = 0; i < p->nsteps; i++)
        print_step(p, i, out);
}

/* --- hash, equality --- */

/* The step with every field that its kind does not use blanked. */
static step canonical_step(const program *p, const step *s)
{
    step c = *s;
    int nargs = step_nargs(p, s);

    if (c.kind != STEP_OP)
        c.op = 0;
    if (c.kind == STEP_OP || c.kind == STEP_CAST)
        c.slot = -1;
    if (c.kind == STEP_STORE)
        c.type = c.result;
    for (int k = nargs; k < 3; k++)
        c.arg[k] = -1;
    return c;
}

typedef struct record { unsigned char byte[64]; size_t len; } record;

static void put(record *r, uint64_t v, int bytes)
{
    for (int k = 0; k < bytes; k++)
        r->byte[r->len++] = (unsigned char)(v >> (8 * k));
}

/* Start a record with the hash of all before it: the hash of a chain needs no memory. */
static void chain(record *r, const hash128 *h)
{
    r->len = 0;
    put(r, h->lo, 8);
    put(r, h->hi, 8);
}

static void hash_step(const program *p, const step *s, hash128 *h)
{
    record r;
    step c = canonical_step(p, s);

    chain(&r, h);
    put(&r, c.kind, 1);
    put(&r, c.op, 1);
    put(&r, c.type, 1);
    put(&r, c.result, 1);
    put(&r, (uint32_t)c.slot, 4);
    for (int k = 0; k < 3; k++)
        put(&r, (uint32_t)c.arg[k], 4);
    if (c.kind == STEP_CONST) {
        put(&r, p->consts[c.slot].bits[0], 8);
        put(&r, p->consts[c.slot].bits[1], 8);
    }
    *h = hash_bytes128(r.byte, r.len);
}

static void hash_types(const uint8_t *type, int n, hash128 *h)
{
    for (int i = 0; i < n; i++) {
        record r;
        chain(&r, h);
        put(&r, type[i], 1);
        *h = hash_bytes128(r.byte, r.len);
    }
}

hash128 program_hash(const program *p)
{
    hash128 h = {0, 0};
    record r;
    const int count[] = {p->nsteps, p->nconsts, p->nin, p->nout, p->nindex, p->nreds, p->nstates};

    chain(&r, &h);
    for (size_t i = 0; i < sizeof count / sizeof *count; i++)
        put(&r, (uint32_t)count[i], 4);
    h = hash_bytes128(r.byte, r.len);
    for (int i = 0; i < p->nsteps; i++)
        hash_step(p, &p->steps[i], &h);
    hash_types(p->in_type, p->nin, &h);
    hash_types(p->out_type, p->nout, &h);
    for (int i = 0; i < p->nreds; i++) {
        chain(&r, &h);
        put(&r, p->reds[i].rop, 1);
        put(&r, p->reds[i].type, 1);
        put(&r, p->reds[i].mode, 1);
        put(&r, p->reds[i].first_state, 1);
        h = hash_bytes128(r.byte, r.len);
    }
    return h;
}

static bool same_bytes(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

int program_equal(const program *a, const program *b)
{
    if (a->nsteps != b->nsteps || a->nconsts != b->nconsts || a->nin != b->nin || a->nout != b->nout
        || a->nindex != b->nindex || a->nreds != b->nreds || a->nstates != b->nstates)
        return 0;
    if (!same_bytes(a->consts, b->consts, (size_t)a->nconsts * sizeof *a->consts)
        || !same_bytes(a->in_type, b->in_type, (size_t)a->nin)
        || !same_bytes(a->out_type, b->out_type, (size_t)a->nout)
        || !same_bytes(a->reds, b->reds, (size_t)a->nreds * sizeof *a->reds))
        return 0;
    for (int i = 0; i < a->nsteps; i++) {
        step x = canonical_step(a, &a->steps[i]);
        step y = canonical_step(b, &b->steps[i]);
        if (!same_bytes(&x, &y, sizeof x))
            return 0;
    }
    return 1;
}
