/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Progressions and affine maps against enumeration.
 */
#include "plan/affine.h"

#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

static int64_t pick(int64_t lo, int64_t hi)
{
    return lo + rand() % (hi - lo + 1);
}

static lattice random_lattice(void)
{
    lattice l = { .ndim = 1, .start = { pick(0, 12) }, .step = { pick(1, 6) }, .count = { pick(0, 9) } };
    return l;
}

static bool member(const lattice *l, int64_t x)
{
    int64_t k = x - l->start[0];
    return k >= 0 && k % l->step[0] == 0 && k / l->step[0] < l->count[0];
}

static void intersection_is_common_positions(void)
{
    for (int i = 0; i < 20000; i++) {
        lattice a = random_lattice(), b = random_lattice(), c;
        bool any = lattice_intersect(&a, &b, &c), expect = false;
        for (int64_t x = 0; x < 80; x++) {
            bool both = member(&a, x) && member(&b, x);
            expect = expect || both;
            if (any && !TAP_CHECK(member(&c, x) == both, "case %d, x = %lld", i, (long long)x))
                return;
        }
        if (!TAP_CHECK(any == expect, "case %d", i))
            return;
    }
}

static void clip_counts_positions_in_a_box(void)
{
    for (int i = 0; i < 20000; i++) {
        lattice l = random_lattice();
        box b = { .ndim = 1, .start = { pick(0, 40) }, .count = { pick(0, 20) } };
        int64_t first = -1, count = 0, n = 0, lowest = -1;
        bool any = lattice_clip(&l, &b, &first, &count);
        for (int64_t k = 0; k < l.count[0]; k++) {
            int64_t x = l.start[0] + k * l.step[0];
            if (x < b.start[0] || x >= b.start[0] + b.count[0])
                continue;
            lowest = n++ ? lowest : k;
        }
        if (!TAP_CHECK(any == (n > 0) && (!any || (first == lowest && count == n)), "case %d: %lld+%lld, expected %lld+%lld",
                       i, (long long)first, (long long)count, (long long)lowest, (long long)n))
            return;
    }
}

static void pull_finds_what_a_piece_covers(void)
{
    for (int i = 0; i < 40000; i++) {
        ipiece p = { .start = { pick(0, 10) }, .step = { pick(1, 5) }, .count = { pick(1, 8) } };
        affine m = { .nsrc = 1, .off = { pick(-20, 30) }, .mul = { pick(-4, 4) }, .axis = { 0 } };
        lattice within = random_lattice(), got;
        if (m.mul[0] == 0)
            m.mul[0] = 1;
        bool any = lattice_pull(&p, &m, &within, &got), expect = false;
        for (int64_t x = 0; x < 80; x++) {
            int64_t v = m.off[0] + m.mul[0] * x, k = v - p.start[0];
            bool in = member(&within, x) && k >= 0 && k % p.step[0] == 0 && k / p.step[0] < p.count[0];
            expect = expect || in;
            if (any && !TAP_CHECK(member(&got, x) == in, "case %d, x = %lld", i, (long long)x))
                return;
        }
        if (!TAP_CHECK(any == expect, "case %d", i))
            return;
    }
}

static void composition_is_one_after_the_other(void)
{
    for (int i = 0; i < 5000; i++) {
        affine outer = { .nsrc = 3 }, inner = { .nsrc = 4 };
        int64_t dst[2] = { pick(0, 9), pick(0, 9) }, view[3];
        for (int s = 0; s < 3; s++) {
            outer.axis[s] = (int)pick(-1, 1);
            outer.off[s] = pick(-5, 5);
            outer.mul[s] = outer.axis[s] < 0 ? 0 : pick(-3, 3);
            view[s] = outer.off[s] + (outer.axis[s] < 0 ? 0 : outer.mul[s] * dst[outer.axis[s]]);
        }
        for (int s = 0; s < 4; s++) {
            inner.axis[s] = (int)pick(-1, 2);
            inner.off[s] = pick(-5, 5);
            inner.mul[s] = inner.axis[s] < 0 ? 0 : pick(-3, 3);
        }
        affine both = affine_compose(&outer, &inner);
        for (int s = 0; s < 4; s++) {
            int64_t want = inner.off[s] + (inner.axis[s] < 0 ? 0 : inner.mul[s] * view[inner.axis[s]]);
            int64_t got = both.off[s] + (both.axis[s] < 0 ? 0 : both.mul[s] * dst[both.axis[s]]);
            if (!TAP_CHECK(want == got, "case %d dimension %d", i, s))
                return;
        }
    }
}

static const tap_test tests[] = {
    { "an intersection holds the common positions", intersection_is_common_positions },
    { "a clip counts the positions in a box", clip_counts_positions_in_a_box },
    { "a pull finds what a piece covers", pull_finds_what_a_piece_covers },
    { "a composition is one map after the other", composition_is_one_after_the_other },
};
TAP_MAIN("affine", tests)
