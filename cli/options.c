/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Command line to struct options.  Must not print, open files or look at the machine.
 */
#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum { NEEDS_OUTPUT = 1 };

/* Values of getopt_long: above the letters, so that an option is known by its row alone. */
enum option_id {
    OPT_OUTPUT = 256, OPT_OVERWRITE, OPT_APPEND, OPT_CHUNKS, OPT_COMPRESS, OPT_NO_SHUFFLE, OPT_LATEST,
    OPT_NO_HISTORY, OPT_FILE, OPT_GROUP, OPT_EXPLAIN, OPT_JSON, OPT_STATUS_FILE, OPT_PROGRESS,
    OPT_VERBOSE, OPT_QUIET, OPT_HELP, OPT_VERSION, OPT_COMPLETION, OPT_SETTING
};

static const option_row fixed_rows[] = {
    {"Input", "file", 'f', "SCRIPT", false, NULL, NULL,
     "read the statements from SCRIPT ('-': standard input); all other arguments are inputs", OPT_FILE, 0},
    {NULL, "group", 0, "PATH", false, NULL, "/", "group in which bare names are looked for", OPT_GROUP, 0},

    {"Output", "output", 'o', "FILE", false, NULL, NULL,
     "write the assigned names to FILE; without it, results are printed", OPT_OUTPUT, 0},
    {NULL, "overwrite", 0, NULL, false, NULL, NULL,
     "replace FILE if it exists, in one step when the new one is complete", OPT_OVERWRITE, NEEDS_OUTPUT},
    {NULL, "append", 0, NULL, false, NULL, NULL,
     "add to FILE: it is copied, extended and replaced in one step", OPT_APPEND, NEEDS_OUTPUT},
    {NULL, "chunks", 0, "N,N,...", false, NULL, NULL, "chunk shape of the outputs with that many dimensions",
     OPT_CHUNKS, NEEDS_OUTPUT},
    {NULL, "compress", 0, "CODEC[:LEVEL]", false, "zstd|deflate|none", NULL,
     "compression of the outputs; default zstd:1, in .nc files deflate:1", OPT_COMPRESS, NEEDS_OUTPUT},
    {NULL, "no-shuffle", 0, NULL, false, NULL, NULL, "do not shuffle bytes before compression",
     OPT_NO_SHUFFLE, NEEDS_OUTPUT},
    {NULL, "latest", 0, NULL, false, NULL, NULL,
     "newest HDF5 format: checksummed metadata, unreadable for old tools", OPT_LATEST, NEEDS_OUTPUT},
    {NULL, "no-history", 0, NULL, false, NULL, NULL, "do not record the command in the attribute 'history'",
     OPT_NO_HISTORY, 0},

    {.id = OPT_SETTING},                    /* here the settings are put */

    {"Reports", "explain", 0, "FORMAT", true, "text|json", NULL,
     "print the plan, its memory and its reads; evaluate nothing", OPT_EXPLAIN, 0},
    {NULL, "json", 0, NULL, false, NULL, NULL, "print results and figures as one JSON record", OPT_JSON, 0},
    {NULL, "status-file", 0, "FILE", false, NULL, NULL,
     "keep the state of the run (running, complete, failed) in FILE, as JSON", OPT_STATUS_FILE, 0},
    {NULL, "progress", 0, "WHEN", false, "auto|always|never", "auto",
     "bar on a terminal, else now and then a line", OPT_PROGRESS, 0},
    {NULL, "verbose", 'v', NULL, false, NULL, NULL, "say more; twice: for debugging", OPT_VERBOSE, 0},
    {NULL, "quiet", 'q', NULL, false, NULL, NULL, "no warnings, no progress", OPT_QUIET, 0},

    {"Help", "help", 'h', NULL, false, NULL, NULL, "this text; 'sharr-eval --help ops': the operators",
     OPT_HELP, 0},
    {NULL, "version", 'V', NULL, false, NULL, NULL, "version and how it was built", OPT_VERSION, 0},
    {NULL, "completion", 0, "SHELL", false, "bash|zsh", NULL, "print the completion script of a shell",
     OPT_COMPLETION, 0},
};
enum { NFIXED = sizeof fixed_rows / sizeof fixed_rows[0] };

