/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reductions, compiled against interpreted: alone (main loop), many in one program
 * (general loop), both modes together, rows and columns of every length.
 */
#include "kernel/cpu.h"
#include "kernel/jit_support.h"
#include "support/tap_cunit.h"

#include <math.h>
#include <string.h>

static const jit_shape some_shapes[] = {
    {{1, 4096}, LAYOUT_DENSE, 1}, {{3, 37}, LAYOUT_PADDED, 2},  {{7, 3}, LAYOUT_MIXED, 3},
    {{2, 131}, LAYOUT_MIXED, 4},  {{3, 70}, LAYOUT_ODD, 5},     {{0, 9}, LAYOUT_DENSE, 6},
    {{4, 0}, LAYOUT_DENSE, 7},    {{33, 1}, LAYOUT_DENSE, 8},   {{2, 31}, LAYOUT_DENSE, 9},
    {{2, 32}, LAYOUT_DENSE, 10},  {{2, 33}, LAYOUT_MIXED, 11},  {{20, 64}, LAYOUT_MIXED, 12},
    {{2, 96}, LAYOUT_DENSE, 13},  {{40, 130}, LAYOUT_PADDED, 14},
};
enum { NSHAPES = sizeof some_shapes / sizeof some_shapes[0] };

static bool defined(int op, int t)
{
    return rop_kinds((enum rop)op) & (int)dtype_kind((dtype)t);
}

static void add_reduction(program_builder *pb, int op, enum rmode mode, int v)
{
    pb_reduce(pb, (enum rop)op, mode, v, rop_is_arg((enum rop)op) ? pb_index(pb, 0) : -1);
}

static program *finish(program_builder *pb)
{
    sharr_error err;
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

static void alone(void)
{
    for (int op = 0; op < ROP_NROPS; op++)
        for (int t = 0; t < SHARR_NDTYPES; t++)
            for (int mode = 0; mode < 2; mode++) {
                if (!defined(op, t))
                    continue;
                program_builder *pb = pb_new();
                add_reduction(pb, op, (enum rmode)mode, pb_load(pb, 0, (dtype)t));
                program *p = finish(pb);
                jit_compare(p, cpu_level(), 0, some_shapes, NSHAPES);
                program_free(p);
            }
}

/* modes: bits 1 << mode */
static void together(int modes, int level, int lanes)
{
    for (int t = 0; t < SHARR_NDTYPES; t++) {
        program_builder *pb = pb_new();
        int v = pb_load(pb, 0, (dtype)t);
        if (dtype_kind((dtype)t) & KIND_NUMBER)
            v = pb_op(pb, KOP_sub, (dtype)t, v, pb_load(pb, 1, (dtype)t), -1);
        for (int op = 0; op < ROP_NROPS; op++)
            for (int mode = 0; mode < 2; mode++)
                if (defined(op, t) && (modes >> mode & 1))
                    add_reduction(pb, op, (enum rmode)mode, v);
        pb_store(pb, 0, v);
        program *p = finish(pb);
        jit_compare(p, level, lanes, some_shapes, NSHAPES);
        program_free(p);
    }
}

static void by_lanes(void)
{
    for (int level = 1; level <= JIT_MAX_LEVEL; level++)
        together(1, level, 0);
    together(1, cpu_level(), 1);
}

static void down(void)
{
    for (int level = 1; level <= JIT_MAX_LEVEL; level++)
        together(2, level, 0);
    together(2, cpu_level(), 1);
}

static void both(void)
{
    together(3, cpu_level(), 0);
}

static void short_ones(void)
{
    static const int ops[] = {ROP_SUM, ROP_VAR, ROP_MAX, ROP_ARGMIN};
    for (int level = 1; level <= JIT_MAX_LEVEL; level++)
        for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++)
            for (int mode = 0; mode < 2; mode++)
                for (int t = SHARR_FLOAT32; t <= SHARR_FLOAT64; t++) {
                    program_builder *pb = pb_new();
                    int a = pb_load(pb, 0, (dtype)t), b = pb_load(pb, 1, (dtype)t);
                    int d = pb_op(pb, KOP_sub, (dtype)t, a, b, -1);
                    add_reduction(pb, ops[k], (enum rmode)mode, d);
                    program *p = finish(pb);
                    jit_compare(p, level, 0, some_shapes, NSHAPES);
                    program_free(p);
                }
}

/* ---- VAR: the shift is the first finite element ---------------------------------------------------- */

static void var_shift(void)
{
    enum { COLS = 200 };
    program_builder *pb = pb_new();
    add_reduction(pb, ROP_VAR, RMODE_LANES, pb_load(pb, 0, SHARR_FLOAT64));
    program *p = finish(pb);
    llvm_code code = {0};
    if (jit_make(p, cpu_level(), 0, &code)) {
        for (int first = 0; first <= COLS; first += first < 40 ? 1 : 20) {
            double x[COLS], state[3] = {-1, -1, -1};
            for (int k = 0; k < COLS; k++)
                x[k] = k < first ? INFINITY : k % 2 ? -1.7e308 : 1.7e308;
            const void *in[1] = {x};
            const int64_t in_stride[1][2] = {{0, 8}}, state_stride[3][2] = {{8, 0}, {8, 0}, {8, 0}};
            void *cells[3] = {&state[0], &state[1], &state[2]};
            sharr_kargs a = {.n = {1, COLS}, .in = in, .in_stride = in_stride, .state = cells,
                             .state_stride = state_stride};
            code.fn(&a);
            /* x - shift overflows to -inf for the odd ones: with +inf it is a NaN. */
            bool both = first > 0 && first < COLS - 1 && first % 2 == 0;
            bool only = first == COLS;
            CU_ASSERT_EQUAL(state[0], COLS);
            TAP_CHECK(only ? isinf(state[1]) : both ? isnan(state[1]) : !isfinite(state[1]),
                      "first finite %d: mean %g", first, state[1]);
        }
        jit_drop(&code);
    }
    program_free(p);
}

static const tap_test tests[] = {
    {"each reduction alone, every type, both modes", alone},
    {"short programs at every level", short_ones},
    {"all reductions by lanes in one program, every level", by_lanes},
    {"all reductions down in one program, every level", down},
    {"both modes in one program", both},
    {"a variance's shift is the row's first finite element", var_shift},
};

TAP_MAIN("llvm reductions", tests)
