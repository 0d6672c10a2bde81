/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which x86-64 level (psABI: v1..v4) this machine has, the operating system's
 * saving of the registers included.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

int cpu_level(void);                                     /* 1..4 */

#endif
