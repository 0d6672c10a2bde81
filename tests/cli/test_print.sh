#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What is printed without --output.  The expected text is worked out by hand: nothing here is
# copied from the program.

. "${top_srcdir:?}/tests/cli/cli.bash"
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good || exit 99

prints() { # NAME TEXT EXPECTED
    local name=$1 text=$2 want=$3 have rc
    have=$(sharr -q -- "$text" good.h5 other.h5 2>&1 </dev/null)
    rc=$?
    if [ $rc -eq 0 ] && [ "$have" = "$want" ]; then
        result ok "$name"
    else
        printf '%s\n' "# $text: code $rc" "should be:" "$want" "is:" "$have" | sed 's/^/# /'
        result "not ok" "$name"
    fi
}

prints "integer" '1 + 2 * 3' 7
prints "float" '1 / 3' 0.3333333333333333
prints "float32" 'float32(1) / 3' 0.33333334
prints "whole float" 'mean(/x)' 11.5
prints "float without fraction" 'sum(/x)' 276.0
prints "large and small" 'stack([1e300, 1e-300, 123456789.0, 1e16, 0.0001, 0.00001])' \
    '[     1e+300      1e-300 123456789.0       1e+16      0.0001       1e-05]'
prints "not finite" 'stack([1 / 0, -1 / 0, 0 / 0, -0.0])' '[ inf -inf  nan -0.0]'
prints "constants" 'pi + 0 * max(temperature)' 3.141592653589793
prints "bool" 'any(/x > 22)' True
prints "several bools" '/b' '[ True False  True]'
prints "complex" '/c' '[   (1+2j) (-0-0.5j)    (3+0j)]'
prints "largest integers" 'stack([uint64(18446744073709551615)])' '[18446744073709551615]'
prints "smallest integer" '-9223372036854775807 - 1' -9223372036854775808
prints "one dimension" '/i' '[-2 -1  0  1  2  3]'
prints "two dimensions" '/x[:2, 1:4]' '[[1.0 2.0 3.0]
 [7.0 8.0 9.0]]'
prints "three dimensions" 'reshape(arange(8), (2, 2, 2))' '[[[0 1]
  [2 3]]

 [[4 5]
  [6 7]]]'
prints "nothing" '/none' '[]'
prints "long line" 'arange(40)' \
'[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25
 26 27 28 29 30 31 32 33 34 35 36 37 38 39]'
prints "a name alone" 'm = max(/x)' 23.0
prints "several results" 'lo = min(/x); hi = max(/x); _hidden = 3; hi - lo' 'lo = 0.0
hi = 23.0
23.0'
prints "array behind a name" 'a = reshape(arange(1, 5), (2, 2)); b = 5' 'a = [[1 2]
     [3 4]]
b = 5'
prints "statements on lines" $'a = sum(/i)  # 3\n_b = a * 2\n_b + (1 +\n  1)' 'a = 3
8'
prints "names in braces" '{/my data/x-1} + 1' '[1 2 3]'
prints "paths and files" 'sum(A:/x - B:/w) + sum(/g/y)' 294.0
prints "bare name" 'max(temperature)' 1.0
prints "chunks of zstd" 'sum(/z)' 1770.0
prints "scalar dataset" '/one * 2' 5.0

check "names of inputs" test "$(sharr -q 'sum(NEW:/x) - sum(OLD:/w)' OLD=other.h5 NEW=./good.h5)" = 228.0
check "group of bare names" test "$(sharr -q --group /g 'max(y)' good.h5)" = 11.0
printf '6 * 7' >answer.sx
check "script" test "$(sharr -q -f answer.sx)" = 42
check "script from standard input" test "$(echo '6 * 7' | timeout 60 "$eval_bin" -q -f -)" = 42
cp good.h5 a=b.h5
check "file with = in its name" test "$(sharr -q 'max(/x)' ./a=b.h5)" = 23.0
finish
