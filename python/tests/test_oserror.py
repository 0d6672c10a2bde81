# SPDX-License-Identifier: BSD-3-Clause
"""What the operating system refuses: OSError as open() has it, with errno and the file's name; on every rank."""

import errno
import json
import os
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import sharr as sp
from test_ranks import find_launcher

# (what happens in a directory of its own, exception, errno, file)
REFUSED = [
    ("sp.open('nowhere.h5')", FileNotFoundError, errno.ENOENT, "nowhere.h5"),
    ("sp.open('plain/x.h5')", NotADirectoryError, errno.ENOTDIR, "plain/x.h5"),
    ("sp.open('x' * 300)", OSError, errno.ENAMETOOLONG, "x" * 300),
    ("sp.open('loop')", OSError, errno.ELOOP, "loop"),
    ("sp.open('.')", sp.DataError, errno.EISDIR, "."),
    ("sp.open('plain')", sp.DataError, errno.EINVAL, "plain"),
    ("sp.save('no/x.h5', x)", FileNotFoundError, errno.ENOENT, "no/x.h5"),
    ("sp.save('plain/x.h5', x)", NotADirectoryError, errno.ENOTDIR, "plain/x.h5"),
    ("sp.save('', x)", FileNotFoundError, errno.ENOENT, None),
    ("sp.save('.', x)", IsADirectoryError, errno.EISDIR, "."),
    ("sp.save('new/', x)", IsADirectoryError, errno.EISDIR, "new/"),
    ("sp.save('plain', x)", FileExistsError, errno.EEXIST, "plain"),
    ("sp.save('\\udcff/x.h5', x)", FileNotFoundError, errno.ENOENT, "\udcff/x.h5"),
]


@pytest.fixture
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").write_bytes(b"no HDF5")
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


@pytest.mark.parametrize("what, kind, number, name", REFUSED, ids=[ascii(row[0][:20]) for row in REFUSED])
def test_as_open(directory, what, kind, number, name):
    with pytest.raises(OSError) as got:
        eval(what, {"sp": sp, "x": {"x": sp.arange(3)}})
    e = got.value
    assert (type(e), e.errno, e.filename) == (kind, number, name), repr(e)
    if name is not None:
        assert name + ': ' not in e.strerror and str(e).endswith(repr(name))


LIMITED = """
    import errno, os, resource
    import sharr as sp
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))
    big = {"x": sp.random.random(1 << 17)}
    def refused(what):
        try:
            what()
        except OSError as e:
            return e.errno
    assert refused(lambda: sp.save("x.h5", big, compress="none")) == errno.EFBIG
    with sp.config(spill="always", tmpdir="."):
        assert refused(lambda: sp.persist(big["x"])) == errno.EFBIG
"""


def test_a_limit_of_file_sizes(tmp_path):
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(LIMITED)], timeout=100, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0 and os.listdir(tmp_path) == [], done.stderr


# What each rank saw goes into a file of its own: the launcher may mix what ranks print.
MOUNTED = """
    import json, os
    import sharr as sp
    big = {"x": sp.random.random(1 << 17)}
    def refused(what):
        try:
            what()
        except OSError as e:
            return type(e).__name__, e.errno, os.path.basename(e.filename or "")
    saw = [refused(lambda: sp.save("disk/x.h5", big, compress=compress)) for compress in ("none", "zstd:1")]
    with sp.config(spill="always", tmpdir="disk"):
        saw.append(refused(lambda: sp.persist(big["x"])))
    with open(f"said{sp.rank()}", "w") as said:
        json.dump(saw, said)
"""


def mounted(options):
    """Runs what follows where `disk` is a file system of its own, seen by nobody else."""
    return ["unshare", "-m", *(["-r"] if os.getuid() else []), "sh", "-c",
            f'mount -t tmpfs -o {options} tmpfs disk && exec "$@"', "sh"]


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("options, number", [("size=256k", errno.ENOSPC), ("ro", errno.EROFS)])
def test_a_disk_that_is_full_or_read_only(tmp_path, options, number, ranks):
    launcher = find_launcher() if ranks > 1 else ""
    if launcher is None:
        pytest.skip("no launcher")
    command = [launcher, *os.environ.get("MPIEXEC_FLAGS", "").split(), "-n", str(ranks)] if launcher else []
    (tmp_path / "disk").mkdir()
    if not shutil.which("unshare") or subprocess.run([*mounted(options), "true"], cwd=tmp_path, capture_output=True).returncode:
        pytest.skip("no right to mount")
    done = subprocess.run([*mounted(options), *command, sys.executable, "-c", textwrap.dedent(MOUNTED)], cwd=tmp_path,
                          timeout=100, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for rank in range(ranks):
        saw = json.loads((tmp_path / f"said{rank}").read_text())
        assert saw[:2] == [["OSError", number, "x.h5"]] * 2
        assert saw[2][:2] == ["OSError", number]
