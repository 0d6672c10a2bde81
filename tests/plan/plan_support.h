/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the tests of plans share: the layers below as numbers that can be worked out in the head.
 */
#ifndef PLAN_PLAN_SUPPORT_H
#define PLAN_PLAN_SUPPORT_H

#include "plan/plan.h"

extern const plan_costs plan_support_costs;

#endif
