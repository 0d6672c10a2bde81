/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See held_arrays.h.
 */
#include "held_arrays.h"

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "support/tap_cunit.h"

sharr_context *ctx;
int me, size;
double *input;

static int64_t shape[2];

void open_context(int nodes, int rows, int cols)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    sharr_error err = {0};
    char name[16];
    MPI_Comm_rank(world, &me);
    MPI_Comm_size(world, &size);
    snprintf(name, sizeof name, "%d", me * nodes / size);
    setenv("SHARR_NODE", name, 1);
    ctx = sharr_context_new(&err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
    TAP_CHECK(sharr_context_use_comm(ctx, &world, &err) == 0, "%s", err.text);
    unsetenv("SHARR_NODE");
    shape[0] = rows;
    shape[1] = cols;
    input = malloc((size_t)rows * (size_t)cols * sizeof *input);
    for (int i = 0; i < rows * cols; i++)
        input[i] = sin(i * 0.7) * (i % 17 ? 1 : 1e5);
    input[5] = -0.0;
    input[6] = -NAN;
}

void close_context(void)
{
    CU_ASSERT_EQUAL(sharr_context_held(ctx), 0);
    sharr_context_free(ctx);
    free(input);
}

sharr_array *plain(void)
{
    sharr_error err = {0};
    sharr_memory m = {.type = SHARR_FLOAT64, .ndim = 2, .shape = shape, .data = input};
    return sharr_array_memory(ctx, &m, 0, &err);
}

sharr_array *held(sharr_array *x)
{
    sharr_array *y = NULL;
    sharr_error err = {0};
    TAP_CHECK(sharr_array_hold(ctx, x, &y, &err) == 0, "%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    return y;
}

sharr_array *of_text(const char *text, sharr_array *x)
{
    sharr_error err = {0};
    const sharr_name name = {"x", x, NULL};
    sharr_script *s = sharr_script_with(ctx, text, (int64_t)strlen(text), &name, x != NULL, &err);
    TAP_CHECK(s != NULL, "%s: %s", text, err.text);
    sharr_array *y = s ? sharr_script_array(s, 0) : NULL;
    sharr_script_free(s);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    return y;
}

size_t bytes_of(const sharr_array *x)
{
    size_t n = sharr_dtype_size(sharr_array_dtype(x));
    for (int d = 0; d < sharr_array_ndim(x); d++)
        n *= (size_t)sharr_array_shape(x)[d];
    return n;
}

char *values(sharr_array *x)
{
    sharr_error err = {0};
    char *out = calloc(1, bytes_of(x) + 1);
    sharr_want w = {.array = x, .data = out};
    TAP_CHECK(sharr_evaluate(ctx, &w, 1, NULL, &err) == 0, "%s", err.text);
    return out;
}

int same(sharr_array *x, const char *want)
{
    char *got = values(x);
    int equal = memcmp(got, want, bytes_of(x)) == 0;
    free(got);
    return equal;
}

/* Over what one rank holds for itself: values of the text, and what their sum is when they are held. */
static void compute_alone(const char *text, char **want, char **sum)
{
    sharr_error err = {0};
    sharr_context *several = ctx;
    ctx = sharr_context_new(&err);
    sharr_array *x = plain(), *hx = held(x), *y = of_text(text, hx), *hy = held(y), *s = of_text("sum(x)", hy);
    *want = values(y);
    *sum = values(s);
    sharr_array *all[] = {x, hx, y, hy, s};
    for (int i = 0; i < 5; i++)
        sharr_array_unref(all[i]);
    CU_ASSERT_EQUAL(sharr_context_held(ctx), 0);
    sharr_context_free(ctx);
    ctx = several;
}

void check_text(const char *text, sharr_array *hx)
{
    char *want, *sum;
    compute_alone(text, &want, &sum);
    sharr_array *y = of_text(text, hx), *hy = held(y), *s = of_text("sum(x)", hy);
    TAP_CHECK(same(y, want), "%s over what is held", text);
    TAP_CHECK(same(hy, want), "%s, held", text);
    TAP_CHECK(same(s, sum), "sum of %s, held", text);
    free(want);
    free(sum);
    sharr_array_unref(me % 2 ? y : s);                /* ranks let go in their own order */
    sharr_array_unref(hy);
    sharr_array_unref(me % 2 ? s : y);
}

static void one_try(const held_faults *f, long point, long *points, int *failed)
{
    char spec[32];
    sharr_error err = {0};
    snprintf(spec, sizeof spec, "*:%ld", point);
    fault_arm(me == size - 1 ? spec : NULL);
    int status = f->try(f->arg, &err), told[2] = {status, -status};
    *points = fault_passages();
    fault_arm(NULL);
    MPI_Allreduce(MPI_IN_PLACE, told, 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Bcast(points, 1, MPI_LONG, size - 1, MPI_COMM_WORLD);
    TAP_CHECK(told[0] == -told[1], "point %ld: %d here, %d elsewhere", point, status, told[0]);
    f->after(f->arg);
    *failed += status != 0;
}

void fail_everywhere(const held_faults *f)
{
    int failed = 0, tries = 0;
    long points = f->most;
    for (long i = 1; i <= points + 1 && tries < f->most; i++, tries++)          /* until one is not passed */
        one_try(f, i, &points, &failed);
    TAP_CHECK(failed >= f->least, "%d of %d tries have failed", failed, tries);
}
