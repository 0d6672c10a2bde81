/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole blocks of Philox4x32-10 against the vectors that its authors publish (Random123, kat_vectors).
 */
#define MATH_BYTES 8
#include "kernel/math_philox.h"

#include "support/tap_cunit.h"

static const struct vector { uint32_t counter[4], key[2], want[4]; } vectors[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } } };

static uint64_t both(const uint32_t *words)
{
    return words[0] | (uint64_t)words[1] << 32;
}

static void published_vectors(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];
        math_words w = math_philox_block(both(v->counter), both(v->counter + 2), both(v->key));
        for (int k = 0; k < 4; k++)
            TAP_CHECK(w.word[k] == v->want[k], "vector %d: word %d is %08llx", (int)i, k, (unsigned long long)w.word[k]);
        uint64_t got = math_philox_u64(both(v->counter), both(v->counter + 2), both(v->key));
        TAP_CHECK(got == both(v->want), "vector %d: %016llx", (int)i, (unsigned long long)got);
    }
}

static const tap_test tests[] = { { "blocks are those of the authors", published_vectors } };

TAP_MAIN("philox", tests)
