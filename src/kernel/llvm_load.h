/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bring an object file that LLVM wrote into memory.  A linker for the little that
 * kernels need; knows nothing of LLVM.
 */
#ifndef KERNEL_LLVM_LOAD_H
#define KERNEL_LLVM_LOAD_H

#include <stddef.h>

#include "base/err.h"

/* A function outside the object that it may call. */
typedef struct load_symbol {
    const char *name;
    void *address;
} load_symbol;

typedef struct loaded {
    void *image;                /* never writable and executable at once */
    size_t bytes;
    void *entry;
} loaded;

/* Map the x86-64 ELF object of `size` bytes and find `entry` in it.  `allowed` ends with a NULL
 * name; any other undefined symbol is SHARR_EINTERNAL.  On failure *out is untouched. */
int load_object(const void *object, size_t size, const char *entry, const load_symbol *allowed,
                loaded *out, sharr_error *err);
void load_free(void *image, size_t bytes);

#endif
