/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Write the status file: temporary beside it, then rename.
 */
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "history.h"
#include "jsonout.h"
#include "output.h"

static void put_record(FILE *f, const status_file *s, sharr_context *ctx, int code, const char *text)
{
    char stamp[32];
    jsonout j = {.f = f};
    jsonout_open(&j, NULL, '{');
    jsonout_string(&j, "state", code < 0 ? "running" : code == 0 ? "complete" : "failed");
    if (code < 0)
        jsonout_null(&j, "code");
    else
        jsonout_int(&j, "code", code);
    jsonout_string(&j, "error", text);
    jsonout_string(&j, "output", s->output);
    jsonout_int(&j, "pid", getpid());
    jsonout_int(&j, "ranks", s->ranks);
    history_stamp(stamp, s->started);
    jsonout_string(&j, "started", stamp);
    history_stamp(stamp, (long long)time(NULL));
    jsonout_string(&j, "updated", stamp);
    jsonout_real(&j, "seconds", s->now.seconds);
    jsonout_int(&j, "pass", s->now.sweeps ? s->now.sweep + 1 : 0);
    jsonout_int(&j, "passes", s->now.sweeps);
    jsonout_int(&j, "bytes_done", s->now.done);
    jsonout_int(&j, "bytes_total", s->now.total);
    jsonout_int(&j, "peak_memory", output_peak_memory());
    output_counters(&j, ctx);
    jsonout_string(&j, "version", sharr_version());
    jsonout_close(&j, '}');
    fputc('\n', f);
}

/* code -1: still running. */
static int replace(const status_file *s, sharr_context *ctx, int code, const char *text, sharr_error *err)
{
    size_t cap = strlen(s->path) + 32;
    char *temp = malloc(cap);
    int status = 0;
    if (!temp)
        return fail_errno(err, ENOMEM, "status file %s", s->path);
    snprintf(temp, cap, "%s.tmp.%ld", s->path, (long)getpid());
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        status = fail_errno(err, errno, "cannot write the status file %s", s->path);
        if (status == SHARR_ENOINPUT)
            err->status = status = SHARR_EIO;       /* its directory is missing: that is no input */
        if (fd >= 0)
            close(fd);
        free(temp);
        return status;
    }
    put_record(f, s, ctx, code, text);
    bool bad = ferror(f) != 0;
    bad = fclose(f) != 0 || bad;
    if (bad || rename(temp, s->path) != 0) {
        status = fail_errno(err, errno, "cannot write the status file %s", s->path);
        unlink(temp);
    }
    free(temp);
    return status;
}

int status_begin(status_file *s, sharr_error *err)
{
    s->started = (long long)time(NULL);
    int status = s->path ? replace(s, NULL, -1, NULL, err) : 0;
    if (status != 0)
        s->path = NULL;         /* said once is enough */
    return status;
}

void status_update(status_file *s, sharr_context *ctx, const sharr_progress *now)
{
    sharr_error ignored;
    s->now = *now;
    if (!s->path || now->seconds - s->last < 1)
        return;
    s->last = now->seconds;
    replace(s, ctx, -1, NULL, &ignored);
}

int status_end(status_file *s, sharr_context *ctx, int code, const char *text, sharr_error *err)
{
    if (!s->path)
        return 0;
    if (!s->started)
        s->started = (long long)time(NULL);
    return replace(s, ctx, code, text, err);
}
