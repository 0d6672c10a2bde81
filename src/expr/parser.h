/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Text to typed graph.  Hand-written lexer and precedence climbing (Pratt 1973);
 * names are resolved through a callback, so that the parser knows no files.
 * Every error carries the place in the text.
 */
#ifndef EXPR_PARSER_H
#define EXPR_PARSER_H

#include "expr/build.h"
#include "expr/node.h"

/* A name that is no script variable:
 *   "/g/v" or M:/v (rooted, with an optional file), {/any name-1} likewise,
 *   or bare "t2m": a dataset in the default group, or a positional input "A". */
typedef struct name_ref {
    const char *file;       /* "M" of M:/v, or NULL */
    const char *name;       /* decoded text, NUL-terminated */
    bool rooted;
    bool probe;             /* only asked whether there is one: it is no error if not */
} name_ref;

typedef struct name_resolver {
    void *arg;
    /* A new reference to the node of this name; NULL with `err` filled (a did-you-mean is the
     * resolver's: it knows the names).  With err->status 0: there is no such name and the parser
     * says so, or nobody does: `probe`, to see whether a bare constant (`e`, `pi`) is a dataset too,
     * or the front of a path. */
    node *(*resolve)(void *arg, const name_ref *name, sharr_error *err);
    /* Is the bare name a number, and which?  May be NULL: no name is one.  `resolve` has its node all the same. */
    bool (*number)(void *arg, const char *name, operand *out);
} name_resolver;

typedef struct statement {
    char *name;             /* assigned name, or NULL for a bare expression */
    node *value;            /* owned by the script */
    int column, length;     /* of the whole statement in the text, bytes */
} statement;

typedef struct script {
    int count;
    statement *item;
} script;

enum { SCRIPT_MAX_BYTES = 1 << 20, SCRIPT_MAX_DEPTH = 1000 };

/* Parse and type-check `text` (len bytes; may contain anything).  On success *out is owned by
 * the caller; of a name that is assigned several times, only the last statement is in it. */
int script_parse(graph *g, const char *text, size_t len, const name_resolver *names, script *out,
                 sharr_error *err);
void script_fini(script *s);
/* The error's text line with a caret line under it, for people: two lines, no final newline. */
void script_caret(const char *text, size_t len, const sharr_error *err, strbuf *out);

#endif
