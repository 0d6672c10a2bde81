/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Index maps: where each element of a view comes from.  A map is a list of
 * affine pieces; a later piece covers an earlier one.  A piece covers, per
 * destination dimension, the positions start, start + step, ... (count of
 * them, step >= 1), and takes them from one input (or a fill):
 *     src[s] = off[s] + mul[s] * dst[axis[s]]        (axis -1: src[s] = off[s])
 * Slice, newaxis, permute, flip, broadcast, squeeze are one piece that covers
 * all; roll two; concat n; `update(base, map, value)` the base and a piece over it.
 * Pure; the pieces live in the caller's arena.
 */
#ifndef ARRAY_IMAP_H
#define ARRAY_IMAP_H

#include "array/box.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/hashmap.h"

enum { IMAP_MAX_PIECES = 64, IMAP_FILL = -1 };

typedef struct ipiece {
    int src;                                       /* input number, or IMAP_FILL */
    int nsrc;                                      /* dimensions of the source */
    int64_t start[SHARR_MAX_DIMS], step[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];   /* per dst dim */
    int64_t off[SHARR_MAX_DIMS], mul[SHARR_MAX_DIMS];                             /* per src dim */
    int axis[SHARR_MAX_DIMS];
} ipiece;

typedef struct imap {
    int ndst;
    int64_t shape[SHARR_MAX_DIMS];                 /* of the destination */
    int npieces;
    ipiece *piece;
} imap;

/* One piece over all of `shape`, every source dimension fixed at 0: fill in off, mul, axis. */
imap *imap_new(arena *a, int ndst, const int64_t *shape, int npieces, int nsrc);
imap *imap_identity(arena *a, int ndim, const int64_t *shape);
bool imap_is_identity(const imap *m, int nsrc, const int64_t *src_shape);
/* One piece that covers everything and is no fill. */
bool imap_is_affine(const imap *m);
/* outer then inner: outer maps the iteration space to a view, inner maps that view to its inputs.
 * `outer` must be affine.  NULL with SHARR_ERESOURCE when it needs more than IMAP_MAX_PIECES. */
imap *imap_compose(arena *a, const imap *outer, const imap *inner, sharr_error *err);
/* The same for any outer map: inner[i] is the map of outer's input i (NULL: that input stays what
 * it is), and its inputs are numbered from first[i] on in the result. */
imap *imap_flatten(arena *a, const imap *outer, const imap *const *inner, const int *first,
                   sharr_error *err);
/* Canonical form, in place: pieces that cover nothing or lie wholly under a later one are
 * dropped, a source dimension that takes one value only gets axis -1.  At least one piece stays. */
void imap_simplify(imap *m);
/* The hull of source positions that piece p needs for the destinations inside `dst`;
 * false when it needs none.  Later pieces are not subtracted. */
bool imap_image(const ipiece *p, const box *dst, box *src);
/* The part of piece p inside `dst`, as start/step/count relative to p's own numbering:
 * positions start[d] + step[d] * k, first[d] <= k < first[d] + count[d].  False: none. */
bool imap_clip(const ipiece *p, const box *dst, int64_t *first, int64_t *count);
bool imap_equal(const imap *a, const imap *b);     /* field by field */
void imap_append_hash(const imap *m, void *sink, void (*put)(void *sink, const void *p, size_t n));

#endif
