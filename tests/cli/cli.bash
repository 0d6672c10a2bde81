# SPDX-License-Identifier: BSD-3-Clause
#
# What the tests of the command line share.  A test script sources this, makes its inputs in the scratch
# directory it is in then, and calls `expect` for every case.
#
# The text of a case (standard output and error) is compared with the section of that name in
# <test>.golden beside the script; the exit code stands in the script, so that it is never copied from
# the program.  `make check-golden-update` writes the sections anew: read the diff before it is kept.

eval_bin=${EVAL_BIN:-${top_builddir:?}/sharr-eval}
cli_dir=${top_srcdir:?}/tests/cli
golden=$cli_dir/$(basename "$0" .sh).golden
cli_limit=${CLI_LIMIT:-60}
number=0

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 99
[ -n "$GOLDEN_UPDATE" ] && printf '' >"$scratch.golden"

export NO_COLOR=1
for setting in ${!SHARR_@}; do      # settings of the caller do not count
    [ "$setting" = SHARR_LLVM_MODULE ] || unset "$setting"
done
: "${SHARR_LLVM_MODULE:=$top_builddir/.libs/libsharr-llvm.so}"
export SHARR_LLVM_MODULE

result() { # ok|not ok, name
    number=$((number + 1))
    echo "$1 $number - $2"
}

skip() { # name, why
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

finish() {
    if [ -n "$GOLDEN_UPDATE" ]; then
        mv "$scratch.golden" "$golden"
    fi
    echo "1..$number"
}

sharr() {
    timeout -k 5 "$cli_limit" "$eval_bin" "$@"
}

# What differs from machine to machine and from run to run.
normalise() {
    sed -e "s|$scratch|SCRATCH|g" -e 's/\.sharr-[A-Za-z0-9._-]*/.sharr-TEMP/g' \
        -e 's|no plugin in /[^ ;]*|no plugin in PLUGINS|' -e 's/sharr-eval [0-9][0-9.]*[0-9]/sharr-eval VERSION/'
}

section() { # name: its lines in the golden file
    awk -v want="== $1" '/^== /{on = ($0 == want); next} on' "$golden" 2>/dev/null
}

compare() { # name; file "got" is compared with the section
    if [ -n "$GOLDEN_UPDATE" ]; then
        { echo "== $1"; cat got; } >>"$scratch.golden"
        return 0
    fi
    section "$1" >want
    cmp -s want got && return 0
    diff -u --label should --label is want got | sed 's/^/# /'
    return 1
}

# expect CODE NAME ARGUMENTS...: run sharr-eval, check its code and all that it printed.
expect() {
    local code=$1 name=$2 rc
    shift 2
    sharr "$@" >out 2>err </dev/null
    rc=$?
    normalise <err >got
    [ -s out ] && { echo "-- output"; normalise <out; } >>got
    if [ "$rc" -ne "$code" ]; then
        echo "# exit code $rc, should be $code"
        sed 's/^/# /' err | head -n 20
        result "not ok" "$name"
    elif compare "$name"; then
        result ok "$name"
    else
        result "not ok" "$name"
    fi
}

# check NAME COMMAND...: an assertion without golden text.
check() {
    local name=$1
    shift
    if "$@" >check.log 2>&1; then
        result ok "$name"
    else
        sed 's/^/# /' check.log | head -n 20
        result "not ok" "$name"
    fi
}

# Nothing but the inputs may be left: no temporary files.
no_leftovers() {
    ! ls -A | grep -E 'sharr-|\.tmp'
}

is_root() { [ "$(id -u)" -eq 0 ]; }
