/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sort one line in memory: keys of 8 to 64 bits whose unsigned order is that of the values, by
 * radix, stable.  NaN is larger than all numbers, all NaN are alike and come out as the quiet one; -0 and
 * +0 are equal, and keep their order.  Descending, the largest comes first and equals keep their order.
 */
#ifndef EXEC_SORT_H
#define EXEC_SORT_H

#include <stdatomic.h>
#include <stdint.h>

#include "array/dtype.h"

typedef struct sort_how {
    dtype type;
    bool descending;
    const _Atomic int *stop;    /* not 0: give up, the line is of no use then; NULL: never */
} sort_how;

/* Bytes of `work` for n elements. */
int64_t sort_work_bytes(dtype t, int64_t n, bool index);
/* In place.  index NULL: none; else it is moved with the values (and only its order is kept: of -0 and +0 in `values`
 * one may have become the other). */
void sort_line(const sort_how *h, void *values, int64_t *index, int64_t n, void *work);
/* The key of one value: a < b in the order of h where key(a) < key(b). */
uint64_t sort_key(const sort_how *h, const void *value);
/* Values to keys of the same width, in place. */
void sort_to_keys(const sort_how *h, void *values, int64_t n);
/* The type of keys: an unsigned integer. */
dtype sort_key_type(dtype t);
/* For each of m keys: how many of the n sorted ones are below it (right: not above it).  Fast where they ascend. */
void sort_search(const sort_how *h, const void *sorted, int64_t n, const void *key, int64_t m, bool right, int64_t *found);

#endif
