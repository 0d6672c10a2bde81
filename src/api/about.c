/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What this library is: version and build.  Constants of configure only.
 */
#include "sharr.h"

const char *sharr_version(void)
{
    return PACKAGE_VERSION;
}

const char *sharr_build_info(void)
{
    return "version: " PACKAGE_VERSION "\n"
           "compiler: " __VERSION__ "\n"
           "mpi: " SHARR_BUILD_MPI "\n"
           "hdf5: " SHARR_BUILD_HDF5 "\n"
           "llvm: " SHARR_BUILD_LLVM "\n"
           "blas: " SHARR_BUILD_BLAS "\n"
#ifdef ENABLE_FAULT
           "failure points: yes\n"
#else
           "failure points: no\n"
#endif
        ;
}
