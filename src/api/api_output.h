/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From the public description of an output to datasets and requests.
 */
#ifndef API_API_OUTPUT_H
#define API_API_OUTPUT_H

#include "api/api_int.h"
#include "store/h5out.h"

typedef struct api_job {
    const api_work *w;
    const sharr_output *out;
    bool small;                         /* of few numbers in memory or scratch: this rank, this thread, no output */
    bool scratch;                       /* small, and reads this rank's scratch files, which can fail it alone */
    comm *comm;                         /* who takes part */
    codec_pipeline pipeline;            /* for every chunked output; shuffle size set per type */
    int nreq;
    request *req;
    int *from;                          /* request -> result of the work */
    plan *plan;
    int nsets;
    h5outset *set;
    int *set_of;                        /* request -> dataset, -1 none */
    char **path;                        /* of the datasets */
} api_job;

/* Requests and a plan; reads nothing.  Collective. */
int api_job_init(api_job *j, const api_work *w, const sharr_output *out, sharr_error *err);
/* Beside the output, else $TMPDIR, else /tmp. */
void api_scratch_dir(const api_job *j, char *dir, size_t cap);
void api_job_fini(api_job *j);

#endif
