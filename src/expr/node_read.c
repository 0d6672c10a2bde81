/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A graph from the bytes that node_serialise wrote, in another process: the same constructors make the same nodes, so
 * that what is equal stays one node.  Sources are the caller's, in the order in which they stand in the bytes.  Reads
 * nothing beyond the bytes; a graph that comes out is verified.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/node_intern.h"

enum { NAME_BYTES = 64 };

typedef struct input {
    const unsigned char *at, *end;
    graph *g;
    node *const *leaf;
    int nleaves, next_leaf;
    node **node;                        /* made so far */
    int64_t count, done;
    arena *mem;                         /* of the node that is read */
    bool bad;                           /* the bytes end early or make no sense */
} input;

/* A node without what its kind adds. */
typedef struct head {
    char kind[NAME_BYTES];
    dtype type;
    int ndim, nin;
    int64_t *shape;
    node **in;
} head;

static int64_t get_i64(input *b)
{
    uint64_t v = 0;
    b->bad = b->bad || b->end - b->at < 8;
    for (int i = 0; i < 8 && !b->bad; i++)
        v |= (uint64_t)*b->at++ << (8 * i);
    return (int64_t)v;
}

/* A number in lo ... hi; lo if it is not. */
static int64_t get_within(input *b, int64_t lo, int64_t hi)
{
    int64_t v = get_i64(b);
    b->bad = b->bad || v < lo || v > hi;
    return b->bad ? lo : v;
}

static void get_name(input *b, char name[NAME_BYTES])
{
    size_t n = (size_t)get_within(b, 0, NAME_BYTES - 1);
    b->bad = b->bad || (size_t)(b->end - b->at) < n;
    n = b->bad ? 0 : n;
    memcpy(name, b->at, n);
    name[n] = '\0';
    b->at += n;
}

static scalar get_scalar(input *b)
{
    scalar v = {.bits = {0}};
    for (int i = 0; i < 2; i++)
        v.bits[i] = (uint64_t)get_i64(b);
    return v;
}

static int get_head(input *b, head *h, sharr_error *err)
{
    char type[NAME_BYTES];
    get_name(b, h->kind);
    get_name(b, type);
    b->bad = b->bad || !dtype_from_name(type, strlen(type), &h->type);
    h->ndim = (int)get_within(b, 0, SHARR_MAX_DIMS);
    h->shape = arena_alloc(b->mem, (size_t)h->ndim + 1, sizeof *h->shape);
    for (int d = 0; d < h->ndim && h->shape; d++)
        h->shape[d] = get_within(b, 0, INT64_MAX);
    h->nin = (int)get_within(b, 0, (b->end - b->at) / 8);
    h->in = arena_alloc(b->mem, (size_t)h->nin + 1, sizeof *h->in);
    if (!h->shape || !h->in)
        return err_nomem(err, "an expression", (size_t)h->nin * sizeof *h->in);
    for (int i = 0; i < h->nin; i++) {
        int64_t at = get_within(b, 0, b->done - 1);
        h->in[i] = b->bad ? NULL : b->node[at];
    }
    return 0;
}

/* ---- by kind ------------------------------------------------------------------------------------- */

static node *read_source(input *b, const head *h, sharr_error *err)
{
    node *n = b->next_leaf < b->nleaves ? b->leaf[b->next_leaf++] : NULL;
    (void)err;
    get_i64(b);                         /* who it was, and its chunks, are the source's own matter */
    for (int d = get_i64(b) ? h->ndim : 0; d > 0; d--)
        get_i64(b);
    b->bad = b->bad || !n || n->type != h->type || n->ndim != h->ndim ||
             (h->ndim && memcmp(n->shape, h->shape, (size_t)h->ndim * sizeof *h->shape) != 0);
    return b->bad ? NULL : node_ref(n);
}

static node *read_const(input *b, const head *h, sharr_error *err)
{
    return node_const(b->g, h->type, get_scalar(b), err);
}

static node *read_coord(input *b, const head *h, sharr_error *err)
{
    return node_coord(b->g, h->ndim, h->shape, (int)get_within(b, 0, h->ndim - 1), err);
}

