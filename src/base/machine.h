/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What control groups allow this process, read below any root directory so that
 * tests can show it other machines.
 */
#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <stdint.h>

typedef struct machine_limits {
    int64_t memory;         /* bytes; INT64_MAX: no limit */
    int cores;              /* whole cores, rounded up; INT_MAX: no limit */
} machine_limits;

/* Limits of the group in <root>/proc/self/cgroup and of all groups above it (version 1 and 2). */
machine_limits machine_cgroup(const char *root);

#endif
