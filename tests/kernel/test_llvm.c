/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compiled against interpreted: every operation and cast for every type, level and
 * width, and every shape and layout of arrays.  Arrays end where memory does, so
 * that a stray byte is a crash.
 */
#include "kernel/cpu.h"
#include "kernel/jit_support.h"
#include "kernel/llvm_errata.h"
#include "support/tap_cunit.h"

#include <stdlib.h>
#include <string.h>

static const jit_shape some_shapes[] = {
    {{1, 3000}, LAYOUT_DENSE, 1}, {{3, 37}, LAYOUT_PADDED, 2}, {{5, 3}, LAYOUT_MIXED, 3},
    {{2, 67}, LAYOUT_MIXED, 4},   {{3, 41}, LAYOUT_ODD, 5},    {{0, 9}, LAYOUT_DENSE, 6},
    {{4, 0}, LAYOUT_DENSE, 7},    {{1, 1}, LAYOUT_ODD, 8},
};
enum { NSHAPES = sizeof some_shapes / sizeof some_shapes[0] };

/* All levels at the native width; one lane at the machine's own. */
static void compare_everywhere(program *p)
{
    for (int level = 1; level <= JIT_MAX_LEVEL; level++)
        if (!jit_compare(p, level, 0, some_shapes, NSHAPES))
            break;
    jit_compare(p, cpu_level(), 1, some_shapes, NSHAPES);
    program_free(p);
}

/* One program of all operations that type t has, at most `most` outputs at a time. */
static int add_ops(program_builder *pb, dtype t, int from, int most)
{
    int arg[3], bool_arg = pb_load(pb, 3, SHARR_BOOL), op = from, outputs = 0;
    for (int k = 0; k < 3; k++)
        arg[k] = pb_load(pb, k, t);
    for (; op < KOP_COUNT && outputs < most; op++) {
        const kop_info *info = kop_get((enum kop)op);
        if (!(info->kinds & (int)dtype_kind(t)))
            continue;
        bool select = op == KOP_select;
        int v = pb_op(pb, (enum kop)op, t, select ? bool_arg : arg[0],
                      info->arity > 1 ? arg[1] : -1, info->arity > 2 ? arg[2] : -1);
        pb_store(pb, outputs++, v);
    }
    return op;
}

static void operations(void)
{
    sharr_error err;
    for (int t = 0; t < SHARR_NDTYPES; t++)
        for (int op = 0; op < KOP_COUNT;) {
            program_builder *pb = pb_new();
            op = add_ops(pb, (dtype)t, op, 12);
            program *p = pb_finish(pb, &err);
            if (TAP_CHECK(p != NULL, "%s", err.text))
                compare_everywhere(p);
        }
}

static void casts(void)
{
    sharr_error err;
    for (int from = 0; from < SHARR_NDTYPES; from++) {
        program_builder *pb = pb_new();
        int v = pb_load(pb, 0, (dtype)from);
        for (int to = 0; to < SHARR_NDTYPES; to++)
            pb_store(pb, to, pb_cast(pb, (dtype)to, v));
        program *p = pb_finish(pb, &err);
        if (TAP_CHECK(p != NULL, "%s", err.text))
            compare_everywhere(p);
    }
}

/* ---- shapes ---------------------------------------------------------------------------------------- */

/* a * b + c of one type and, with `wide`, of its cast to float64. */
static program *short_program(dtype t, bool wide)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int v = pb_load(pb, 0, t), w = pb_load(pb, 1, t), x = pb_load(pb, 2, t);
    v = pb_op(pb, KOP_add, t, pb_op(pb, KOP_mul, t, v, w, -1), x, -1);
    pb_store(pb, 0, v);
    if (wide)
        pb_store(pb, 1, pb_cast(pb, SHARR_FLOAT64, v));
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

static void shapes_of(program *p, int level, int lanes)
{
    enum { MOST = 4 * NLAYOUTS * 80 };
    static jit_shape s[MOST];
    int n = 0;
    for (int rows = 0; rows < 4; rows++)
        for (int layout = 0; layout < NLAYOUTS; layout++)
            for (int cols = 0; cols < 80 && n < MOST; cols += cols < 40 ? 1 : 3)
                s[n++] = (jit_shape){{rows, cols}, (enum jit_layout)layout, (uint64_t)n + 17};
    jit_compare(p, level, lanes, s, n);
    program_free(p);
}

