/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What to run, where, in how much memory: the read-only result of planning.
 * Planning is pure and gives the same plan on every rank; what differs between
 * ranks (its shard) is computed from the plan by the functions at the end.
 *
 *   arrays    everything that can be read: datasets, and results of earlier sweeps
 *   sweep     one streaming pass over an iteration space, in windows of tiles
 *   stage     a procedure, between sweeps: whole arrays to whole arrays
 *   kernel    a region of fused element operations and the reductions that take its values
 *   fetch     the chunks of one array that a sweep needs
 *
 * Tiles are the cells of the canonical grid (or of an output's chunk grid): the unit of
 * work.  A window is a box of tiles whose chunks are in memory at the same time.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "array/chunkgrid.h"
#include "base/arena.h"
#include "base/config.h"
#include "expr/node.h"
#include "kernel/program.h"
#include "kernel/reduce.h"
#include "plan/affine.h"

enum array_place {
    PLACE_SOURCE,               /* a dataset, or the caller's memory: src.id is the caller's */
    PLACE_MEMORY,               /* a result, in memory: whole on every rank, or what the ranks of a node have in common */
    PLACE_SCRATCH               /* in a scratch file: a result, or (origin) the caller's */
};

typedef struct plan_array {
    source src;                 /* shape, type, chunk grid (for results: the default grid) */
    enum array_place place;
    const node *node;           /* what it is the value of */
    int sweep, stage;           /* that makes it; both -1 for a dataset */
    int first, last;            /* steps: that makes it, the last that reads it (nsteps: it is handed over) */
    const source *origin;       /* of a leaf: the caller's */
    int of;                     /* this array lies where that one does, with other dimensions; -1: by itself */
    void *into;                 /* MEMORY: the room of a request for it; NULL: the executor gets some */
    bool common;                /* `into` is memory that the ranks of a node have in common: one sweep fills it, and nobody
                                 * else writes */
    bool kept;                  /* element-wise values that would cost more to compute again */
    const node *operand;        /* = node: only procedures read it */
} plan_array;

struct region;

enum feed_kind { FEED_FETCH, FEED_REGION, FEED_FILL };

/* One piece of an operand: the lattice positions it covers and where the values come from. */
typedef struct feed {
    enum feed_kind kind;
    lattice at;                 /* in the sweep's space */
    affine map;                 /* FETCH: from the sweep's space to the array */
    int fetch;                  /* FETCH: index into sweep.fetch */
    struct region *region;      /* REGION: evaluated at the positions of `at` */
    scalar fill;                /* FILL */
} feed;

typedef struct feeds {          /* an operand: later feeds cover earlier ones */
    dtype type;
    int n;
    feed *feed;
} feeds;

/* index slot: off + sum of coef[d] * dst[d] */
typedef struct linear { int64_t off, coef[SHARR_MAX_DIMS]; } linear;

typedef struct region {
    int id;                     /* 0 ... plan.nregions - 1 */
    program *prog;
    int nin;
    feeds *in;                  /* [prog->nin] */
    int nindex;
    linear *index;              /* [prog->nindex] */
    lattice at;                 /* positions where it is evaluated */
    int64_t scratch;            /* bytes that a worker's kernel needs (plan_costs.kernel_bytes) */
    int64_t ops;                /* steps per element that compute: an estimate of work */
} region;

/* How the element loops of a kernel run over a tile. */
enum loop_kind {
    LOOP_ELEMENT,               /* no reduction: any order */
    LOOP_FLAT,                  /* all axes reduced: the tile flattened in C order, leaves of 4096 */
    LOOP_ROWS,                  /* the trailing axes are reduced */
    LOOP_DOWN                   /* the last axis is kept */
};

typedef struct sweep_reduce {
    const node *node;
    enum rop op;
    dtype type;                 /* of the operand */
    uint32_t axes;
    int array;                  /* result: index into plan.array */
    rfinish finish;
    int group_dim;              /* dimension along which bricks are grouped; -1: LOOP_FLAT's tree over tiles */
    int64_t group;              /* tiles of a superblock along group_dim */
    int64_t ngroups;
} sweep_reduce;

enum sink_kind { SINK_FILE, SINK_ARRAY };

typedef struct sweep_output {
    const node *node;
    enum sink_kind kind;
    int target;                 /* FILE: index of the requested output; ARRAY: index into plan.array */
    dtype type;
} sweep_output;

typedef struct sweep_kernel {
    region *body;
    enum loop_kind loop;
    uint32_t axes;              /* common to its reductions */
    int nreds, nouts;
    int *red, *out;             /* indices into sweep.reduce / sweep.output, in the order of the program's slots */
} sweep_kernel;

typedef struct fetch_use { lattice at; affine map; } fetch_use;

typedef struct fetch {
    int array;                  /* index into plan.array */
    chunkgrid grid;             /* of the array */
    int nuses;
    fetch_use *use;             /* same axis and mul; hull of all of them is fetched */
    bool resident;              /* each chunk stays for the whole sweep once it is there */
    int64_t chunk_bytes;        /* of a full chunk in memory */
    int64_t decode_bytes;       /* of a chunk as it is decoded: the same, but for pieces */
    int64_t record_bytes;       /* what is kept of a chunk beside its data */
    const struct pieces *pieces;       /* [dimensions of the array]; piece 0: chunks are its cells.  NULL: everywhere */
    int64_t max_chunks;         /* of one window (resident: of the shard), any rank */
    int slots;                  /* the fetch in whose memory its chunks are: itself or one before */
    int64_t at_once;            /* chunks of one window, of all that share these slots */
} fetch;

typedef struct sweep {
    int level, step, ndim;
    int64_t shape[SHARR_MAX_DIMS];
    chunkgrid tiles;
    int64_t window[SHARR_MAX_DIMS];     /* tiles per window, per dimension */
    int order[SHARR_MAX_DIMS];          /* dimensions as windows walk them, slowest first */
    int split_dim;                      /* ranks divide this dimension; -1: rank 0 does all */
    int64_t split_unit;                 /* in tiles */
    int nfetch, nreds, nouts, nkernels;
    fetch *fetch;
    sweep_reduce *reduce;
    sweep_output *output;
    sweep_kernel *kernel;
    int nfile;                          /* outputs of kind SINK_FILE */
    int workers, inflight;              /* threads; windows in memory at a time */
    int batch;                          /* tiles per round and rank */
    int64_t brought, bringing;          /* bytes per rank of what comes from other nodes, and to bring it (spread.h) */
    int64_t memory;                     /* bytes per rank, upper bound */
    int64_t decodes;                    /* predicted chunk decodes, all ranks */
    int64_t bytes_in;                   /* decoded bytes, all ranks */
    int64_t elements;                   /* of the iteration space */
    int64_t chunks_needed;              /* distinct chunks of all fetches (for the amplification) */
} sweep;

/* A line of an array is what lies along one axis: the array as (before, along, behind) it. */
enum { ALONG = 1 };
typedef struct stage_lines {
    int64_t n[3];               /* of operand 0 */
    int64_t piece[3];           /* what a worker takes at a time; piece[ALONG] < n[ALONG]: lines are cut */
    int split;                  /* which of the three ranks divide, in units of piece; ALONG: see the procedure */
} stage_lines;

/* How a stage reads an operand: all of its lines in pieces of this size, each so many times. */
typedef struct stage_read {
    bool direct;                /* from the chunks of a dataset: each piece decodes what it touches */
    int64_t piece[3], times;
    bool chosen;                /* direct: the procedure reads single chunks, and has counted them itself */
    int64_t decodes;            /* direct: of all ranks; -1: too many to be counted */
} stage_read;

/* A procedure, run by all ranks after the sweeps of its level. */
enum { STAGE_NUMBERS = 6 };
typedef struct stage {
    int level, step;
    const node *node;           /* the first of the CALL nodes that it makes */
    int nin, nout;
    int in[CALL_MAX_IN];        /* indices into plan.array: in memory in C order, in scratch, or a dataset (read.direct) */
    int out[CALL_MAX_OUT];      /* the same, but no dataset; -1: nobody wants this result */
    stage_read read[CALL_MAX_IN];
    int workers;
    int64_t buffer;             /* bytes of a worker */
    int64_t shared;             /* bytes of a rank beside them */
    int64_t aside;              /* what the procedure takes by itself */
    int64_t brought, bringing;  /* as of a sweep */
    int64_t memory;             /* bytes per rank, upper bound */
    int64_t bytes;              /* read and written, all ranks: the measure of progress */
    int64_t decodes, bytes_in;  /* chunks of datasets, all ranks; decoded bytes */
    stage_lines lines;          /* of procedures along an axis */
    bool whole;                 /* every rank makes the results that are in memory for itself */
    int64_t number[STAGE_NUMBERS];      /* the procedure's own */
} stage;

/* Sweeps and stages in the order in which they run: one of both. */
typedef struct plan_step {
    sweep *sweep;
    stage *stage;
    int64_t resident;           /* bytes of the results that are in memory meanwhile */
} plan_step;

/* A requested result. */
typedef struct request {
    const char *name;           /* NULL: unnamed */
    const node *node;
    bool to_file;
    bool to_scratch;            /* in a scratch file, which the caller gets; then the only request */
    void *into;                 /* in memory: the caller's room for all of it; NULL: the executor gets some */
    bool common;                /* see plan_array */
    const int64_t *bound;       /* common: as source.bound */
    bool has_chunk;
    int64_t chunk[SHARR_MAX_DIMS];
    const chunkgrid *as;        /* planning's: the shape and chunks of the dataset, where node has finer ones (reshape.h) */
} request;

enum deliver_kind { DELIVER_SWEEP, DELIVER_ARRAY };
typedef struct plan_output {
    enum deliver_kind kind;     /* written tile by tile by a sweep, or whole from an array in memory */
    int array;                  /* ARRAY, or the array that holds a result kept in memory */
    bool chunked;
    int64_t chunk[SHARR_MAX_DIMS];
} plan_output;

/* What planning must know of the layers below it, as numbers. */
typedef struct plan_costs {
    int64_t (*reader_bytes)(void *arg, const source *s);             /* worker's buffers to read a chunk */
    int64_t (*frame_bytes)(void *arg, int req, int64_t chunk_bytes);    /* bound of an encoded chunk */
    int64_t (*encoder_bytes)(void *arg, int req, int64_t chunk_bytes);  /* worker's buffers to encode one */
    int64_t (*kernel_bytes)(void *arg, const program *p);               /* worker's scratch of a kernel */
    void *arg;
    const void *(*values)(void *arg, const source *s);                  /* of an array in memory, which do not change and are
                                                                         * the same on every rank; NULL: not known */
} plan_costs;

typedef struct plan_options {
    int64_t memory;             /* bytes per rank */
    int workers, ranks;
    const int *nodes;           /* [ranks]: the first rank on the node of each; NULL: one node */
    int64_t scratch;            /* free bytes where scratch files go: the same on every rank */
    plan_costs costs;
} plan_options;

typedef struct plan {
    arena *arena;
    int narrays, nsweeps, nstages, nsteps, nrequests, nregions;
    plan_array *array;
    sweep *sweep;               /* by level */
    stage *stage;               /* by level: a sweep of the same level comes first */
    plan_step *step;            /* [nsteps + 1]; the last one is handing over */
    region **region;            /* all, by id */
    const request *request;     /* those given, rewritten (reshape.h) */
    plan_output *output;        /* [nrequests] */
    plan_options options;
    int64_t memory;             /* predicted peak per rank */
    void *pages;                /* room for a set of pages, and what bringing them takes (spread.h) */
    struct { int64_t piece, set; } brings;
    struct reshaped *reshaped;  /* what `request` and its nodes belong to */
} plan;

/* Nodes and requests must outlive the plan. */
plan *plan_new(const request *req, int nreq, const plan_options *opt, sharr_error *err);
void plan_free(plan *p);

/* ---- a rank's share ---- */

/* Tiles of `rank`: a box in tile coordinates (possibly empty). */
box sweep_shard(const sweep *s, int rank, int ranks);
/* Windows of a shard per dimension; product: the number of windows. */
int64_t sweep_windows(const sweep *s, const box *shard, int64_t *count);
/* Tiles of window `index` (window coordinates within the shard). */
box sweep_window(const sweep *s, const box *shard, const int64_t *index);
/* Elements of a box of tiles. */
box sweep_tiles_box(const sweep *s, const box *tiles);
/* Chunks of fetch f that a box of elements needs; false: none. */
bool fetch_chunks(const fetch *f, const box *elements, box *chunks);
/* Chunk decodes of a shard, exact; chunks that all its windows together need. */
int64_t sweep_decodes(const sweep *s, const fetch *f, const box *shard);
int64_t sweep_needed(const sweep *s, const fetch *f, const box *shard);
/* Most cells of fetch f's grid that one window of a shard needs (resident: all of them). */
int64_t sweep_max_chunks(const sweep *s, const fetch *f, const box *shard);
int64_t sweep_rounds(const sweep *s, int ranks);
/* Reductions over `axes` take a tile (a box of elements) in blocks of at most SWEEP_BLOCK_CELLS kept cells: how many,
 * and the elements of one. */
enum { SWEEP_BLOCK_CELLS = 8192 };
int64_t sweep_blocks(uint32_t axes, const box *tile);
box sweep_block(uint32_t axes, const box *tile, int64_t i);

/* The chunk of a dataset, which is not read in pieces, that chunk `index` of its array (grid g) is: they may have other dimensions. */
void plan_source_chunk(const plan_array *a, const chunkgrid *g, const int64_t *index, int64_t *out);
/* The chunk of the dataset of a request that tile `index` of its sweep is. */
void plan_output_chunk(const plan *p, const sweep *s, int req, const int64_t *index, int64_t *out);

/* Lines (a box of lines.n) of a stage that are this rank's; possibly empty. */
box stage_share(const stage *s, int rank, int ranks);

/* Text for people (json == false) or JSON. */
void plan_explain(const plan *p, bool json, strbuf *out);
/* Bytes in which two plans differ when they do not do the same work in the same order. */
void plan_fingerprint(const plan *p, strbuf *out);

#endif
