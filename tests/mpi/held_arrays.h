/* SPDX-License-Identifier: BSD-3-Clause
 *
 * For tests of arrays that several ranks hold: a context on nodes that SHARR_NODE makes of one machine, an array of the
 * caller's, expressions of it, their values.  Everything is collective.
 */
#ifndef TESTS_MPI_HELD_ARRAYS_H
#define TESTS_MPI_HELD_ARRAYS_H

#include "sharr/array.h"

extern sharr_context *ctx;
extern int me, size;
extern double *input;               /* rows * cols, of plain() */

/* `nodes` of them, the first ranks on the first. */
void open_context(int nodes, int rows, int cols);
/* Nothing is held any more. */
void close_context(void);
sharr_array *plain(void);
sharr_array *held(sharr_array *x);
sharr_array *of_text(const char *text, sharr_array *x);
size_t bytes_of(const sharr_array *x);
/* malloc'ed */
char *values(sharr_array *x);
int same(sharr_array *x, const char *want);
/* The text over what is held (x), and held itself, have the bits that they have on one rank alone. */
void check_text(const char *text, sharr_array *x);
/* try() ends in the same way on all ranks when each of its failure points has failed once on the last rank; then `after` is called.
 * At least so many of at most so many tries fail. */
typedef struct held_faults {
    int (*try)(void *arg, sharr_error *err);
    void (*after)(void *arg);
    void *arg;
    int least, most;
} held_faults;
void fail_everywhere(const held_faults *f);

#endif
