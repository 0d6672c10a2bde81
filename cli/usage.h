/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Texts about the command line, all made from the option table.
 */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include <stdio.h>

void usage_help(FILE *f);
void usage_ops(FILE *f);                /* the operators of the language */
void usage_man(FILE *f);                /* options section of sharr-eval.1 */
void usage_version(FILE *f);
void usage_completion(FILE *f, const char *shell);  /* "bash" or "zsh" */

#endif
