/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Structures shared by the files of exec.  Not included from outside.
 *
 *   run      one evaluation: arrays made so far
 *   stream   one sweep on this rank
 *   open_win a window whose chunks are in memory or on their way
 *   worker   what one thread owns
 */
#ifndef EXEC_EXEC_INT_H
#define EXEC_EXEC_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "exec/exec.h"

/* Equal slots in one reused piece of budget memory.  Thread-safe. */
typedef struct slab {
    budget *b;
    char *base;
    size_t slot, bytes;
    int64_t n, nfree;
    int64_t *free_list;
    pthread_mutex_t lock;
} slab;
/* Slots begin slot_bytes apart. */
int slab_init(slab *s, budget *b, size_t slot_bytes, int64_t n, const char *what, sharr_error *err);
void slab_fini(slab *s);
void *slab_take(slab *s);                   /* NULL: none free (a planning error) */
void slab_give(slab *s, void *p);           /* p may be NULL */

/* A chunk of an input, decoded once and shared by the tiles of the windows that hold it. */
enum chunk_state {
    CHUNK_NEW, CHUNK_LOADING,
    CHUNK_OPEN,                             /* a piece: all who need it decode its chunks */
    CHUNK_READY, CHUNK_FAILED
};
typedef struct cchunk {
    _Atomic int state;
    int refs;                               /* windows; evaluating thread only */
    _Atomic int64_t users;                  /* tiles that still need it; 0: the data is given back */
    h5frame frame;
    h5frame *frames;                        /* of a piece: of the chunks that it touches; else NULL */
    _Atomic int64_t next, done;             /* of those: the next to be decoded, and how many are */
    void *data;                             /* clipped to the array, C order */
} cchunk;

/* Chunks of one fetch that a window holds. */
typedef struct chunkset {
    box range;                              /* chunk coordinates */
    int64_t n;
    cchunk **chunk;                         /* row-major over range */
} chunkset;

typedef struct open_win {
    struct open_win *next;
    box tiles;
    chunkset *set;                          /* [nfetch]; n == 0: nothing needed */
    int64_t ntiles, submitted;
    _Atomic int64_t left;                   /* tiles not finished */
} open_win;

/* lent: the data are the caller's */
typedef struct array_state { void *data; size_t bytes; bool lent; scratch *file; } array_state;

typedef struct run {
    const plan *p;
    const exec_env *env;
    array_state *array;
    int64_t done;               /* bytes that finished sweeps and stages have read: progress */
} run;

/* A bump allocator for one tile's buffers. */
typedef struct bump { budget *b; char *base; size_t size, used; void *extra; } bump;

typedef struct worker {
    h5reader *reader;
    codec_scratch *codec;
    void *aside;                            /* fit_aside_bytes; NULL: 0 */
    bump mem;
    void *kernel_scratch;
    size_t kernel_scratch_bytes;
} worker;

/* A tile that is computed, waiting for its round. */
typedef struct done_tile {
    _Atomic int ready, unwritten;           /* unwritten: chunks that workers write now */
    int64_t index[SHARR_MAX_DIMS];
    void **frame;
    size_t *bytes;
} done_tile;

typedef struct accum accum;
typedef struct write_task write_task;

typedef struct stream {
    run *r;
    const sweep *s;
    box shard;
    int64_t nwindows, wcount[SHARR_MAX_DIMS], ntiles;
    pool *pool;
    worker *worker;
    kernel **kernel;                        /* by region id; NULL where not of this sweep */
    slab *chunks;                           /* [nfetch]; at fetch.slots */
    slab *frames;                           /* [nouts]; of those that go to a file */
    chunkset *resident;                     /* [nfetch] */
    accum **acc;                            /* [nreds] */
    done_tile *done;                        /* ring of qcap */
    int64_t qcap;
    write_task *write;                      /* [qcap * nfile], where chunks are written outside rounds; else NULL */
    pool *writers;                          /* they do it; NULL: workers do */
    _Atomic int64_t finished;               /* tiles */
    _Atomic int failed;
    pthread_mutex_t lock;                   /* error, chunk states, ring */
    pthread_cond_t wake;                    /* chunk ready */
    pthread_cond_t progress;                /* the evaluating thread: `events` has reached `wake_at`, or a failure */
    int64_t events, wake_at;                /* tiles finished and chunks written; under the lock */
    int64_t expected;                       /* events to come and that have come; evaluating thread only */
    sharr_error err;                        /* of the lowest tile */
    int64_t err_tile;
    open_win *win_head, *win_tail;
    int64_t opened, issued, placed, written;    /* windows; tiles */
} stream;

/* exec.c: does somebody want all to stop?  SHARR_EINTERRUPTED then; tells of progress: step `at` has read `moved` bytes.
 * Evaluating thread. */
int run_interrupted(const run *r, int at, int64_t moved, sharr_error *err);

/* stream.c */
int stream_run_all(run *r, const sweep *s, sharr_error *err);
/* Remember the error of tile `seq`; the lowest wins. */
void stream_fail(stream *st, int64_t seq, const sharr_error *err);

