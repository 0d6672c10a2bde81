#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Options, help texts, completions and the manual page: all made from one table.

. "${top_srcdir:?}/tests/cli/cli.bash"

expect 2 "no arguments"
expect 2 "no such option" --frobnicate x
expect 2 "no such letter" -Z x
expect 2 "an expression that begins with a minus" '-A + 1'
expect 2 "beginning of several options" --co x
expect 2 "missing argument" 1 -o
expect 2 "argument where none is taken" --json=3 1
expect 2 "--progress takes three words" --progress=sometimes 1
expect 2 "--explain takes two words" --explain=xml 1
expect 2 "--json beside --explain" --json --explain 1
expect 2 "--overwrite without --output" --overwrite 1
expect 2 "--chunks without --output" --chunks 2,2 1
expect 2 "--overwrite and --append" -o x.h5 --overwrite --append 'a = 1'
expect 2 "--output given twice" -o a.h5 -o b.h5 'a = 1'
expect 2 "empty output name" -o '' 'a = 1'
expect 2 "output without a name in the text" -o a.h5 'arange(3)'
expect 2 "output with hidden names only" -o a.h5 '_a = arange(3)'
expect 2 "empty input name" 1 ''
expect 2 "empty input behind a name" 1 M=
expect 2 "info without a file" info
expect 2 "info with two files" info a.h5 b.h5
expect 2 "info with --output" -o x.h5 info a.h5
expect 2 "no such help topic" --help me
expect 2 "no such shell" --completion fish
expect 66 "script that is not there" -f nowhere.sx
expect 2 "bad value of a setting" --jit=gpu 1
expect 2 "bad size" -m many 1
expect 2 "bad number of threads" -j x 1

check "help names every option once" bash -c '
    "$0" --help >help.txt && for o in output overwrite append memory threads jit io tmpdir dump-ir group chunks \
        compress no-shuffle latest explain json status-file progress verbose quiet no-history help version completion file
    do [ "$(grep -cE -- "^ +(-., +)?--$o(\\[|=| |\$)" help.txt)" = 1 ] || { echo "--$o"; exit 1; }; done' "$eval_bin"
check "help ops lists operators" bash -c '
    "$0" --help ops >ops.txt && grep -q "^mean" ops.txt && grep -q "^argmax" ops.txt && [ $(wc -l <ops.txt) -gt 60 ]' "$eval_bin"
check "help fits 100 columns" bash -c '"$0" --help | awk "length > 100 { bad = 1; print } END { exit bad }"' "$eval_bin"
check "version says how it was built" bash -c '
    "$0" --version >version.txt && grep -q "^sharr-eval [0-9]" version.txt && grep -q "^hdf5: " version.txt' "$eval_bin"
check "an abbreviated option" bash -c '[ "$("$0" --thr 1 "1 + 1")" = 2 ]' "$eval_bin"

"$eval_bin" --completion bash >completion.bash
check "bash completion is valid" bash -n completion.bash
complete_with() { # words...
    bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sharr_eval 2>/dev/null; echo "${COMPREPLY[*]}"' x "$@"
}
check "bash completes options" test "$(complete_with sharr-eval --no-s)" = --no-shuffle
check "bash completes values" test "$(complete_with sharr-eval --jit = v)" = vm
touch era5.h5
check "bash completes files" test "$(complete_with sharr-eval x era)" = era5.h5
"$eval_bin" --completion zsh >_sharr-eval
if command -v zsh >/dev/null; then
    check "zsh completion is valid" zsh -n _sharr-eval
else
    check "zsh completion has every option" bash -c '[ $(grep -c -- "--" _sharr-eval) -gt 25 ]'
fi

# The options section of the manual page is a copy of what the table says.
"$eval_bin" --help man >man.now
sed -n '/^.\\" options: begin/,/^.\\" options: end/p' "$top_srcdir/cli/sharr-eval.1" | sed '1d;$d' >man.page
if [ -n "$GOLDEN_UPDATE" ]; then
    sed -i -e '/^.\\" options: begin/r man.now' -e '/^.\\" options: begin/,/^.\\" options: end/{/^.\\" options:/!d}' \
        "$top_srcdir/cli/sharr-eval.1"
    result ok "the manual page has the options"
else
    check "the manual page has the options" diff -u man.page man.now
fi
if command -v man >/dev/null; then
    check "the manual page formats without warnings" bash -c '
        ! MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z "$0" 2>&1 >/dev/null | grep .' "$top_srcdir/cli/sharr-eval.1"
fi
finish
