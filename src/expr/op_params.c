/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reads names out of the operator table's doc lines.
 */
#include "expr/op_params.h"

#include <string.h>

int op_params(const char *doc, op_param out[OP_PARAMS])
{
    const char *s = strchr(doc, '(') + 1;
    int n = 0;
    while (*s != ')' && n < OP_PARAMS) {
        op_param *q = &out[n++];
        q->name = s;
        q->len = strcspn(s, "=,)");
        q->optional = s[q->len] == '=';
        s += strcspn(s, ",)");
        s += strspn(s, ", ");
    }
    return n;
}

bool op_param_is(const op_param *p, const char *name, size_t len)
{
    return p->len == len && memcmp(p->name, name, len) == 0;
}

/* NumPy's names for parameters that the standard calls otherwise. */
static const char *standard_name(const char *name)
{
    static const char *const rows[][2] = {
        {"ddof", "correction"}, {"a_min", "min"}, {"a_max", "max"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(name, rows[i][0]) == 0)
            return rows[i][1];
    return name;
}

int op_param_find(const op_param *p, int n, const char *name)
{
    name = standard_name(name);
    for (int i = 0; i < n; i++)
        if (op_param_is(&p[i], name, strlen(name)))
            return i;
    return -1;
}

int op_signature_length(const op_row *op)
{
    return (int)strcspn(op->doc, ")") + 1;
}
