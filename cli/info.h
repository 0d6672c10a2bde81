/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `sharr-eval info FILE`: what is in a file.
 */
#ifndef CLI_INFO_H
#define CLI_INFO_H

#include <stdbool.h>
#include <stdio.h>

#include "sharr.h"

/* `f` NULL: look (so that every rank gets the same errors) but print nothing.  The caller flushes. */
int info_print(FILE *f, sharr_context *ctx, const char *path, bool json, sharr_error *err);

#endif
