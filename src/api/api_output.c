/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outputs: which results go where, in which chunks, through which filters.
 */
#include "api/api_output.h"

#include "array/box.h"
#include "base/checked.h"
#include "store/rawio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_KEPT = 1000, MAX_RESULTS = 4096 };

/* ---- compression -------------------------------------------------------------------------------- */

static bool has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && strcmp(s + n - m, suffix) == 0;
}

/* "zstd:1", "deflate", "none" */
static int parse_compress(const sharr_output *o, codec_pipeline *p, sharr_error *err)
{
    static const struct { const char *name; int id, min, max; } known[] = {
        { "zstd", CODEC_ZSTD, -50, 22 }, { "deflate", CODEC_DEFLATE, 0, 9 }, { "gzip", CODEC_DEFLATE, 0, 9 } };
    const char *text = o->compress ? o->compress : has_suffix(o->path, ".nc") ? "deflate:1" : "zstd:1";
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    long level = 1;
    char *end = NULL;
    p->n = 0;
    if (strcmp(text, "none") == 0)
        return 0;
    if (colon) {
        errno = 0;
        level = strtol(colon + 1, &end, 10);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(known[i].name, text, n) || known[i].name[n])
            continue;
        if (colon && (end == colon + 1 || *end || errno || level < known[i].min || level > known[i].max))
            return err_set(err, SHARR_EUSAGE, "compression %s: the level is a number from %d to %d", text, known[i].min,
                           known[i].max);
        if (!o->no_shuffle)
            p->filter[p->n++] = (codec_filter){ .id = CODEC_SHUFFLE };
        p->filter[p->n++] = (codec_filter){ .id = known[i].id, .level = (int)level };
        return 0;
    }
    return err_set(err, SHARR_EUSAGE, "compression %s: known are zstd:LEVEL, deflate:LEVEL and none", text);
}

static codec_pipeline pipeline_for(const api_job *j, dtype t)
{
    codec_pipeline p = j->pipeline;
    for (int i = 0; i < p.n; i++)
        if (p.filter[i].id == CODEC_SHUFFLE)
            p.filter[i].shuffle_size = (unsigned)dtype_size(t);
    return p;
}

/* ---- chunks -------------------------------------------------------------------------------------- */

/* "64,512,512": for outputs of that many dimensions. */
static int parse_chunks(const char *text, request *r, sharr_error *err)
{
    int64_t chunk[SHARR_MAX_DIMS], bytes = (int64_t)dtype_size(r->node->type);
    int n = 0;
    for (const char *at = text;;) {
        char *end;
        errno = 0;
        long long v = strtoll(at, &end, 10);
        if (end == at || errno || v < 1 || v > INT32_MAX || n == SHARR_MAX_DIMS || (*end && *end != ','))
            return err_set(err, SHARR_EUSAGE, "chunks %s: positive numbers with commas between them are wanted", text);
        chunk[n++] = v;
        if (!*end)
            break;
        at = end + 1;
    }
    if (n != r->node->ndim)
        return 0;
    for (int d = 0; d < n; d++) {
        r->chunk[d] = r->node->shape[d] > 0 && chunk[d] > r->node->shape[d] ? r->node->shape[d] : chunk[d];
        if (!mul_i64(bytes, r->chunk[d], &bytes) || bytes > UINT32_MAX)
            return err_set(err, SHARR_EUSAGE, "chunks %s: a chunk of %s takes 4 GiB or more, and HDF5 allows less", text, r->name);
    }
    r->has_chunk = true;
    return 0;
}

/* ---- requests ------------------------------------------------------------------------------------ */

static bool is_hidden(const api_work *w, const api_result *r)
{
    return !w->arrays && r->name && r->name[0] == '_';
}

static int check_size(const sharr_output *o, const api_result *r, sharr_error *err)
{
    char shape[SHAPE_TEXT];
    int64_t n = 0, most = o->max_elements > 0 ? o->max_elements : DEFAULT_KEPT;
    if (shape_size(r->value->ndim, r->value->shape, &n) && n <= most)
        return 0;
    return err_set(err, SHARR_EEXPR, "%s%sthe result has shape %s: more than %lld elements are not printed; %s it "
                   "to a file (-o FILE%s)", r->name ? r->name : "", r->name ? ": " : "",
                   shape_text(r->value->ndim, r->value->shape, shape), (long long)most,
                   r->name ? "write" : "name it and write", r->name ? "" : " 'x = ...'");
}

