/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sizes in bytes, as people write and read them.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

enum { UNITS_TEXT = 32 };

/* For people: "1.50 GiB", three digits, never more than it is by over half a percent. Returns out. */
const char *units_print(char out[UNITS_TEXT], int64_t bytes);
/* Exact, as units_parse takes it: "512MiB", "1025". Returns out. */
const char *units_exact(char out[UNITS_TEXT], int64_t bytes);
/* "1025", "64k", "512MiB", "1.5 GiB", "2TB" (powers of 1000), "50%" of `whole`.  A letter alone is a
 * power of 1024.  False: no such size, negative, or too large for int64; *bytes is then kept. */
bool units_parse(const char *text, int64_t whole, int64_t *bytes);

#endif
