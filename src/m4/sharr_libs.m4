dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl SHARR_LIBRARY(NAME, PC, HEADER, LIB, FUNCTION, DEBIAN)
dnl   A plain library: NAME_CFLAGS and NAME_LIBS given by hand, else pkg-config PC, else -lLIB.
dnl   Ends in a link test of FUNCTION; missing is an error that names the DEBIAN package.
dnl
dnl SHARR_BLAS
dnl   --without-blas, or BLAS_CFLAGS and BLAS_LIBS by hand: products of matrices by a CBLAS (OpenBLAS first, best
dnl   without threads of its own).  Optional: own loops do it too, slower.  Conditional HAVE_BLAS.
dnl
dnl SHARR_CUNIT
dnl   Optional.  Conditional HAVE_CUNIT; without it `make check` skips the C tests and says so.
dnl
dnl SHARR_PYTHON
dnl   PYTHON=  an interpreter >= 3.9 for tests and generators.  The first of $PYTHON, /usr/bin/python3,
dnl   python3 that imports numpy and h5py.  Conditional HAVE_PYTHON.
dnl
dnl SHARR_PYTHON_PACKAGE
dnl   --without-python, --with-pythondir=DIR: the package sharr for that interpreter, which needs
dnl   cffi, threadpoolctl, NumPy and Python.h.  Conditional HAVE_PYTHON_PACKAGE; PYTHON_CPPFLAGS, sharrpydir.

AC_DEFUN([SHARR_LINK_LIBRARY], [
    sharr_save_CPPFLAGS=$CPPFLAGS; sharr_save_LIBS=$LIBS
    CPPFLAGS="$CPPFLAGS $$1_CFLAGS"; LIBS="$$1_LIBS $LIBS"
    AC_MSG_CHECKING([for $3 in $$1_LIBS])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <$2>]], [[return ((void *(*)(void))$3) == 0;]])],
        [AC_MSG_RESULT([yes]); $4], [AC_MSG_RESULT([no]); $5])
    CPPFLAGS=$sharr_save_CPPFLAGS; LIBS=$sharr_save_LIBS
])

AC_DEFUN([SHARR_LIBRARY], [
    PKG_CHECK_MODULES([$1], [$2], [:], [: ${$1_LIBS=-l$4}])
    SHARR_LINK_LIBRARY([$1], [$3], [$5], [:],
        [AC_MSG_ERROR([$2 was not found (Debian: apt-get install $6)])])
])

AC_DEFUN([SHARR_BLAS], [
    AC_ARG_WITH([blas], [AS_HELP_STRING([--without-blas], [products of matrices by own loops only])], [], [with_blas=check])
    sharr_blas_summary=no
    AS_IF([test "x$with_blas" != xno], [
        PKG_CHECK_MODULES([BLAS], [openblas], [:], [: ${BLAS_LIBS=-lblas}])
        SHARR_LINK_LIBRARY([BLAS], [cblas.h], [cblas_dgemm], [sharr_blas_summary=$BLAS_LIBS])
    ])
    AS_IF([test "x$with_blas" = xyes && test "$sharr_blas_summary" = no],
        [AC_MSG_ERROR([no CBLAS was found (Debian: apt-get install libopenblas-pthread-dev)])])
    AM_CONDITIONAL([HAVE_BLAS], [test "$sharr_blas_summary" != no])
])

AC_DEFUN([SHARR_CUNIT], [
    sharr_cunit_summary=no
    PKG_CHECK_MODULES([CUNIT], [cunit], [:], [: ${CUNIT_LIBS=-lcunit}])
    SHARR_LINK_LIBRARY([CUNIT], [CUnit/CUnit.h], [CU_initialize_registry], [sharr_cunit_summary=yes])
    AM_CONDITIONAL([HAVE_CUNIT], [test "x$sharr_cunit_summary" = xyes])
])

AC_DEFUN([SHARR_PYTHON], [
    AC_ARG_VAR([PYTHON], [Python >= 3.9 with numpy and h5py, for tests])
    sharr_python_summary=no
    for sharr_py in $PYTHON /usr/bin/python3 python3; do
        AS_IF([test "$sharr_python_summary" = no && $sharr_py -c 'import sys, numpy, h5py; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1],
            [sharr_python_summary=$sharr_py])
    done
    AC_MSG_CHECKING([for Python with numpy and h5py])
    AC_MSG_RESULT([$sharr_python_summary])
    AS_IF([test "$sharr_python_summary" != no], [PYTHON=$sharr_python_summary])
    AM_CONDITIONAL([HAVE_PYTHON], [test "$sharr_python_summary" != no])
])

dnl Debian keeps what is not its own in dist-packages; the rest is below $prefix as everywhere.
AC_DEFUN([SHARR_PYTHON_PACKAGE], [
    AC_ARG_WITH([python], [AS_HELP_STRING([--without-python], [no Python package])], [], [with_python=check])
    AC_ARG_WITH([pythondir],
        [AS_HELP_STRING([--with-pythondir=DIR], [where the Python package goes (PREFIX/lib/pythonX.Y/...-packages)])],
        [], [with_pythondir=])
    sharr_package_summary=no
    PYTHON_CPPFLAGS=
    AC_MSG_CHECKING([for cffi, threadpoolctl and Python.h of $PYTHON])
    AS_IF([test "x$with_python" != xno && test "$sharr_python_summary" != no], [
        sharr_py_include=`$PYTHON -c 'import cffi, threadpoolctl, sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null`
        AS_IF([test -n "$sharr_py_include" && test -f "$sharr_py_include/Python.h"],
            [PYTHON_CPPFLAGS="-isystem $sharr_py_include"; sharr_package_summary=yes])])
    AC_MSG_RESULT([$sharr_package_summary])
    AS_IF([test "x$with_python" = xyes && test "$sharr_package_summary" = no],
        [AC_MSG_ERROR([the Python package needs cffi, NumPy, threadpoolctl, h5py and Python.h (Debian: apt-get install python3-cffi python3-dev python3-numpy python3-threadpoolctl python3-h5py)])])
    AS_IF([test "$sharr_package_summary" = yes], [
        sharr_py_under=`$PYTHON -c 'import sys
d = "dist-packages" if any(p.endswith("dist-packages") for p in sys.path) else "site-packages"
print("lib/python%d.%d/%s" % (sys.version_info.major, sys.version_info.minor, d))'`
        AS_IF([test -n "$with_pythondir"], [sharrpydir=$with_pythondir/sharr], [sharrpydir='${prefix}'/$sharr_py_under/sharr])
        sharr_package_summary=$sharrpydir])
    AC_SUBST([PYTHON_CPPFLAGS])
    AC_SUBST([sharrpydir])
    AM_CONDITIONAL([HAVE_PYTHON_PACKAGE], [test "$sharr_package_summary" != no])
])
