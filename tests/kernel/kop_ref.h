/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operations of array/kop.h on one element, written plainly: integers in
 * __int128, floats as C has them, functions by libm in long double.  What the
 * kernels are compared with.
 */
#ifndef TESTS_KOP_REF_H
#define TESTS_KOP_REF_H

#include "kernel/program.h"

/* a, b, c: operands of type t (select: a is bool). */
scalar ref_op(enum kop op, dtype t, scalar a, scalar b, scalar c);
/* The error that a kernel's result may have, in units in the last place: 0 for exact operations. */
int ref_ulps(enum kop op, dtype t);

scalar ref_get(const void *p, dtype t);
/* Equal bits, or both NaN; of complex part by part. */
bool ref_same(scalar a, scalar b, dtype t);
bool ref_near(scalar a, scalar b, dtype t, int ulps);
/* "int16 -7", in one of a few static buffers. */
const char *ref_text(scalar v, dtype t);

/* The i-th value of a sequence that starts with the special values of the type and goes on at
 * random; `seed` makes another sequence. */
scalar ref_value(dtype t, int64_t i, uint64_t seed);
int ref_specials(dtype t);                               /* how many there are */
uint64_t ref_random(uint64_t *state);

#endif