static node *read_element(input *b, const head *h, sharr_error *err)
{
    char name[NAME_BYTES];
    int op = 0;
    get_name(b, name);
    while (op < KOP_COUNT && strcmp(kop_get((enum kop)op)->name, name) != 0)
        op++;
    b->bad = b->bad || op == KOP_COUNT || kop_get((enum kop)op)->arity != h->nin;
    return b->bad ? NULL : node_element(b->g, (enum kop)op, h->in, err);
}

static node *read_reduce(input *b, const head *h, sharr_error *err)
{
    char name[NAME_BYTES];
    int op = 0;
    get_name(b, name);
    while (op < ROP_NROPS && strcmp(rop_name((enum rop)op), name) != 0)
        op++;
    node_reduce r = {.op = (enum rop)op};
    r.axes = (uint32_t)get_within(b, 0, UINT32_MAX);
    r.keepdims = get_within(b, 0, 1);
    r.final = (enum rfinal)get_within(b, 0, RFINAL_STD);
    scalar correction = {.bits = {(uint64_t)get_i64(b), 0}};
    r.correction = correction.f64;
    b->bad = b->bad || op == ROP_NROPS || h->nin != 1;
    return b->bad ? NULL : node_reduction(b->g, h->in[0], &r, h->type, err);
}

static void get_piece(input *b, const head *h, ipiece *p)
{
    p->src = (int)get_within(b, IMAP_FILL, h->nin - 1);
    p->nsrc = (int)get_within(b, 0, SHARR_MAX_DIMS);
    for (int d = 0; d < h->ndim; d++) {
        p->start[d] = get_i64(b);
        p->step[d] = get_i64(b);
        p->count[d] = get_i64(b);
    }
    for (int s = 0; s < p->nsrc; s++) {
        p->off[s] = get_i64(b);
        p->mul[s] = get_i64(b);
        p->axis[s] = (int)get_within(b, -1, h->ndim - 1);
    }
}

/* first, first + step, ...: `count` numbers in 0 ... limit - 1?  Whatever the bytes say. */
static bool stays_within(__int128 first, __int128 step, int64_t count, int64_t limit)
{
    __int128 last = first + step * (count - 1);
    return first >= 0 && first < limit && last >= 0 && last < limit;
}

/* Positions that node_view_fault can compute with. */
static bool piece_is_sane(const head *h, const ipiece *p)
{
    bool sane = true, empty = false;
    for (int d = 0; d < h->ndim; d++) {
        empty = empty || p->count[d] == 0;
        sane = sane && p->count[d] >= 0 && p->step[d] >= 1 && p->start[d] >= 0 &&
               (p->count[d] == 0 || stays_within(p->start[d], p->step[d], p->count[d], h->shape[d]));
    }
    if (!sane || empty || p->src < 0)
        return sane;
    sane = p->nsrc == h->in[p->src]->ndim;
    for (int s = 0; s < p->nsrc && sane; s++) {
        int d = p->axis[s];
        __int128 mul = d < 0 ? 0 : p->mul[s], first = p->off[s] + mul * (d < 0 ? 0 : p->start[d]);
        sane = stays_within(first, d < 0 ? 0 : mul * p->step[d], d < 0 ? 1 : p->count[d], h->in[p->src]->shape[s]);
    }
    return sane;
}

static node *read_view(input *b, const head *h, sharr_error *err)
{
    int ndst = (int)get_within(b, 0, SHARR_MAX_DIMS);
    int npieces = (int)get_within(b, 1, IMAP_MAX_PIECES);
    int64_t shape[SHARR_MAX_DIMS] = {0};
    for (int d = 0; d < ndst; d++)
        shape[d] = get_i64(b);
    b->bad = b->bad || ndst != h->ndim || memcmp(shape, h->shape, (size_t)ndst * sizeof *shape) != 0;
    imap *m = b->bad ? NULL : imap_new(b->mem, ndst, shape, npieces, 0);
    if (!m && !b->bad)
        err_nomem(err, "a view", sizeof *m);
    for (int i = 0; i < npieces && m; i++) {
        get_piece(b, h, &m->piece[i]);
        b->bad = b->bad || !piece_is_sane(h, &m->piece[i]);
    }
    scalar fill = get_scalar(b);
    node key = {.kind = NODE_VIEW, .type = h->type, .ndim = h->ndim, .shape = h->shape, .nin = h->nin, .in = h->in,
                .u.map = m};
    b->bad = b->bad || (m && node_view_fault(&key));
    return b->bad || !m ? NULL : node_view(b->g, m, h->in, h->nin, h->type, fill, err);
}

