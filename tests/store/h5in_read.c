/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole datasets, put together from their chunks.
 */
#include "store/h5in_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array/chunkgrid.h"

size_t whole_bytes(const source *s)
{
    int64_t n = 1;
    shape_size(s->ndim, s->shape, &n);
    return (size_t)n * dtype_size(s->type);
}

/* Rows of a box to their places in the whole array. */
static void put_box(const source *s, const box *b, const char *from, char *out)
{
    size_t size = dtype_size(s->type), row = size * (size_t)(b->ndim ? b->count[b->ndim - 1] : 1);
    int64_t at[SHARR_MAX_DIMS] = {0}, index[SHARR_MAX_DIMS];
    int outer = b->ndim > 0 ? b->ndim - 1 : 0;
    do {
        for (int i = 0; i < s->ndim; i++)
            index[i] = b->start[i] + (i < outer ? at[i] : 0);
        memcpy(out + size * (size_t)shape_ravel(s->ndim, s->shape, index), from, row);
        from += row;
    } while (shape_next(outer, b->count, at));
}

static int read_one(h5dset *d, const int64_t *index, const box *b, h5reader *r, char *chunk, counters *k,
                    sharr_error *err)
{
    h5frame frame;
    int rc;
    if (!r)
        return h5dset_read_box(d, b, chunk, k, err);
    rc = h5dset_locate(d, index, &frame, err);
    return rc ? rc : h5dset_read_chunk(d, index, &frame, r, chunk, k, err);
}

/* The chunk's buffer has exactly its size, so that a sanitizer sees what is written behind it. */
static int read_whole(h5dset *d, h5reader *r, char *out, counters *k, sharr_error *err)
{
    const source *s = h5dset_source(d);
    chunkgrid g = chunkgrid_make(s->ndim, s->shape, s->chunk, NULL);
    int64_t index[SHARR_MAX_DIMS] = {0};
    int rc = SHARR_OK;
    if (chunkgrid_count(&g) == 0)
        return rc;
    do {
        box b = chunkgrid_box(&g, index);
        char *chunk = malloc((size_t)box_size(&b) * dtype_size(s->type));
        rc = read_one(d, index, &b, r, chunk, k, err);
        if (!rc)
            put_box(s, &b, chunk, out);
        free(chunk);
    } while (!rc && shape_next(s->ndim, g.ncells, index));
    return rc;
}

int read_whole_direct(h5dset *d, void *out, counters *k, sharr_error *err)
{
    h5reader *r = h5reader_new(err);
    int rc = r ? read_whole(d, r, out, k, err) : SHARR_ERESOURCE;
    h5reader_free(r);
    return rc;
}

int read_whole_library(h5dset *d, void *out, counters *k, sharr_error *err)
{
    return read_whole(d, NULL, out, k, err);
}

static const char *variable(const char *name, const char *otherwise)
{
    const char *v = getenv(name);
    return v && *v ? v : otherwise;
}

int run_in_fixtures(const char *script, int (*run)(void))
{
    const char *python = variable("PYTHON", "python3"), *top = variable("top_srcdir", ".");
    char dir[64], command[4096];
    snprintf(command, sizeof command, "%s -c 'import h5py, numpy' >/dev/null 2>&1", python);
    if (system(command) != 0) {
        printf("1..0 # SKIP no Python with h5py\n");
        return 0;
    }
    snprintf(dir, sizeof dir, "fixtures.%d", (int)getpid());
    snprintf(command, sizeof command, "%s %s/tests/store/%s %s", python, top, script, dir);
    if (system(command) != 0 || chdir(dir) != 0) {
        printf("Bail out! %s failed\n", script);
        return 1;
    }
    int rc = run();
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (chdir("..") != 0 || system(command) != 0)
        fprintf(stderr, "# %s is still there\n", dir);
    return rc;
}
