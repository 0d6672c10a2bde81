/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Running sums and products of one type: included once for each, by proc_cumulative.c.
 *
 *     TYPE      of the elements          ACC     of the sums: double, uint64_t
 *     NAME(f)   f_float32, ...           QUIET(v) v with its NaN made quiet
 *
 * A column is what lies along the line; `columns` of them lie side by side, and have a carry and a local sum each.
 */
#ifdef TYPE

/* One column: what runs is in registers. */
static void NAME(sum_line)(TYPE *x, int64_t n, int64_t at, bool fresh, void *carry_, void *local_)
{
    ACC carry = *(ACC *)carry_, local = *(ACC *)local_;
    for (int64_t k = 0; k < n;) {
        int64_t from = k, end = min_i64(n, k + CUMULATIVE_BRICK - at % CUMULATIVE_BRICK);
        bool first = at < CUMULATIVE_BRICK;
        if (at % CUMULATIVE_BRICK == 0) {
            if (!first && !(fresh && k == 0))
                carry = at == CUMULATIVE_BRICK ? local : (ACC)(carry + local);
            local = (ACC)x[k];
            x[k++] = (TYPE)QUIET(first ? local : (ACC)(carry + local));
        }
        for (; k < end && first; k++) {
            local = (ACC)(local + (ACC)x[k]);
            x[k] = (TYPE)QUIET(local);
        }
        for (; k < end; k++) {
            local = (ACC)(local + (ACC)x[k]);
            x[k] = (TYPE)QUIET((ACC)(carry + local));
        }
        at += end - from;
    }
    *(ACC *)carry_ = carry;
    *(ACC *)local_ = local;
}

static void NAME(sum_columns)(TYPE *x, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry_, void *local_)
{
    ACC *restrict carry = carry_, *restrict local = local_;
    for (int64_t k = 0; k < n; k++, at++, x += columns) {
        bool first = at % CUMULATIVE_BRICK == 0;
        if (first && at > 0 && !(fresh && k == 0))
            for (int64_t i = 0; i < columns; i++)
                carry[i] = at == CUMULATIVE_BRICK ? local[i] : (ACC)(carry[i] + local[i]);
        for (int64_t i = 0; i < columns; i++)
            local[i] = first ? (ACC)x[i] : (ACC)(local[i] + (ACC)x[i]);
        if (at < CUMULATIVE_BRICK)
            for (int64_t i = 0; i < columns; i++)
                x[i] = (TYPE)QUIET(local[i]);
        else
            for (int64_t i = 0; i < columns; i++)
                x[i] = (TYPE)QUIET((ACC)(carry[i] + local[i]));
    }
}

static void NAME(sum)(void *x, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry, void *local)
{
    if (columns == 1)
        NAME(sum_line)(x, n, at, fresh, carry, local);
    else
        NAME(sum_columns)(x, n, columns, at, fresh, carry, local);
}

/* The sums of the bricks that begin at x, one after the other. */
static void NAME(total)(const void *x_, int64_t n, int64_t columns, void *total_)
{
    const TYPE *x = x_;
    ACC *total = total_;
    for (int64_t k = 0; k < n; k++, x += columns) {
        if (k && k % CUMULATIVE_BRICK == 0)
            total += columns;
        for (int64_t i = 0; i < columns; i++)
            total[i] = k % CUMULATIVE_BRICK ? (ACC)(total[i] + (ACC)x[i]) : (ACC)x[i];
    }
}

static void NAME(prod)(void *x_, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry_, void *local_)
{
    TYPE *x = x_;
    ACC *product = local_;
    (void)carry_;
    (void)fresh;
    for (int64_t k = 0; k < n; k++, at++, x += columns)
        for (int64_t i = 0; i < columns; i++) {
            product[i] = at ? (ACC)(product[i] * (ACC)x[i]) : (ACC)x[i];
            x[i] = (TYPE)QUIET(product[i]);
        }
}

#undef TYPE
#undef ACC
#undef NAME
#undef QUIET
#endif
