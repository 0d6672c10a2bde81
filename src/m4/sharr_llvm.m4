dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl SHARR_LLVM(VERSIONS)
dnl   --without-llvm        the block interpreter only
dnl   --with-llvm           LLVM or an error (default: LLVM where there is one)
dnl   --with-llvm=PATH      an installation prefix, or the llvm-config program itself
dnl   VERSIONS are the supported major versions, best first.  An older llvm-config that happens to be
dnl   first on PATH is passed over.  A version counts only if clang of the same version is there too
dnl   (it compiles the mathematics to bitcode) and LLVMOrcCreateLLJIT links.
dnl   Sets HAVE_LLVM (config.h and conditional), LLVM_CFLAGS, LLVM_LIBS, LLVM_BINDIR, LLVM_MAJOR, CLANG.

AC_DEFUN([SHARR_LLVM_TRY], [
    AS_IF([test "x$sharr_have_llvm" = xno && sharr_major=`$1 --version 2>/dev/null | $SED 's/\..*//'` &&
           test -n "$sharr_major"], [
        AC_MSG_CHECKING([$1 (LLVM $sharr_major)])
        sharr_llvm_why="version not supported (supported: $2)"
        for sharr_ok in $2; do
            AS_IF([test "$sharr_ok" = "$sharr_major"], [sharr_llvm_why=])
        done
        AS_IF([test -z "$sharr_llvm_why"], [
            LLVM_BINDIR=`$1 --bindir`
            CLANG=
            for sharr_c in "$LLVM_BINDIR/clang" clang-$sharr_major clang; do
                AS_IF([test -z "$CLANG" &&
                       $sharr_c --version 2>/dev/null | grep -q "version $sharr_major\."],
                    [CLANG=$sharr_c])
            done
            AS_IF([test -z "$CLANG"], [sharr_llvm_why="no clang $sharr_major beside it"])
        ])
        AS_IF([test -z "$sharr_llvm_why"], [
            LLVM_CFLAGS="-isystem `$1 --includedir`"
            LLVM_LIBS="-L`$1 --libdir` `$1 --link-shared --libs 2>/dev/null || $1 --libs orcjit native passes`"
            LLVM_LIBS="$LLVM_LIBS `$1 --link-shared --system-libs 2>/dev/null`"
            sharr_save_CPPFLAGS=$CPPFLAGS; sharr_save_LIBS=$LIBS
            CPPFLAGS="$CPPFLAGS $LLVM_CFLAGS"; LIBS="$LLVM_LIBS $LIBS"
            AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <llvm-c/LLJIT.h>]],
                [[return LLVMOrcCreateLLJIT(0, 0) != 0;]])],
                [sharr_have_llvm=yes; LLVM_MAJOR=$sharr_major
                 sharr_llvm_summary="$sharr_major ($1, $CLANG)"],
                [sharr_llvm_why="LLVMOrcCreateLLJIT does not link"])
            CPPFLAGS=$sharr_save_CPPFLAGS; LIBS=$sharr_save_LIBS
        ])
        AS_IF([test "x$sharr_have_llvm" = xyes], [AC_MSG_RESULT([yes])],
            [AC_MSG_RESULT([no: $sharr_llvm_why])])
    ])
])

AC_DEFUN([SHARR_LLVM], [
    AC_ARG_WITH([llvm],
        [AS_HELP_STRING([--with-llvm@<:@=PATH@:>@], [prefix or llvm-config of LLVM $1 (default: found)])],
        [], [with_llvm=auto])
    sharr_have_llvm=no
    sharr_llvm_summary=no
    AS_CASE([$with_llvm],
        [no], [],
        [auto|yes], [
            for sharr_v in $1; do
                SHARR_LLVM_TRY([llvm-config-$sharr_v], [$1])
            done
            SHARR_LLVM_TRY([llvm-config], [$1])
        ], [
            AS_IF([test -d "$with_llvm"], [with_llvm=$with_llvm/bin/llvm-config])
            SHARR_LLVM_TRY([$with_llvm], [$1])
        ])
    AS_IF([test "x$sharr_have_llvm" = xyes],
        [AC_DEFINE([HAVE_LLVM], [1], [The LLVM back end is built.])],
        [AS_IF([test "$with_llvm" != no && test "$with_llvm" != auto],
            [AC_MSG_ERROR([--with-llvm=$with_llvm: no LLVM of a supported version ($1) with its clang.
    Debian: apt-get install llvm-19-dev clang-19; or leave it out: --without-llvm])])
         LLVM_CFLAGS=; LLVM_LIBS=; LLVM_BINDIR=; LLVM_MAJOR=; CLANG=])
    AC_SUBST([LLVM_CFLAGS])
    AC_SUBST([LLVM_LIBS])
    AC_SUBST([LLVM_BINDIR])
    AC_SUBST([LLVM_MAJOR])
    AC_SUBST([CLANG])
    AM_CONDITIONAL([HAVE_LLVM], [test "x$sharr_have_llvm" = xyes])
])
