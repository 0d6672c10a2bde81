/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): nextafter, on the bits: those of numbers of one sign are in the order of the numbers.
 */
#ifdef VF

MATH_FN VF FN(math_nextafter)(VF x, VF y)
{
    VI away = FN(math_lt)(FN(math_abs)(x), FN(math_abs)(y)) & FN(math_ieq)(FN(math_signbit)(x), FN(math_signbit)(y));
    VU bits = FN(math_bits)(x), none = bits ^ bits, smallest = none + 1;
    VF first = FN(math_flip)(FN(math_from)(smallest), FN(math_signbit)(y));             /* beside 0 */
    VF next = FN(math_from)(bits + ((VU)away & 1) - ((VU)~away & 1));

    next = FN(math_sel)(FN(math_eq)(x, FN(math_splat)(K(0))), first, next);
    next = FN(math_sel)(FN(math_eq)(x, y), y, next);
    return FN(math_sel)(FN(math_ne)(x, x) | FN(math_ne)(y, y), x + y, next);
}

#endif
