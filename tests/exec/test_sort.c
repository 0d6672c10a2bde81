/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lines sorted in memory, against insertion into a list by the comparison that the meaning says.
 */
#include "exec/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

enum { MOST = 3000 };

/* As the documents say: NaN is larger than all numbers. */
static int compare(dtype t, const scalar *a, const scalar *b)
{
    if (dtype_kind(t) == KIND_FLOAT) {
        double x = t == SHARR_FLOAT32 ? a->f32 : a->f64, y = t == SHARR_FLOAT32 ? b->f32 : b->f64;
        return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x > y) - (x < y);
    }
    scalar x = scalar_cast(*a, t, SHARR_INT64), y = scalar_cast(*b, t, SHARR_INT64);
    return t == SHARR_UINT64 ? (a->u64 > b->u64) - (a->u64 < b->u64) : (x.i64 > y.i64) - (x.i64 < y.i64);
}

static scalar any(dtype t, int kind)
{
    static const double special[] = { 0.0, -0.0, INFINITY, -INFINITY, NAN, 1e-310, -1e-310, 1 };
    scalar v = { .bits = { 0 } };
    uint64_t bits = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
    double d = kind == 0 ? special[rand() % 8] : kind == 1 ? rand() % 5 - 2 : (rand() - RAND_MAX / 2) * exp(rand() % 40 - 20);
    if (t == SHARR_FLOAT32)
        v.f32 = (float)d;
    else if (t == SHARR_FLOAT64)
        v.f64 = d;
    else if (t == SHARR_BOOL)
        v.b = bits & 1;
    else
        v.u64 = kind == 1 ? (uint64_t)(rand() % 5 - 2) : bits;
    return v;
}

typedef struct world { sort_how how; int64_t n; scalar in[MOST]; int64_t order[MOST]; char data[8 * MOST]; int64_t index[MOST]; } world;

static scalar at(const world *w, int64_t i)
{
    scalar v = { .bits = { 0 } };
    size_t size = dtype_size(w->how.type);
    memcpy(&v, w->data + (size_t)i * size, size);
    return v;
}

static void fill(world *w, int kind)
{
    size_t size = dtype_size(w->how.type);
    for (int64_t i = 0; i < w->n; i++) {
        w->in[i] = any(w->how.type, kind == 3 ? rand() % 3 : kind);
        memcpy(w->data + (size_t)i * size, &w->in[i], size);
        w->in[i] = at(w, i);
        w->index[i] = i;
        int64_t j = i;
        for (; j > 0; j--) {
            int c = compare(w->how.type, &w->in[i], &w->in[w->order[j - 1]]);
            if (w->how.descending ? c <= 0 : c >= 0)
                break;
            w->order[j] = w->order[j - 1];
        }
        w->order[j] = i;
    }
}

static bool same_value(dtype t, scalar a, scalar b)
{
    bool nan = dtype_kind(t) == KIND_FLOAT && (t == SHARR_FLOAT32 ? isnan(a.f32) && isnan(b.f32) : isnan(a.f64) && isnan(b.f64));
    return nan || memcmp(&a, &b, dtype_size(t)) == 0;
}

static void check(world *w, int kind, bool index)
{
    void *work = malloc((size_t)sort_work_bytes(w->how.type, w->n, index) + 1);
    bool good = true;
    fill(w, kind);
    sort_line(&w->how, w->data, index ? w->index : NULL, w->n, work);
    for (int64_t i = 0; i < w->n && good; i++)
        good = index ? w->index[i] == w->order[i] : same_value(w->how.type, at(w, i), w->in[w->order[i]]);
    TAP_CHECK(good, "%s, %d elements, kind %d%s%s", dtype_name(w->how.type), (int)w->n, kind, index ? ", index" : "",
              w->how.descending ? ", descending" : "");
    free(work);
}

static void lines_of_every_type_and_length(void)
{
    static const int64_t length[] = { 0, 1, 2, 3, 40, 41, 300, MOST };
    world *w = calloc(1, sizeof *w);
    srand(7);
    for (int t = SHARR_BOOL; t < SHARR_NDTYPES; t++)
        for (size_t l = 0; l < sizeof length / sizeof *length; l++)
            for (int kind = 0; kind < 4 && dtype_kind((dtype)t) != KIND_COMPLEX; kind++) {
                w->how = (sort_how){ .type = (dtype)t, .descending = (l + (size_t)kind) % 2 };
                w->n = length[l];
                check(w, kind, false);
                check(w, kind, true);
            }
    free(w);
}

static void keys_are_in_the_order_of_values(void)
{
    srand(8);
    for (int t = SHARR_BOOL; t < SHARR_NDTYPES; t++)
        for (int i = 0; i < 2000 && dtype_kind((dtype)t) != KIND_COMPLEX; i++) {
            sort_how up = { .type = (dtype)t }, down = { .type = (dtype)t, .descending = true };
            scalar a = any((dtype)t, rand() % 3), b = any((dtype)t, rand() % 3);
            int c = compare((dtype)t, &a, &b);
            uint64_t ka = sort_key(&up, &a), kb = sort_key(&up, &b), da = sort_key(&down, &a), db = sort_key(&down, &b);
            bool good = (ka > kb) - (ka < kb) == c && (da > db) - (da < db) == -c;
            if (!good)
                TAP_CHECK(good, "%s: %llx and %llx", dtype_name((dtype)t), (long long)a.u64, (long long)b.u64);
        }
}

static const tap_test tests[] = {
    { "lines of every type and length", lines_of_every_type_and_length },
    { "keys are in the order of values", keys_are_in_the_order_of_values },
};
TAP_MAIN("sort", tests)