/* Settings that deserve a letter. */
static const struct { const char *key; char letter; } setting_letters[] = {{"memory", 'm'}, {"threads", 'j'}};

static char setting_letter(const char *key)
{
    for (size_t i = 0; i < sizeof setting_letters / sizeof setting_letters[0]; i++)
        if (strcmp(setting_letters[i].key, key) == 0)
            return setting_letters[i].letter;
    return 0;
}

/* Option name and argument name of the i-th setting.  The texts are the same for every call, so
 * static storage only caches them. */
static void setting_row(int i, const char *key, const char *values, option_row *row)
{
    static char name[OPTIONS_MAX_SETTINGS][32], arg[OPTIONS_MAX_SETTINGS][32];
    snprintf(name[i], sizeof name[i], "%s", key);
    for (char *p = name[i]; *p; p++)
        if (*p == '_')
            *p = '-';
    bool choices = values && strchr(values, '|');
    snprintf(arg[i], sizeof arg[i], "%s", choices || !values || !*values ? "VALUE" : values);
    for (char *p = arg[i]; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    *row = (option_row){.name = name[i], .letter = setting_letter(key), .arg = arg[i],
                        .choices = choices ? values : NULL, .id = OPT_SETTING + i};
}

static int append_settings(option_row *row)
{
    const char *key, *values, *dflt, *help;
    int n = 0;
    for (; n < OPTIONS_MAX_SETTINGS && (key = sharr_config_key(n, &values, &dflt, &help)); n++) {
        setting_row(n, key, values, &row[n]);
        row[n].dflt = dflt && *dflt ? dflt : NULL;
        row[n].help = help;
    }
    if (n > 0)
        row[0].heading = "Settings (also from the environment: SHARR_MEMORY=1GiB, ...)";
    return n;
}

int options_table(option_row row[OPTIONS_MAX_ROWS])
{
    int n = 0;
    for (int i = 0; i < NFIXED; i++) {
        if (fixed_rows[i].id == OPT_SETTING)
            n += append_settings(row + n);
        else
            row[n++] = fixed_rows[i];
    }
    return n;
}

/* ---- parsing --------------------------------------------------------------------------------- */

typedef struct parse {
    option_row row[OPTIONS_MAX_ROWS];
    int nrows;
    struct option lopt[OPTIONS_MAX_ROWS + 1];
    char letters[3 * OPTIONS_MAX_ROWS + 2];
    const char *needs_output;   /* first option that was given and makes sense only with -o */
    const char *completion;
} parse;

static void prepare(parse *p)
{
    p->nrows = options_table(p->row);
    char *s = p->letters;
    *s++ = ':';                 /* a missing argument is reported as ':' */
    for (int i = 0; i < p->nrows; i++) {
        const option_row *r = &p->row[i];
        int has = r->arg ? (r->arg_optional ? optional_argument : required_argument) : no_argument;
        p->lopt[i] = (struct option){r->name, has, NULL, r->id};
        if (r->letter) {
            *s++ = r->letter;
            if (has == required_argument)
                *s++ = ':';
        }
    }
    *s = 0;
    p->lopt[p->nrows] = (struct option){NULL, 0, NULL, 0};
}

static const option_row *find_row(const parse *p, int value)
{
    for (int i = 0; i < p->nrows; i++)
        if (p->row[i].id == value || (value < 256 && p->row[i].letter == value))
            return &p->row[i];
    return NULL;
}

/* Position of `value` in "a|b|c", -1 if it is none of them. */
static int choice_index(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (int i = 0; choices; i++) {
        const char *bar = strchr(choices, '|');
        size_t n = bar ? (size_t)(bar - choices) : strlen(choices);
        if (n == len && memcmp(choices, value, n) == 0)
            return i;
        choices = bar ? bar + 1 : NULL;
    }
    return -1;
}

static int need_choice(const option_row *r, const char *value, int *index, sharr_error *err)
{
    *index = choice_index(r->choices, value);
    if (*index >= 0)
        return 0;
    return fail_set(err, SHARR_EUSAGE, "--%s: '%s' is none of %s", r->name, value, r->choices);
}

static int set_once(const char **slot, const option_row *r, const char *value, sharr_error *err)
{
    if (*slot)
        return fail_set(err, SHARR_EUSAGE, "--%s is given twice ('%s' and '%s')", r->name, *slot, value);
    if (!*value)
        return fail_set(err, SHARR_EUSAGE, "--%s: the argument is empty", r->name);
    *slot = value;
    return 0;
}

static int take_setting(options *o, int index, const char *value, sharr_error *err)
{
    if (o->nsettings == OPTIONS_MAX_SETTINGS)
        return fail_set(err, SHARR_EUSAGE, "more than %d settings", OPTIONS_MAX_SETTINGS);
    const char *values, *dflt, *help;
    o->setting[o->nsettings++] = (setting_arg){sharr_config_key(index, &values, &dflt, &help), value};
    return 0;
}

/* A flat switch over the table's ids. */
static int take_option(options *o, parse *p, const option_row *r, const char *value, sharr_error *err)
{
    int index = 0, status = 0;
    if ((r->flags & NEEDS_OUTPUT) && !p->needs_output)
        p->needs_output = r->name;
    switch (r->id) {
    case OPT_FILE: return set_once(&o->script, r, value, err);
    case OPT_GROUP: return set_once(&o->group, r, value, err);
    case OPT_OUTPUT: return set_once(&o->out.path, r, value, err);
    case OPT_OVERWRITE: o->out.overwrite = 1; break;
    case OPT_APPEND: o->out.append = 1; break;
    case OPT_CHUNKS: return set_once(&o->out.chunks, r, value, err);
    case OPT_COMPRESS: return set_once(&o->out.compress, r, value, err);
    case OPT_NO_SHUFFLE: o->out.no_shuffle = 1; break;
    case OPT_LATEST: o->out.latest = 1; break;
    case OPT_NO_HISTORY: o->no_history = true; break;
    case OPT_EXPLAIN:
        status = value ? need_choice(r, value, &index, err) : 0;
        o->explain = index == 1 ? EXPLAIN_JSON : EXPLAIN_TEXT;
        return status;
    case OPT_JSON: o->json = true; break;
    case OPT_STATUS_FILE: return set_once(&o->status_file, r, value, err);
    case OPT_PROGRESS:
        status = need_choice(r, value, &index, err);
        o->progress = (enum progress_mode)(index < 0 ? 0 : index);
        return status;
    case OPT_VERBOSE: o->verbosity = o->verbosity < 0 ? 1 : o->verbosity + (o->verbosity < 2); break;
    case OPT_QUIET: o->verbosity = -1; break;
    case OPT_HELP: o->command = COMMAND_HELP; break;
    case OPT_VERSION: o->command = COMMAND_VERSION; break;
    case OPT_COMPLETION:
        o->command = COMMAND_COMPLETION;
        o->shell = value;
        return need_choice(r, value, &index, err);
    default: return take_setting(o, r->id - OPT_SETTING, value, err);
    }
    return 0;
}

/* What getopt_long stumbled over, in our words. */
static int bad_option(const parse *p, int value, char **argv, sharr_error *err)
{
    const char *word = argv[optind - 1];
    if (value == ':') {
        const option_row *r = find_row(p, optopt);
        return fail_set(err, SHARR_EUSAGE, "%s needs an argument (%s)", word, r ? r->arg : "VALUE");
    }
    if (optopt >= 256)
        return fail_set(err, SHARR_EUSAGE, "%s takes no argument", word);
    if (optopt == 0) {
        size_t n = strcspn(word, "=");
        for (int i = 0; i < p->nrows; i++)
            if (strncmp(word + 2, p->row[i].name, n - 2) == 0)
                return fail_set(err, SHARR_EUSAGE, "'%s' is the beginning of several options", word);
        return fail_set(err, SHARR_EUSAGE, "no such option: '%s'", word);
    }
    if (isalnum((unsigned char)optopt) && strncmp(word, "--", 2) != 0 && strlen(word) == 2)
        return fail_set(err, SHARR_EUSAGE, "no such option: '-%c'", optopt);
    return fail_set(err, SHARR_EUSAGE, "no such option: '-%c'; an expression that begins with '-' is written after '--'",
                       optopt);
}

static bool is_name(const char *s, size_t n)
{
    if (n == 0 || isdigit((unsigned char)*s))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_')
            return false;
    return true;
}

static int take_input(options *o, const char *word, sharr_error *err)
{
    const char *eq = strchr(word, '=');
    input_arg in = {NULL, word};
    if (eq && is_name(word, (size_t)(eq - word))) {
        in.path = eq + 1;
        in.name = strndup(word, (size_t)(eq - word));
        if (!in.name)
            return fail_set(err, SHARR_ERESOURCE, "out of memory");
    }
    if (!*in.path) {
        free(in.name);
        return fail_set(err, SHARR_EUSAGE, "an input file's name is empty ('%s')", word);
    }
    o->input[o->ninputs++] = in;
    return 0;
}

static int take_arguments(options *o, int n, char **word, sharr_error *err)
{
    o->input = calloc((size_t)n + 1, sizeof *o->input);
    if (!o->input)
        return fail_set(err, SHARR_ERESOURCE, "out of memory");
    int i = 0;
    if (!o->script && n > 0 && strcmp(word[0], "info") == 0) {
        o->command = COMMAND_INFO;
        i = 1;
        if (n != 2)
            return fail_set(err, SHARR_EUSAGE, "info takes one file (a dataset called info is written /info)");
    } else if (!o->script) {
        if (n == 0)
            return fail_set(err, SHARR_EUSAGE, "no expression and no script");
        o->text = word[i++];
    }
    int status = 0;
    while (i < n && status == 0)
        status = take_input(o, word[i++], err);
    return status;
}

/* Options that contradict each other. */
static int check(const options *o, const parse *p, sharr_error *err)
{
    if (o->command == COMMAND_INFO && (o->out.path || o->script || o->explain))
        return fail_set(err, SHARR_EUSAGE, "info only shows what is in a file: no --output, --file or --explain");
    if (p->needs_output && !o->out.path)
        return fail_set(err, SHARR_EUSAGE, "--%s needs --output", p->needs_output);
    if (o->out.overwrite && o->out.append)
        return fail_set(err, SHARR_EUSAGE, "--overwrite and --append exclude each other");
    if (o->json && o->explain == EXPLAIN_TEXT)
        return fail_set(err, SHARR_EUSAGE, "--json with --explain is written --explain=json");
    return 0;
}

static int take_help_topic(options *o, int n, char **word, sharr_error *err)
{
    if (n == 0)
        return 0;
    if (n == 1 && strcmp(word[0], "ops") == 0)
        o->command = COMMAND_HELP_OPS;
    else if (n == 1 && strcmp(word[0], "man") == 0)
        o->command = COMMAND_HELP_MAN;
    else
        return fail_set(err, SHARR_EUSAGE, "--help: no such topic: '%s'; the one topic is 'ops'", word[0]);
    return 0;
}

int options_parse(int argc, char **argv, options *out, sharr_error *err)
{
    parse p = {.nrows = 0};
    int value, status = 0;
    *out = (options){.command = COMMAND_EVAL};
    prepare(&p);
    opterr = 0;
    optind = 0;
    while (status == 0 && (value = getopt_long(argc, argv, p.letters, p.lopt, NULL)) != -1) {
        const option_row *r = value == '?' || value == ':' ? NULL : find_row(&p, value);
        status = r ? take_option(out, &p, r, optarg, err) : bad_option(&p, value, argv, err);
    }
    if (status != 0)
        return status;
    if (out->command == COMMAND_HELP)
        return take_help_topic(out, argc - optind, argv + optind, err);
    if (out->command != COMMAND_EVAL)
        return 0;
    status = take_arguments(out, argc - optind, argv + optind, err);
    return status ? status : check(out, &p, err);
}

void options_fini(options *o)
{
    for (int i = 0; i < o->ninputs; i++)
        free(o->input[i].name);
    free(o->input);
    *o = (options){.command = COMMAND_EVAL};
}
