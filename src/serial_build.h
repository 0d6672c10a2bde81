/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where two programs are built (configure: serial program): what differs from config.h for the one without MPI.
 * Comes right after config.h on the command line of its files.
 */
#ifndef SERIAL_BUILD_H
#define SERIAL_BUILD_H

#define SHARR_SERIAL 1
#undef HAVE_MPI
#undef SHARR_BUILD_MPI
#define SHARR_BUILD_MPI SHARR_BUILD_SERIAL_MPI
#undef SHARR_BUILD_HDF5
#define SHARR_BUILD_HDF5 SHARR_BUILD_SERIAL_HDF5

#endif
