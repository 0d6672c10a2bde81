/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The two functions by which HDF5 finds a filter in a shared library: makes libh5zstd.so of
 * zstd_filter.c, for stock tools that read our files.  Not part of libsharr.
 */
#include <H5PLextern.h>

#include "store/zstd_filter.h"

H5PL_type_t H5PLget_plugin_type(void)
{
    return H5PL_TYPE_FILTER;
}

const void *H5PLget_plugin_info(void)
{
    return zstd_filter_class();
}
