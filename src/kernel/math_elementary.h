/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The functions whose code is the same for both types, from templates, in the order they build on each
 * other.
 */
#ifndef KERNEL_MATH_ELEMENTARY_H
#define KERNEL_MATH_ELEMENTARY_H

#include "kernel/math_angle.h"
#include "kernel/math_constants.h"
#include "kernel/math_fma.h"
#include "kernel/math_fmod.h"

#define MATH_TEMPLATE "kernel/math_pair_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_next_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_round_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_rem_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_exp_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_hyper_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_log_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_area_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_arc_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_erf_t.h"
#include "kernel/math_each.h"
#define MATH_TEMPLATE "kernel/math_trig_t.h"
#include "kernel/math_each.h"

#endif
