/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Help, operator list, manual page section and shell completions.  Knows no option by
 * itself: everything comes from options_table and from the library's tables.
 */
#include "usage.h"

#include <ctype.h>
#include <string.h>

#include "options.h"

static const char synopsis[] =
    "Usage: sharr-eval [OPTIONS] 'EXPR; NAME = EXPR; ...' [NAME=]FILE...\n"
    "       sharr-eval [OPTIONS] -f SCRIPT [NAME=]FILE...\n"
    "       sharr-eval [--json] info FILE\n"
    "\n"
    "Evaluate array expressions over HDF5 and netCDF-4 files that may be larger than memory.\n"
    "Inputs are called A, B, C, ... or NAME: /g/v is a dataset, B:/g/v the one in B when several have it.\n"
    "\n"
    "  sharr-eval 'mean(/t2m)' era5.h5\n"
    "  sharr-eval -o anomaly.h5 'anom = /t2m - mean(/t2m, axis=0)' era5.h5\n"
    "  mpirun -n 4 sharr-eval -m 1GiB -o diff.h5 'd = B:/v - A:/v' a.h5 b.h5\n";

static const char epilogue[] =
    "\n"
    "Exit codes: 0 done, 1 expression, 2 usage, 65 bad data, 66 no input, 69 does not fit, 70 internal,\n"
    "73 output exists, 74 I/O, 75 interrupted and resumable, 77 permission, 128+n ended by signal n.\n";

/* ---- --help ---------------------------------------------------------------------------------- */

/* "-m, --memory=BYTES" */
static void option_words(const option_row *r, char *out, size_t cap)
{
    int n = r->letter ? snprintf(out, cap, "-%c, --%s", r->letter, r->name)
                      : snprintf(out, cap, "    --%s", r->name);
    if (r->arg && n > 0 && (size_t)n < cap)
        snprintf(out + n, cap - (size_t)n, r->arg_optional ? "[=%s]" : "=%s", r->arg);
}

/* The help line with its values and default. */
static void option_text(const option_row *r, char *out, size_t cap)
{
    char extra[256] = "";
    if (r->choices && r->dflt)
        snprintf(extra, sizeof extra, " (%s; default %s)", r->choices, r->dflt);
    else if (r->choices)
        snprintf(extra, sizeof extra, " (%s)", r->choices);
    else if (r->dflt)
        snprintf(extra, sizeof extra, " (default %s)", r->dflt);
    snprintf(out, cap, "%s%s", r->help, extra);
}

/* Text from column `indent`, broken between words before column 100. */
static void put_wrapped(FILE *f, const char *text, int indent)
{
    int col = indent;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (col > indent && col + 1 + (int)n > 99) {
            fprintf(f, "\n%*s", indent, "");
            col = indent;
        } else if (col > indent) {
            fputc(' ', f);
            col++;
        }
        fwrite(text, 1, n, f);
        col += (int)n;
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', f);
}

void usage_help(FILE *f)
{
    enum { INDENT = 31 };
    option_row row[OPTIONS_MAX_ROWS];
    int n = options_table(row);
    fputs(synopsis, f);
    for (int i = 0; i < n; i++) {
        char words[96], text[512];
        option_words(&row[i], words, sizeof words);
        option_text(&row[i], text, sizeof text);
        if (row[i].heading)
            fprintf(f, "\n%s:\n", row[i].heading);
        if (strlen(words) > INDENT - 4)
            fprintf(f, "  %s\n%*s", words, INDENT, "");
        else
            fprintf(f, "  %-*s", INDENT - 2, words);
        put_wrapped(f, text, INDENT);
    }
    fputs(epilogue, f);
}

void usage_ops(FILE *f)
{
    const char *name, *aliases, *symbol, *doc;
    for (int i = 0; (name = sharr_op(i, &aliases, &symbol, &doc)); i++) {
        fprintf(f, "%-16s %-5s ", name, symbol ? symbol : "");
        put_wrapped(f, doc, 23);
        if (aliases && *aliases)
            fprintf(f, "%23salso: %s\n", "", aliases);
    }
}

void usage_version(FILE *f)
{
    fprintf(f, "sharr-eval %s\n%s", sharr_version(), sharr_build_info());
    size_t n = strlen(sharr_build_info());
    if (n > 0 && sharr_build_info()[n - 1] != '\n')
        fputc('\n', f);
}

/* ---- manual page ----------------------------------------------------------------------------- */