static void shapes(void)
{
    static const dtype types[] = {SHARR_INT8, SHARR_INT16, SHARR_FLOAT32, SHARR_FLOAT64,
                                  SHARR_COMPLEX64, SHARR_COMPLEX128};
    for (size_t k = 0; k < sizeof types / sizeof types[0]; k++)
        for (int level = 1; level <= cpu_level(); level++)
            shapes_of(short_program(types[k], level == 3), level, 0);
    for (int lanes = 1; lanes <= 32; lanes *= 2)
        shapes_of(short_program(SHARR_FLOAT64, true), cpu_level(), lanes);
}

static void in_place(void)
{
    program *p = short_program(SHARR_FLOAT64, false);
    llvm_code code = {0};
    double x[103], want[103];
    if (jit_make(p, cpu_level(), 0, &code)) {
        for (int k = 0; k < 103; k++) {
            x[k] = k + 1;
            want[k] = x[k] * x[k] + x[k];
        }
        const int64_t stride[3][2] = {{0, 8}, {0, 8}, {0, 8}};
        const void *in[3] = {x, x, x};
        void *out[1] = {x};
        sharr_kargs a = {.n = {1, 103}, .in = in, .in_stride = stride, .out = out,
                         .out_stride = stride};
        code.fn(&a);
        CU_ASSERT(memcmp(x, want, sizeof x) == 0);
        jit_drop(&code);
    }
    program_free(p);
}

/* ---- long programs --------------------------------------------------------------------------------- */

static void long_programs(void)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        program *p = jit_random_program(seed + 500, 400, seed == 3 ? 1 : 0);
        if (TAP_CHECK(p != NULL, "seed %d", (int)seed))
            jit_compare(p, cpu_level(), 0, some_shapes, NSHAPES);
        program_free(p);
    }
}

/* ---- what LLVM gets wrong -------------------------------------------------------------------------- */

/* where(m, v[kept], v[low] with the sign of v[1 - low]): a masked VPTERNLOG, of some orders a wrong one. */
static program *selected_bits(dtype t, int low, int kept)
{
    program_builder *pb = pb_new();
    sharr_error err;
    const bool wide = t == SHARR_INT64;
    const scalar below = wide ? (scalar){.i64 = INT64_MAX} : (scalar){.i32 = INT32_MAX};
    const scalar sign = wide ? (scalar){.i64 = INT64_MIN} : (scalar){.i32 = INT32_MIN};
    int m = pb_load(pb, 2, SHARR_BOOL), v[2] = {pb_load(pb, 0, t), pb_load(pb, 1, t)};
    int bits = pb_op(pb, KOP_or, t, pb_op(pb, KOP_and, t, v[low], pb_const(pb, below, t), -1),
                     pb_op(pb, KOP_and, t, v[1 - low], pb_const(pb, sign, t), -1), -1);
    pb_store(pb, 0, pb_op(pb, KOP_select, t, m, v[kept], bits));
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

static void no_doubtful_code(program *p)
{
    llvm_code code = {0};
    if (jit_make(p, 4, 0, &code)) {
        CU_ASSERT(!errata_ternlog(code.image, code.image_bytes));
        jit_drop(&code);
    }
    jit_compare(p, 4, 0, some_shapes, NSHAPES);
    program_free(p);
}

static void ternary_logic(void)
{
    for (int k = 0; k < 8; k++)
        no_doubtful_code(selected_bits(k & 1 ? SHARR_INT64 : SHARR_INT32, k >> 1 & 1, k >> 2));
}

static void doubtful_bytes(void)
{
    /* nop; vpternlogq $0xb8, 0(%rip){1to8}, %zmm3, %zmm0 {%k1} */
    unsigned char code[] = {0x90, 0x62, 0xf3, 0xe5, 0x59, 0x25, 0x05, 0, 0, 0, 0, 0xb8};
    CU_ASSERT(errata_ternlog(code, sizeof code));
    CU_ASSERT(!errata_ternlog(code, 5));
    code[4] = 0x58;                     /* no mask */
    CU_ASSERT(!errata_ternlog(code, sizeof code));
    code[4] = 0x59;
    code[5] = 0x24;                     /* another instruction */
    CU_ASSERT(!errata_ternlog(code, sizeof code));
}

static const tap_test tests[] = {
    {"every operation, type and level has the interpreter's bits", operations},
    {"every cast has the interpreter's bits", casts},
    {"every count of rows and columns, every layout, every width", shapes},
    {"an output may be an input", in_place},
    {"programs of 400 steps", long_programs},
    {"what LLVM gets wrong is compiled without AVX-512", ternary_logic},
    {"doubtful instructions are found", doubtful_bytes},
};

TAP_MAIN("llvm", tests)
