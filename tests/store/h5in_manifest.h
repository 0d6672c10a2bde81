/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The manifest in the current directory: lines of what files hold, or why they are refused.
 */
#ifndef TESTS_STORE_H5IN_MANIFEST_H
#define TESTS_STORE_H5IN_MANIFEST_H

#include <stdbool.h>

bool manifest_load(int at_least);                  /* false: fewer lines */
void manifest_check_values(void);                  /* all "ok" lines, on both paths where there are two */
void manifest_check_refusals(void);                /* all "bad" and "none" lines */
void manifest_free(void);

#endif