/* roff: a literal hyphen is \-, and a line must not begin with a control character. */
static void put_roff(FILE *f, const char *s)
{
    if (*s == '.' || *s == '\'')
        fputs("\\&", f);
    for (; *s; s++) {
        if (*s == '-' || *s == '\\')
            fputc('\\', f);
        fputc(*s == '\\' ? 'e' : *s, f);
    }
}

void usage_man(FILE *f)
{
    option_row row[OPTIONS_MAX_ROWS];
    int n = options_table(row);
    for (int i = 0; i < n; i++) {
        const option_row *r = &row[i];
        char text[512];
        option_text(r, text, sizeof text);
        if (r->heading) {
            fputs(".SS \"", f);
            put_roff(f, r->heading);
            fputs("\"\n", f);
        }
        fputs(".TP\n", f);
        if (r->letter)
            fprintf(f, "\\fB\\-%c\\fR, ", r->letter);
        fputs("\\fB\\-\\-", f);
        put_roff(f, r->name);
        fputs("\\fR", f);
        if (r->arg)
            fprintf(f, r->arg_optional ? "[=\\fI%s\\fR]" : "=\\fI%s\\fR", r->arg);
        fputc('\n', f);
        put_roff(f, text);
        fputc('\n', f);
    }
}

/* ---- completions ----------------------------------------------------------------------------- */

static void put_choices(FILE *f, const char *choices)
{
    for (; *choices; choices++)
        fputc(*choices == '|' ? ' ' : *choices, f);
}

static bool takes_file(const option_row *r)
{
    return r->arg && !r->choices &&
           (strcmp(r->arg, "FILE") == 0 || strcmp(r->arg, "SCRIPT") == 0 || strcmp(r->arg, "PATH") == 0);
}

static void bash_case(FILE *f, const option_row *r)
{
    if (!r->arg || r->arg_optional)
        return;
    fputs("    ", f);
    if (r->letter)
        fprintf(f, "-%c|", r->letter);
    fprintf(f, "--%s)", r->name);
    if (r->choices) {
        fputs(" COMPREPLY=($(compgen -W '", f);
        put_choices(f, r->choices);
        fputs("' -- \"$cur\")); return", f);
    } else if (takes_file(r)) {
        fputs(" compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return", f);
    } else {
        fputs(" return", f);
    }
    fputs(" ;;\n", f);
}

static void completion_bash(FILE *f, const option_row *row, int n)
{
    fputs("# bash completion of sharr-eval; made by sharr-eval --completion bash\n"
          "_sharr_eval() {\n"
          "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "  COMPREPLY=()\n"
          "  if [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
          "  case $prev in\n", f);
    for (int i = 0; i < n; i++)
        bash_case(f, &row[i]);
    fputs("  esac\n  if [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W '", f);
    for (int i = 0; i < n; i++)
        fprintf(f, "%s--%s", i ? " " : "", row[i].name);
    fputs("' -- \"$cur\"))\n  else\n"
          "    compopt -o filenames\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\n"
          "complete -F _sharr_eval sharr-eval\n", f);
}

/* Inside '...[text]...' of _arguments. */
static void put_zsh(FILE *f, const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\'", f);
        else if (strchr("[]:\\", *s))
            fputc('\\', f);
        fputc(*s, f);
    }
}

static void zsh_option(FILE *f, const option_row *r)
{
    const char *eq = !r->arg ? "" : r->arg_optional ? "=-" : "=";
    fputs("  ", f);
    if (r->letter)
        fprintf(f, "{-%c%s,--%s%s}", r->letter, r->arg ? "+" : "", r->name, eq);
    else
        fprintf(f, "--%s%s", r->name, eq);
    fputs("'[", f);
    put_zsh(f, r->help);
    fputc(']', f);
    if (r->arg) {
        fputs(r->arg_optional ? "::" : ":", f);
        put_zsh(f, r->arg);
        fputc(':', f);
        if (r->choices) {
            fputc('(', f);
            put_choices(f, r->choices);
            fputc(')', f);
        } else if (takes_file(r)) {
            fputs("_files", f);
        }
    }
    fputs("' \\\n", f);
}

static void completion_zsh(FILE *f, const option_row *row, int n)
{
    fputs("#compdef sharr-eval\n# made by sharr-eval --completion zsh\n_arguments -s -S \\\n", f);
    for (int i = 0; i < n; i++)
        zsh_option(f, &row[i]);
    fputs("  '1:expression, or info:(info)' \\\n  '*:input file:_files'\n", f);
}

void usage_completion(FILE *f, const char *shell)
{
    option_row row[OPTIONS_MAX_ROWS];
    int n = options_table(row);
    if (strcmp(shell, "zsh") == 0)
        completion_zsh(f, row, n);
    else
        completion_bash(f, row, n);
}
