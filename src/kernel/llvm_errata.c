/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Encodings are looked for at every byte: where instructions begin does not matter to whoever may be too careful.
 */
#include "kernel/llvm_errata.h"

#include <stdint.h>

/* EVEX.66.0F3A 25 /r ib: the prefix 62, map 3, 66, a mask that is not k0. */
static bool masked_ternlog(const uint8_t *at)
{
    return at[0] == 0x62 && (at[1] & 0x0f) == 3 && (at[2] & 7) == 5 && (at[3] & 7) != 0 && at[4] == 0x25;
}

bool errata_ternlog(const void *code, size_t bytes)
{
    const uint8_t *at = code;
    for (size_t k = 0; k + 5 <= bytes; k++)
        if (masked_ternlog(at + k))
            return true;
    return false;
}
