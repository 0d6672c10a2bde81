/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Includes the file MATH_TEMPLATE once per type, with these names, and forgets them:
 *   VF, VI, VU   vectors of floats, and of signed and unsigned integers of their size
 *   EF, EU       an element, and the unsigned integer of its size
 *   FN(name)     name_f64 or name_f32
 *   K(c)         a constant as an element
 *   F64          1 or 0, to choose constants
 */
#ifdef MATH_TEMPLATE

#define F64 1
#define VF mf64
#define VI mi64
#define VU mu64
#define EF double
#define EU uint64_t
#define FN(name) name##_f64
#define K(c) ((double)(c))
#include MATH_TEMPLATE
#undef F64
#undef VF
#undef VI
#undef VU
#undef EF
#undef EU
#undef FN
#undef K

#define F64 0
#define VF mf32
#define VI mi32
#define VU mu32
#define EF float
#define EU uint32_t
#define FN(name) name##_f32
#define K(c) ((float)(c))
#include MATH_TEMPLATE
#undef F64
#undef VF
#undef VI
#undef VU
#undef EF
#undef EU
#undef FN
#undef K

#undef MATH_TEMPLATE
#endif
