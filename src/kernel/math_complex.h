/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The functions of one complex number, in the order they build on each other.
 */
#ifndef KERNEL_MATH_COMPLEX_H
#define KERNEL_MATH_COMPLEX_H

#include "kernel/math_elementary.h"
#include "kernel/math_hypot.h"

#define MATH_TEMPLATE "kernel/math_complex_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_cexp_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_clog_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_carc_t.h"
#include "kernel/math_each.h"

#endif
