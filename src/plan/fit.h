/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fit a sweep into memory: which dimension ranks divide, how many tiles a window
 * has, what stays resident, how many workers and windows there are.  Pure.
 */
#ifndef PLAN_FIT_H
#define PLAN_FIT_H

#include "plan/plan.h"

/* `room`: bytes for this sweep.  SHARR_ERESOURCE with the bytes needed when nothing fits. */
int fit_sweep(const plan *p, sweep *s, int64_t room, sharr_error *err);
/* Upper bound of the bytes of a sweep as it is set up (memusage). */
int64_t fit_memusage(const plan *p, const sweep *s);
/* Is this feed a plain pointer into one chunk for every tile? (else tiles are assembled) */
bool fit_feed_direct(const plan *p, const sweep *s, const feeds *in);
bool fit_array_in_memory(const plan *p, int array);
/* A worker's buffers for one tile: assembled operands, outputs, states, tables. */
int64_t fit_work_bytes(const plan *p, const sweep *s);
/* A worker's room for a chunk of what is read in pieces. */
int64_t fit_aside_bytes(const plan *p, const sweep *s);
/* Chunk decodes of a fetch per chunk that it needs. */
double fit_amplification(const plan *p, const sweep *s, const fetch *f);
/* fit_chunks.c: which fetches share slots, and how many chunks are in them at once; max_chunks are known. */
void fit_share_slots(const plan *p, sweep *s);
/* Memory of one decoded chunk, of all chunks of a fetch at a time, and of all slots. */
int64_t fit_slot_bytes(int64_t chunk_bytes);
int64_t fit_fetch_bytes(const sweep *s, const fetch *f);
int64_t fit_chunk_bytes(const sweep *s);
/* Slots that fetch f has for itself and those that share them; 0: it uses those of another. */
int64_t fit_slots(const sweep *s, int f);
/* Tiles that may be computed but not yet written. */
int64_t fit_queue(const sweep *s);
/* Elements of the largest tile. */
int64_t fit_tile_elements(const sweep *s);
/* States that a worker needs for one tile of a kernel. */
int64_t fit_kernel_states(const sweep *s, const sweep_kernel *k);
/* Results in memory are made whole on every rank in rounds: bytes of a rank in one of them, and the buffers for an array
 * of `all` bytes of which no rank has made more than `part`. */
int64_t fit_share_piece(int ranks);
int64_t fit_share_buffers(int ranks, int64_t all, int64_t part);
/* The same for all of a sweep, after the streaming buffers are gone. */
int64_t fit_share(const plan *p, const sweep *s);
/* Bytes of all accumulator states alive at a time. */
int64_t fit_accumulators(const plan *p, const sweep *s);

#endif
