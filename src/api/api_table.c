/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables and small things of the public interface.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"
#include "expr/op.h"

const char *sharr_dtype_name(enum sharr_dtype t)
{
    return dtype_name(t);
}

size_t sharr_dtype_size(enum sharr_dtype t)
{
    return dtype_size(t);
}

const char *sharr_op(int i, const char **aliases, const char **symbol, const char **doc)
{
    for (int k = 0; k <= i; k++)
        if (!op_table[k].name)
            return NULL;
    if (aliases)
        *aliases = op_table[i].aliases;
    if (symbol)
        *symbol = op_table[i].symbol;
    if (doc)
        *doc = op_table[i].doc;
    return op_table[i].name;
}

char *sharr_error_caret(const char *text, int64_t len, const sharr_error *err)
{
    strbuf out = { 0 };
    if (err->column >= 0)
        script_caret(text, len < 0 ? strlen(text) : (size_t)len, err, &out);
    if (!out.text)
        return strdup("");
    return strbuf_take(&out);
}

void sharr_free(void *p)
{
    free(p);
}
