/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Printing of results.  Values are written so that they read back to the same bits.
 */
#include "output.h"

#include <sys/resource.h>

#include "textnum.h"

enum { LINE_WIDTH = 79 };

/* ---- text ------------------------------------------------------------------------------------ */

typedef struct printer {
    FILE *f;
    const sharr_result *r;
    size_t size;                /* bytes of an element */
    int width;                  /* of the longest element */
    int indent;                 /* columns before the first bracket */
} printer;

static int64_t element_count(const sharr_result *r)
{
    int64_t n = 1;
    for (int d = 0; d < r->ndim; d++)
        n *= r->shape[d];
    return n;
}

static void put_row(const printer *p, const char *data, int64_t n)
{
    char text[TEXTNUM_MAX];
    int column = p->indent + p->r->ndim;
    int start = column;
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && column + 1 + p->width > LINE_WIDTH) {
            fprintf(p->f, "\n%*s", start, "");
            column = start;
        } else if (i > 0) {
            fputc(' ', p->f);
            column++;
        }
        textnum_python(p->r->type, data + (size_t)i * p->size, text);
        fprintf(p->f, "%*s", p->width, text);
        column += p->width;
    }
}

/* Dimension `d` from `data` on; recursion is at most SHARR_MAX_DIMS deep. */
static void put_nested(const printer *p, int d, const char *data)
{
    int64_t n = p->r->shape[d], below = 1;
    fputc('[', p->f);
    for (int k = d + 1; k < p->r->ndim; k++)
        below *= p->r->shape[k];
    if (d == p->r->ndim - 1) {
        put_row(p, data, n);
    } else {
        for (int64_t i = 0; i < n; i++) {
            for (int k = d + 1; i > 0 && k < p->r->ndim; k++)
                fputc('\n', p->f);
            if (i > 0)
                fprintf(p->f, "%*s", p->indent + d + 1, "");
            put_nested(p, d + 1, data + (size_t)(i * below) * p->size);
        }
    }
    fputc(']', p->f);
}

static void put_result(FILE *f, const sharr_result *r, bool named)
{
    char text[TEXTNUM_MAX];
    printer p = {f, r, sharr_dtype_size(r->type), 0, 0};
    if (named && r->name)
        p.indent = fprintf(f, "%s = ", r->name);
    if (r->ndim == 0) {
        textnum_python(r->type, r->data, text);
        fputs(text, f);
    } else if (element_count(r) == 0) {
        fputs("[]", f);
    } else {
        for (int64_t i = element_count(r); i-- > 0;) {
            int n = textnum_python(r->type, (const char *)r->data + (size_t)i * p.size, text);
            p.width = n > p.width ? n : p.width;
        }
        put_nested(&p, 0, r->data);
    }
    fputc('\n', f);
}

bool output_is_shown(const sharr_result *r)
{
    return !r->name || r->name[0] != '_';
}

static bool is_printed(const sharr_script *s, int i, sharr_result *r)
{
    return sharr_script_result(s, i, r) == 0 && r->data && output_is_shown(r);
}

void output_text(FILE *f, const sharr_script *s)
{
    sharr_result r;
    int several = 0;
    for (int i = 0; i < sharr_script_count(s); i++)
        several += is_printed(s, i, &r);
    for (int i = 0; i < sharr_script_count(s); i++)
        if (is_printed(s, i, &r))
            put_result(f, &r, several > 1);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static const char *json_nested(jsonout *j, const sharr_result *r, int d, const char *data)
{
    char text[TEXTNUM_MAX];
    size_t size = sharr_dtype_size(r->type);
    jsonout_open(j, d == 0 ? "data" : NULL, '[');
    for (int64_t i = 0; i < r->shape[d]; i++) {
        if (d + 1 < r->ndim) {
            data = json_nested(j, r, d + 1, data);
        } else {
            textnum_json(r->type, data, text);
            jsonout_raw(j, NULL, text);
            data += size;
        }
    }
    jsonout_close(j, ']');
    return data;
}

static void json_data(jsonout *j, const sharr_result *r)
{
    char text[TEXTNUM_MAX];
    if (element_count(r) == 0) {
        jsonout_raw(j, "data", "[]");
    } else if (r->ndim > 0) {
        json_nested(j, r, 0, r->data);
    } else {
        textnum_json(r->type, r->data, text);
        jsonout_raw(j, "data", text);
    }
}

void output_json(jsonout *j, const sharr_script *s)
{
    sharr_result r;
    jsonout_open(j, "results", '[');
    for (int i = 0; i < sharr_script_count(s); i++) {
        if (sharr_script_result(s, i, &r) != 0 || !output_is_shown(&r))
            continue;
        jsonout_open(j, NULL, '{');
        jsonout_string(j, "name", r.name);
        jsonout_string(j, "dtype", sharr_dtype_name(r.type));
        jsonout_open(j, "shape", '[');
        for (int d = 0; d < r.ndim; d++)
            jsonout_int(j, NULL, r.shape[d]);
        jsonout_close(j, ']');
        if (r.data)
            json_data(j, &r);
        jsonout_close(j, '}');
    }
    jsonout_close(j, ']');
}

void output_counters(jsonout *j, sharr_context *ctx)
{
    int64_t value;
    const char *name, *doc;
    jsonout_open(j, "counters", '{');
    for (int i = 0; ctx && (name = sharr_context_counter(ctx, i, &value, &doc)); i++)
        jsonout_int(j, name, value);
    jsonout_close(j, '}');
}

/* ---- figures --------------------------------------------------------------------------------- */

void output_bytes(double bytes, char out[24])
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int u = 0;
    while (u < 5 && bytes >= 1024) {
        bytes /= 1024;
        u++;
    }
    snprintf(out, 24, u == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, unit[u]);
}

/* VmHWM belongs to this program alone; ru_maxrss also remembers what called exec. */
int64_t output_peak_memory(void)
{
    char line[128];
    long long kib = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && kib == 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lld", &kib) != 1)
            kib = 0;
    if (f)
        fclose(f);
    if (kib > 0)
        return kib * 1024;
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (int64_t)u.ru_maxrss * 1024 : 0;
}
