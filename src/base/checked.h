/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer arithmetic that notices overflow, and small integer helpers.
 */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool mul_i64(int64_t a, int64_t b, int64_t *r) { return !__builtin_mul_overflow(a, b, r); }
static inline bool add_i64(int64_t a, int64_t b, int64_t *r) { return !__builtin_add_overflow(a, b, r); }
static inline bool mul_size(size_t a, size_t b, size_t *r) { return !__builtin_mul_overflow(a, b, r); }

static inline int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
/* a >= 0, b > 0 */
static inline int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }
/* floor division and modulus for b > 0 and any a */
static inline int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }
static inline int64_t floor_mod(int64_t a, int64_t b) { return a % b < 0 ? a % b + b : a % b; }
static inline int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }
int64_t gcd_i64(int64_t a, int64_t b);             /* >= 0; gcd(0, 0) = 0 */

#endif
