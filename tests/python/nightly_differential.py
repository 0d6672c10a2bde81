# SPDX-License-Identifier: BSD-3-Clause
"""The differential test for an hour, with seeds that change from day to day."""

import sys
import time

import test_differential

if __name__ == "__main__":
    day = int(time.time() // 86400)
    sys.argv[1:] = ["--seed", str(day * 1000000), "--rounds", "1000000", "--seconds", "3600", "--rank-share", "0.5"]
    test_differential.main()
