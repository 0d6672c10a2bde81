#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The loops compiled for levels that have fused multiply-add must not contain it: a * b + c has two
# roundings on every machine.  gcc 12 makes vfmaddsub of neighbouring sums and differences in spite
# of -ffp-contract=off.  The math source asks for fma where it means it, so its loops are left out.  Of clang's objects none may
# have what clang is known to get wrong (src/kernel/llvm_errata.h).
set -u

if ! command -v objdump >/dev/null; then
    echo '1..0 # SKIP no objdump'
    exit 0
fi
cd "${top_builddir:-.}" || exit 99
objects=$(find src/kernel -name 'libvm_v[34]_la-vm_*.o' ! -name '*math.o')
count=$(echo "$objects" | grep -c .)
echo '1..3'
if [ "$count" -ge 16 ]; then
    echo "ok 1 - there are objects to look at"
else
    echo "not ok 1 - only $count objects of level 3 and 4"
fi
bad=0
for object in $objects; do
    found=$(objdump -d "$object" | awk '/>:$/ {fn = $2} /\tvfn?m(add|sub)/ {print fn}' | sort -u)
    if [ -n "$found" ]; then
        echo "# $object:" $found
        bad=1
    fi
done
[ "$bad" -eq 0 ] && echo "ok 2 - no fused multiply-add" || echo "not ok 2 - fused multiply-add"
doubtful=
if ${CC:-gcc} --version | grep -q clang; then
    doubtful=$(find src/kernel -name 'libvm_v4_la-vm_*.o' -exec objdump -d {} + | grep 'vpternlog.*{%k')
fi
[ -z "$doubtful" ] && echo "ok 3 - no masked vpternlog of clang's" || echo "not ok 3 - masked vpternlog"
