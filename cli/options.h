/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one table of command-line options: parsing, --help, the manual page and the
 * shell completions are all made from it.  Settings of the library (memory, jit, ...) are
 * appended from sharr_config_key at run time, so that they are described once, there.
 * Parsing prints nothing: errors are returned, because only rank 0 speaks.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>

#include "sharr.h"

enum command {
    COMMAND_EVAL,
    COMMAND_INFO,
    COMMAND_HELP,
    COMMAND_HELP_OPS,
    COMMAND_HELP_MAN,       /* the options as manual page source; for the maintainers */
    COMMAND_VERSION,
    COMMAND_COMPLETION
};

enum explain_mode { EXPLAIN_NO, EXPLAIN_TEXT, EXPLAIN_JSON };
enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

enum { OPTIONS_MAX_SETTINGS = 32, OPTIONS_MAX_ROWS = 64 };

typedef struct input_arg {
    char *name;             /* of NAME=FILE, else NULL */
    const char *path;
} input_arg;

typedef struct setting_arg {
    const char *key, *value;
} setting_arg;

/* Strings are borrowed from argv unless they are said to be owned. */
typedef struct options {
    enum command command;
    const char *text;       /* the expression; NULL when it comes from `script` */
    const char *script;     /* file of -f, "-" for standard input */
    int ninputs;
    input_arg *input;       /* owned */
    int nsettings;
    setting_arg setting[OPTIONS_MAX_SETTINGS];
    const char *group;
    sharr_output out;       /* history is not filled here */
    bool no_history;
    enum explain_mode explain;
    bool json;
    const char *status_file;
    enum progress_mode progress;
    int verbosity;          /* -1 quiet, 0, 1, 2 */
    const char *shell;      /* of --completion */
} options;

/* One row, as help texts and completions read it. */
typedef struct option_row {
    const char *heading;    /* printed above this row, or NULL */
    const char *name;       /* long name without "--" */
    char letter;            /* or 0 */
    const char *arg;        /* name of the argument, NULL: none */
    bool arg_optional;
    const char *choices;    /* "auto|vm|llvm", or NULL */
    const char *dflt;       /* or NULL */
    const char *help;
    int id;                 /* private to options.c */
    unsigned flags;         /* private to options.c */
} option_row;

/* The rows, settings included; the count is returned.  Names made here live in static storage. */
int options_table(option_row row[OPTIONS_MAX_ROWS]);

/* SHARR_EUSAGE with `err` filled, or 0.  `out` is initialised in both cases. */
int options_parse(int argc, char **argv, options *out, sharr_error *err);
void options_fini(options *o);

#endif
