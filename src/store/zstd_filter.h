/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HDF5's filter 32015 (zstd), for what goes through H5Dread and H5Dwrite, and for the plugin that
 * stock tools load.
 */
#ifndef STORE_ZSTD_FILTER_H
#define STORE_ZSTD_FILTER_H

/* An H5Z_class2_t to register; static, never freed. */
const void *zstd_filter_class(void);

#endif