/* Each result takes a place in the plan, the kernels and the file: a script that is made by a program could have so many
 * that planning alone would never end. */
static int check_count(const api_work *s, sharr_error *err)
{
    int n = 0;
    for (int i = 0; i < s->nresults; i++)
        n += !is_hidden(s, &s->result[i]);
    if (n <= MAX_RESULTS)
        return 0;
    return err_set(err, SHARR_EEXPR, "the script has %d results, and one run evaluates at most %d: begin the names that are not "
                   "wanted with _, or split the script (--append adds to a file)", n, MAX_RESULTS);
}

static int add_request(api_job *j, int i, sharr_error *err)
{
    const api_result *r = &j->w->result[i];
    bool to_file = j->out->path && r->name && !is_hidden(j->w, r);
    if (is_hidden(j->w, r))
        return 0;
    request *q = &j->req[j->nreq];
    *q = (request){ .name = r->name, .node = r->value, .to_file = to_file, .to_scratch = r->file != NULL,
                    .into = r->into, .common = r->common, .bound = r->bound };
    j->from[j->nreq++] = i;
    if (!to_file)
        return j->w->arrays ? 0 : check_size(j->out, r, err);
    return j->out->chunks ? parse_chunks(j->out->chunks, q, err) : 0;
}

/* ---- costs --------------------------------------------------------------------------------------- */

static int64_t reader_bytes(void *arg, const source *s)
{
    const api_job *j = arg;
    const h5dset *d = s->id < 0 ? NULL : j->w->ctx->source[s->id].dset;
    return d ? (int64_t)h5reader_memusage(d) : 0;
}

/* Only what nobody changes before it is used, and what every rank has whole: then all see the same. */
static const void *values(void *arg, const source *s)
{
    const sharr_context *ctx = ((const api_job *)arg)->w->ctx;
    const api_buffer *b = s->id < 0 ? NULL : ctx->leaf[s->id].buffer;
    return b && b->constant && !b->src.bound ? ctx->source[s->id].data : NULL;
}

static int64_t frame_bytes(void *arg, int i, int64_t chunk)
{
    const api_job *j = arg;
    codec_pipeline p = pipeline_for(j, j->req[i].node->type);
    return (int64_t)codec_bound(&p, (size_t)chunk);
}

static int64_t encoder_bytes(void *arg, int i, int64_t chunk)
{
    const api_job *j = arg;
    codec_pipeline p = pipeline_for(j, j->req[i].node->type);
    return p.n ? (int64_t)codec_memusage(&p, (size_t)chunk) : 0;
}

static int64_t kernel_bytes(void *arg, const program *p)
{
    const api_job *j = arg;
    return (int64_t)kernel_scratch_estimate(p, (int)j->w->ctx->cfg.isa_level);
}

/* ---- datasets ------------------------------------------------------------------------------------ */

static int add_sets(api_job *j, sharr_error *err)
{
    for (int i = 0; i < j->nreq; i++) {
        const request *q = &j->req[i];
        const plan_output *o = &j->plan->output[i];
        j->set_of[i] = -1;
        if (!q->to_file)
            continue;
        char *path = malloc(strlen(q->name) + 2);
        if (!path)
            return err_nomem(err, "a name", strlen(q->name));
        path[0] = '/';
        strcpy(path + 1, q->name);
        j->path[j->nsets] = path;
        h5outset *s = &j->set[j->nsets];
        *s = (h5outset){ .path = path, .type = q->node->type, .ndim = q->node->ndim };
        memcpy(s->shape, q->node->shape, (size_t)q->node->ndim * sizeof *s->shape);
        if (o->chunked) {
            memcpy(s->chunk, o->chunk, sizeof s->chunk);
            s->pipeline = pipeline_for(j, q->node->type);
        }
        j->set_of[i] = j->nsets++;
    }
    return 0;
}

