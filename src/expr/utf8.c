/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UTF-8 (RFC 3629), as far as a lexer and a caret line need it.
 */
#include "expr/utf8.h"

size_t utf8_char(const char *s, size_t n, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *b = (const unsigned char *)s;
    size_t len = n == 0 ? 0 : b[0] < 0x80 ? 1 : b[0] < 0xc0 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3
                 : b[0] < 0xf8 ? 4 : 0;
    if (len == 0 || len > n)
        return 0;
    uint32_t c = len == 1 ? b[0] : b[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (b[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *code = c;
    return len;
}

bool utf8_is_letter(uint32_t code)
{
    static const uint32_t range[][2] = {
        {0xaa, 0xaa},     {0xb5, 0xb5},     {0xba, 0xba},     {0xc0, 0xd6},       {0xd8, 0xf6},
        {0xf8, 0x2c1},    {0x300, 0x1fff},  {0x2080, 0x209c}, {0x2c00, 0x2dff},   {0x3041, 0xd7ff},
        {0xf900, 0xfdff}, {0xfe70, 0xfefe}, {0x10000, 0x1efff}, {0x20000, 0x3ffff},
    };
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (code >= range[i][0] && code <= range[i][1])
            return true;
    return false;
}
