/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Running sums and products of one type: included once for each, by proc_cumulative.c.
 *
 *     TYPE      of the elements          ACC     of the sums: double, uint64_t
 *     NAME(f)   f_float32, ...           QUIET(v) v with its NaN made quiet
 *     WHOLE     defined for integers
 *
 * A column is what lies along the line; `columns` of them lie side by side, and have a carry and a local sum each.  Sums go
 * from x to y, which may be the same.  ABREAST: bricks of one column that are summed at the same time.
 */
#ifdef TYPE

#ifdef WHOLE
/* Whole numbers may be added in any order, and each addition takes one cycle: one brick after the other. */
static void NAME(total_abreast)(const TYPE *x, ACC *total)
{
    for (int b = 0; b < ABREAST; b++, x += CUMULATIVE_BRICK) {
        TYPE a[32 / sizeof(TYPE)] = { 0 };
        enum { LANES = sizeof a / sizeof *a };
        for (int64_t k = 0; k < CUMULATIVE_BRICK; k += LANES)
            for (int i = 0; i < LANES; i++)
                a[i] = (TYPE)((ACC)a[i] + (ACC)x[k + i]);
        total[b] = 0;
        for (int i = 0; i < LANES; i++)
            total[b] += (ACC)a[i];
    }
}
#else
/* Each element is the sum of the one before and its own: one chain of additions.  Chains of several bricks side by side
 * keep the processor busy. */
static void NAME(abreast)(const TYPE *x, TYPE *y, const ACC *carry, ACC *local)
{
    ACC a[ABREAST] = { 0 };
    for (int64_t k = 0; k < CUMULATIVE_BRICK; k++)
        for (int b = 0; b < ABREAST; b++) {
            int64_t i = b * CUMULATIVE_BRICK + k;
            a[b] = k ? (ACC)(a[b] + (ACC)x[i]) : (ACC)x[i];
            y[i] = (TYPE)QUIET((ACC)(carry[b] + a[b]));
        }
    *local = a[ABREAST - 1];
}

/* The sums of ABREAST bricks. */
static void NAME(total_abreast)(const TYPE *x, ACC *total)
{
    ACC a[ABREAST];
    for (int b = 0; b < ABREAST; b++)
        a[b] = (ACC)x[b * CUMULATIVE_BRICK];
    for (int64_t k = 1; k < CUMULATIVE_BRICK; k++)
        for (int b = 0; b < ABREAST; b++)
            a[b] = (ACC)(a[b] + (ACC)x[b * CUMULATIVE_BRICK + k]);
    for (int b = 0; b < ABREAST; b++)
        total[b] = a[b];
}
#endif

/* Up to the end of a brick; its first element, if there, has been taken. */
static ACC NAME(rest)(const TYPE *x, TYPE *y, int64_t n, bool first, ACC carry, ACC local)
{
    for (int64_t k = 0; k < n && first; k++) {
        local = (ACC)(local + (ACC)x[k]);
        y[k] = (TYPE)QUIET(local);
    }
    for (int64_t k = 0; k < n && !first; k++) {
        local = (ACC)(local + (ACC)x[k]);
        y[k] = (TYPE)QUIET((ACC)(carry + local));
    }
    return local;
}

/* One column: what runs is in registers. */
static void NAME(sum_line)(const TYPE *x, TYPE *y, int64_t n, int64_t at, bool fresh, void *carry_, void *local_)
{
    ACC carry = *(ACC *)carry_, local = *(ACC *)local_;
    for (int64_t k = 0; k < n;) {
        bool begins = at % CUMULATIVE_BRICK == 0, first = at < CUMULATIVE_BRICK;
        int64_t here = CUMULATIVE_BRICK - at % CUMULATIVE_BRICK, end = here < n - k ? k + here : n;
        if (begins && !first && !(fresh && k == 0))
            carry = at == CUMULATIVE_BRICK ? local : (ACC)(carry + local);
#ifndef WHOLE
        if (begins && !first && n - k >= ABREAST * CUMULATIVE_BRICK) {
            ACC c[ABREAST + 1];
            NAME(total_abreast)(x + k, c + 1);
            c[0] = carry;
            for (int b = 1; b < ABREAST; b++)
                c[b] = (ACC)(c[b - 1] + c[b]);
            NAME(abreast)(x + k, y + k, c, &local);
            carry = c[ABREAST - 1];
            k += ABREAST * CUMULATIVE_BRICK;
            at += ABREAST * CUMULATIVE_BRICK;
            continue;
        }
#endif
        if (begins) {
            local = (ACC)x[k];
            y[k] = (TYPE)QUIET(first ? local : (ACC)(carry + local));
        }
        local = NAME(rest)(x + k + begins, y + k + begins, end - k - begins, first, carry, local);
        at += end - k;
        k = end;
    }
    *(ACC *)carry_ = carry;
    *(ACC *)local_ = local;
}

static void NAME(sum_columns)(const TYPE *x, TYPE *y, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry_, void *local_)
{
    ACC *restrict carry = carry_, *restrict local = local_;
    for (int64_t k = 0; k < n; k++, at++, x += columns, y += columns) {
        bool first = at % CUMULATIVE_BRICK == 0;
        if (first && at > 0 && !(fresh && k == 0))
            for (int64_t i = 0; i < columns; i++)
                carry[i] = at == CUMULATIVE_BRICK ? local[i] : (ACC)(carry[i] + local[i]);
        for (int64_t i = 0; i < columns; i++)
            local[i] = first ? (ACC)x[i] : (ACC)(local[i] + (ACC)x[i]);
        if (at < CUMULATIVE_BRICK)
            for (int64_t i = 0; i < columns; i++)
                y[i] = (TYPE)QUIET(local[i]);
        else
            for (int64_t i = 0; i < columns; i++)
                y[i] = (TYPE)QUIET((ACC)(carry[i] + local[i]));
    }
}

static void NAME(sum)(const void *x, void *y, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry, void *local)
{
    if (columns == 1)
        NAME(sum_line)(x, y, n, at, fresh, carry, local);
    else
        NAME(sum_columns)(x, y, n, columns, at, fresh, carry, local);
}

/* The sums of the bricks that begin at x, one after the other. */
static void NAME(total)(const void *x_, int64_t n, int64_t columns, void *total_)
{
    const TYPE *x = x_;
    ACC *total = total_;
    for (; columns == 1 && n >= ABREAST * CUMULATIVE_BRICK; n -= ABREAST * CUMULATIVE_BRICK, x += ABREAST * CUMULATIVE_BRICK) {
        NAME(total_abreast)(x, total);
        total += ABREAST;
    }
    for (int64_t k = 0; k < n; k++, x += columns) {
        if (k && k % CUMULATIVE_BRICK == 0)
            total += columns;
        for (int64_t i = 0; i < columns; i++)
            total[i] = k % CUMULATIVE_BRICK ? (ACC)(total[i] + (ACC)x[i]) : (ACC)x[i];
    }
}

static void NAME(prod)(const void *x_, void *y_, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry_, void *local_)
{
    const TYPE *x = x_;
    TYPE *y = y_;
    ACC *product = local_;
    (void)carry_;
    (void)fresh;
    for (int64_t k = 0; k < n; k++, at++, x += columns, y += columns)
        for (int64_t i = 0; i < columns; i++) {
            product[i] = at ? (ACC)(product[i] * (ACC)x[i]) : (ACC)x[i];
            y[i] = (TYPE)QUIET(product[i]);
        }
}

#undef TYPE
#undef ACC
#undef NAME
#undef QUIET
#undef WHOLE
#endif
