#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# demo.sh BUILD_DIR OUT_DIR: the main job (anomaly from the time mean, and standard deviation) on a synthetic
# sample and on real observations, on 1 rank and on 3, and proof that the results are the same bits and right.
# May be repeated: inputs that are there are kept, results are written anew.

set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { sed -n '4,6s/^# //p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 1
mkdir -p "$2" && out=$(cd "$2" && pwd) || exit 1
sharr=$build/sharr-eval
python=${PYTHON:-/usr/bin/python3}
mpiexec=${MPIEXEC:-$(command -v mpiexec.mpich || command -v mpiexec)}
observations=/usr/share/ferret-vis/data
failures=0

say() { printf '\n%s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*" >&2; failures=$((failures + 1)); }
[ -x "$sharr" ] || { fail "$sharr is not built"; exit 1; }
# h5diff is HDF5's own tool: it reads our zstd chunks through the plugin of this build.
export HDF5_PLUGIN_PATH=$build/.libs${HDF5_PLUGIN_PATH:+:$HDF5_PLUGIN_PATH}
export SHARR_LLVM_MODULE=${SHARR_LLVM_MODULE:-$build/.libs/libsharr-llvm.so}

sample() {
    [ -e "$out/sample.h5" ] && [ "$out/sample.h5" -nt "$here/make_sample.py" ] && return
    say "Making a sample: $out/sample.h5"
    "$python" "$here/make_sample.py" "$out/sample.h5" || fail "cannot make the sample"
}

real() { # name of the ferret data set
    [ -e "$out/$1.nc" ] && return
    if [ ! -e "$observations/$1.cdf" ]; then
        fail "$observations/$1.cdf is missing (Debian package ferret-datasets)"
    elif nccopy -k nc4 -d 4 -s "$observations/$1.cdf" "$out/$1.part"; then
        mv "$out/$1.part" "$out/$1.nc"
    else
        fail "nccopy of $1 failed"
    fi
}

# Words as one would type them in the build directory.
typed() {
    local word
    for word in "$@"; do
        case $word in "$sharr") word=./sharr-eval ;; *) word=${word#"$build"/} ;; esac
        case $word in *[!A-Za-z0-9_./:=,+-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
    done
}

# Runs a command, says it, and how long it took.
timed() {
    local start=$EPOCHREALTIME status
    printf '  $%s\n' "$(typed "$@")"
    "$@"
    status=$?
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "    %.2f s\n", b - a }'
    return $status
}

job() { # input, dataset
    local input=$1 x=$2 name ranks
    name=$(basename "$input" | sed 's/\.[^.]*$//')
    [ -e "$input" ] || return
    say "${input#"$build"/}: $x minus its mean along the first axis, and the standard deviation"
    for ranks in 1 3; do
        local launch=()
        if [ $ranks -gt 1 ]; then
            [ -n "$with_mpi" ] || { echo "  (built without MPI: no run on $ranks ranks)"; continue; }
            launch=(timeout 300 "$mpiexec" -n "$ranks")
        fi
        timed "${launch[@]}" "$sharr" -v --progress=never --overwrite -o "$out/$name-anomaly-$ranks.h5" \
            "anom = $x - mean($x, axis=0); sd = std($x, axis=0)" "$input" || fail "$name on $ranks ranks: exit code $?"
    done
    if [ -n "$with_mpi" ]; then
        if h5diff "$out/$name-anomaly-1.h5" "$out/$name-anomaly-3.h5" /anom /anom &&
            h5diff "$out/$name-anomaly-1.h5" "$out/$name-anomaly-3.h5" /sd /sd; then
            echo "  1 rank and 3 ranks: same bits (h5diff)"
        else
            fail "$name: 1 rank and 3 ranks differ"
        fi
    fi
    "$python" "$here/check_anomaly.py" "$input" "$x" "$out/$name-anomaly-1.h5" || fail "$name: NumPy finds other values"
}

with_mpi=
"$sharr" --version | grep -q '^mpi: no' || with_mpi=$(command -v "$mpiexec")
sample
real monthly_navy_winds
real etopo5
say "Commands are shown as typed in $build."
say "What is in the sample:"
timed "$sharr" info "$out/sample.h5"
job "$out/sample.h5" /t2m
job "$out/monthly_navy_winds.nc" /UWND
job "$out/etopo5.nc" /ROSE
say "Mean wind speed of the observations, printed"
timed "$sharr" -q 'speed = mean(sqrt(/UWND ** 2 + /VWND ** 2)); strongest = max(sqrt(/UWND ** 2 + /VWND ** 2))' \
    "$out/monthly_navy_winds.nc" || fail "the printed job"
say "Results in $out:"
(cd "$out" && ls -sh1 -- *-anomaly-*.h5)
[ $failures -eq 0 ] || { echo "demo: $failures steps failed" >&2; exit 1; }
say "All steps passed.  To go on, with the tour in README.md:
  cd $out
  PATH=$build:\$PATH
  sharr-eval info sample.h5"
