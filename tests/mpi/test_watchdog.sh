#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A rank, a proxy or the launcher is killed: nobody of the job is left after 2 s.  And what a wrong
# launcher gets to hear.

victim=$top_builddir/tests/mpi/comm_victim
[ -x "$victim" ] && [ -n "$MPIEXEC" ] || { echo "1..0 # SKIP no MPI launcher"; exit 0; }
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
exec 2>/dev/null         # the shell tells of every job that was killed
n=0

result() { # status, name, diagnosis
    n=$((n + 1))
    [ "$1" -eq 0 ] && echo "ok $n - $2" && return
    echo "# $3"
    echo "not ok $n - $2"
}

start() { # mode, stall seconds: sets job and pid[rank]
    rm -f "$dir/pids"
    timeout -k 1 40 "$MPIEXEC" $MPIEXEC_FLAGS -n 3 "$victim" "$dir/pids" "$2" "$1" >"$dir/out" 2>"$dir/err" &
    job=$!
    for _ in $(seq 300); do
        [ "$(wc -l 2>/dev/null <"$dir/pids")" = 3 ] && break
        sleep 0.1
    done
    sleep 0.2
    pid=()
    local rank id
    while read -r rank id; do pid[rank]=$id; done <"$dir/pids"
}

alive() { # is any rank but $1 still running (a zombie is not)?
    local p
    for p in "${pid[@]}"; do
        [ "$p" = "$1" ] && continue
        grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$p/status" && return 0
    done
    return 1
}

gone_within() { # tenths of a second, name, except
    local i
    for ((i = 0; i < $1; i++)); do
        alive "$3" || break
        sleep 0.1
    done
    alive "$3"
    result $((!$?)) "$2" "still there after $1 tenths: $(ps -o pid,ppid,stat,args -p "$(IFS=,; echo "${pid[*]}")" | tr '\n' ' ')"
    kill -9 "${pid[@]}" "$job" 2>/dev/null
    wait "$job" 2>/dev/null
}

parent_of() { awk '/^PPid:/ { print $2 }' "/proc/$1/status"; }

for mode in work wait; do
    start $mode 0
    kill -9 "${pid[1]}"
    gone_within 20 "a rank is killed, the others $mode"
    start $mode 0
    kill -9 "$(parent_of "${pid[0]}")"
    gone_within 20 "the launcher's proxy is killed, the ranks $mode"
done

start work 0
kill -9 "$(parent_of "$(parent_of "${pid[0]}")")"
gone_within 30 "the launcher is killed"

start wait 1
gone_within 35 "nobody moves for longer than the stall timeout"

start wait 0
kill -STOP "${pid[0]}"
sleep 1
alive "${pid[0]}"
result $? "no stall timeout, no end" "a waiting rank ended"
kill -9 "${pid[@]}"
wait "$job" 2>/dev/null

start abort 0
wait "$job" 2>/dev/null
rc=$?
[ $rc -eq 65 ]
result $? "comm_abort gives the launcher its code" "status $rc"

for n_ranks in 1 2; do
    timeout 20 "$MPIEXEC" $MPIEXEC_FLAGS -n $n_ranks "$victim" "$dir/pids" 5 end >"$dir/out" 2>&1
    [ $? -eq 0 ] && [ "$(grep -c "of $n_ranks" "$dir/out")" = $n_ranks ]
    result $? "$n_ranks ranks end in peace" "$(tail -n 1 "$dir/out")"
done

# Not below $MPIEXEC, which sets this.
export ASAN_OPTIONS="fast_unwind_on_malloc=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
out=$(OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=3 timeout 20 "$victim" "$dir/pids" 0 end 2>&1)
[ $? -eq 3 ] && [[ $out == *"started 3 processes, but MPI sees only one"* ]]
result $? "another library's launcher is refused" "$out"

out=$(SLURM_PROCID=0 SLURM_NTASKS=8 timeout 20 "$victim" "$dir/pids" 0 end 2>&1)
[ $? -eq 0 ] && [ "$out" = "ready 0 of 1" ]
result $? "a batch script is no launcher" "$out"
echo "1..$n"
