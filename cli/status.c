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
#include <sys/stat.h>
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
    jsonout_int(&j, "pass", s->now.sweep);
    jsonout_int(&j, "passes", s->now.sweeps);
    jsonout_int(&j, "bytes_done", s->now.done);
    jsonout_int(&j, "bytes_total", s->now.total);
    jsonout_int(&j, "peak_memory", output_peak_memory());
    output_counters(&j, ctx);
    jsonout_string(&j, "version", sharr_version());
    jsonout_close(&j, '}');
    fputc('\n', f);
}

/* What lies at `path` may be an input, a script, a device: only nothing, an empty file or an earlier record of ours is
 * replaced.  EEXIST, another errno, or 0. */
static int replaceable(const char *path)
{
    static const char beginning[] = "{\"state\": ";
    char got[sizeof beginning - 1];
    struct stat st;
    if (stat(path, &st) < 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISREG(st.st_mode))
        return EEXIST;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno;
    ssize_t n = read(fd, got, sizeof got);
    int errnum = n < 0 ? errno : 0;
    close(fd);
    if (errnum)
        return errnum;
    return n == 0 || (n == (ssize_t)sizeof got && memcmp(got, beginning, sizeof got) == 0) ? 0 : EEXIST;
}

static int not_written(const char *path, int errnum, sharr_error *err)
{
    if (errnum == EEXIST)
        return fail_set(err, SHARR_EEXIST, "--status-file: %s exists and is no status file: choose another name", path);
    fail_errno(err, errnum, "cannot write the status file %s", path);
    if (err->status == SHARR_ENOINPUT)
        err->status = SHARR_EIO;    /* its directory is missing: that is no input */
    return err->status;
}

/* code -1: still running. */
static int replace(const status_file *s, sharr_context *ctx, int code, const char *text, sharr_error *err)
{
    size_t cap = strlen(s->path) + 32;
    int status = 0, errnum = replaceable(s->path);
    if (errnum)
        return not_written(s->path, errnum, err);
    char *temp = malloc(cap);
    if (!temp)
        return fail_errno(err, ENOMEM, "status file %s", s->path);
    snprintf(temp, cap, "%s.tmp.%ld", s->path, (long)getpid());
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        status = not_written(s->path, errno, err);
        if (fd >= 0) {
            close(fd);
            unlink(temp);
        }
        free(temp);
        return status;
    }
    put_record(f, s, ctx, code, text);
    bool bad = ferror(f) != 0;
    bad = fclose(f) != 0 || bad;
    if (bad || rename(temp, s->path) != 0) {
        status = not_written(s->path, errno, err);
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
    if (code == 0) {                /* the last report may be older than the end */
        s->now.done = s->now.total;
        s->now.sweep = s->now.sweeps;
    }
    return replace(s, ctx, code, text, err);
}
