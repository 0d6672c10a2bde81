/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Element types and limits.
 */
#ifndef SHARR_TYPES_H
#define SHARR_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SHARR_MAX_DIMS = 32 };   /* HDF5's own limit */

/* The 13 types of the Array API.  bool is one byte, 0 or 1; complex is (re, im). */
enum sharr_dtype {
    SHARR_BOOL, SHARR_INT8, SHARR_INT16, SHARR_INT32, SHARR_INT64,
    SHARR_UINT8, SHARR_UINT16, SHARR_UINT32, SHARR_UINT64,
    SHARR_FLOAT32, SHARR_FLOAT64, SHARR_COMPLEX64, SHARR_COMPLEX128,
    SHARR_NDTYPES
};

#ifdef __cplusplus
}
#endif
#endif
