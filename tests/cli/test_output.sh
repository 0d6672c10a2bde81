#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Output files: what is written, what is refused, and that nothing is lost or left behind.  Results are looked at
# with the tools of HDF5.

. "${top_srcdir:?}/tests/cli/cli.bash"
PYTHON_BIN=${PYTHON:-python3}
"$PYTHON_BIN" "$cli_dir/make_inputs.py" good || exit 99
values() { h5dump -d "$2" -y -w 0 "$1" | sed -n '/DATA {/,/}/p' | grep -v '[{}]' | tr -d ' \n'; }
has_last() { h5dump -d /y -s 39999 -c 1 -y -w 0 "$1" | grep -qx ' *39999'; }     # of arange(40000)
same_bytes() { cmp "$1" "$2"; }

expect 0 "write" -q --compress=deflate:1 -o out.h5 'y = /x[:2, :2] * 2; s = sum(/x); _t = /x' good.h5
check "values, seen by h5dump" test "$(values out.h5 /y)" = 0,2,12,14
check "number" test "$(values out.h5 /s)" = 276
check "hidden names are not written" bash -c '! h5ls out.h5 | grep _t'
check "history" bash -c 'h5dump -a /history out.h5 | grep -q "sharr-eval -q --compress=deflate:1 -o out.h5"'
check "no temporary is left" no_leftovers
cp out.h5 before.h5
expect 73 "output exists" -o out.h5 'y = /x' good.h5
check "it is as it was" same_bytes out.h5 before.h5
expect 0 "overwrite" -q --overwrite --no-history --compress=none -o out.h5 'y = /i' good.h5
check "new values" test "$(values out.h5 /y)" = -2,-1,0,1,2,3
check "no history" bash -c '! h5dump -a /history out.h5 2>/dev/null'
cp out.h5 before.h5
expect 1 "a failing overwrite" --overwrite -o out.h5 'y = /x + /g/y' good.h5
check "leaves the old file" same_bytes out.h5 before.h5
expect 0 "append" -q --append --compress=none -o out.h5 'z = /i * 10' good.h5
check "old values are there" test "$(values out.h5 /y)" = -2,-1,0,1,2,3
check "new values are there" test "$(values out.h5 /z)" = -20,-10,0,10,20,30
expect 73 "append of a name that is there" --append -o out.h5 'z = /i' good.h5
for how in "" --overwrite --append; do          # without an option it just exists
    cp good.h5 input.h5
    expect $([ -z "$how" ] && echo 73 || echo 2) "output is an input $how" $how -o input.h5 'q = /x' input.h5
    check "the input is as it was $how" same_bytes good.h5 input.h5
done
ln -s good.h5 link.h5; ln good.h5 hard.h5
expect 2 "output is an input behind a link" --overwrite -o link.h5 'y = /x' good.h5
expect 2 "output is another name of an input" --overwrite -o hard.h5 'y = /x' good.h5
"$PYTHON_BIN" "$cli_dir/make_inputs.py" referring
expect 2 "output is a file that an input refers to" --overwrite -o target.h5 'y = /v' refers.h5
expect 2 "output is a file behind an external link" --overwrite -o target.h5 'y = /l' refers.h5
expect 2 "output is the raw file of an input" --overwrite -o raw.bin 'y = /r' refers.h5
mkdir dir.h5
expect 73 "output is a directory" --overwrite -o dir.h5 'y = /x' good.h5
expect 73 "output is a device" --overwrite -o /dev/null 'y = /x' good.h5
expect 74 "directory of the output is missing" -o nowhere/out.h5 'y = /x' good.h5
expect 2 "chunks that are no numbers" --chunks 2,x -o c.h5 'y = /x' good.h5
expect 2 "chunks beyond 4 GiB" -m 500GiB --chunks 600000000 -o c.h5 'y = arange(600000000)' good.h5
expect 2 "unknown codec" --compress=snappy -o c.h5 'y = /x' good.h5
expect 2 "level out of range" --compress=zstd:99 -o c.h5 'y = /x' good.h5
expect 0 "chunks" -q --chunks 2,3 --compress=deflate:4 -o c.h5 'y = /x; n = /i' good.h5
check "as asked for, where they fit" bash -c 'h5dump -p -H -d /y c.h5 | grep -q "CHUNKED ( 2, 3 )"'
check "shuffle and deflate" bash -c 'h5dump -p -H -d /y c.h5 | grep -q SHUFFLE && h5dump -p -H -d /y c.h5 | grep -q "LEVEL 4"'
expect 0 "--no-shuffle" -q --no-shuffle --compress=deflate:4 --chunks 2,3 -o n.h5 'y = /x' good.h5
check "no shuffle" bash -c '! h5dump -p -H -d /y n.h5 | grep -q SHUFFLE'
expect 0 "--latest" -q --latest --compress=none -o l.h5 'y = /x' good.h5
check "newest superblock" test "$(od -An -tu1 -j8 -N1 l.h5 | tr -d ' ')" -ge 2
expect 0 "netCDF name" -q -o n.nc 'y = arange(300000); b = /b' good.h5
check "is written with deflate" bash -c 'h5dump -p -H -d /y n.nc | grep -q DEFLATE'
check "input unchanged at the end" same_bytes good.h5 hard.h5
check "no temporary is left at the end" no_leftovers

if is_root && mkdir full && mount -t tmpfs -o size=256k tmpfs full 2>/dev/null; then
    head -c 100000 /dev/urandom >full/other
    for size in 120k 160k 200k 256k 400k 600k; do
        mount -o remount,size=$size full
        sharr -q --compress=none -o full/out.h5 'y = arange(40000)' >out 2>err
        rc=$?
        case $rc in
            0) check "tmpfs of $size: complete" has_last full/out.h5 ;;
            74) check "tmpfs of $size: refused, nothing left" bash -c '[ ! -e full/out.h5 ] && [ "$(ls -A full)" = other ] &&
                    grep -qi "disk full\|no space" err' ;;
            *) check "tmpfs of $size: code $rc" false ;;
        esac
        rm -f full/out.h5
    done
    umount full
    for type in ramfs tmpfs; do     # neither has a number of free blocks to tell
        if mount -t $type -o size=0 $type full 2>/dev/null; then
            sharr -q --compress=none -o full/out.h5 'y = arange(40000)' >out 2>err
            check "a file system that counts no blocks: $type" has_last full/out.h5
            umount full
        else
            skip "a file system that counts no blocks: $type" "cannot be mounted"
        fi
    done
else
    skip "disk full" "needs root to make a small file system"
fi

# A limit of file sizes is met like a full disk.
(ulimit -f 200; sharr -q --compress=none -o limit.h5 'y = arange(40000)' >out 2>err; echo $? >code)
check "file size limit: code" test "$(cat code)" = 74
check "file size limit: said" grep -q "File too large" err
check "file size limit: nothing left" bash -c '[ ! -e limit.h5 ] && ! ls -A | grep sharr-'
(ulimit -f 1; sharr -q 'sum(/x)' good.h5 >out 2>err; echo $? >code)
check "file size limit: reading goes on" test "$(cat code) $(cat out)" = "0 276.0"

# Closed descriptors: no file of the run may get their numbers, and the messages with them.
sharr -v --append -o out.h5 'q = arange(3)' <&- >&- 2>&-
check "all standard descriptors closed: code" test $? = 0
check "all standard descriptors closed: values" test "$(values out.h5 /q)" = 0,1,2
sharr -q 'sum(arange(3))' >&-  2>err
check "standard output closed: code" test $? = 74
finish
