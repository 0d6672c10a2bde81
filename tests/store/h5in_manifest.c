/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The manifest that fixture generators write (its format: make_h5in.py), and the checks of its lines.
 */
#include "store/h5in_manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/h5in_read.h"
#include "support/tap_cunit.h"

enum { FIELDS = 7 };

typedef struct row { char text[2048]; char *field[FIELDS]; } row;

static int nrows;
static row *rows;

/* ---- the manifest -------------------------------------------------------------------------------- */

static void split(row *r)
{
    char *p = r->text;
    p[strcspn(p, "\n")] = '\0';
    for (int i = 0; i < FIELDS; i++) {
        r->field[i] = p;
        p += strcspn(p, "\t");
        if (*p)
            *p++ = '\0';
    }
}

bool manifest_load(int at_least)
{
    FILE *f = fopen("manifest", "r");
    row r;
    while (f && fgets(r.text, sizeof r.text, f)) {
        rows = realloc(rows, (size_t)(nrows + 1) * sizeof *rows);
        memcpy(rows[nrows++].text, r.text, sizeof r.text);
    }
    for (int i = 0; i < nrows; i++)
        split(&rows[i]);
    if (f)
        fclose(f);
    return nrows >= at_least;
}

static void *load_values(const char *name, size_t bytes)
{
    char *p = malloc(bytes + 1);
    FILE *f = fopen(name, "rb");
    size_t n = f ? fread(p, 1, bytes + 1, f) : 0;
    TAP_CHECK(f && n == bytes, "%s has not %zu bytes", name, bytes);
    if (f)
        fclose(f);
    return p;
}

/* ---- values -------------------------------------------------------------------------------------- */

static bool same_shape(const source *s, const char *text)
{
    char got[512] = "-";
    size_t n = 0;
    for (int i = 0; i < s->ndim; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%lld", i ? "," : "", (long long)s->shape[i]);
    return strcmp(got, text) == 0;
}

/* NaN is equal to NaN here, whatever its payload: HDF5 and NumPy differ on those of float16. */
static bool equal_values(dtype t, const void *a, const void *b, size_t bytes)
{
    if (memcmp(a, b, bytes) == 0)
        return true;
    if (t != SHARR_FLOAT32 && t != SHARR_COMPLEX64)
        return false;
    const float *x = a, *y = b;
    for (size_t i = 0; i < bytes / 4; i++)
        if (memcmp(x + i, y + i, 4) != 0 && !(x[i] != x[i] && y[i] != y[i]))
            return false;
    return true;
}

static int64_t count_chunks(const source *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->ndim; i++)
        n *= (s->shape[i] + s->chunk[i] - 1) / s->chunk[i];
    return n;
}

static void check_counts(const row *r, const source *s, counters *k, bool direct)
{
    int64_t seen = direct ? k->chunks_decoded + k->chunks_fill : k->fallback_reads;
    TAP_CHECK(seen == count_chunks(s), "%s:%s: %lld chunks counted, not %lld", r->field[1], r->field[2],
              (long long)seen, (long long)count_chunks(s));
}

static void check_read(const row *r, h5dset *d, const void *want, bool direct)
{
    const source *s = h5dset_source(d);
    size_t bytes = whole_bytes(s);
    void *got = malloc(bytes + 1);
    counters k = {0};
    sharr_error e = {0};
    int rc = direct ? read_whole_direct(d, got, &k, &e) : read_whole_library(d, got, &k, &e);
    if (TAP_CHECK(rc == 0, "%s", e.text))
        TAP_CHECK(equal_values(s->type, got, want, bytes), "%s:%s differs (%s)", r->field[1], r->field[2],
                  direct ? "direct" : "H5Dread");
    check_counts(r, s, &k, direct);
    free(got);
}

static void check_dataset(const row *r, h5dset *d)
{
    const source *s = h5dset_source(d);
    bool any = strcmp(r->field[4], "any") == 0;
    bool direct = any ? s->path == SOURCE_DIRECT : strcmp(r->field[4], "direct") == 0;
    TAP_CHECK(strcmp(dtype_name(s->type), r->field[3]) == 0, "%s:%s is %s, not %s", r->field[1], r->field[2],
              dtype_name(s->type), r->field[3]);
    TAP_CHECK((s->path == SOURCE_DIRECT) == direct && (h5dset_why_library(d) == NULL) == direct, "%s:%s is not %s (%s)",
              r->field[1], r->field[2], r->field[4], h5dset_why_library(d) ? h5dset_why_library(d) : "direct");
    if (!TAP_CHECK(same_shape(s, r->field[5]), "%s:%s has not the shape %s", r->field[1], r->field[2], r->field[5]))
        return;
    void *want = load_values(r->field[6], whole_bytes(s));
    if (s->path == SOURCE_DIRECT)
        check_read(r, d, want, true);
    check_read(r, d, want, false);
    free(want);
}

void manifest_check_values(void)
{
    for (int i = 0; i < nrows; i++) {
        const row *r = &rows[i];
        h5in *f = NULL;
        h5dset *d = NULL;
        bool found = false;
        sharr_error e = {0};
        if (strcmp(r->field[0], "ok") != 0)
            continue;
        int rc = h5in_open(r->field[1], &f, &e);
        if (!rc)
            rc = h5in_dataset(f, r->field[2], &d, &found, &e);
        if (rc && strstr(e.text, "was built without it"))
            tap_diag("not read: %s", e.text);      /* szip depends on how HDF5 was built */
        else if (TAP_CHECK(rc == 0 && found, "%s:%s: %s", r->field[1], r->field[2], e.text))
            check_dataset(r, d);
        h5dset_close(d);
        if (f)
            TAP_CHECK(h5in_unchanged(f, &e) == 0, "%s", e.text);
        h5in_close(f);
    }
}

/* ---- refusals ------------------------------------------------------------------------------------ */

static void check_words(const row *r, const char *text)
{
    char words[1024];
    snprintf(words, sizeof words, "%s", r->field[4]);
    for (char *save, *w = strtok_r(words, "|", &save); w; w = strtok_r(NULL, "|", &save))
        TAP_CHECK(strstr(text, w) != NULL, "\"%s\" is not in: %s", w, text);
    TAP_CHECK(strchr(text, '\n') == NULL, "more than one line: %s", text);
}

static void check_refusal(const row *r, bool absent)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found = false;
    sharr_error e = {0};
    int rc = h5in_open(r->field[1], &f, &e);
    if (!rc && strcmp(r->field[2], "-") != 0)
        rc = h5in_dataset(f, r->field[2], &d, &found, &e);
    if (absent)
        TAP_CHECK(rc == 0 && !found && !d, "%s:%s: %d %s", r->field[1], r->field[2], rc, e.text);
    else if (TAP_CHECK(rc == atoi(r->field[3]) && e.status == rc, "%s:%s: %d %s", r->field[1], r->field[2], rc, e.text))
        check_words(r, e.text);
    h5dset_close(d);
    h5in_close(f);
}

void manifest_check_refusals(void)
{
    for (int i = 0; i < nrows; i++)
        if (strcmp(rows[i].field[0], "ok") != 0)
            check_refusal(&rows[i], strcmp(rows[i].field[0], "none") == 0);
}

void manifest_free(void)
{
    free(rows);
    rows = NULL;
    nrows = 0;
}
