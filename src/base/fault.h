/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Named failure points.  Compiled to nothing unless configured with
 * --enable-fault; then SHARR_FAULT="name:n" (or "*:n") makes the n-th passage
 * fail once, "name:n+" every passage from the n-th on; SHARR_FAULT_RANK limits
 * it to one rank.  Thread-safe.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef ENABLE_FAULT
int fault_hit(const char *name);                   /* 1: fail here */
void fault_set_rank(int rank);
long fault_passages(void);                         /* how many points were passed so far */
#else
static inline int fault_hit(const char *name) { (void)name; return 0; }
static inline void fault_set_rank(int rank) { (void)rank; }
#endif

#endif
