/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer helpers that are too long for the header.
 */
#include "base/checked.h"

/* Euclid on magnitudes; |INT64_MIN| has no int64, so gcd(INT64_MIN, 0 or INT64_MIN) is given as
 * INT64_MAX + 1 reduced to its largest divisor that fits, 2^62. */
int64_t gcd_i64(int64_t a, int64_t b)
{
    uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
    uint64_t y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    while (y) {
        uint64_t t = x % y;
        x = y;
        y = t;
    }
    return x > INT64_MAX ? (int64_t)(x >> 1) : (int64_t)x;
}
