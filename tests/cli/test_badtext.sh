#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Expressions that cannot be: the message says what, and a caret where.

. "${top_srcdir:?}/tests/cli/cli.bash"
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good || exit 99

bad() { # NAME TEXT
    local name=$1 text=$2
    expect 1 "$name" -- "$text" good.h5 other.h5
}

bad "empty text" ''
bad "blanks only" '   '
bad "comment only" '# nothing'
bad "operator without operand" '/x +'
bad "two operands" '/x 2'
bad "unknown character" '/x $ 2'
bad "missing bracket" 'mean(/x'
bad "bracket too many" '/x)'
bad "floor division" '/x // 2'
bad "chained comparison" '0 < /x < 1'
bad "assignment to an expression" '/x + 1 = 3'
bad "unterminated name" '{/my data'
bad "unterminated string" "/x['a"
bad "no such dataset" 'mean(/temprature)'
bad "no such dataset in a group" '/g/z + 1'
bad "no such bare name" 'temperatur * 2'
bad "a name in a group" 'mean(y)'
bad "the group's name" 'mean(g)'
bad "a mask as an index" '/x[/x > 3]'
expect 1 "name in two files" 'sum(/x)' good.h5 good.h5
bad "no such file name" 'C:/x'
bad "no such function" 'meen(/x)'
bad "a type alone" 'float32'
bad "a function alone" 'mean'
bad "no such argument" 'mean(/x, axes=0)'
bad "too many arguments" 'sqrt(/x, 2)'
bad "constant that is also a dataset" 'e + 1'
bad "shapes that do not broadcast" '/x + /g/y'
bad "shapes of a function" 'maximum(/x, /i[:5])'
bad "comparison of complex numbers" '/c < 1'
bad "bits of floats" '/x & 1'
bad "difference of booleans" '/b - /b'
bad "literal that does not fit" '/u8 + 300'
bad "negative exponent of integers" '/i ** -1'
bad "axis that is not there" 'sum(/x, axis=2)'
bad "axis twice" 'sum(/x, axis=(0, 0))'
bad "minimum of nothing" 'min(/none)'
bad "index out of range" '/x[4]'
bad "too many indices" '/x[0, 0, 0]'
bad "step of zero" '/x[::0]'
bad "reshape to another size" 'reshape(/x, (5, 5))'
bad "concat of unlike shapes" 'concat([/x, /g/y])'
bad "stack of unlike shapes" 'stack([/x, /g/y])'
bad "not a permutation" 'permute_dims(/x, (0, 0))'
bad "squeeze of a long axis" 'squeeze(/x, axis=0)'
bad "broadcast to a smaller shape" 'broadcast_to(/x, (6,))'
bad "array too large for any machine" 'zeros((2**40, 2**40))'
bad "error in the second line" $'a = /x * 2\nb = a + nowhere'
expect 1 "more than 1000 elements without an output" 'zeros((1001,))'

printf '/x + 1\0 2\n' >nul.sx
expect 1 "NUL in a script" -f nul.sx good.h5
printf '/x + \xff\xfe\n' >utf8.sx
expect 1 "bad UTF-8 in a script" -f utf8.sx good.h5
head -c 1100000 /dev/zero | tr '\0' '1' >large.sx
expect 1 "script of more than 1 MiB" -f large.sx good.h5
{ head -c 10000 /dev/zero | tr '\0' '('; printf '1'; head -c 10000 /dev/zero | tr '\0' ')'; } >deep.sx
expect 1 "10,000 brackets deep" -f deep.sx
{ head -c 10000 /dev/zero | tr '\0' '-'; printf '1\n'; } >minus.sx
expect 0 "10,000 signs" -f minus.sx
{ printf '1'; for _ in $(seq 20000); do printf ' + 1'; done; echo; } >wide.sx
expect 0 "20,000 terms wide" -f wide.sx
# Programs write such scripts.  Statements are cheap, results are not.
awk 'BEGIN { print "_a0 = /x"; for (i = 1; i < 20000; i++) print "_a" i " = _a" i-1 " * 0.5 + " i; print "_a19999[0, 0]" }' >chain.sx
CLI_LIMIT=20 expect 0 "20,000 statements that make one result" -f chain.sx good.h5
awk 'BEGIN { for (i = 0; i < 50000; i++) print "a" i " = /x + " i }' >many.sx
CLI_LIMIT=20 expect 1 "50,000 results" -f many.sx good.h5
head -n 4096 many.sx >most.sx
sharr --json -f most.sx good.h5 >most.json
check "4,096 results" "${PYTHON:-python3}" -c '
import json
r = json.load(open("most.json"))["results"]
assert [x["name"] for x in r] == [f"a{i}" for i in range(4096)]
assert r[4095]["data"][0][1] == 1 + 4095'
printf 'a = 1\n\n# a comment\nb = a +\n' >script.sx
expect 1 "error in a script" -f script.sx
printf '#!/usr/bin/env -S sharr-eval -f\n2 * 21   # the answer\n' >first.sx
expect 0 "script with a first line for the system" -f first.sx
expect 1 "mutilated name of a terminal" $'\033[2Jx'
finish
