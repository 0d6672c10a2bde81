/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The tables of one x86-64 level in one.
 */
#include "kernel/vm_level.h"

extern const vm_op_table VM_NAME(vm_int_ops), VM_NAME(vm_float_ops), VM_NAME(vm_math_ops),
    VM_NAME(vm_cmath_ops), VM_NAME(vm_random_ops), VM_NAME(vm_complex_ops), VM_NAME(vm_float_const_first), VM_NAME(vm_float_const_second);
extern const vm_pair_table VM_NAME(vm_pairs), VM_NAME(vm_quiet_pairs);
extern const vm_cast_table VM_NAME(vm_casts);
extern const vm_lanes_table VM_NAME(vm_lanes_sums), VM_NAME(vm_lanes_extremes);
extern const vm_down_table VM_NAME(vm_downs);

static void count(uint64_t *d, uint64_t first, uint64_t by, int64_t n)
{
    for (int64_t i = 0; i < n; i++, first += by)
        d[i] = first;
}

const vm_level VM_NAME(vm_level) = {
    .count = count,
    .ops = {&VM_NAME(vm_int_ops), &VM_NAME(vm_float_ops), &VM_NAME(vm_math_ops),
            &VM_NAME(vm_cmath_ops), &VM_NAME(vm_random_ops), &VM_NAME(vm_complex_ops)},
    .const_first = &VM_NAME(vm_float_const_first),
    .const_second = &VM_NAME(vm_float_const_second),
    .pairs = &VM_NAME(vm_pairs),
    .quiet_pairs = &VM_NAME(vm_quiet_pairs),
    .cast = &VM_NAME(vm_casts),
    .lanes = {&VM_NAME(vm_lanes_sums), &VM_NAME(vm_lanes_extremes)},
    .down = &VM_NAME(vm_downs),
};
