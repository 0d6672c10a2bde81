/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Types: the promotion table is NumPy's np.promote_types, the weak rules are NEP 50,
 * the casts are checked against values written by hand.
 */
#include "array/dtype.h"

#include <math.h>
#include <string.h>

#include "array/kop.h"
#include "support/tap_cunit.h"

enum {
    BL = SHARR_BOOL, I1 = SHARR_INT8, I2 = SHARR_INT16, I4 = SHARR_INT32, I8 = SHARR_INT64,
    U1 = SHARR_UINT8, U2 = SHARR_UINT16, U4 = SHARR_UINT32, U8 = SHARR_UINT64,
    F4 = SHARR_FLOAT32, F8 = SHARR_FLOAT64, C8 = SHARR_COMPLEX64, CD = SHARR_COMPLEX128
};

static const int numpy[SHARR_NDTYPES][SHARR_NDTYPES] = {
    {BL, I1, I2, I4, I8, U1, U2, U4, U8, F4, F8, C8, CD},
    {I1, I1, I2, I4, I8, I2, I4, I8, F8, F4, F8, C8, CD},
    {I2, I2, I2, I4, I8, I2, I4, I8, F8, F4, F8, C8, CD},
    {I4, I4, I4, I4, I8, I4, I4, I8, F8, F8, F8, CD, CD},
    {I8, I8, I8, I8, I8, I8, I8, I8, F8, F8, F8, CD, CD},
    {U1, I2, I2, I4, I8, U1, U2, U4, U8, F4, F8, C8, CD},
    {U2, I4, I4, I4, I8, U2, U2, U4, U8, F4, F8, C8, CD},
    {U4, I8, I8, I8, I8, U4, U4, U4, U8, F8, F8, CD, CD},
    {U8, F8, F8, F8, F8, U8, U8, U8, U8, F8, F8, CD, CD},
    {F4, F4, F4, F8, F8, F4, F4, F8, F8, F4, F8, C8, CD},
    {F8, F8, F8, F8, F8, F8, F8, F8, F8, F8, F8, CD, CD},
    {C8, C8, C8, CD, CD, C8, C8, CD, CD, C8, CD, C8, CD},
    {CD, CD, CD, CD, CD, CD, CD, CD, CD, CD, CD, CD, CD},
};

static void promotes_as_numpy(void)
{
    for (int a = 0; a < SHARR_NDTYPES; a++)
        for (int b = 0; b < SHARR_NDTYPES; b++)
            TAP_CHECK(dtype_promote((dtype)a, (dtype)b) == (dtype)numpy[a][b], "%s with %s gives %s",
                      dtype_name((dtype)a), dtype_name((dtype)b),
                      dtype_name(dtype_promote((dtype)a, (dtype)b)));
}

static void weak_scalars_follow_nep50(void)
{
    static const struct { int strong, weak, want; } rows[] = {
        {BL, KIND_BOOL, BL}, {BL, KIND_INT, I8}, {BL, KIND_FLOAT, F8}, {BL, KIND_COMPLEX, CD},
        {I1, KIND_BOOL, I1}, {I1, KIND_INT, I1}, {I1, KIND_FLOAT, F8}, {I1, KIND_COMPLEX, CD},
        {U8, KIND_INT, U8}, {U8, KIND_FLOAT, F8}, {I8, KIND_FLOAT, F8}, {U2, KIND_COMPLEX, CD},
        {F4, KIND_BOOL, F4}, {F4, KIND_INT, F4}, {F4, KIND_FLOAT, F4}, {F4, KIND_COMPLEX, C8},
        {F8, KIND_INT, F8}, {F8, KIND_FLOAT, F8}, {F8, KIND_COMPLEX, CD},
        {C8, KIND_BOOL, C8}, {C8, KIND_INT, C8}, {C8, KIND_FLOAT, C8}, {C8, KIND_COMPLEX, C8},
        {CD, KIND_COMPLEX, CD},
    };

    for (int i = 0; i < TAP_COUNT(rows); i++)
        TAP_CHECK(dtype_promote_weak((dtype)rows[i].strong, (enum dtype_kind)rows[i].weak)
                  == (dtype)rows[i].want, "row %d", i);
    CU_ASSERT_EQUAL(dtype_of_weak(KIND_BOOL), SHARR_BOOL);
    CU_ASSERT_EQUAL(dtype_of_weak(KIND_INT), SHARR_INT64);
    CU_ASSERT_EQUAL(dtype_of_weak(KIND_FLOAT), SHARR_FLOAT64);
    CU_ASSERT_EQUAL(dtype_of_weak(KIND_COMPLEX), SHARR_COMPLEX128);
}

