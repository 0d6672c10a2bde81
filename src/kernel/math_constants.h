/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers that several functions need, for both types: FN(MATH_...) in a template.  HI + LO is a
 * constant to twice the precision; where HI is short, HI times an exponent is exact.
 */
#ifndef KERNEL_MATH_CONSTANTS_H
#define KERNEL_MATH_CONSTANTS_H

#define MATH_MANTISSA_f64 52
#define MATH_MANTISSA_f32 23
#define MATH_BIAS_f64 1023
#define MATH_BIAS_f32 127
#define MATH_ONE_BITS_f64 ((uint64_t)1023 << 52)
#define MATH_ONE_BITS_f32 ((uint32_t)127 << 23)
#define MATH_MIN_NORMAL_f64 0x1p-1022
#define MATH_MIN_NORMAL_f32 0x1p-126f
#define MATH_INF_f64 __builtin_inf()
#define MATH_INF_f32 __builtin_inff()
#define MATH_NAN_f64 __builtin_nan("")
#define MATH_NAN_f32 __builtin_nanf("")

/* x + MAGIC is x rounded to an integer, which is in its low bits: MAGIC's own are 0. */
#define MATH_MAGIC_f64 0x1.8p52
#define MATH_MAGIC_f32 0x1.8p23f
/* Below this size tanh x, sinh x, ... round to x. */
#define MATH_TINY_f64 0x1p-28
#define MATH_TINY_f32 0x1p-13f

#define MATH_LOG2E_f64 0x1.71547652b82fep+0
#define MATH_LOG2E_f32 0x1.715476p+0f
#define MATH_LOG2E_LO_f64 0x1.777d0ffda0d24p-56
#define MATH_LOG2E_LO_f32 0x1.4ae0cp-26f
#define MATH_LOG10E_f64 0x1.bcb7b1526e50ep-2
#define MATH_LOG10E_f32 0x1.bcb7b2p-2f
#define MATH_LOG10E_LO_f64 0x1.95355baaafad3p-57
#define MATH_LOG10E_LO_f32 -0x1.5b235ep-27f
#define MATH_LN2_f64 0x1.62e42fefa39efp-1
#define MATH_LN2_f32 0x1.62e43p-1f
#define MATH_LN2_REST_f64 0x1.abc9e3b39803fp-56         /* LN2 + LN2_REST */
#define MATH_LN2_REST_f32 -0x1.05c61p-29f
#define MATH_LN2_HI_f64 0x1.62e42fefa38p-1              /* 42 bits */
#define MATH_LN2_HI_f32 0x1.62e4p-1f                    /* 15 bits */
#define MATH_LN2_LO_f64 0x1.ef35793c7673p-45
#define MATH_LN2_LO_f32 0x1.7f7d1cp-20f
#define MATH_LOG10_2_HI_f64 0x1.34413509f78p-2          /* short as LN2_HI */
#define MATH_LOG10_2_HI_f32 0x1.344p-2f
#define MATH_LOG10_2_LO_f64 0x1.fef311f12b358p-46
#define MATH_LOG10_2_LO_f32 0x1.3509f8p-18f

#define MATH_2_PI_f64 0x1.45f306dc9c883p-1              /* 2 / pi */
#define MATH_2_PI_f32 0x1.45f306p-1f
#define MATH_PIO2_f64 0x1.921fb54442d18p+0              /* pi / 2 in three full parts */
#define MATH_PIO2_f32 0x1.921fb6p+0f
#define MATH_PIO2_2_f64 0x1.1a62633145c07p-54
#define MATH_PIO2_2_f32 -0x1.777a5cp-25f
#define MATH_PIO2_3_f64 -0x1.f1976b7ed8fbcp-110
#define MATH_PIO2_3_f32 -0x1.ee59dap-50f

#endif
