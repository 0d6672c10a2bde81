dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl SHARR_MPI
dnl   --without-mpi          one process only, and no mpi.h anywhere
dnl   MPICC=                 wrapper whose flags are read (default mpicc); CC stays the plain compiler
dnl   MPI_CFLAGS=, MPI_LIBS= given by hand: nothing is asked
dnl   MPIEXEC=, MPIEXEC_FLAGS=  how the tests start ranks
dnl   Sources of the flags, first that links MPI_File_write_at_all: by hand; the wrapper
dnl   (-show of MPICH, --showme of Open MPI); pkg-config mpich, ompi-c.  Only -I -D -L -l and
dnl   rpaths are kept of them.
dnl   Sets HAVE_MPI (config.h and conditional), MPI_CFLAGS, MPI_LIBS, MPIEXEC, MPIEXEC_FLAGS.

AC_DEFUN([SHARR_MPI_TRY], [
    AS_IF([test "x$sharr_have_mpi" = xno], [
        sharr_mpi_cflags="$2"
        sharr_mpi_libs="$3"
        SHARR_KEEP_FLAGS([sharr_mpi_cflags], [-I*|-D*])
        SHARR_KEEP_FLAGS([sharr_mpi_libs], [-L*|-l*|-Wl,-rpath*|-Wl,--enable-new-dtags])
        AC_MSG_CHECKING([for MPI-IO with the flags of $1])
        sharr_save_CPPFLAGS=$CPPFLAGS; sharr_save_LIBS=$LIBS
        CPPFLAGS="$CPPFLAGS $sharr_mpi_cflags"; LIBS="$sharr_mpi_libs $LIBS"
        AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>]],
            [[MPI_File f = MPI_FILE_NULL; return MPI_File_write_at_all(f, 0, 0, 0, MPI_BYTE, 0);]])],
            [sharr_have_mpi=yes; MPI_CFLAGS=$sharr_mpi_cflags; MPI_LIBS=$sharr_mpi_libs
             sharr_mpi_summary="$1:$sharr_mpi_libs"])
        CPPFLAGS=$sharr_save_CPPFLAGS; LIBS=$sharr_save_LIBS
        AC_MSG_RESULT([$sharr_have_mpi])
    ])
])

AC_DEFUN([SHARR_MPI], [
    AC_ARG_WITH([mpi], [AS_HELP_STRING([--without-mpi], [build for one process, with serial HDF5])],
        [], [with_mpi=yes])
    AC_ARG_VAR([MPICC], [MPI compiler wrapper that is asked for flags])
    AC_ARG_VAR([MPI_CFLAGS], [preprocessor flags of MPI])
    AC_ARG_VAR([MPI_LIBS], [libraries of MPI])
    AC_ARG_VAR([MPIEXEC], [starts the ranks of the tests])
    AC_ARG_VAR([MPIEXEC_FLAGS], [flags for MPIEXEC])
    AS_IF([test "x$enable_sanitizer" = xthread && test "x$with_mpi" != xno],
        [AC_MSG_ERROR([--enable-sanitizer=thread needs --without-mpi: MPI libraries patch mmap behind its back])])
    sharr_have_mpi=no
    sharr_mpi_summary=no
    AS_IF([test "x$with_mpi" != xno], [
        AS_IF([test -n "$MPI_CFLAGS$MPI_LIBS"], [
            SHARR_MPI_TRY([MPI_CFLAGS, MPI_LIBS], [$MPI_CFLAGS], [$MPI_LIBS])
        ], [
            AC_PATH_PROG([MPICC], [mpicc])
            AS_IF([test -n "$MPICC"], [
                sharr_show=`$MPICC -show 2>/dev/null || $MPICC --showme 2>/dev/null`
                SHARR_MPI_TRY([$MPICC], [$sharr_show], [$sharr_show])
            ])
            SHARR_MPI_TRY([pkg-config mpich], [`$PKG_CONFIG --cflags mpich 2>/dev/null`],
                [`$PKG_CONFIG --libs mpich 2>/dev/null`])
            SHARR_MPI_TRY([pkg-config ompi-c], [`$PKG_CONFIG --cflags ompi-c 2>/dev/null`],
                [`$PKG_CONFIG --libs ompi-c 2>/dev/null`])
        ])
        AS_IF([test "x$sharr_have_mpi" = xno], [AC_MSG_ERROR([no MPI with MPI-IO was found.
    Debian: apt-get install mpich libmpich-dev; elsewhere set MPICC, or MPI_CFLAGS and MPI_LIBS;
    or build for one process: --without-mpi])])
        AC_DEFINE([HAVE_MPI], [1], [MPI is there.])
        AC_PATH_PROGS([MPIEXEC], [mpiexec mpirun])
        AS_IF([test -n "$MPIEXEC" && $MPIEXEC --version 2>/dev/null | grep -q 'Open MPI\|OpenRTE'],
            [: ${MPIEXEC_FLAGS="--oversubscribe --allow-run-as-root"}])
    ], [MPI_CFLAGS=; MPI_LIBS=; MPIEXEC=])
    AM_CONDITIONAL([HAVE_MPI], [test "x$sharr_have_mpi" = xyes])
    AM_CONDITIONAL([HAVE_MPIEXEC], [test -n "$MPIEXEC"])
])
