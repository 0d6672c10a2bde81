/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Named failure points.  Compiled to nothing unless configured with
 * --enable-fault; then SHARR_FAULT="name:n" (or "*:n") makes the n-th passage
 * fail once, "name:n+" every passage from the n-th on; SHARR_FAULT_RANK limits
 * it to one rank; SHARR_FAULT_LOG names a file that gets a line, rank and
 * name, for every point that failed (without SHARR_FAULT: that was passed).
 * Every allocation inside libsharr.so is a point, "alloc" (base/fault_alloc.c).
 * Thread-safe.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef ENABLE_FAULT
int fault_hit(const char *name);                   /* 1: fail here */
void fault_set_rank(int rank);
long fault_passages(void);                         /* how many points were passed so far */
/* For tests that try every n in one process: replaces what the environment said and counts from
 * zero again.  NULL: nothing fails.  0: not a specification, nothing changed. */
int fault_arm(const char *spec);
#else
static inline int fault_hit(const char *name) { (void)name; return 0; }
static inline void fault_set_rank(int rank) { (void)rank; }
static inline long fault_passages(void) { return 0; }
static inline int fault_arm(const char *spec) { (void)spec; return 0; }
#endif

#endif
