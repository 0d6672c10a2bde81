/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The contents of a file as an indented tree, or as JSON.  Items are printed as they
 * come, so that a file of any number of objects takes no memory here.
 */
#include "info.h"

#include <inttypes.h>
#include <string.h>

#include "fail.h"
#include "jsonout.h"
#include "output.h"

typedef struct printer {
    FILE *f;
    const char *path;
    bool json, begun;
    jsonout j;
} printer;

/* Only when the file has turned out to be readable. */
static void begin(printer *p)
{
    if (p->begun || !p->f)
        return;
    p->begun = true;
    if (p->json) {
        jsonout_open(&p->j, NULL, '{');
        jsonout_string(&p->j, "file", p->path);
        jsonout_open(&p->j, "items", '[');
    } else {
        fail_put_clean(p->f, p->path);
        fputc('\n', p->f);
    }
}

static void put_extents(FILE *f, int n, const int64_t *extent)
{
    fputc('(', f);
    for (int d = 0; d < n; d++)
        fprintf(f, d ? ", %" PRId64 : "%" PRId64, extent[d]);
    fputs(n == 1 ? ",)" : ")", f);
}

static void put_text(FILE *f, const sharr_item *it)
{
    const char *name = strrchr(it->path, '/');
    int depth = 0;
    for (const char *s = it->path; *s; s++)
        depth += *s == '/';
    if (strcmp(it->path, "/") == 0)
        return;
    fprintf(f, "%*s", 2 * depth, "");
    fail_put_clean(f, name ? name + 1 : it->path);
    if (it->is_group) {
        fputs("/\n", f);
        return;
    }
    fputs("  ", f);
    fail_put_clean(f, it->type);
    fputs("  ", f);
    put_extents(f, it->ndim, it->shape);
    if (it->dims && *it->dims) {
        fputs("  dims ", f);
        fail_put_clean(f, it->dims);
    }
    if (it->chunk) {
        fputs("  chunks ", f);
        put_extents(f, it->ndim, it->chunk);
    }
    if (it->filters && *it->filters) {
        fputs("  ", f);
        fail_put_clean(f, it->filters);
    }
    char bytes[24];
    output_bytes((double)it->stored_bytes, bytes);
    fprintf(f, "  %s\n", bytes);
}

static void json_extents(jsonout *j, const char *key, int n, const int64_t *extent)
{
    jsonout_open(j, key, '[');
    for (int d = 0; d < n; d++)
        jsonout_int(j, NULL, extent[d]);
    jsonout_close(j, ']');
}

static void put_json(jsonout *j, const sharr_item *it)
{
    jsonout_open(j, NULL, '{');
    jsonout_string(j, "path", it->path);
    jsonout_string(j, "kind", it->is_group ? "group" : "dataset");
    if (!it->is_group) {
        jsonout_string(j, "dtype", it->type);
        json_extents(j, "shape", it->ndim, it->shape);
        jsonout_string(j, "dims", it->dims && *it->dims ? it->dims : NULL);
        if (it->chunk)
            json_extents(j, "chunks", it->ndim, it->chunk);
        else
            jsonout_null(j, "chunks");
        jsonout_string(j, "filters", it->filters ? it->filters : "");
        jsonout_int(j, "stored_bytes", it->stored_bytes);
    }
    jsonout_close(j, '}');
}

static int visit(void *arg, const sharr_item *it)
{
    printer *p = arg;
    if (!p->f)
        return 0;
    begin(p);
    if (p->json)
        put_json(&p->j, it);
    else
        put_text(p->f, it);
    return ferror(p->f);            /* nobody reads on: stop */
}

int info_print(FILE *f, sharr_context *ctx, const char *path, bool json, sharr_error *err)
{
    printer p = {.f = f, .path = path, .json = json, .j = {.f = f}};
    int status = sharr_info(ctx, path, visit, &p, err);
    if (status == 0 || json)
        begin(&p);
    if (f && json) {
        jsonout_close(&p.j, ']');
        jsonout_string(&p.j, "error", status ? err->text : NULL);
        jsonout_close(&p.j, '}');
        fputc('\n', f);
    }
    return status;
}
