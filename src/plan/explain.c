/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plan for people, and as JSON.
 */
#include <inttypes.h>

#include "base/json.h"
#include "plan/fit.h"

static const char *const places[] = { [PLACE_SOURCE] = "file", [PLACE_MEMORY] = "memory", [PLACE_SCRATCH] = "scratch" };
static const char *const loop_names[] = { "element", "flat", "rows", "down" };

static void shape_json(json *j, const char *key, int ndim, const int64_t *v)
{
    json_key(j, key);
    json_open(j, '[');
    for (int d = 0; d < ndim; d++)
        json_int(j, v[d]);
    json_close(j, ']');
}

static const char *place_name(const plan_array *a)
{
    return places[a->place == PLACE_SOURCE && a->src.path == SOURCE_MEMORY ? PLACE_MEMORY : a->place];
}

static void fetch_json(json *j, const plan *p, const fetch *f)
{
    const plan_array *a = &p->array[f->array];
    json_open(j, '{');
    json_key(j, "name");
    json_str(j, a->src.name);
    json_key(j, "place");
    json_str(j, place_name(a));
    json_key(j, "dtype");
    json_str(j, dtype_name(a->src.type));
    shape_json(j, "shape", a->src.ndim, a->src.shape);
    shape_json(j, "chunk", f->grid.ndim, f->grid.cell);
    json_key(j, "resident");
    json_bool(j, f->resident);
    json_key(j, "chunks_in_memory");
    json_int(j, f->max_chunks);
    json_close(j, '}');
}

