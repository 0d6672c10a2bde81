/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The tables of one x86-64 level in one.
 */
#include "kernel/vm_level.h"

extern const vm_op_table VM_NAME(vm_int_ops), VM_NAME(vm_float_ops), VM_NAME(vm_math_ops),
    VM_NAME(vm_complex_ops);
extern const vm_cast_table VM_NAME(vm_casts);
extern const vm_lanes_table VM_NAME(vm_lanes_sums), VM_NAME(vm_lanes_extremes);
extern const vm_down_table VM_NAME(vm_downs);

const vm_level VM_NAME(vm_level) = {
    .ops = {&VM_NAME(vm_int_ops), &VM_NAME(vm_float_ops), &VM_NAME(vm_math_ops),
            &VM_NAME(vm_complex_ops)},
    .cast = &VM_NAME(vm_casts),
    .lanes = {&VM_NAME(vm_lanes_sums), &VM_NAME(vm_lanes_extremes)},
    .down = &VM_NAME(vm_downs),
};
