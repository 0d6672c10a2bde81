/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files that lie beside this code: what belongs to a build tree or a bundle is found without any setting.
 */
#ifndef BASE_SELFPATH_H
#define BASE_SELFPATH_H

#include <stdbool.h>
#include <stddef.h>

/* Path of `file` (a relative path) below the directory of the shared library, or program, that this code is in.
 * False, and `path` is undefined: there is none that this process may use as `wanted` says (R_OK, X_OK). */
bool selfpath_beside(const char *file, int wanted, char *path, size_t cap);

#endif
