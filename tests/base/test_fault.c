/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Failure points: once, from then on, any name, one rank; and that they are
 * nothing in a build without them.
 */
#include "base/fault.h"

#include "support/tap_cunit.h"

#ifdef ENABLE_FAULT

/* Bit i: passage i failed; names alternate a, b, a, b. */
static unsigned pattern(const char *spec)
{
    unsigned bits = 0;
    if (!fault_arm(spec))
        return ~0u;
    for (int i = 0; i < 8; i++)
        bits |= (unsigned)fault_hit(i % 2 ? "b" : "a") << i;
    return bits;
}

static void patterns(void)
{
    static const struct {
        const char *spec;
        unsigned bits;
    } rows[] = {
        {"a:1", 0x01},  {"a:2", 0x04},  {"b:1", 0x02},   {"b:2+", 0xa8}, {"*:3", 0x04},
        {"*:3+", 0xfc}, {"c:1", 0x00},  {"a:9", 0x00},   {NULL, 0x00},
        {"a:0", ~0u},   {"a:", ~0u},    {"a", ~0u},      {":1", ~0u},    {"a:1x", ~0u}, {"a:-1", ~0u},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        unsigned got = pattern(rows[i].spec);
        TAP_CHECK(got == rows[i].bits, "row %d: %#x", i, got);
    }
    fault_arm("a:1");
    CU_ASSERT_EQUAL(fault_passages(), 0);
    fault_hit("x");
    fault_hit("y");
    CU_ASSERT_EQUAL(fault_passages(), 2);
    fault_arm(NULL);
}

#else

static void patterns(void)
{
    CU_ASSERT_EQUAL(fault_hit("a"), 0);
    CU_ASSERT_EQUAL(fault_arm("a:1"), 0);
    CU_ASSERT_EQUAL(fault_passages(), 0);
    tap_skip("configured without --enable-fault");
}

#endif

static const tap_test tests[] = {
    {"the passages that fail", patterns},
};
TAP_MAIN("fault", tests)
