/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hand-written counterparts of the benchmark's kernels: out = f(in) over n elements.
 */
#ifndef BENCH_KERNEL_REF_H
#define BENCH_KERNEL_REF_H

#include <stdint.h>

enum { REF_ROWS = 64 };                 /* of the column sums */

typedef void ref_fn(const void *const *in, void *out, long n);
ref_fn ref_muladd_float, ref_muladd_double, ref_norm_float, ref_norm_double, ref_where_float,
    ref_where_double, ref_scale_int8_t, ref_sum, ref_sumsq, ref_var, ref_max, ref_down;

#endif
