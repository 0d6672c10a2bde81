/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a stage goes about its work: lines, pieces, shares of ranks, memory.  Pure.
 * Each procedure has a function that fits it into memory; the rest is common.
 */
#ifndef PLAN_STAGES_H
#define PLAN_STAGES_H

#include "array/axisfold.h"
#include "plan/plan.h"

/* Running sums are kept in bricks of so many elements of a line: what sums, and so their bits, depend on. */
enum { CUMULATIVE_BRICK = 4096 };
/* Rows, columns and summed elements of the tiles that matrices are multiplied in. */
enum { MATMUL_TILE = 512 };

/* stage.number of running sums: pieces of lines are taken by turns? */
enum { CUMULATIVE_CHAIN };
/* Of a sort: line after line, in runs?  Their length; every so-manieth key is kept in memory; runs are kept
 * in memory, else in scratch.  And the bytes in which a worker notes the cuts of one run. */
enum { SORT_RUNS, SORT_RUN, SORT_STEP, SORT_IN_MEMORY };
enum { SORT_CUT_BYTES = 48 };
/* The executor's note of where a chunk lies. */
enum { STAGE_FRAME_BYTES = 24 };
/* Of searchsorted: elements of the sorted array in memory.  Of take: bytes of x that are read at a time, 0: it is in
 * memory; of a dataset: rows of chunks along the axis that have such positions, do those ascend, chunks of a row, bytes in
 * which ranks tell each other what they have taken. */
enum { SEARCH_WINDOW, SEARCH_LOAD, TAKE_WINDOW = 0, TAKE_ROWS, TAKE_ASCEND, TAKE_BESIDE, TAKE_TOLD };

/* Workers, buffers, pieces; SHARR_ERESOURCE with the bytes needed when they do not fit into `room`. */
int stage_fit(const plan *p, stage *s, int64_t room, sharr_error *err);
/* As messages call it. */
const char *stage_name(const stage *s);

/* ---- for the procedures ---- */

/* Fill workers, buffer, shared, lines, number: as much of `room` as is of use, or the least that will do. */
typedef void stage_fitter(const plan *p, stage *s, int64_t room);
stage_fitter stage_fit_cumulative, stage_fit_sort, stage_fit_search, stage_fit_compress, stage_fit_take, stage_fit_function,
    stage_fit_matmul;

/* (before, along, behind) of an array of this shape. */
void stage_view(const node *n, int axis, int64_t view[3]);
/* Pieces of the lines: how many along each of the three. */
void stage_pieces(const stage_lines *l, int64_t count[3]);
/* Workers, which are set, and bytes for each of them, of a part of the memory. */
int64_t stage_share_room(const plan *p, stage *s, int64_t room);
/* Operand i as lines. */
axisfold stage_fold(const plan *p, const stage *s, int i);
/* Pieces along g of operand i that should be multiples of this, so that no chunk is decoded for two of them; 1: as you
 * like. */
int64_t stage_grain(const plan *p, const stage *s, int i, int g);
/* Pieces of at most so many cells that are such multiples for operand 0; if not even one fits, that one. */
void stage_to_grain(const plan *p, stage *s, int64_t cells);
/* Operand i is read in pieces of this size, each so many times. */
void stage_reads(stage *s, int i, const int64_t piece[3], int64_t times);
/* Ranks divide before or behind, whichever has more pieces. */
void stage_choose_split(stage_lines *l);
/* What a rank has made of result k when lines are divided: a box of the result's (before, along, behind). */
box stage_result(const stage *s, int k, int rank, int ranks);
/* stage_reads.c.  Places of chunks, and what so many workers read and decode them with. */
int64_t stage_reading_bytes(const plan *p, const stage *s, int workers);
int64_t stage_slot_bytes(const plan *p, const stage *s);
/* The chunks that it is going to decode. */
void stage_count_decodes(const plan *p, stage *s);
/* Is this array decoded so often by all stages that it is better copied first? */
bool stage_decodes_again(const plan *p, int array);
/* stage_take.c.  Of positions that are known already, all in range: TAKE_ROWS and TAKE_ASCEND; rows -1 of others. */
int stage_take_look(const plan *p, stage *s, sharr_error *err);
/* Some chunks so often that it is no plan at all: rather an error that says how much memory is needed. */
bool stage_decodes_for_ever(const plan *p);

/* Bytes with which ranks make all results in memory whole. */
int64_t stage_share_bytes(const plan *p, const stage *s);
int64_t stage_array_bytes(const plan *p, int array);

#endif
