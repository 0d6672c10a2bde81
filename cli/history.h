/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The line that says how a file was made.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

/* "2024-01-31T12:00:00Z: sharr-eval -o ... (sharr 0.1.0)", quoted so that a shell takes it again, in
 * malloc'ed memory; NULL without memory. */
char *history_line(int argc, char **argv);
/* Seconds since 1970 as "2024-01-31T12:00:00Z". */
void history_stamp(char out[32], long long seconds);

#endif