static node *read_cast(input *b, const head *h, sharr_error *err)
{
    b->bad = b->bad || h->nin != 1;
    return b->bad ? NULL : node_cast(b->g, h->in[0], h->type, err);
}

static node *read_reshape(input *b, const head *h, sharr_error *err)
{
    b->bad = b->bad || h->nin != 1;
    return b->bad ? NULL : node_reshape(b->g, h->in[0], h->ndim, h->shape, err);
}

static node *read_call(input *b, const head *h, sharr_error *err)
{
    char name[NAME_BYTES];
    int proc = 0;
    get_name(b, name);
    while (proc < PROC_COUNT && strcmp(procedure_get((enum procedure)proc)->name, name) != 0)
        proc++;
    get_name(b, name);
    node_call c = {.proc = (enum procedure)proc};
    c.axis = (int)get_within(b, -1, SHARR_MAX_DIMS - 1);
    c.flags = (uint32_t)get_within(b, 0, UINT32_MAX);
    c.output = (int)get_within(b, 0, CALL_MAX_OUT - 1);
    for (int i = 0; i < CALL_NUMBERS; i++)
        c.number[i] = get_i64(b);
    if (name[0] && !b->bad) {
        err_set(err, SHARR_EDATA, "%s is a function of the program that wrote these bytes: it cannot be read back", name);
        return NULL;
    }
    node key = {.kind = NODE_CALL, .type = h->type, .ndim = h->ndim, .shape = h->shape, .nin = h->nin, .in = h->in,
                .u.call = c};
    b->bad = b->bad || proc == PROC_COUNT || call_fault(&key);
    return b->bad ? NULL : node_calling(b->g, &c, h->in, h->nin, &(node_result){h->type, h->ndim, h->shape}, err);
}

static node *read_node(input *b, sharr_error *err)
{
    static const struct {
        const char *kind;
        node *(*read)(input *b, const head *h, sharr_error *err);
    } readers[] = {
        {"source", read_source}, {"const", read_const}, {"coord", read_coord},     {"element", read_element},
        {"cast", read_cast},     {"view", read_view},   {"reshape", read_reshape}, {"reduce", read_reduce},
        {"call", read_call},
    };
    head h;
    if (get_head(b, &h, err))
        return NULL;
    for (size_t i = 0; i < sizeof readers / sizeof *readers && !b->bad; i++)
        if (strcmp(readers[i].kind, h.kind) == 0)
            return readers[i].read(b, &h, err);
    b->bad = true;
    return NULL;
}

/* ---- the list ------------------------------------------------------------------------------------ */

static int read_nodes(input *b, sharr_error *err)
{
    b->count = get_within(b, 0, b->end - b->at);
    b->node = calloc((size_t)b->count + 1, sizeof *b->node);
    if (!b->node)
        return err_nomem(err, "an expression", (size_t)b->count * sizeof *b->node);
    for (node *n = NULL; b->done < b->count; b->node[b->done++] = n) {
        b->mem = arena_new();
        n = b->mem ? read_node(b, err) : NULL;
        if (!b->mem)
            err_nomem(err, "an expression", sizeof *n);
        arena_free(b->mem);
        if (!n)
            return b->bad ? 0 : err->status;
    }
    return 0;
}

node *node_deserialise(graph *g, const node_image *bytes, node *const *leaf, int nleaves, sharr_error *err)
{
    static const char magic[] = "sharrg1\n";
    const size_t skip = sizeof magic - 1;
    const unsigned char *text = bytes->data;
    input b = {.at = text, .end = text + bytes->len, .g = g, .leaf = leaf, .nleaves = nleaves};
    int64_t root = 0;
    b.bad = bytes->len < skip || memcmp(b.at, magic, skip) != 0;
    b.at += b.bad ? 0 : skip;
    int status = read_nodes(&b, err);
    if (!status) {
        get_within(&b, 1, 1);
        root = get_within(&b, 0, b.done - 1);
        if (b.bad || b.at != b.end || b.next_leaf != nleaves)
            status = err_set(err, SHARR_EDATA, "these bytes are no expression, or one of another version of sharr");
    }
    node *n = status || node_verify(b.node[root], err) ? NULL : node_ref(b.node[root]);
    for (int64_t i = 0; i < b.done; i++)
        node_unref(b.node[i]);
    free(b.node);
    return n;
}
