/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See mpiio.h.  With collective buffering off, ROMIO's collective write is an independent one
 * without waiting; other libraries may do better with the whole picture.  Requests are whole frames: two-phase
 * exchange would only copy them once more.
 */
#include "store/mpiio.h"

#include <mpi.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/fault.h"

struct mpiio {
    comm *c;
    MPI_File fh;
};

static const char *const hints[][2] = {
    {"romio_cb_write", "disable"},
    {"romio_cb_read", "disable"},
    {"romio_ds_write", "disable"},
    {"romio_ds_read", "disable"},
    {"cb_buffer_size", "4194304"},
};

void *mpiio_hints(void)
{
    MPI_Info *info = malloc(sizeof *info);
    if (!info)
        return NULL;
    if (MPI_Info_create(info) != MPI_SUCCESS) {
        free(info);
        return NULL;
    }
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        MPI_Info_set(*info, hints[i][0], hints[i][1]);
    return info;
}

void mpiio_hints_free(void *info)
{
    if (info)
        MPI_Info_free(info);
    free(info);
}

static int mpi_error(int rc, const char *what, sharr_error *err)
{
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int len = 0;
    if (rc == MPI_SUCCESS)
        return 0;
    MPI_Error_string(rc, text, &len);
    return err_set(err, SHARR_EIO, "MPI-IO cannot %s: %s", what, len ? text : "unknown error");
}

static int open_file(mpiio *f, const char *path, void *info, sharr_error *err)
{
    const MPI_Comm all = *(const MPI_Comm *)comm_handle(f->c);
    int rc = MPI_File_open(all, path, MPI_MODE_RDWR, *(MPI_Info *)info, &f->fh);
    return mpi_error(rc, "open the output", err);
}

int mpiio_open_all(comm *c, const char *path, mpiio **out, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    mpiio *f = calloc(1, sizeof *f);
    void *info = mpiio_hints();
    if (!f || !info)
        err_nomem(&own, "an MPI file", sizeof *f);
    int status = comm_agree_all(c, &own);
    if (!status) {
        f->c = c;
        open_file(f, path, info, &own);
        status = comm_agree_all(c, &own);
    }
    mpiio_hints_free(info);
    if (!status) {
        *out = f;
        return 0;
    }
    free(f);
    if (err)
        *err = own;
    return status;
}

static int write_piece(mpiio *f, const void *data, size_t bytes, uint64_t at, sharr_error *err)
{
    if (fault_hit("mpiio.write"))
        bytes = 0, err_set(err, SHARR_EIO, "MPI-IO cannot write the output: injected");
    int rc = MPI_File_write_at_all(f->fh, (MPI_Offset)at, data, (int)bytes, MPI_BYTE, MPI_STATUS_IGNORE);
    mpi_error(rc, "write the output", err);
    return err->status;
}

int mpiio_write_all(mpiio *f, const mpiio_part *part, int n, int64_t calls, int *failed, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    int i = 0;
    size_t done = 0;
    for (int64_t call = 0; call < calls; call++) {
        while (i < n && done == part[i].bytes)
            i++, done = 0;
        size_t bytes = 0;
        const void *data = NULL;
        uint64_t at = 0;
        if (i < n && !own.status) {
            bytes = part[i].bytes - done < MPIIO_PIECE ? part[i].bytes - done : MPIIO_PIECE;
            data = (const char *)part[i].data + done;
            at = part[i].at + done;
        }
        if (!write_piece(f, data, bytes, at, &own))
            done += bytes;
    }
    *failed = i;
    if (own.status && err)
        *err = own;
    return own.status;
}

int mpiio_close_all(mpiio *f, sharr_error *err)
{
    if (!f)
        return 0;
    int rc = MPI_File_close(&f->fh);
    free(f);
    return mpi_error(rc, "close the output", err);
}

static void close_late(void *arg)
{
    mpiio_close_all(arg, NULL);
}

void mpiio_leave(mpiio *f)
{
    if (f)
        comm_defer(f->c, close_late, f);
}