static void names_and_sizes(void)
{
    static const struct { const char *name; int type, size, kind, real; } rows[] = {
        {"bool", BL, 1, KIND_BOOL, BL}, {"int8", I1, 1, KIND_INT, I1},
        {"int16", I2, 2, KIND_INT, I2}, {"int32", I4, 4, KIND_INT, I4},
        {"int64", I8, 8, KIND_INT, I8}, {"uint8", U1, 1, KIND_UINT, U1},
        {"uint16", U2, 2, KIND_UINT, U2}, {"uint32", U4, 4, KIND_UINT, U4},
        {"uint64", U8, 8, KIND_UINT, U8}, {"float32", F4, 4, KIND_FLOAT, F4},
        {"float64", F8, 8, KIND_FLOAT, F8}, {"complex64", C8, 8, KIND_COMPLEX, F4},
        {"complex128", CD, 16, KIND_COMPLEX, F8},
    };
    dtype t = SHARR_FLOAT64;

    for (int i = 0; i < TAP_COUNT(rows); i++) {
        dtype want = (dtype)rows[i].type;
        TAP_CHECK(dtype_from_name(rows[i].name, strlen(rows[i].name), &t) && t == want, "%s",
                  rows[i].name);
        CU_ASSERT_STRING_EQUAL(dtype_name(want), rows[i].name);
        CU_ASSERT_EQUAL(dtype_size(want), rows[i].size);
        CU_ASSERT_EQUAL((int)dtype_kind(want), rows[i].kind);
        CU_ASSERT_EQUAL((int)dtype_real(want), rows[i].real);
    }
    CU_ASSERT_TRUE(dtype_from_name("bool_", 5, &t) && t == SHARR_BOOL);
    t = SHARR_INT8;
    CU_ASSERT_FALSE(dtype_from_name("int", 3, &t));
    CU_ASSERT_FALSE(dtype_from_name("float128", 8, &t));
    CU_ASSERT_FALSE(dtype_from_name("", 0, &t));
    CU_ASSERT_TRUE(dtype_from_name("int16x", 5, &t) && t == SHARR_INT16);
}

/* Casts from float64 to an integer, read back as int64 (or its bits for uint64). */
static void floats_saturate(void)
{
    static const struct { double v; int to; int64_t want; } rows[] = {
        {1.9, I1, 1}, {-1.9, I1, -1}, {127.5, I1, 127}, {128, I1, 127}, {-128.9, I1, -128},
        {-300, I1, -128}, {INFINITY, I1, 127}, {-INFINITY, I1, -128}, {NAN, I1, 0},
        {40000, I2, 32767}, {-40000, I2, -32768}, {3e9, I4, INT32_MAX}, {-3e9, I4, INT32_MIN},
        {0x1p63, I8, INT64_MAX}, {-0x1p63, I8, INT64_MIN}, {1e300, I8, INT64_MAX},
        {-1e300, I8, INT64_MIN}, {0x1.fffffffffffffp62, I8, 0x7ffffffffffffc00},
        {-0.9, U1, 0}, {-5, U1, 0}, {255.9, U1, 255}, {256, U1, 255}, {NAN, U1, 0},
        {65536, U2, 65535}, {4294967295.5, U4, 4294967295}, {5e9, U4, 4294967295},
        {0x1p63, U8, INT64_MIN}, {0x1p64, U8, -1}, {1e300, U8, -1}, {NAN, U8, 0}, {-1e300, U8, 0},
        {0.5, BL, 1}, {0.0, BL, 0}, {-0.0, BL, 0}, {NAN, BL, 1},
    };

    for (int i = 0; i < TAP_COUNT(rows); i++) {
        dtype to = (dtype)rows[i].to;
        scalar v = {.bits = {0, 0}};
        v.f64 = rows[i].v;
        scalar r = scalar_cast(v, SHARR_FLOAT64, to);
        dtype wide = to == SHARR_UINT64 ? SHARR_UINT64 : SHARR_INT64;
        int64_t got = scalar_cast(r, to, wide).i64;
        TAP_CHECK(got == rows[i].want, "%g to %s: %lld, not %lld", rows[i].v, dtype_name(to),
                  (long long)got, (long long)rows[i].want);
    }
}

