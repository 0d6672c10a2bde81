/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One element as text: the shortest digits that read back as the same bits, written as
 * Python writes them.  JSON has no NaN, no infinity and no complex numbers: those become "NaN",
 * "Infinity", "-Infinity" and [re, im].
 */
#ifndef CLI_TEXTNUM_H
#define CLI_TEXTNUM_H

#include <stddef.h>

#include "sharr/types.h"

enum { TEXTNUM_MAX = 96 };              /* fits every element */

/* Length written to `out`, which is terminated. */
int textnum_python(enum sharr_dtype t, const void *p, char out[TEXTNUM_MAX]);
int textnum_json(enum sharr_dtype t, const void *p, char out[TEXTNUM_MAX]);

#endif
