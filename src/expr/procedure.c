/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of procedures, and the counted handle of a user's function.
 */
#include "expr/procedure.h"

#include <stdlib.h>
#include <string.h>

static const procedure_row rows[] = {
    [PROC_CUMULATIVE_SUM] = {"cumulative_sum", 1, 1, 1, .line = true},
    [PROC_CUMULATIVE_PROD] = {"cumulative_prod", 1, 1, 1, .line = true},
    [PROC_SORT] = {"sort", 1, 1, 1, .line = true},
    [PROC_ARGSORT] = {"argsort", 1, 1, 1, .line = true},
    [PROC_SEARCHSORTED] = {"searchsorted", 2, 2, 1},
    [PROC_COMPRESS] = {"compress", 2, 2, 1, .line = true},
    [PROC_TAKE] = {"take", 2, 2, 1, .line = true},
    [PROC_MATMUL] = {"matmul", 2, 2, 1, .matrix = true},
    [PROC_FUNCTION] = {"function", 1, CALL_MAX_IN, CALL_MAX_OUT, .user = true},
};

const procedure_row *procedure_get(enum procedure p)
{
    return &rows[p];
}

call_user *call_user_new(const char *name, const call_user *like, sharr_error *err)
{
    size_t n = strlen(name) + 1;
    call_user *u = malloc(sizeof *u + n);
    if (!u) {
        err_nomem(err, "a function", sizeof *u + n);
        return NULL;
    }
    *u = *like;
    u->name = memcpy(u + 1, name, n);
    u->refs = 1;
    return u;
}

void call_user_ref(call_user *u)
{
    if (u)
        u->refs++;
}

void call_user_unref(call_user *u)
{
    if (!u || --u->refs > 0)
        return;
    if (u->release)
        u->release(u->arg);
    free(u);
}
