/* SPDX-License-Identifier: BSD-3-Clause
 *
 * sharr-eval: the steps of one run.  Everything that computes is behind the public
 * interface sharr.h; this program only parses options, says what happened and leaves with the right code.
 *
 * With several ranks each step that a rank does alone (reading the script, opening inputs) is followed by
 * sharr_context_agree, so that all leave together; only rank 0 prints.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "sharr.h"

#include "fail.h"
#include "handover.h"
#include "history.h"
#include "info.h"
#include "interrupt.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "status.h"
#include "stdfds.h"
#include "usage.h"

enum { SCRIPT_LIMIT = (1 << 20) + 1 };  /* one byte more than the language takes: that is its error */

typedef struct session {
    options opt;
    sharr_context *ctx;
    sharr_script *script;
    char *history;
    char *script_text;                  /* owned, of -f */
    const char *text;
    size_t len;
    progress bar;
    status_file status;                 /* status.now.seconds: of the whole evaluation at the end */
    bool root;
    bool pipe_gone;                     /* the reader of standard output has left */
} session;

/* ---- reports of the library -------------------------------------------------------------------- */

static void on_log(void *arg, int level, const char *line)
{
    session *s = arg;
    progress_clear(&s->bar);
    fputs(level == 0 ? "sharr-eval: warning: " : "sharr-eval: ", stderr);
    if (level > 1 && sharr_context_size(s->ctx) > 1)
        fprintf(stderr, "[%d] ", sharr_context_rank(s->ctx));
    fail_put_clean(stderr, line);
    fputc('\n', stderr);
}

static int on_progress(void *arg, const sharr_progress *now)
{
    session *s = arg;
    bool asked = interrupt_take_request();
    if (s->root) {
        status_update(&s->status, s->ctx, now);
        if (asked)
            progress_line(&s->bar, now);
        else
            progress_update(&s->bar, now);
    }
    return 0;
}

/* ---- steps ------------------------------------------------------------------------------------- */

static int make_context(session *s, sharr_error *err)
{
    s->ctx = sharr_context_new(err);
    if (!s->ctx)
        return err->status;
    if (s->opt.verbosity >= 0)
        sharr_context_log(s->ctx, s->opt.verbosity, on_log, s);
    int status = sharr_context_launch(s->ctx, err);
    if (status != 0)
        return status;
    s->root = sharr_context_rank(s->ctx) == 0;
    s->status.ranks = sharr_context_size(s->ctx);
    if (s->status.ranks > 1)            /* a rank must not outlive its launcher */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    return 0;
}

/* The whole stream, at most SCRIPT_LIMIT bytes. */
static int read_stream(FILE *f, const char *name, session *s, sharr_error *err)
{
    s->script_text = malloc(SCRIPT_LIMIT);
    if (!s->script_text)
        return fail_errno(err, ENOMEM, "script %s", name);
    errno = 0;
    s->len = fread(s->script_text, 1, SCRIPT_LIMIT, f);
    s->text = s->script_text;
    return ferror(f) ? fail_errno(err, errno ? errno : EIO, "cannot read the script %s", name) : 0;
}

static int read_text(session *s, sharr_error *err)
{
    const char *name = s->opt.script;
    if (!name) {
        s->text = s->opt.text;
        s->len = strlen(s->text);
        return 0;
    }
    if (strcmp(name, "-") == 0) {
        if (s->status.ranks > 1)
            return fail_set(err, SHARR_EUSAGE, "-f -: with several ranks only one has the standard input; "
                            "put the script into a file");
        return read_stream(stdin, "(standard input)", s, err);
    }
    FILE *f = fopen(name, "re");
    if (!f)
        return fail_errno(err, errno, "cannot open the script %s", name);
    int status = read_stream(f, name, s, err);
    fclose(f);
    return status;
}

static int apply_settings(session *s, sharr_error *err)
{
    for (int i = 0; i < s->opt.nsettings; i++) {
        const setting_arg *a = &s->opt.setting[i];
        int status = sharr_context_set(s->ctx, a->key, a->value, err);
        if (status != 0)
            return status;
    }
    return 0;
}

