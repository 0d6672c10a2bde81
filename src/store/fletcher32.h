/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The checksum of HDF5's filter 3.  Pure.
 */
#ifndef STORE_FLETCHER32_H
#define STORE_FLETCHER32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t fletcher32(const void *p, size_t n);
/* Four bytes behind the data, as HDF5 stores them. */
void fletcher32_store(uint32_t sum, void *tail);
/* Is `tail` the checksum?  Releases before 1.6.3 swapped the bytes of each half: accepted, as HDF5 does. */
bool fletcher32_matches(uint32_t sum, const void *tail);

#endif