static void kernel_json(json *j, const sweep *s, const sweep_kernel *k)
{
    json_open(j, '{');
    json_key(j, "loop");
    json_str(j, loop_names[k->loop]);
    json_key(j, "operations");
    json_int(j, k->body->ops);
    json_key(j, "outputs");
    json_int(j, k->nouts);
    json_key(j, "reductions");
    json_open(j, '[');
    for (int i = 0; i < k->nreds; i++) {
        strbuf t = { 0 };
        node_print(s->reduce[k->red[i]].node, 200, &t);
        json_str(j, strbuf_text(&t));
        strbuf_fini(&t);
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void kept_json(json *j, const plan *p, const sweep *s)
{
    json_key(j, "kept");
    json_open(j, '[');
    for (int i = 0; i < s->nouts; i++)
        if (s->output[i].kind == SINK_ARRAY && p->array[s->output[i].target].kept) {
            strbuf t = { 0 };
            node_print(s->output[i].node, 200, &t);
            json_str(j, strbuf_text(&t));
            strbuf_fini(&t);
        }
    json_close(j, ']');
}

static void sweep_json(json *j, const plan *p, const sweep *s)
{
    json_open(j, '{');
    shape_json(j, "shape", s->ndim, s->shape);
    shape_json(j, "tile", s->ndim, s->tiles.cell);
    shape_json(j, "tile_origin", s->ndim, s->tiles.origin);
    shape_json(j, "window_tiles", s->ndim, s->window);
    json_key(j, "split_dimension");
    json_int(j, s->split_dim);
    json_key(j, "split_tiles");
    json_int(j, s->split_unit);
    json_key(j, "workers");
    json_int(j, s->workers);
    json_key(j, "windows_in_memory");
    json_int(j, s->inflight);
    json_key(j, "memory");
    json_int(j, s->memory);
    json_key(j, "chunks_decoded");
    json_int(j, s->decodes);
    json_key(j, "chunks_needed");
    json_int(j, s->chunks_needed);
    json_key(j, "bytes_decoded");
    json_int(j, s->bytes_in);
    json_key(j, "bytes_from_other_nodes");
    json_int(j, s->brought);
    json_key(j, "reads");
    json_open(j, '[');
    for (int i = 0; i < s->nfetch; i++)
        fetch_json(j, p, &s->fetch[i]);
    json_close(j, ']');
    json_key(j, "kernels");
    json_open(j, '[');
    for (int i = 0; i < s->nkernels; i++)
        kernel_json(j, s, &s->kernel[i]);
    json_close(j, ']');
    kept_json(j, p, s);
    json_close(j, '}');
}

static void stage_json(json *j, const plan *p, const stage *s)
{
    strbuf t = { 0 };
    json_open(j, '{');
    json_key(j, "procedure");
    json_str(j, procedure_get(s->node->u.call.proc)->name);
    json_key(j, "text");
    node_print(s->node, 200, &t);
    json_str(j, strbuf_text(&t));
    strbuf_fini(&t);
    json_key(j, "operands");
    json_open(j, '[');
    for (int i = 0; i < s->nin; i++)
        json_str(j, place_name(&p->array[s->in[i]]));
    json_close(j, ']');
    json_key(j, "results");
    json_open(j, '[');
    for (int k = 0; k < s->nout; k++)
        json_str(j, s->out[k] < 0 ? "" : place_name(&p->array[s->out[k]]));
    json_close(j, ']');
    shape_json(j, "lines", 3, s->lines.n);
    shape_json(j, "piece", 3, s->lines.piece);
    json_key(j, "level");
    json_int(j, s->level);
    json_key(j, "workers");
    json_int(j, s->workers);
    json_key(j, "memory");
    json_int(j, s->memory);
    json_key(j, "bytes_moved");
    json_int(j, s->bytes);
    json_key(j, "bytes_from_other_nodes");
    json_int(j, s->brought);
    json_key(j, "chunks_decoded");
    json_int(j, s->decodes);
    json_close(j, '}');
}

static void plan_json(const plan *p, strbuf *out)
{
    json j;
    json_init(&j, out);
    json_open(&j, '{');
    json_key(&j, "ranks");
    json_int(&j, p->options.ranks);
    json_key(&j, "memory_limit");
    json_int(&j, p->options.memory);
    json_key(&j, "memory");
    json_int(&j, p->memory);
    json_key(&j, "sweeps");
    json_open(&j, '[');
    for (int i = 0; i < p->nsweeps; i++)
        sweep_json(&j, p, &p->sweep[i]);
    json_close(&j, ']');
    json_key(&j, "stages");
    json_open(&j, '[');
    for (int i = 0; i < p->nstages; i++)
        stage_json(&j, p, &p->stage[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    strbuf_add(out, "\n");
}

/* "1.5 GiB" */
static void size_text(strbuf *out, int64_t bytes)
{
    static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    double v = (double)bytes;
    int i = 0;
    while (v >= 1024 && i < 5) {
        v /= 1024;
        i++;
    }
    strbuf_printf(out, i ? "%.1f %s" : "%.0f %s", v, unit[i]);
}

static void fetch_text(const plan *p, const sweep *s, const fetch *f, strbuf *out)
{
    char shape[SHAPE_TEXT], chunk[SHAPE_TEXT];
    const plan_array *a = &p->array[f->array];
    strbuf_printf(out, "  read    %s  %s %s", a->src.name, dtype_name(a->src.type),
                  shape_text(a->src.ndim, a->src.shape, shape));
    if (fit_array_in_memory(p, f->array)) {
        strbuf_add(out, a->src.bound ? ", in memory, divided between nodes\n" : ", in memory\n");
        return;
    }
    strbuf_printf(out, ", chunks %s, %" PRId64 " in memory%s\n", shape_text(f->grid.ndim, f->grid.cell, chunk),
                  f->max_chunks * (f->resident ? 1 : s->inflight + 1), f->resident ? ", resident" : "");
}

static void brought_text(strbuf *out, int64_t bytes)
{
    if (!bytes)
        return;
    strbuf_add(out, "; brings ");
    size_text(out, bytes);
    strbuf_add(out, " from other nodes to each rank");
}

static const char *kept_note(const plan *p, const sweep_output *o)
{
    if (o->kind != SINK_ARRAY || !p->array[o->target].kept)
        return "";
    return fit_array_in_memory(p, o->target) ? "  (kept in memory: costs less than computing it twice)"
                                             : "  (kept in scratch: costs less than computing it twice)";
}

static void sweep_text(const plan *p, int i, strbuf *out)
{
    const sweep *s = &p->sweep[i];
    char shape[SHAPE_TEXT], tile[SHAPE_TEXT], window[SHAPE_TEXT];
    strbuf_printf(out, "sweep %d of %d: over %s in tiles of %s, windows of %s tiles\n", i + 1, p->nsweeps,
                  shape_text(s->ndim, s->shape, shape), shape_text(s->ndim, s->tiles.cell, tile),
                  shape_text(s->ndim, s->window, window));
    for (int k = 0; k < s->nfetch; k++)
        fetch_text(p, s, &s->fetch[k], out);
    for (int k = 0; k < s->nreds; k++) {
        strbuf_add(out, "  reduce  ");
        node_print(s->reduce[k].node, 200, out);
        strbuf_add(out, "\n");
    }
    for (int k = 0; k < s->nouts; k++) {
        const sweep_output *o = &s->output[k];
        const char *name = o->kind == SINK_FILE ? p->request[o->target].name : NULL;
        strbuf_printf(out, "  %s   %s%s", o->kind == SINK_FILE ? "write" : "keep ", name ? name : "", name ? " = " : "");
        node_print(o->node, 200, out);
        strbuf_add(out, kept_note(p, o));
        strbuf_add(out, "\n");
    }
    strbuf_printf(out, "  decodes %" PRId64 " chunks, ", s->decodes);
    size_text(out, s->bytes_in);
    if (s->chunks_needed)
        strbuf_printf(out, " (read amplification %.2f)", (double)s->decodes / (double)s->chunks_needed);
    brought_text(out, s->brought);
    strbuf_printf(out, "; %d worker%s; peak ", s->workers, s->workers == 1 ? "" : "s");
    size_text(out, s->memory);
    strbuf_add(out, "\n");
}

static void stage_text(const plan *p, int i, strbuf *out)
{
    const stage *s = &p->stage[i];
    strbuf_printf(out, "stage %d of %d: ", i + 1, p->nstages);
    node_print(s->node, 200, out);
    strbuf_add(out, "\n  from ");
    for (int k = 0; k < s->nin; k++)
        strbuf_printf(out, "%s%s", k ? ", " : "", place_name(&p->array[s->in[k]]));
    strbuf_add(out, " to ");
    for (int k = 0, n = 0; k < s->nout; k++)
        if (s->out[k] >= 0)
            strbuf_printf(out, "%s%s", n++ ? ", " : "", place_name(&p->array[s->out[k]]));
    strbuf_add(out, "; moves ");
    size_text(out, s->bytes);
    if (s->decodes)
        strbuf_printf(out, ", decodes %s%" PRId64 " chunks", s->node->u.call.proc == PROC_COMPRESS ? "at most " : "", s->decodes);
    brought_text(out, s->brought);
    strbuf_printf(out, "; %d worker%s; peak ", s->workers, s->workers == 1 ? "" : "s");
    size_text(out, s->memory);
    strbuf_add(out, "\n");
}

void plan_explain(const plan *p, bool as_json, strbuf *out)
{
    if (as_json) {
        plan_json(p, out);
        return;
    }
    for (int t = 0; t < p->nsteps; t++)
        if (p->step[t].sweep)
            sweep_text(p, (int)(p->step[t].sweep - p->sweep), out);
        else
            stage_text(p, (int)(p->step[t].stage - p->stage), out);
    strbuf_printf(out, "memory: ");
    size_text(out, p->memory);
    strbuf_add(out, " of ");
    size_text(out, p->options.memory);
    strbuf_printf(out, " on each of %d rank%s\n", p->options.ranks, p->options.ranks == 1 ? "" : "s");
}