static int64_t free_scratch(const api_job *j)
{
    const comm *c = j->w->ctx->comm;
    char dir[PATH_MAX];
    api_scratch_dir(j, dir, sizeof dir);
    /* A private /tmp of each node will not do. */
    if (comm_local_size(c) < comm_size(c) && !j->out->path && !j->w->ctx->cfg.tmpdir[0])
        return 0;
    int fd = access(dir, W_OK | X_OK) ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int64_t bytes = rawio_free(fd);
    close(fd);
    return bytes < 0 ? 0 : bytes;
}

/* Free bytes for scratch files, as rank 0 sees them; 0 where there can be none. */
static int scratch_bytes_all(const api_job *j, int64_t *bytes, sharr_error *err)
{
    comm *c = j->w->ctx->comm;
    *bytes = comm_rank(c) == 0 ? free_scratch(j) : 0;
    return comm_bcast_all(c, bytes, sizeof *bytes, 0, err);
}

/* ---- small work ---------------------------------------------------------------------------------- */

static bool lies_near(const source *s)
{
    return (s->path == SOURCE_MEMORY && !s->bound) || s->path == SOURCE_SCRATCH;
}

/* Every way to a node is walked, which `steps` has counted. */
static bool is_near(const node *k, int64_t most, bool *scratch_too)
{
    int64_t elements;
    if (!shape_size(k->ndim, k->shape, &elements) || elements > most || (k->kind == NODE_SOURCE && !lies_near(k->u.src)))
        return false;
    *scratch_too |= k->kind == NODE_SOURCE && k->u.src->path == SOURCE_SCRATCH;
    for (int i = 0; i < k->nin; i++)
        if (!is_near(k->in[i], most, scratch_too))
            return false;
    return true;
}

static bool is_small(const api_work *w, bool *scratch_too)
{
    int64_t steps = 0;
    for (int i = 0; i < w->nresults; i++)
        steps += w->result[i].value->steps;
    if (steps >= NODE_MANY_STEPS || (w->nresults > 0 && w->result[0].common))
        return false;
    for (int i = 0; i < w->nresults; i++)
        if (!is_near(w->result[i].value, steps <= SMALL_STEPS ? SMALL_ELEMENTS : FEW_ELEMENTS, scratch_too))
            return false;
    return true;
}

int api_job_init(api_job *j, const api_work *w, const sharr_output *out, sharr_error *err)
{
    size_t n = (size_t)w->nresults + 1;
    bool scratch_too = false;
    *j = (api_job){ .w = w, .out = out };
    j->small = w->arrays && !out->path && is_small(w, &scratch_too);
    j->scratch = j->small && scratch_too;
    j->comm = j->small ? w->ctx->alone : w->ctx->comm;
    int64_t room = 0;
    int status = j->small ? 0 : scratch_bytes_all(j, &room, err);
    if (status)
        return status;
    j->req = calloc(n, sizeof *j->req);
    j->from = calloc(n, sizeof *j->from);
    j->set = calloc(n, sizeof *j->set);
    j->set_of = calloc(n, sizeof *j->set_of);
    j->path = calloc(n, sizeof *j->path);
    if (!j->req || !j->from || !j->set || !j->set_of || !j->path)
        return err_nomem(err, "requests", n * sizeof *j->req);
    status = check_count(w, err);
    if (!status && out->path)
        status = parse_compress(out, &j->pipeline, err);
    for (int i = 0; i < w->nresults && !status; i++)
        status = add_request(j, i, err);
    plan_options opt = { .memory = api_memory(w->ctx), .workers = j->small ? 1 : api_workers(w->ctx),
                         .ranks = comm_size(j->comm), .nodes = comm_nodes(j->comm),
                         .scratch = room,
                         .costs = { reader_bytes, frame_bytes, encoder_bytes, kernel_bytes, j, values } };
    if (!status) {
        j->plan = plan_new(j->req, j->nreq, &opt, err);
        status = j->plan ? add_sets(j, err) : err->status;
    }
    return status;
}

void api_job_fini(api_job *j)
{
    plan_free(j->plan);
    for (int i = 0; i < j->nsets; i++)
        free(j->path[i]);
    free(j->path);
    free(j->set_of);
    free(j->set);
    free(j->from);
    free(j->req);
}
