/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Conversion of stored elements, against arithmetic done by hand.
 */
#include "store/h5type.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/h5lib.h"
#include "support/tap_cunit.h"

/* IEEE 754 binary16 by its definition. */
static double half_value(unsigned h)
{
    int exp = h >> 10 & 31;
    double man = h & 1023, sign = h & 0x8000 ? -1 : 1;
    if (exp == 31)
        return man ? NAN : sign * INFINITY;
    return sign * (exp ? ldexp(1024 + man, exp - 25) : ldexp(man, -24));
}

static void every_half_is_exact(void)
{
    for (int swap = 0; swap < 2; swap++) {
        h5type t = {SHARR_FLOAT32, 2, H5CONV_HALF, swap ? 2 : 0, NULL};
        uint16_t *in = malloc(65536 * 2);
        float *out = malloc(65536 * 4);
        long wrong = 0;
        for (unsigned h = 0; h < 65536; h++)
            in[h] = (uint16_t)(swap ? h << 8 | h >> 8 : h);
        h5type_convert(&t, in, out, 65536);
        for (unsigned h = 0; h < 65536; h++) {
            double want = half_value(h);
            wrong += isnan(want) ? !isnan(out[h]) : out[h] != want || !signbit(out[h]) != !signbit(want);
        }
        TAP_CHECK(wrong == 0, "%ld wrong, swapped %d", wrong, swap);
        free(in);
        free(out);
    }
}

static void bytes_are_reversed(void)
{
    static const size_t sizes[] = {2, 4, 8};
    for (int s = 0; s < TAP_COUNT(sizes); s++)
        for (size_t n = 0; n < 70; n++) {
            h5type t = {SHARR_FLOAT32, sizes[s], H5CONV_SWAP, sizes[s], NULL};
            size_t bytes = n * sizes[s];
            uint8_t *in = malloc(bytes + 1), *out = malloc(bytes + 1);
            bool same = true;
            for (size_t i = 0; i < bytes; i++)
                in[i] = (uint8_t)(i * 7 + 1);
            h5type_convert(&t, in, out, n);
            for (size_t i = 0; i < bytes; i++)
                same &= out[i] == in[i - i % sizes[s] + (sizes[s] - 1 - i % sizes[s])];
            TAP_CHECK(same, "%zu of %zu bytes", n, sizes[s]);
            h5type_convert(&t, in, in, n);         /* in place */
            TAP_CHECK(memcmp(in, out, bytes) == 0, "%zu of %zu bytes in place", n, sizes[s]);
            free(in);
            free(out);
        }
}

static void bools_are_0_or_1(void)
{
    h5type t = {SHARR_BOOL, 1, H5CONV_BOOL, 0, NULL};
    uint8_t v[5] = {0, 1, 2, 255, 0};
    h5type_convert(&t, v, v, 5);
    CU_ASSERT(memcmp(v, "\0\1\1\1\0", 5) == 0);
}

static void texts(void)
{
    char got[H5TYPE_TEXT];
    h5lib_lock();
    hid_t many = H5Tcreate(H5T_COMPOUND, 400);
    for (int i = 0; i < 40; i++) {
        char name[40];
        snprintf(name, sizeof name, "a member with a long name %d", i);
        H5Tinsert(many, name, (size_t)i * 8, H5T_NATIVE_DOUBLE);
    }
    const struct { hid_t type; const char *want; } table[] = {
        {H5T_STD_I16LE, "int16"}, {H5T_STD_U64BE, "uint64, big-endian"}, {H5T_IEEE_F64BE, "float64, big-endian"},
        {H5T_STD_I8BE, "int8"}, {H5T_STD_B32LE, "bitfield32"}, {H5T_C_S1, "strings of 1 bytes"},
        {H5T_VAX_F32, "float32, VAX order"},
    };
    for (int i = 0; i < TAP_COUNT(table); i++) {
        h5type_text(table[i].type, got);
        TAP_CHECK(strcmp(got, table[i].want) == 0, "%s, not %s", got, table[i].want);
    }
    h5type_text(many, got);
    CU_ASSERT(strlen(got) < H5TYPE_TEXT && strncmp(got, "compound values {a member", 25) == 0);
    H5Tclose(many);
    h5lib_unlock();
}

static const tap_test tests[] = {
    {"every float16 is widened exactly", every_half_is_exact},
    {"byte order is reversed, also in place", bytes_are_reversed},
    {"bool is 0 or 1", bools_are_0_or_1},
    {"types in words", texts},
};
TAP_MAIN("h5type", tests)
