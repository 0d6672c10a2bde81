/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A job that writes one file, for scripts that break something under it.
 *     out_writer FILE direct|mpio raw|deflate|zstd MIB [PAUSE_MS]
 * /a is float32 of that many MiB in chunks of 64 KiB.  The exit status is sharr's; every rank that fails
 * says why, rank 0 says "round" before the first round.  The watchdog is on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "mpi/out_job.h"

static codec_pipeline pipeline_named(const char *name)
{
    codec_pipeline p = {0};
    if (strcmp(name, "raw") == 0)
        return p;
    p.n = 2;
    p.filter[0] = (codec_filter){.id = CODEC_SHUFFLE, .shuffle_size = 4};
    p.filter[1] = (codec_filter){.id = strcmp(name, "zstd") ? CODEC_DEFLATE : CODEC_ZSTD, .level = 1};
    return p;
}

int main(int argc, char **argv)
{
    sharr_error err = {0};
    comm *c = comm_world(&err);
    if (argc < 5 || !c || comm_watchdog_start(c, 0, 74, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    const double mib = atof(argv[4]);
    const h5attr attr[] = {
        {.name = "units", .text = true, .n = 1, .data = "K"},
        {.name = "long_name", .text = true, .n = 12, .data = "temp\xc3\xa9rature"},
        {.name = "valid_range", .type = SHARR_FLOAT64, .n = 2, .data = (const double[]){-1.5, 2.5}},
        {.name = "levels", .type = SHARR_INT32, .n = 1, .data = (const int32_t[]){7}},
    };
    const h5outset set[] = {
        {.path = "/g/a", .type = SHARR_FLOAT32, .ndim = 2, .shape = {(int64_t)(mib * 256) + 3, 1000},
         .chunk = {64, 256}, .pipeline = pipeline_named(argv[3]), .nattrs = 4, .attr = attr},
        {.path = "/n", .type = SHARR_FLOAT64},
    };
    out_job j = out_job_of(argv[1], set, 2);
    j.o.mode = strcmp(argv[2], "mpio") ? IO_DIRECT : IO_MPIO;
    j.o.batch = 4;
    j.o.history = "out_writer";
    j.pause_ms = argc > 5 ? atoi(argv[5]) : 0;
    if (comm_rank(c) == 0) {
        printf("round\n");
        fflush(stdout);
    }
    int status = out_job_run(c, &j, &err);
    if (status)
        fprintf(stderr, "rank %d: %s\n", comm_rank(c), err.text);
    comm_free(c);
    return status;
}
