#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Includes go only down the list of layers, and third-party headers stay where they belong.

cd "${top_srcdir:?}" || exit 99

layers=(base array expr plan kernel dist store exec ckpt api)
# A layer may also include what is listed here, although it is higher up.
# (The kernel itself uses base and array only, so that this makes no cycle.)
upward=" plan:kernel/program.h plan:kernel/program_build.h plan:kernel/reduce.h "
# Lower layers that a layer may not use although they are below it.
only_kernel=" base array kernel "

# header pattern | files that may include it (extended regular expressions)
third_party=(
    '^mpi\.h$|^(include/|src/dist/|src/store/|src/ckpt/)'
    '^hdf5(_hl)?\.h$|^src/store/'
    '^H5[A-Za-z]*\.h$|^src/store/'
    '^llvm-c/|^src/kernel/llvm_'
    '^(zstd|zstd_errors)\.h$|^src/store/[a-z0-9_]*zstd[a-z0-9_]*\.[ch]$'
    '^libdeflate\.h$|^src/store/[a-z0-9_]*deflate[a-z0-9_]*\.[ch]$'
    '^xxhash\.h$|^src/base/'
)

rank_of() {
    local i
    for i in "${!layers[@]}"; do
        [ "${layers[i]}" = "$1" ] && echo "$i" && return
    done
}

check_layers() {
    local file from to header
    while IFS=: read -r file header; do
        from=${file#src/} from=${from%%/*} to=${header%%/*}
        [ -n "$(rank_of "$to")" ] || continue
        case $upward in *" $from:$header "*) continue ;; esac
        if [ "$(rank_of "$to")" -gt "$(rank_of "$from")" ]; then
            echo "# $file: $from includes $header, which is above it"
        elif [ "$from" = kernel ] && [[ $only_kernel != *" $to "* ]]; then
            echo "# $file: kernel includes $header, but may use base and array only"
        fi
    done < <(grep -rEo --include='*.[ch]' '^ *# *include *"[^"]+"' src | sed 's/: *# *include *"/:/; s/"$//')
}

check_third_party() {
    local file header rule
    while IFS=: read -r file header; do
        for rule in "${third_party[@]}"; do
            [[ $header =~ ${rule%%|*} ]] || continue
            [[ $file =~ ${rule#*|} ]] || echo "# $file: <$header> is not for this file"
        done
    done < <(grep -rEo --include='*.[ch]' '^ *# *include *[<"][^>"]+[>"]' include src cli |
             sed 's/: *# *include *[<"]/:/; s/[>"]$//')
}

n=0
report() {
    n=$((n + 1))
    [ -z "$2" ] && echo "ok $n - $1" && return
    echo "$2"
    echo "not ok $n - $1"
}

echo 1..3
report "includes go down: ${layers[*]}" "$(check_layers)"
report "third-party headers are quarantined" "$(check_third_party)"
report "file names are unique" "$(find src include cli -name '*.[ch]' -printf '%f\n' | sort | uniq -d |
    sed 's/^/# twice: /')"
