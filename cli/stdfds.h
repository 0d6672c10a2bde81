/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Descriptors 0, 1 and 2 that the caller closed.
 */
#ifndef CLI_STDFDS_H
#define CLI_STDFDS_H

/* Occupy those that are closed, so that no file of the run gets one of them and then our messages: an output's
 * first bytes would be lost.  Using them still fails, with EBADF.  Call before anything is opened. */
void stdfds_occupy(void);

#endif