static int open_inputs(session *s, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < s->opt.ninputs && status == 0; i++)
        status = sharr_input_add(s->ctx, s->opt.input[i].name, s->opt.input[i].path, err);
    if (status == 0 && s->opt.group)
        status = sharr_input_group(s->ctx, s->opt.group, err);
    return status;
}

/* --output writes assigned names; without any there would be an empty file. */
static int check_names(const session *s, sharr_error *err)
{
    sharr_result r;
    if (!s->opt.out.path)
        return 0;
    for (int i = 0; i < sharr_script_count(s->script); i++)
        if (sharr_script_result(s->script, i, &r) == 0 && r.name && output_is_shown(&r))
            return 0;
    return fail_set(err, SHARR_EUSAGE, "--output needs a name for what it writes, as in 'result = ...' "
                    "(names that begin with '_' are not written)");
}

/* What each rank does by itself; the error becomes common afterwards. */
static int prepare(session *s, sharr_error *err)
{
    int status = apply_settings(s, err);
    if (status == 0 && s->root)
        status = status_begin(&s->status, err);
    if (status == 0 && s->root)
        interrupt_record(s->status.path);
    if (status == 0)
        status = read_text(s, err);
    if (status == 0)
        status = open_inputs(s, err);
    if (status == 0) {
        s->script = sharr_script_new(s->ctx, s->text, (int64_t)s->len, err);
        status = s->script ? check_names(s, err) : err->status;
    }
    return status;
}

/* Everything that goes to standard output ends here, so that a full disk or a closed pipe is seen. */
static int flush_stdout(session *s, sharr_error *err)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    s->pipe_gone = errno == EPIPE;
    return fail_errno(err, errno ? errno : EIO, "cannot write to standard output");
}

static int explain(session *s, sharr_error *err)
{
    char *plan = sharr_script_explain(s->script, &s->opt.out, s->opt.explain == EXPLAIN_JSON, err);
    if (!plan)
        return err->status;
    size_t n = strlen(plan);
    if (s->root)
        fprintf(stdout, n > 0 && plan[n - 1] == '\n' ? "%s" : "%s\n", plan);
    sharr_free(plan);
    return flush_stdout(s, err);
}

/* One line of figures for -v. */
static void summary(const session *s)
{
    int64_t value;
    const char *name, *doc;
    char text[24];
    const char *between = s->status.ranks > 1 ? "; on rank 0: " : ", ";
    fprintf(stderr, "sharr-eval: %.2f s", s->status.now.seconds);
    for (int i = 0; (name = sharr_context_counter(s->ctx, i, &value, &doc)); i++)
        if (strncmp(name, "bytes_", 6) == 0) {
            output_bytes((double)value, text);
            fprintf(stderr, "%s%s %s", between, text, doc + (strncmp(doc, "bytes ", 6) == 0 ? 6 : 0));
            between = ", ";
        }
    output_bytes((double)output_peak_memory(), text);
    fprintf(stderr, ", peak memory %s\n", text);
}

static int evaluate(session *s, sharr_error *err)
{
    progress_init(&s->bar, stderr, s->opt.progress, s->opt.verbosity < 0);
    sharr_context_progress(s->ctx, on_progress, s);
    s->opt.out.history = s->history;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int status = sharr_script_run(s->script, &s->opt.out, err);
    clock_gettime(CLOCK_MONOTONIC, &end);
    s->status.now.seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    sharr_context_progress(s->ctx, NULL, NULL);
    progress_clear(&s->bar);
    if (status != 0 || !s->root)
        return status;
    if (s->opt.verbosity > 0)
        summary(s);
    if (!s->opt.json)
        output_text(stdout, s->script);
    return flush_stdout(s, err);
}

static int run(session *s, sharr_error *err)
{
    int status;
    if (s->opt.command == COMMAND_INFO) {
        status = info_print(s->root ? stdout : NULL, s->ctx, s->opt.input[0].path, s->opt.json, err);
        err->status = status ? status : flush_stdout(s, err);
        return sharr_context_agree(s->ctx, err);
    }
    err->status = prepare(s, err);
    status = sharr_context_agree(s->ctx, err);
    if (status != 0)
        return status;
    status = s->opt.explain ? explain(s, err) : evaluate(s, err);
    /* Printing is rank 0's alone. */
    err->status = status;
    return sharr_context_agree(s->ctx, err);
}

