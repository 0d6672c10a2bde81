#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A run as a whole: records for machines, status file, progress, signals, pipes, memory, info.

. "${top_srcdir:?}/tests/cli/cli.bash"
python=${PYTHON:-python3}
"$python" "$cli_dir/make_inputs.py" good big types || exit 99
# Something that takes seconds on one thread of the interpreter without the wide registers of a new processor (--isa-level=1).
slow=/x
for f in sin cos tan exp tanh sin cos tan exp tanh hypot sin cos tan exp tanh sin cos tan exp tanh sin cos tan exp tanh; do
    [ $f = hypot ] && slow="hypot($slow, $slow ** 0.3)" || slow="$f($slow)"
done
json() { "$python" -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2"; }

sharr -q --json 'm = mean(/x); b = /b; c = /c[0]; _t = 3; stack([nan, -inf])' good.h5 >r.json
check "record: valid JSON, complete" json r.json 'r["state"] == "complete" and r["code"] == 0 and r["error"] is None'
check "record: results" json r.json '[x["name"] for x in r["results"]] == ["m", "b", "c", None]'
check "record: values" json r.json \
    '[x["data"] for x in r["results"]] == [11.5, [True, False, True], [1.0, 2.0], ["NaN", "-Infinity"]]'
check "record: types and shapes" json r.json \
    '[(x["dtype"], x["shape"]) for x in r["results"]][:2] == [("float32", []), ("bool", [3])]'
check "record: counters" json r.json 'r["counters"]["bytes_read"] > 0 and r["peak_memory"] > 0 and r["ranks"] == 1'
sharr -q --json -o j.h5 'y = /x * 2' good.h5 >r.json
check "record with an output" json r.json \
    'r["output"] == "j.h5" and r["results"][0]["shape"] == [4, 6] and "data" not in r["results"][0]'
sharr -q --json 'mean(/nowhere)' good.h5 >r.json 2>err
check "record of a failure" json r.json 'r["state"] == "failed" and r["code"] == 1 and "nowhere" in r["error"] and r["column"] == 5'

sharr -q --status-file st.json 'sum(/x)' big.h5 >out
check "status file: complete" json st.json \
    'r["state"] == "complete" and r["code"] == 0 and r["peak_memory"] > 0 and r["counters"]["bytes_read"] > 0'
sharr -q --status-file st.json 'sum(/y)' good.h5 2>err
check "status file: failed" json st.json 'r["state"] == "failed" and r["code"] == 1 and "/y" in r["error"]'
expect 74 "status file in a missing directory" --status-file nowhere/st.json 'sum(/x)' good.h5
sharr -q --status-file st.json -m 8MiB 'sum((/x - mean(/x)) ** 2)' big.h5 >out
check "status file: every pass was done" json st.json \
    'r["pass"] == r["passes"] == 2 and r["bytes_done"] == r["bytes_total"] > 0'
cp good.h5 kept.h5
expect 73 "status file over an input" --status-file kept.h5 'sum(/x)' kept.h5
sharr -q --status-file kept.h5 --frobnicate 'sum(/x)' kept.h5 2>err
check "what is no status file stays as it is" cmp good.h5 kept.h5
mkfifo st.pipe
expect 73 "status file over a pipe" --status-file st.pipe 'sum(/x)' good.h5
check "no temporary status file" bash -c '! ls st.json.*'

sharr -q --explain "v = sum($slow)" big.h5 >plan.txt; rc=$?
check "explain reads nothing and prints the plan" bash -c '[ '$rc' = 0 ] && [ -s plan.txt ]'
sharr -q --explain=json "v = sum($slow)" big.h5 >plan.json
check "explain=json is JSON" json plan.json 'isinstance(r, dict)'

sharr -m 1KiB 'sum(/x)' big.h5 >out 2>err
check "memory too small: code" test $? = 69
check "memory too small: how much is needed" grep -qE 'needs [0-9]+ bytes .* of --memory' err
check "memory too small: how much there is" grep -q 'has 1024:' err
asked=0
while [ $asked -lt 3 ]; do          # with more memory another order of steps may be possible, and need more
    asked=$((asked + 1))
    sharr -m "$(sed -n 's/.*needs \([0-9]*\) bytes.*/\1/p' err)" 'sum(/x)' big.h5 >out 2>err && break
done
check "memory too small: what it asks for suffices" test -s out
sharr -q --progress=always -j1 --jit=vm "mean($slow)" big.h5 >out 2>err
check "progress does not touch the results" bash -c '[ "$(wc -l <out)" = 1 ]'
if script -qec true /dev/null >/dev/null 2>&1; then     # not without pseudo-terminals
    shown="$eval_bin --progress=always -j1 --jit=vm --isa-level=1 'mean($slow)' big.h5"
    TERM=xterm script -qec "timeout 60 $shown" tty.txt >/dev/null </dev/null
    check "a bar on a terminal" grep -q ' %  .* of .*[KMG]iB/s' tty.txt
    check "no colour when NO_COLOR is set" bash -c '! grep -q "\[32m" tty.txt'
fi
check "-v says what was read" bash -c '"$0" -v "sum(/x)" good.h5 2>&1 >/dev/null | grep -q "peak memory"' "$eval_bin"
check "-q is silent" bash -c '[ -z "$("$0" -q -o q.h5 "y = /x" good.h5 2>&1)" ]' "$eval_bin"
# Signals: the first one stops the run, cleans up and gives 128+n.
stop_with() { # signal, code
    rm -f sig.h5 st.json
    timeout -k 5 60 "$eval_bin" -q -j1 --jit=vm --isa-level=1 --status-file st.json -o sig.h5 "w = $slow" big.h5 2>err &
    local pid=$! rc
    for _ in $(seq 200); do ls -A | grep -q 'sharr-' && break; sleep 0.01; done
    sleep 0.1
    pkill -"$1" -P "$pid" 2>/dev/null || kill -"$1" "$pid"
    wait "$pid"; rc=$?
    [ "$rc" -eq "$2" ] || { echo "code $rc"; cat err; return 1; }
    [ ! -e sig.h5 ] && no_leftovers && json st.json 'r["state"] == "failed" and r["code"] == '"$2"
}
check "SIGINT" stop_with INT 130
check "SIGTERM" stop_with TERM 143
check "SIGHUP" stop_with HUP 129
# Before anything is computed there is nothing to clean up: the first one ends what waits for a script.
mkfifo script.pipe
early() { # signal, code, the script that comes then (or none)
    rm -f early.h5 st.json
    timeout -k 5 60 "$eval_bin" -q --status-file st.json -o early.h5 -f script.pipe big.h5 2>err &
    local pid=$! rc begun
    for _ in $(seq 200); do [ -s st.json ] && break; sleep 0.02; done
    begun=$SECONDS
    pkill -"$1" -P "$pid"
    [ -z "$3" ] || echo "$3" >script.pipe
    wait "$pid"; rc=$?
    [ "$rc" -eq "$2" ] && [ $((SECONDS - begun)) -lt 10 ] || { echo "code $rc"; cat err; return 1; }
    [ "$(cat err)" = "sharr-eval: interrupted" ] && [ ! -e early.h5 ] && no_leftovers &&
        json st.json 'r["state"] == "failed" and r["error"] == "interrupted" and r["code"] == '"$2"
}
check "SIGINT while a script is awaited" early INT 130 ""
check "SIGTERM while a script is awaited" early TERM 143 ""
check "SIGINT before a script is read" early INT 130 "w = $slow"
check "a reader that leaves" bash -c '
    "$0" -q "arange(1000)" | true; rc=${PIPESTATUS[0]}; [ "$rc" = 141 ] || [ "$rc" = 0 ]' "$eval_bin"
check "standard output is full" bash -c '"$0" -q "arange(1000)" >/dev/full 2>err; [ $? = 74 ] && grep -q "standard output" err' "$eval_bin"

expect 0 "info" info good.h5
expect 0 "info of strange types" info types.h5
sharr --json info good.h5 >i.json
check "info as JSON" json i.json '{x["path"]: x for x in r["items"]}["/g/y"]["chunks"] == [2, 2]'
check "info as JSON: shape and type" json i.json \
    '[(x["shape"], x["dtype"]) for x in r["items"] if x["path"] == "/x"] == [([4, 6], "float32")]'
finish