static void integers_wrap(void)
{
    scalar v = {.bits = {0, 0}};

    v.i64 = 0x123456789abcdef0;
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT64, SHARR_INT8).i8, -16);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT64, SHARR_UINT8).u8, 0xf0);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT64, SHARR_INT32).i32, (int32_t)0x9abcdef0);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT64, SHARR_BOOL).b, 1);
    v = (scalar){.i8 = -1};
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT8, SHARR_UINT64).u64, UINT64_MAX);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT8, SHARR_UINT16).u16, 65535);
    v = (scalar){.u64 = UINT64_MAX};
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_UINT64, SHARR_INT64).i64, -1);
}

/* 64-bit integers become float32 by one rounding: through float64 these would go wrong. */
static void wide_integers_round_once(void)
{
    scalar v = {.u64 = (UINT64_C(1) << 54) + (UINT64_C(1) << 30) + 1};

    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_UINT64, SHARR_FLOAT32).f32, 0x1.000002p54f);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT64, SHARR_FLOAT32).f32, 0x1.000002p54f);
    v.u64 = UINT64_MAX;
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_UINT64, SHARR_FLOAT64).f64, 0x1p64);
    v.i64 = INT64_MAX;
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_INT64, SHARR_FLOAT64).f64, 0x1p63);
}

static void complex_casts(void)
{
    scalar v = {.c128 = {2.5, -7}};

    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_COMPLEX128, SHARR_FLOAT64).f64, 2.5);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_COMPLEX128, SHARR_INT8).i8, 2);
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_COMPLEX128, SHARR_COMPLEX64).c64[1], -7);
    v.c128[0] = 0;
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_COMPLEX128, SHARR_BOOL).b, 1);
    v.c128[1] = 0;
    CU_ASSERT_EQUAL(scalar_cast(v, SHARR_COMPLEX128, SHARR_BOOL).b, 0);
    v = (scalar){.i16 = -3};
    v = scalar_cast(v, SHARR_INT16, SHARR_COMPLEX64);
    CU_ASSERT_TRUE(v.c64[0] == -3 && v.c64[1] == 0);
}

static void literals_fit_or_not(void)
{
    const __int128 one = 1;

    CU_ASSERT_TRUE(scalar_int_fits(255, SHARR_UINT8));
    CU_ASSERT_FALSE(scalar_int_fits(256, SHARR_UINT8));
    CU_ASSERT_FALSE(scalar_int_fits(300, SHARR_UINT8));
    CU_ASSERT_FALSE(scalar_int_fits(-1, SHARR_UINT64));
    CU_ASSERT_TRUE(scalar_int_fits(-128, SHARR_INT8));
    CU_ASSERT_FALSE(scalar_int_fits(-129, SHARR_INT8));
    CU_ASSERT_TRUE(scalar_int_fits((one << 64) - 1, SHARR_UINT64));
    CU_ASSERT_FALSE(scalar_int_fits(one << 64, SHARR_UINT64));
    CU_ASSERT_TRUE(scalar_int_fits(-(one << 63), SHARR_INT64));
    CU_ASSERT_FALSE(scalar_int_fits(one << 63, SHARR_INT64));
    CU_ASSERT_TRUE(scalar_int_fits(one << 100, SHARR_FLOAT32));
    CU_ASSERT_TRUE(scalar_int_fits(1, SHARR_BOOL));
    CU_ASSERT_FALSE(scalar_int_fits(2, SHARR_BOOL));
}

static void operation_table(void)
{
    CU_ASSERT_STRING_EQUAL(kop_get(KOP_floordiv)->name, "floordiv");
    CU_ASSERT_EQUAL(kop_get(KOP_select)->arity, 3);
    CU_ASSERT_EQUAL(kop_result_type(KOP_lt, SHARR_INT16), SHARR_BOOL);
    CU_ASSERT_EQUAL(kop_result_type(KOP_imag, SHARR_COMPLEX64), SHARR_FLOAT32);
    CU_ASSERT_EQUAL(kop_result_type(KOP_add, SHARR_UINT8), SHARR_UINT8);
    CU_ASSERT_STRING_EQUAL(rop_name(ROP_ARGMAX), "argmax");
    CU_ASSERT_FALSE(rop_kinds(ROP_VAR) & KIND_COMPLEX);
}

static const tap_test tests[] = {
    {"two types promote as in NumPy", promotes_as_numpy},
    {"weak scalars follow NEP 50", weak_scalars_follow_nep50},
    {"names, sizes, kinds", names_and_sizes},
    {"float to integer truncates, saturates, NaN is 0", floats_saturate},
    {"integers wrap", integers_wrap},
    {"64-bit integers round once", wide_integers_round_once},
    {"complex casts", complex_casts},
    {"which literals fit a type", literals_fit_or_not},
    {"the operation table answers", operation_table},
};
TAP_MAIN("dtype", tests)
