dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl SHARR_HDF5
dnl   HDF5_CFLAGS=, HDF5_LIBS= given by hand; else pkg-config, else the wrapper h5pcc or h5cc.
dnl   With MPI the first that links H5Pset_fapl_mpio wins; without, the first serial one.
dnl   h5pcc comes last: wrappers made by CMake (HDF5 2.x) need not know -show.
dnl   Needs 1.10.5 (H5Dread_chunk, H5Dget_chunk_info).  Only -I -D -L -lhdf5 and rpaths are kept: the
dnl   rest of Debian's flags is for static linking.
dnl   Sets HDF5_CFLAGS, HDF5_LIBS.  To be called after SHARR_MPI.
dnl
dnl SHARR_SERIAL_PROGRAM
dnl   --enable-serial-program[=static|shared]  with MPI: make sharr-eval without MPI, over a serial HDF5, and
dnl   sharr-eval-mpi, to which it hands over under a launcher.  Default: if there is a serial HDF5; linked statically
dnl   where that needs nothing but compression libraries (the shared one of Debian loads 35 others, for S3, before main),
dnl   but not with --enable-fault, which would make HDF5's allocations fail.
dnl   SERIAL_HDF5_CFLAGS=, SERIAL_HDF5_LIBS= given by hand; else looked for as above.
dnl   Sets these two and the conditional SERIAL_PROGRAM.  To be called after SHARR_HDF5.

AC_DEFUN([SHARR_HDF5_TRY], [
    AS_IF([test "x$sharr_have_hdf5" = xno], [
        sharr_hdf5_cflags="$2"
        sharr_hdf5_libs="$3"
        SHARR_KEEP_FLAGS([sharr_hdf5_cflags], [-I*|-D*])
        SHARR_KEEP_FLAGS([sharr_hdf5_libs], [-L*|-lhdf5*|-Wl,-rpath*])
        AC_MSG_CHECKING([for $sharr_hdf5_kind HDF5 >= 1.10.5 with the flags of $1])
        sharr_save_CPPFLAGS=$CPPFLAGS; sharr_save_LIBS=$LIBS
        CPPFLAGS="$CPPFLAGS $sharr_hdf5_cflags $MPI_CFLAGS"
        LIBS="$sharr_hdf5_libs $MPI_LIBS $LIBS"
        AC_LINK_IFELSE([AC_LANG_PROGRAM([[
            #include <hdf5.h>
            #if !H5_VERSION_GE(1, 10, 5)
            #error too old
            #endif
            #if $sharr_hdf5_parallel != defined(H5_HAVE_PARALLEL)
            #error parallel and serial do not mix
            #endif
            ]], [[
            #ifdef H5_HAVE_PARALLEL
            H5Pset_fapl_mpio(0, MPI_COMM_WORLD, MPI_INFO_NULL);
            #endif
            return H5Dread_chunk(0, 0, 0, 0, 0);
            ]])],
            [sharr_have_hdf5=yes; sharr_hdf5_found="$1:$sharr_hdf5_libs"])
        CPPFLAGS=$sharr_save_CPPFLAGS; LIBS=$sharr_save_LIBS
        AC_MSG_RESULT([$sharr_have_hdf5])
    ])
])

dnl SHARR_HDF5_SEARCH(PREFIX, KIND, PARALLEL, PKG-CONFIG NAMES, WRAPPER)
AC_DEFUN([SHARR_HDF5_SEARCH], [
    sharr_have_hdf5=no
    sharr_hdf5_kind=$2
    sharr_hdf5_parallel=$3
    AS_IF([test -n "$$1_CFLAGS$$1_LIBS"], [
        SHARR_HDF5_TRY([$1_CFLAGS, $1_LIBS], [$$1_CFLAGS], [$$1_LIBS])
    ], [
        for sharr_pc in $4; do
            AS_IF([$PKG_CONFIG --exists $sharr_pc 2>/dev/null], [
                SHARR_HDF5_TRY([pkg-config $sharr_pc], [`$PKG_CONFIG --cflags $sharr_pc`],
                    [`$PKG_CONFIG --libs $sharr_pc`])
            ])
        done
        AS_IF([$5 -show >/dev/null 2>&1], [
            sharr_show=`$5 -show`
            SHARR_HDF5_TRY([$5], [$sharr_show], [$sharr_show])
        ])
    ])
    AS_IF([test "x$sharr_have_hdf5" = xyes], [$1_CFLAGS=$sharr_hdf5_cflags; $1_LIBS=$sharr_hdf5_libs])
])

AC_DEFUN([SHARR_HDF5], [
    AC_ARG_VAR([HDF5_CFLAGS], [preprocessor flags of HDF5])
    AC_ARG_VAR([HDF5_LIBS], [libraries of HDF5])
    AS_IF([test "x$sharr_have_mpi" = xyes], [
        sharr_hdf5_deb=libhdf5-mpich-dev
        SHARR_HDF5_SEARCH([HDF5], [parallel], [1], [hdf5-mpich hdf5-openmpi hdf5-mpi hdf5], [h5pcc])
    ], [
        sharr_hdf5_deb=libhdf5-dev
        SHARR_HDF5_SEARCH([HDF5], [serial], [0], [hdf5-serial hdf5], [h5cc])
    ])
    AS_IF([test "x$sharr_have_hdf5" = xno], [AC_MSG_ERROR([no $sharr_hdf5_kind HDF5 was found.
    Debian: apt-get install $sharr_hdf5_deb; elsewhere set HDF5_CFLAGS and HDF5_LIBS])])
    sharr_hdf5_summary="$sharr_hdf5_kind, $sharr_hdf5_found"
])

