#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Files that can be read: at most 500 lines of at most 140 columns, an SPDX line on top, no trailing
# blanks, no notes to oneself.

cd "${top_srcdir:?}" || exit 99
n=0

sources() {
    find include src cli tests python datasets -type f \
        \( -name '*.[ch]' -o -name '*.py' -o -name '*.sh' -o -name 'Makefile.inc' \) 2>/dev/null | sort
}

report() { # name, what was found
    n=$((n + 1))
    [ -z "$2" ] && echo "ok $n - $1" && return
    echo "$2" | sed 's/^/# /'
    echo "not ok $n - $1"
}

echo 1..4
report "no file over 500 lines" "$(sources | xargs wc -l | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 }')"
report "no line over 140 columns" "$(sources | xargs awk 'length > 140 { print FILENAME ":" FNR }')"
report "every file has its SPDX line" "$(sources | while read -r f; do
    head -n 3 "$f" | grep -q 'SPDX-License-Identifier: BSD-3-Clause' || echo "$f"; done)"
report "no notes to oneself" "$(sources | grep -v tests/check_sizes.sh |
    xargs grep -nE '\b(TODO|FIXME|XXX)\b')"
