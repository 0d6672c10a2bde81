/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Results on standard output: as text for people, or in one JSON record.  Only rank 0 calls this.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "sharr.h"

#include "jsonout.h"

/* Is this result for anybody's eyes?  Names that begin with '_' are not. */
bool output_is_shown(const sharr_result *r);

/* The results that are in memory: a bare value when there is one, "name = value" when there are several;
 * arrays in NumPy's nested brackets.  The caller flushes. */
void output_text(FILE *f, const sharr_script *s);
/* Member "results" of a record: name, dtype, shape and, if in memory, data. */
void output_json(jsonout *j, const sharr_script *s);
/* Member "counters"; `ctx` may be NULL. */
void output_counters(jsonout *j, sharr_context *ctx);

/* "1.2 GiB" */
void output_bytes(double bytes, char out[24]);
/* Highest resident memory of this process so far, bytes. */
int64_t output_peak_memory(void);

#endif