/* ---- the end ----------------------------------------------------------------------------------- */

/* An interrupted run left nothing behind, so its code is the signal's, not "resumable". */
static int exit_code(int status)
{
    int sig = interrupt_signal();
    if (status != SHARR_EINTERRUPTED)
        return status;
    return 128 + (sig ? sig : SIGTERM);     /* no signal here: it came to another rank */
}

static int put_record(session *s, int code, const sharr_error *err, sharr_error *late)
{
    jsonout j = {.f = stdout};
    jsonout_open(&j, NULL, '{');
    jsonout_string(&j, "state", code == 0 ? "complete" : "failed");
    jsonout_int(&j, "code", code);
    jsonout_string(&j, "error", code ? err->text : NULL);
    if (code && err->column >= 0) {
        jsonout_int(&j, "column", err->column);
        jsonout_int(&j, "length", err->length);
    }
    jsonout_string(&j, "output", s->opt.out.path);
    if (code == 0)
        output_json(&j, s->script);
    jsonout_real(&j, "seconds", s->status.now.seconds);
    jsonout_int(&j, "ranks", s->status.ranks);
    jsonout_int(&j, "peak_memory", output_peak_memory());
    output_counters(&j, s->ctx);
    jsonout_close(&j, '}');
    fputc('\n', stdout);
    return flush_stdout(s, late);
}

/* Rank 0 says how it ended: error text, JSON record, status file.  Returns the final code. */
static int report(session *s, int status, sharr_error *err)
{
    sharr_error late;
    int code = exit_code(status);
    if (status != 0 && !s->pipe_gone)
        fail_print(stderr, err, s->opt.script, s->text, s->len);
    if (s->opt.json && s->ctx && s->opt.command == COMMAND_EVAL && !s->opt.explain) {
        if (put_record(s, code, err, &late) != 0 && code == 0) {
            *err = late;
            code = late.status;
            fail_print(stderr, err, NULL, NULL, 0);
        }
    }
    interrupt_forget();
    if (status_end(&s->status, s->ctx, code, code ? err->text : NULL, &late) != 0) {
        fail_print(stderr, &late, NULL, NULL, 0);
        code = code ? code : late.status;
    }
    return code;
}

static int print_text(session *s, sharr_error *err)
{
    switch (s->opt.command) {
    case COMMAND_HELP: usage_help(stdout); break;
    case COMMAND_HELP_OPS: usage_ops(stdout); break;
    case COMMAND_HELP_MAN: usage_man(stdout); break;
    case COMMAND_VERSION: usage_version(stdout); break;
    default: usage_completion(stdout, s->opt.shell); break;
    }
    return flush_stdout(s, err);
}

static void session_fini(session *s)
{
    interrupt_forget();
    sharr_script_free(s->script);
    sharr_context_free(s->ctx);
    free(s->script_text);
    free(s->history);
    options_fini(&s->opt);
}

int main(int argc, char **argv)
{
    session s = {.root = true, .status = {.ranks = 1}};
    sharr_error err = {.rank = -1, .column = -1}, context_err = err;
    bool evaluates;

    const int stranded = handover(argv, &s.root, &err);
    stdfds_occupy();
    int status = options_parse(argc, argv, &s.opt, stranded ? &context_err : &err);
    if (stranded)
        status = stranded;
    evaluates = s.opt.command == COMMAND_EVAL || s.opt.command == COMMAND_INFO;
    s.status.path = s.opt.status_file;
    s.status.output = s.opt.out.path;
    if (!s.opt.no_history)
        s.history = history_line(argc, argv);
    int made = stranded ? stranded : make_context(&s, &context_err);
    if (status == 0 && evaluates && made != 0) {
        status = made;
        err = context_err;
    }
    if (status == 0 && evaluates) {
        interrupt_watch(s.ctx);
        status = run(&s, &err);
    } else if (status == 0 && s.root) {
        status = print_text(&s, &err);
    }
    int code = s.root ? report(&s, status, &err) : exit_code(status);
    bool pipe_gone = s.pipe_gone;
    session_fini(&s);
    if (pipe_gone)
        interrupt_broken_pipe();
    sharr_exit(code);
}
