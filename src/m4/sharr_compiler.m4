dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl SHARR_COMPILER
dnl   Checks for C11 with the GNU vector extensions (gcc >= 9, clang >= 9) on x86-64 and
dnl   puts into AM_CFLAGS what every file is compiled with:
dnl     -std=gnu11 -pthread
dnl     -ffp-contract=off    a*b+c stays two roundings: the same bits on every machine
dnl     -fvisibility=hidden  only what is marked is exported
dnl     the warnings that the compiler knows
dnl
dnl SHARR_SANITIZER
dnl   --enable-sanitizer[=LIST]  address,undefined (default) or thread.  Also added to AM_LDFLAGS.
dnl   thread goes with --without-mpi: UCX, below MPICH, patches mmap, munmap and madvise, and
dnl   ThreadSanitizer then crashes at thread exit and reports races that are none.
dnl   Conditional HAVE_SANITIZER; SANITIZER is the list or "no".
dnl
dnl SHARR_WERROR
dnl   --enable-werror  adds -Werror to AM_CFLAGS, after all probes.
dnl
dnl SHARR_KEEP_FLAGS(VARIABLE, PATTERNS)
dnl   Keeps in VARIABLE only the words that match one of the shell PATTERNS (a|b|c).  Wrappers and
dnl   .pc files of distributions carry hardening and LTO flags that must not leak into ours.

AC_DEFUN([SHARR_TRY_CFLAG], [
    AC_MSG_CHECKING([whether $CC accepts $1])
    sharr_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
        [AC_MSG_RESULT([yes]); AM_CFLAGS="$AM_CFLAGS $1"],
        [AC_MSG_RESULT([no]); $2])
    CFLAGS=$sharr_save_CFLAGS
])

AC_DEFUN([SHARR_COMPILER], [
    AM_CFLAGS="-std=gnu11 -pthread"
    AM_LDFLAGS="-pthread"
    SHARR_TRY_CFLAG([-ffp-contract=off],
        [AC_MSG_ERROR([$CC lacks -ffp-contract=off: results would depend on the compiler])])
    SHARR_TRY_CFLAG([-fvisibility=hidden], [AC_MSG_ERROR([$CC lacks -fvisibility=hidden])])
    m4_foreach_w([sharr_flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
        -Wold-style-definition -Wvla], [SHARR_TRY_CFLAG(sharr_flag)])
    AC_MSG_CHECKING([for GNU vector extensions and x86-64 intrinsics])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[
        #include <immintrin.h>
        typedef double v4d __attribute__((vector_size(32)));
        typedef long long v4l __attribute__((vector_size(32)));
        ]], [[
        v4d a = {1, 2, 3, 4};
        v4l m = a < 2.0;
        _mm_setcsr(_mm_getcsr());
        return (int)(__builtin_convertvector(a, v4l) & m)[0];
        ]])], [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([sharr needs gcc >= 9 or clang >= 9 on x86-64])])
    AC_SUBST([AM_CFLAGS])
    AC_SUBST([AM_LDFLAGS])
])

AC_DEFUN([SHARR_SANITIZER], [
    AC_ARG_ENABLE([sanitizer],
        [AS_HELP_STRING([--enable-sanitizer@<:@=LIST@:>@],
            [address,undefined (default) or thread])],
        [], [enable_sanitizer=no])
    AS_IF([test "x$enable_sanitizer" = xyes], [enable_sanitizer=address,undefined])
    AS_IF([test "x$enable_sanitizer" != xno], [
        sharr_san="-fsanitize=$enable_sanitizer -fno-omit-frame-pointer -fno-sanitize-recover=all"
        AC_MSG_CHECKING([whether $CC links with $sharr_san])
        sharr_save_CFLAGS=$CFLAGS
        CFLAGS="$CFLAGS $sharr_san"
        AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])],
            [AC_MSG_RESULT([no]); AC_MSG_ERROR([--enable-sanitizer=$enable_sanitizer does not work here])])
        CFLAGS=$sharr_save_CFLAGS
        AM_CFLAGS="$AM_CFLAGS $sharr_san"
        AM_LDFLAGS="$AM_LDFLAGS -fsanitize=$enable_sanitizer"
    ])
    AC_SUBST([SANITIZER], [$enable_sanitizer])
    AM_CONDITIONAL([HAVE_SANITIZER], [test "x$enable_sanitizer" != xno])
])

AC_DEFUN([SHARR_WERROR], [
    AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])],
        [], [enable_werror=no])
    AS_IF([test "x$enable_werror" = xyes], [AM_CFLAGS="$AM_CFLAGS -Werror"])
])

AC_DEFUN([SHARR_KEEP_FLAGS], [
    sharr_kept=
    for sharr_word in $$1; do
        case $sharr_word in
            $2) sharr_kept="$sharr_kept $sharr_word" ;;
        esac
    done
    $1=$sharr_kept
])
