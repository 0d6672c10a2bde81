/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Progress on standard error.  The total is an estimate, so nothing here relies on it.
 */
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output.h"

/* Plain lines: at most one in a minute, or one for 5 %, but never more than one in 5 s. */
static const double line_seconds = 60, line_fraction = 0.05, line_least_seconds = 5;
static const double bar_first_seconds = 0.3;    /* short runs show no bar, unless they are asked to */

void progress_init(progress *p, FILE *f, enum progress_mode mode, bool quiet)
{
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool tty = isatty(fileno(f)) && term && strcmp(term, "dumb") != 0;
    *p = (progress){.f = f, .bar = tty, .bar_after = mode == PROGRESS_ALWAYS ? 0 : bar_first_seconds};
    p->enabled = mode == PROGRESS_ALWAYS || (mode == PROGRESS_AUTO && !quiet);
    p->colour = tty && !(no_colour && *no_colour);
}

static double fraction_of(const sharr_progress *now)
{
    if (now->total <= 0)
        return 0;
    double x = (double)now->done / (double)now->total;
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* "43 %  1.2 GiB of 2.8 GiB  812 MiB/s  0:02 left  pass 1 of 2  memory 230 MiB" */
static void figures(const sharr_progress *now, char *out, size_t cap)
{
    char done[24], total[24], rate[24], memory[24], left[32] = "", pass[48] = "";
    double fraction = fraction_of(now), speed = now->seconds > 0 ? (double)now->done / now->seconds : 0;
    output_bytes((double)now->done, done);
    output_bytes((double)now->total, total);
    output_bytes(speed, rate);
    output_bytes((double)now->memory, memory);
    if (fraction > 0 && fraction < 1) {
        long s = (long)(now->seconds * (1 - fraction) / fraction + 0.5);
        if (s >= 3600)
            snprintf(left, sizeof left, "  %ld:%02ld:%02ld left", s / 3600, s / 60 % 60, s % 60);
        else
            snprintf(left, sizeof left, "  %ld:%02ld left", s / 60, s % 60);
    }
    if (now->sweeps > 1)
        snprintf(pass, sizeof pass, "  pass %d of %d", now->sweep, now->sweeps);
    snprintf(out, cap, "%3d %%  %s of %s  %s/s%s%s  memory %s", (int)(100 * fraction), done, total, rate,
             left, pass, memory);
}

static int terminal_width(FILE *f)
{
    struct winsize w;
    return ioctl(fileno(f), TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

static void draw_bar(progress *p, const sharr_progress *now)
{
    enum { MAX_CELLS = 60 };
    char text[256], cells[MAX_CELLS + 1];
    figures(now, text, sizeof text);
    int width = terminal_width(p->f) - 1, n = width - (int)strlen(text) - 4;
    if (n > MAX_CELLS)
        n = MAX_CELLS;
    if (n >= 8) {
        int full = (int)(fraction_of(now) * n);
        memset(cells, '#', (size_t)full);
        memset(cells + full, '.', (size_t)(n - full));
        cells[n] = 0;
        fprintf(p->f, "\r%s[%s]%s %s\033[K", p->colour ? "\033[32m" : "", cells, p->colour ? "\033[0m" : "", text);
    } else {
        fprintf(p->f, "\r%.*s\033[K", width, text);
    }
    fflush(p->f);
    p->visible = true;
}

void progress_line(progress *p, const sharr_progress *now)
{
    char text[256];
    progress_clear(p);
    figures(now, text, sizeof text);
    fprintf(p->f, "sharr-eval: %s\n", text + strspn(text, " "));
    fflush(p->f);
}

void progress_update(progress *p, const sharr_progress *now)
{
    if (!p->enabled)
        return;
    if (p->bar) {
        if (now->seconds >= p->bar_after)
            draw_bar(p, now);
        return;
    }
    double waited = now->seconds - p->last_seconds, moved = fraction_of(now) - p->last_fraction;
    if (waited >= line_seconds || (moved >= line_fraction && waited >= line_least_seconds)) {
        progress_line(p, now);
        p->last_seconds = now->seconds;
        p->last_fraction = fraction_of(now);
    }
}

void progress_clear(progress *p)
{
    if (p->visible) {
        fputs("\r\033[K", p->f);
        fflush(p->f);
    }
    p->visible = false;
}
