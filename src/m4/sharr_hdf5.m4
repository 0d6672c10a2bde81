dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl SHARR_HDF5
dnl   HDF5_CFLAGS=, HDF5_LIBS= given by hand; else pkg-config, else the wrapper h5pcc or h5cc.
dnl   With MPI the first that links H5Pset_fapl_mpio wins; without, the first serial one.
dnl   h5pcc comes last: wrappers made by CMake (HDF5 2.x) need not know -show.
dnl   Needs 1.10.5 (H5Dread_chunk, H5Dget_chunk_info).  Only -I -D -L -lhdf5 and rpaths are kept: the
dnl   rest of Debian's flags is for static linking.
dnl   Sets HDF5_CFLAGS, HDF5_LIBS.  To be called after SHARR_MPI.

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
            [sharr_have_hdf5=yes; HDF5_CFLAGS=$sharr_hdf5_cflags; HDF5_LIBS=$sharr_hdf5_libs
             sharr_hdf5_summary="$sharr_hdf5_kind, $1:$sharr_hdf5_libs"])
        CPPFLAGS=$sharr_save_CPPFLAGS; LIBS=$sharr_save_LIBS
        AC_MSG_RESULT([$sharr_have_hdf5])
    ])
])

AC_DEFUN([SHARR_HDF5], [
    AC_ARG_VAR([HDF5_CFLAGS], [preprocessor flags of HDF5])
    AC_ARG_VAR([HDF5_LIBS], [libraries of HDF5])
    sharr_have_hdf5=no
    AS_IF([test "x$sharr_have_mpi" = xyes],
        [sharr_hdf5_kind=parallel; sharr_hdf5_parallel=1
         sharr_hdf5_pc="hdf5-mpich hdf5-openmpi hdf5-mpi hdf5"; sharr_hdf5_cc=h5pcc
         sharr_hdf5_deb=libhdf5-mpich-dev],
        [sharr_hdf5_kind=serial; sharr_hdf5_parallel=0
         sharr_hdf5_pc="hdf5-serial hdf5"; sharr_hdf5_cc=h5cc
         sharr_hdf5_deb=libhdf5-dev])
    AS_IF([test -n "$HDF5_CFLAGS$HDF5_LIBS"], [
        SHARR_HDF5_TRY([HDF5_CFLAGS, HDF5_LIBS], [$HDF5_CFLAGS], [$HDF5_LIBS])
    ], [
        for sharr_pc in $sharr_hdf5_pc; do
            AS_IF([$PKG_CONFIG --exists $sharr_pc 2>/dev/null], [
                SHARR_HDF5_TRY([pkg-config $sharr_pc], [`$PKG_CONFIG --cflags $sharr_pc`],
                    [`$PKG_CONFIG --libs $sharr_pc`])
            ])
        done
        AS_IF([$sharr_hdf5_cc -show >/dev/null 2>&1], [
            sharr_show=`$sharr_hdf5_cc -show`
            SHARR_HDF5_TRY([$sharr_hdf5_cc], [$sharr_show], [$sharr_show])
        ])
    ])
    AS_IF([test "x$sharr_have_hdf5" = xno], [AC_MSG_ERROR([no $sharr_hdf5_kind HDF5 was found.
    Debian: apt-get install $sharr_hdf5_deb; elsewhere set HDF5_CFLAGS and HDF5_LIBS])])
])