/* chunks.c */
int chunks_open(stream *st, open_win *w, const open_win *before, sharr_error *err);   /* evaluating thread */
void chunks_close(stream *st, open_win *w);
int chunks_open_resident(stream *st, sharr_error *err);
void chunks_close_resident(stream *st);
/* [worker] All chunks that the elements of `b` need from fetch f are decoded when this returns. */
int chunks_ensure(stream *st, const open_win *w, int f, const box *b, worker *wk, sharr_error *err);
/* chunk_pieces.c: arrays in pieces.  Where the chunks lie; [worker] the values of those that nobody
 * else has taken.  *last: now all are there. */
int chunk_pieces_locate(stream *st, int f, cchunk *c, const int64_t *index, sharr_error *err);
int chunk_pieces_load(stream *st, int f, cchunk *c, const int64_t *index, worker *wk, bool *last, sharr_error *err);
/* [worker] The tile that is `b` is through with them. */
void chunks_release(stream *st, const open_win *w, int f, const box *b);
/* rounds.c */
int stream_rounds(stream *st, sharr_error *err);
void stream_event(stream *st, _Atomic int *left, int by);
/* The error so far, of the lowest tile. */
sharr_error stream_error(stream *st);
/* The window that is opened after those opened so far; false: there is none. */
bool stream_next_window(const stream *st, box *tiles);
/* The chunk at these coordinates, or NULL. */
cchunk *chunks_find(const chunkset *s, const int64_t *index);
/* The chunk set that tile elements read from. */
const chunkset *chunks_set(const stream *st, const open_win *w, int f);

/* writes.c; the evaluating thread calls them */
int writes_start(stream *st, sharr_error *err);         /* needs the queue */
void writes_stop(stream *st);                           /* waits for what is under way; before the frames go */
void writes_hand_out(stream *st, int64_t from, const h5chunk *c, int n);   /* chunks of the tiles from `from` on */
void writes_collect(stream *st);                        /* frames that are written become free */
/* After the last round, whose status is given: all is in the file, on every rank. */
int writes_finish_all(stream *st, int status, sharr_error *err);

/* operand.c: pointers into chunks or assembled buffers */
typedef struct view { char *base; int64_t stride[SHARR_MAX_DIMS]; } view;    /* bytes per lattice step */
typedef struct tilectx {
    stream *st;
    const open_win *w;
    worker *wk;
    box tile;                               /* elements */
    int64_t index[SHARR_MAX_DIMS];          /* of the tile in the sweep's grid */
} tilectx;
/* The lattice positions `first`, `count` of region->at, operand i. `packed`: C order without gaps. */
int operand_view(tilectx *t, const region *rg, int i, const box *b, bool packed, view *out, sharr_error *err);
void *bump_take(bump *m, size_t bytes, sharr_error *err);

/* loops.c */
int loops_element(tilectx *t, const region *rg, const box *b, const view *out, sharr_error *err);
int loops_flat(tilectx *t, const sweep_kernel *k, sharr_error *err);
int loops_axes(tilectx *t, const sweep_kernel *k, sharr_error *err);

/* accum.c */
accum *accum_new(stream *st, const sweep_reduce *r, sharr_error *err);
void accum_free(accum *a);
/* LOOP_FLAT: the state of one tile (cell 0 of each field). */
int accum_tile(accum *a, const int64_t *tile, void *const *field, sharr_error *err);
/* [worker] Merge the closed states of block `sub` of a tile (sweep_block), in the canonical order: waits for its
 * turn. */
int accum_merge(accum *a, const int64_t *tile, const box *block, int64_t sub, void *const *field, sharr_error *err);
/* Collective: combine ranks, write results into the run's array. */
int accum_finish_all(accum *a, sharr_error *err);

/* Wake workers that wait for a turn (after a failure). */
void accum_wake(accum *a);

/* share.c: results that every rank needs whole */
/* box of rank r in array space by `of(arg, r)`; data is the whole C-order array with my box filled. */
int share_boxes_all(run *r, const plan_array *a, void *data, box (*of)(const void *arg, int rank), const void *arg,
                    sharr_error *err);
/* Of a sweep: its outputs that are arrays. */
int share_outputs_all(stream *st, sharr_error *err);

/* bring.c: arrays of which each node has its part.  What a step reads comes from the other nodes before it, and is given back
 * after it, whatever became of the step (`status`); what it wrote for others goes to them. */
int bring_all(run *r, const plan_step *t, sharr_error *err);
int bring_back_all(run *r, const plan_step *t, int status, sharr_error *err);
int bring_written_all(run *r, const sweep *s, sharr_error *err);

/* tile.c */
typedef struct tile_task { stream *st; open_win *w; int64_t seq; int64_t index[SHARR_MAX_DIMS]; } tile_task;
void tile_run(void *task, int worker);
/* Copy a box between strided arrays (bytes). */
void copy_box(int ndim, const int64_t *count, char *dst, const int64_t *dstride, const char *src, const int64_t *sstride,
              size_t size);

#endif