dnl libhdf5.a in place of -lhdf5, and what it needs.
AC_DEFUN([SHARR_HDF5_STATIC], [
    sharr_hdf5_archive=
    for sharr_word in $SERIAL_HDF5_LIBS; do
        AS_CASE([$sharr_word], [-L*], [
            sharr_dir=`echo "$sharr_word" | $SED 's/^-L//'`
            AS_IF([test -z "$sharr_hdf5_archive" && test -f "$sharr_dir/libhdf5.a"],
                [sharr_hdf5_archive=$sharr_dir/libhdf5.a])
        ])
    done
    sharr_hdf5_static=
    AS_IF([test -n "$sharr_hdf5_archive"], [
        AC_MSG_CHECKING([what links with $sharr_hdf5_archive])
        sharr_save_CPPFLAGS=$CPPFLAGS; sharr_save_LIBS=$LIBS
        for sharr_more in "" "-lz" "-lsz -lz" "-lsz -laec -lz"; do
            AS_IF([test -z "$sharr_hdf5_static"], [
                CPPFLAGS="$sharr_save_CPPFLAGS $SERIAL_HDF5_CFLAGS"
                LIBS="$sharr_hdf5_archive $sharr_more $sharr_save_LIBS"
                AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <hdf5.h>]],
                    [[return H5Fopen("", 0, 0) + H5Dread(0, 0, 0, 0, 0, 0) + H5Dread_chunk(0, 0, 0, 0, 0);]])],
                    [sharr_hdf5_static="$sharr_hdf5_archive $sharr_more"])
            ])
        done
        CPPFLAGS=$sharr_save_CPPFLAGS; LIBS=$sharr_save_LIBS
        AC_MSG_RESULT([${sharr_hdf5_static:-it needs more than compression}])
    ])
])

AC_DEFUN([SHARR_SERIAL_PROGRAM], [
    AC_ARG_VAR([SERIAL_HDF5_CFLAGS], [preprocessor flags of the HDF5 for the program without MPI])
    AC_ARG_VAR([SERIAL_HDF5_LIBS], [its libraries])
    AC_ARG_ENABLE([serial-program],
        [AS_HELP_STRING([--enable-serial-program@<:@=static|shared@:>@], [with MPI: sharr-eval itself loads none and uses
            a serial HDF5; under mpiexec or srun it hands over to sharr-eval-mpi (default: if there is a serial HDF5)])],
        [], [enable_serial_program=auto])
    AS_CASE([$enable_serial_program], [auto|yes|no|static|shared], [],
        [AC_MSG_ERROR([--enable-serial-program=$enable_serial_program: static or shared])])
    sharr_serial_summary=no
    AS_IF([test "x$sharr_have_mpi" = xyes && test $enable_serial_program != no], [
        sharr_save_MPI_CFLAGS=$MPI_CFLAGS; sharr_save_MPI_LIBS=$MPI_LIBS
        MPI_CFLAGS=; MPI_LIBS=
        SHARR_HDF5_SEARCH([SERIAL_HDF5], [serial], [0], [hdf5-serial hdf5], [h5cc])
        MPI_CFLAGS=$sharr_save_MPI_CFLAGS; MPI_LIBS=$sharr_save_MPI_LIBS
        AS_IF([test "x$sharr_have_hdf5" = xyes], [
            sharr_serial_summary="shared, $sharr_hdf5_found"
            AS_CASE([$enable_serial_program:$enable_fault],
                [static:yes], [AC_MSG_ERROR([--enable-serial-program=static and --enable-fault exclude each other])],
                [shared:*|*:yes], [],
                [SHARR_HDF5_STATIC
                 AS_IF([test -n "$sharr_hdf5_static"],
                    [SERIAL_HDF5_LIBS=$sharr_hdf5_static
                     sharr_serial_summary="static, $sharr_hdf5_static"],
                    [AS_IF([test $enable_serial_program = static],
                        [AC_MSG_ERROR([--enable-serial-program=static: there is no libhdf5.a that links])])])])
        ])
    ])
    AS_IF([test "$sharr_serial_summary" = no], [
        AS_CASE([$enable_serial_program], [yes|static|shared], [AC_MSG_ERROR([--enable-serial-program needs MPI and
    a serial HDF5 beside the parallel one.  Debian: apt-get install libhdf5-dev; elsewhere set SERIAL_HDF5_CFLAGS
    and SERIAL_HDF5_LIBS])])
        SERIAL_HDF5_CFLAGS=; SERIAL_HDF5_LIBS=
    ])
    AM_CONDITIONAL([SERIAL_PROGRAM], [test "$sharr_serial_summary" != no])
])
