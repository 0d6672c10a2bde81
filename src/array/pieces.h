/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Datasets with a dimension split inside their chunks: days of hours in chunks of 31 hours.  Such
 * chunks are no boxes under the finer dimensions, so they are read in pieces that are (whole
 * days): each is put together from the chunks that it touches, and a chunk between two pieces is
 * decoded for both.  Pure.
 */
#ifndef ARRAY_PIECES_H
#define ARRAY_PIECES_H

#include "array/regroup.h"

/* One dimension of a dataset: elements of a piece and of a chunk, and its extent. */
typedef struct pieces { int64_t piece, chunk, extent; } pieces;

/* Cells of the finer shape that are pieces; false: they would be huge, or decode chunks too often (smaller ones may decode
 * more). */
bool pieces_choose(const source *s, const strides *fine, int64_t *cell);
/* The least pieces instead. */
void pieces_shrink(const source *s, const strides *fine, int64_t *cell);
/* Dimension d of a dataset whose cells, of the finer shape, are given; *first: which of those counts its pieces (the others
 * have one cell), -1: its chunks are no parts of pieces. */
pieces pieces_along(const source *s, const strides *fine, const int64_t *cell, int d, int *first);
/* Cell `index` of the finer grid as a box of the dataset. */
box pieces_box(const chunkgrid *fine, const int64_t *index, const source *s);

/* Decodes for pieces lo ... hi, one after the other; chunks that they touch together; chunks of elements. */
int64_t pieces_decodes(const pieces *p, int64_t lo, int64_t hi);
int64_t pieces_chunks(const pieces *p, int64_t lo, int64_t hi);
int64_t pieces_chunks_of(const pieces *p, int64_t from, int64_t end);
/* Borders of pieces are borders of chunks after so many pieces. */
int64_t pieces_period(const pieces *p);

#endif
