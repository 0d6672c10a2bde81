/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the three files of tempfile share.  A temporary of DIR/BASE is
 *     DIR/.BASE.sharr-<host, 8 hex digits>-<pid>-<random, 8 hex digits>.tmp
 * where a long BASE is cut and ends in a hash of the whole.
 */
#ifndef STORE_TEMPFILE_IMPL_H
#define STORE_TEMPFILE_IMPL_H

#include <stdint.h>

#include "store/tempfile.h"

enum { TEMPFILE_PREFIX = 256, TEMPFILE_BASE = 180 };

/* ".BASE.sharr-" into `prefix`; returns the length of "DIR/" in the absolute `target`. */
int tempfile_split(const char *target, char prefix[TEMPFILE_PREFIX]);
uint32_t tempfile_host(void);       /* names this machine */

/* Fill target, existed and before, or say why nothing can be written there. */
int tempfile_check_target(tempfile *t, const char *target, sharr_error *err);
/* Copy the target, as it was found, into the temporary. */
int tempfile_copy_target(tempfile *t, const logger *log, sharr_error *err);
/* An existing target that is to be appended to must still be the one that was copied. */
int tempfile_unchanged(const tempfile *t, sharr_error *err);

#endif
