/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Agreement: all ranks leave with the same error, and learn whether they hold
 * the same plan.  The good case costs one reduction of a few words.
 */
#include "dist/comm.h"

#include "base/hashmap.h"
#include "dist/comm_impl.h"

/* Only the rank that was elected knows the text: it tells the others. */
static int spread(comm *c, sharr_error *err, int64_t who)
{
    sharr_error told;
    err_clear(&told);
    if (c->rank == who) {
        told = *err;
        if (told.rank < 0)
            told.rank = c->rank;
    }
    sharr_error broken;
    err_clear(&broken);
    if (comm_bcast_all(c, &told, (int64_t)sizeof told, (int)who, &broken))
        told = broken;
    *err = told;
    return told.status;
}

int comm_agree_all(comm *c, sharr_error *err)
{
    sharr_error none;
    if (!err) {
        err_clear(&none);
        err = &none;
    }
    if (c->size == 1) {
        if (err->status && err->rank < 0)
            err->rank = c->rank;
        return err->status;
    }
    int64_t who = err->status ? c->rank : c->size;
    sharr_error broken;
    err_clear(&broken);
    if (comm_min_all(c, &who, 1, &broken)) {
        *err = broken;
        return err->status;
    }
    return who == c->size ? 0 : spread(c, err, who);
}

/* Of each word the smallest value and the smallest complement: equal everywhere if and only if the
 * one is the complement of the other. */
int comm_same_all(comm *c, const void *data, size_t bytes, bool *same, sharr_error *err)
{
    const hash128 h = hash_bytes128(data, bytes);
    int64_t v[6] = {(int64_t)h.lo, (int64_t)h.hi, (int64_t)bytes};
    for (int i = 0; i < 3; i++)
        v[3 + i] = ~v[i];
    int status = comm_min_all(c, v, 6, err);
    if (status)
        return status;
    *same = v[0] == ~v[3] && v[1] == ~v[4] && v[2] == ~v[5];
    return 0;
}

int comm_require_same_all(comm *c, const void *data, size_t bytes, const char *unlike, sharr_error *err)
{
    bool same = true;
    int status = comm_agree_all(c, err);
    if (!status)
        status = comm_same_all(c, data, bytes, &same, err);
    return status || same ? status : err_set(err, SHARR_EUSAGE, "%s", unlike);
}
