/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Grids: every element lies in exactly the cell that index_of says, for all
 * small extents, cell widths and origins; and at the ends of the number range.
 */
#include "array/chunkgrid.h"

#include "support/tap_cunit.h"

/* Cell of an element by walking over the borders origin, origin + cell, ... */
static int64_t walk_to(int64_t pos, int64_t cell, int64_t origin)
{
    int64_t i = 0, border = origin > 0 ? origin : cell;
    while (pos >= border) {
        border += cell;
        i++;
    }
    return i;
}

static void check_touched(const chunkgrid *g, int64_t extent, int64_t cell, int64_t origin)
{
    for (int64_t a = 0; a < extent; a++)
        for (int64_t n = 0; a + n <= extent; n++) {
            box b = {.ndim = 1, .start = {a}, .count = {n}}, t = chunkgrid_touched(g, &b);
            int64_t from = walk_to(a, cell, origin);
            CU_ASSERT_EQUAL(t.count[0], n ? walk_to(a + n - 1, cell, origin) - from + 1 : 0);
            CU_ASSERT(n == 0 || t.start[0] == from);
        }
}

static void check_line(int64_t extent, int64_t cell, int64_t origin)
{
    chunkgrid g = chunkgrid_make(1, &extent, &cell, &origin);
    int64_t last = extent ? walk_to(extent - 1, cell, origin) : -1, next = 0;
    TAP_CHECK(chunkgrid_count(&g) == last + 1, "%d/%d+%d: %d cells", (int)extent, (int)cell,
              (int)origin, (int)chunkgrid_count(&g));
    for (int64_t i = 0; i <= last; i++) {
        box b = chunkgrid_box(&g, &i);
        CU_ASSERT_EQUAL(b.start[0], next);
        CU_ASSERT(b.count[0] >= 1 && b.count[0] <= cell);
        CU_ASSERT_EQUAL(chunkgrid_start(&g, 0, i), next);
        next += b.count[0];
    }
    CU_ASSERT_EQUAL(next, extent);
    for (int64_t p = 0; p < extent; p++)
        CU_ASSERT_EQUAL(chunkgrid_index_of(&g, 0, p), walk_to(p, cell, origin));
    check_touched(&g, extent, cell, origin);
}

static void every_small_line(void)
{
    for (int extent = 0; extent <= 9; extent++)
        for (int cell = 1; cell <= 11; cell++)
            for (int origin = 0; origin < cell; origin++)
                check_line(extent, cell, origin);
}

static void two_dimensions(void)
{
    const int64_t shape[2] = {10, 7}, cell[2] = {4, 3}, origin[2] = {1, 0};
    chunkgrid g = chunkgrid_make(2, shape, cell, origin), h = chunkgrid_make(2, shape, cell, NULL);
    int64_t index[2] = {0, 0}, elements = 0;
    CU_ASSERT_EQUAL(chunkgrid_count(&g), 4 * 3);
    CU_ASSERT_EQUAL(chunkgrid_count(&h), 3 * 3);
    do {
        box b = chunkgrid_box(&g, index);
        elements += box_size(&b);
    } while (shape_next(2, g.ncells, index));
    CU_ASSERT_EQUAL(elements, 70);
    box none = {.ndim = 2, .start = {3, 3}, .count = {0, 2}};
    box t = chunkgrid_touched(&g, &none);
    CU_ASSERT(box_empty(&t));
    CU_ASSERT(chunkgrid_equal(&g, &g));
    CU_ASSERT(!chunkgrid_equal(&g, &h));
}

static void no_dimensions_is_one_cell(void)
{
    chunkgrid g = chunkgrid_make(0, NULL, NULL, NULL);
    box b = chunkgrid_box(&g, NULL);
    CU_ASSERT_EQUAL(chunkgrid_count(&g), 1);
    CU_ASSERT_EQUAL(box_size(&b), 1);
}

static void borders_past_the_end_saturate(void)
{
    const int64_t extent = INT64_MAX, cell = INT64_MAX / 2 + 1, origin = 5;
    int64_t i = 2;
    chunkgrid g = chunkgrid_make(1, &extent, &cell, &origin);
    CU_ASSERT_EQUAL(g.ncells[0], 3);
    CU_ASSERT_EQUAL(chunkgrid_start(&g, 0, 3), INT64_MAX);
    box b = chunkgrid_box(&g, &i);
    CU_ASSERT_EQUAL(b.start[0], cell + 5);
    CU_ASSERT_EQUAL(b.start[0] + b.count[0], INT64_MAX);
    CU_ASSERT_EQUAL(chunkgrid_index_of(&g, 0, INT64_MAX - 1), 2);
}

static const tap_test tests[] = {
    {"cells tile every small line", every_small_line},
    {"cells tile a plane", two_dimensions},
    {"no dimensions: one cell", no_dimensions_is_one_cell},
    {"borders past the end saturate", borders_past_the_end_saturate},
};
TAP_MAIN("chunkgrid", tests)
