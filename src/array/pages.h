/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bytes of an array in C order: the runs that a box is, and sets of pages.  Pure; nothing here knows whose pages they are.
 */
#ifndef ARRAY_PAGES_H
#define ARRAY_PAGES_H

#include "array/box.h"

enum { PAGE_BYTES = 4096 };

/* Bytes from `at` on; not 0: enough. */
typedef int run_visit(void *arg, int64_t at, int64_t bytes);
/* A box of an array of elements of `size` bytes; `step`: only every so-manieth element from its start on (count of them); NULL: all. */
typedef struct boxbytes { const box *b; const int64_t *step, *shape; int64_t size; } boxbytes;
/* Its runs, in order.  Those at most `gap` bytes apart may come as one (0: exactly these bytes).  Returns what the visitor did. */
int box_runs(const boxbytes *of, int64_t gap, run_visit *visit, void *arg);

/* Of the first n pages. */
typedef struct pageset { int64_t n; uint64_t *bit; } pageset;
/* What `bit` needs for so many bytes, and the empty set of their pages in it. */
int64_t pageset_room(int64_t bytes);
pageset pageset_in(void *room, int64_t bytes);
/* Pages that [from, to) touches. */
void pageset_add(pageset *s, int64_t from, int64_t to);
void pageset_remove(pageset *s, int64_t from, int64_t to);
/* Pages that these bytes touch, and perhaps some between them. */
void pageset_add_box(pageset *s, const boxbytes *of);
int64_t pageset_count(const pageset *s);
/* The next run of pages in [*page, end): *page and *count; false: there is none. */
bool pageset_next(const pageset *s, int64_t end, int64_t *page, int64_t *count);

#endif
