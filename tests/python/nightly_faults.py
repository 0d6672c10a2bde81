# SPDX-License-Identifier: BSD-3-Clause
"""Every passage of every failure point in whole runs."""

import sys

import test_faults

if __name__ == "__main__":
    sys.argv[1:] = ["--all"]
    test_faults.main()
