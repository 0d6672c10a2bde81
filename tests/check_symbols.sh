#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# libsharr.so exports sharr_* and nothing else, and everything that the headers declare.

if [ "${SANITIZER:-no}" != no ]; then
    echo "1..0 # SKIP sanitizers add symbols of their own"
    exit 0
fi
lib=${top_builddir:?}/.libs/libsharr.so
echo 1..2
if ! symbols=$(${NM:-nm} -D --defined-only "$lib"); then
    echo "not ok 1 - $lib can be read"
    exit 1
fi
others=$(echo "$symbols" | awk 'NF && $NF !~ /^sharr_/ { print "# " $NF }')
[ -n "$others" ] && echo "$others" && echo "not ok 1 - only sharr_* is exported" ||
    echo "ok 1 - only sharr_* is exported"

missing=
for s in $(sed -n 's/^SHARR_API [^(]*[ *]\(sharr_[a-z0-9_]*\)(.*/\1/p' "${top_srcdir:?}"/include/*.h "$top_srcdir"/include/sharr/*.h); do
    echo "$symbols" | grep -q " $s\$" || missing="$missing $s"
done
[ -n "$missing" ] && echo "# declared, but not there:$missing" && echo "not ok 2 - what is declared is there" ||
    echo "ok 2 - what is declared is there"
