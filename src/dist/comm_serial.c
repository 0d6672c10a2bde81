/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operations of a communicator of one rank: copies, or nothing at all.
 */
#include "dist/comm_impl.h"

#include <string.h>
#include <unistd.h>

static void copy(void *to, const void *from, int64_t bytes)
{
    if (bytes > 0 && to != from)
        memmove(to, from, (size_t)bytes);
}

static int serial_barrier(comm *c, sharr_error *err)
{
    (void)c, (void)err;
    return 0;
}

static int serial_bcast(comm *c, void *data, int64_t bytes, int root, sharr_error *err)
{
    (void)c, (void)data, (void)bytes, (void)root, (void)err;
    return 0;
}

static int serial_allgather(comm *c, const void *send, void *recv, const int64_t *count,
                            sharr_error *err)
{
    (void)c, (void)err;
    copy(recv, send, count[0]);
    return 0;
}

static int serial_gather(comm *c, const void *send, void *recv, const int64_t *count, int root,
                         sharr_error *err)
{
    (void)root;
    return serial_allgather(c, send, recv, count, err);
}

static int serial_scatter(comm *c, const void *send, const int64_t *count, void *recv, int root,
                          sharr_error *err)
{
    (void)root;
    return serial_allgather(c, send, recv, count, err);
}

static int serial_reduce(comm *c, int64_t *values, int n, enum comm_op op, sharr_error *err)
{
    (void)c, (void)values, (void)n, (void)op, (void)err;
    return 0;
}

static int serial_send(comm *c, const void *data, int64_t bytes, int to, int tag, sharr_error *err)
{
    (void)c, (void)data, (void)bytes, (void)tag;
    return err_set(err, SHARR_EINTERNAL, "a message to rank %d of 1", to);
}

static int serial_recv(comm *c, void *data, int64_t bytes, int from, int tag, sharr_error *err)
{
    (void)c, (void)data, (void)bytes, (void)tag;
    return err_set(err, SHARR_EINTERNAL, "a message from rank %d of 1", from);
}

static void serial_abort(comm *c, int code)
{
    (void)c;
    _exit(code);
}

const comm_ops comm_serial_ops = {
    .barrier = serial_barrier,
    .bcast = serial_bcast,
    .allgather = serial_allgather,
    .gather = serial_gather,
    .scatter = serial_scatter,
    .reduce = serial_reduce,
    .send = serial_send,
    .recv = serial_recv,
    .abort = serial_abort,
};
