/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The memory promise: a counting allocator for data.  Refuses, never aborts.
 * Buffers are page-aligned, asked to be huge pages, and meant to be reused for
 * ever (fresh pages cost 5-10 times a warm one).  Thread-safe.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdint.h>
#include <stddef.h>

#include "base/err.h"

typedef struct budget budget;

budget *budget_new(int64_t limit);                 /* bytes; <= 0: no limit */
void budget_free(budget *b);
/* Page-aligned, at least `bytes`, contents undefined; charged as whole pages of 4 KiB.
 * NULL with SHARR_ERESOURCE and the figures in `err`. */
void *budget_alloc(budget *b, size_t bytes, const char *what, sharr_error *err);
/* The `bytes` that were asked for; p may be NULL. */
void budget_release(budget *b, void *p, size_t bytes);
/* Charge memory that somebody else allocates. */
int budget_charge(budget *b, int64_t bytes, const char *what, sharr_error *err);
void budget_credit(budget *b, int64_t bytes);
/* Another limit, and a new peak: for the next who charges it.  And: nobody needs it for the time being; most pages go. */
void budget_renew(budget *b, int64_t limit);
void budget_rest(budget *b);
int64_t budget_limit(const budget *b);
int64_t budget_used(const budget *b);
int64_t budget_peak(const budget *b);

#endif
