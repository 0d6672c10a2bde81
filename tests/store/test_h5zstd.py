#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The plugin libh5zstd as stock tools use it: h5py and h5dump with HDF5_PLUGIN_PATH, in both directions."""
import ctypes
import ctypes.util
import os
import subprocess
import sys
import tempfile

PLUGINS = os.path.abspath(os.path.join(os.environ["top_builddir"], ".libs"))
os.environ["HDF5_PLUGIN_PATH"] = PLUGINS


def skip(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


if os.environ.get("SANITIZER", "no") != "no":
    skip("a plugin with a sanitizer does not load into stock tools")
try:
    import h5py
    import numpy as np
except ImportError:
    skip("no h5py")

ZSTD = 32015
CONTENT_SIZE_FLAG = 200                            # zstd.h: ZSTD_c_contentSizeFlag


def frame_without_size(data):
    """What a streaming encoder leaves: the reader must find the size by itself."""
    lib = ctypes.CDLL(ctypes.util.find_library("zstd"))
    lib.ZSTD_createCCtx.restype = ctypes.c_void_p
    lib.ZSTD_compress2.restype = ctypes.c_size_t
    context = ctypes.c_void_p(lib.ZSTD_createCCtx())
    lib.ZSTD_CCtx_setParameter(context, CONTENT_SIZE_FLAG, 0)
    out = ctypes.create_string_buffer(len(data) + 1000)
    n = lib.ZSTD_compress2(context, out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)))
    lib.ZSTD_freeCCtx(context)
    return out.raw[:n]


def h5py_reads_what_it_wrote():
    data = np.cumsum(np.random.default_rng(3).integers(0, 5, (300, 200)), 0)
    for level in (None, 1, 19):
        with h5py.File("a.h5", "w") as f:
            f.create_dataset("x", data=data, chunks=(70, 60), shuffle=True, compression=ZSTD,
                             compression_opts=None if level is None else (level,))
        with h5py.File("a.h5") as f:
            assert (f["x"][()] == data).all()
            assert f["x"].id.get_storage_size() < data.nbytes / 4
            mask, frame = f["x"].id.read_direct_chunk((0, 0))
            assert mask == 0 and frame[:4] == b"\x28\xb5\x2f\xfd" and frame[4] & 4, "no zstd frame with a checksum"


def a_damaged_frame_is_an_error():
    with h5py.File("a.h5", "w") as f:
        f.create_dataset("x", data=np.arange(4096), chunks=(4096,), compression=ZSTD)
        at = f["x"].id.get_chunk_info(0)
    with open("a.h5", "r+b") as f:
        f.seek(at.byte_offset + at.size // 2)
        byte = f.read(1)
        f.seek(-1, 1)
        f.write(bytes([byte[0] ^ 1]))
    with h5py.File("a.h5") as f:
        try:
            f["x"][()]
        except OSError:
            return
    raise AssertionError("no error")


def frames_of_other_encoders_are_read():
    data = np.arange(100000, dtype="i4") // 7
    with h5py.File("a.h5", "w") as f:
        d = f.create_dataset("x", data.shape, data.dtype, chunks=data.shape, compression=ZSTD)
        d.id.write_direct_chunk((0,), frame_without_size(data.tobytes()))
    with h5py.File("a.h5") as f:
        assert (f["x"][()] == data).all()


def h5dump_reads_it():
    with h5py.File("a.h5", "w") as f:
        f.create_dataset("x", data=np.arange(50), chunks=(20,), shuffle=True, compression=ZSTD)
    out = subprocess.run(["h5dump", "-d", "/x", "-y", "-w", "0", "a.h5"], capture_output=True, text=True)
    assert out.returncode == 0 and ", ".join(map(str, range(50))) in out.stdout, out.stdout + out.stderr
    bare = dict(os.environ, HDF5_PLUGIN_PATH="/nonexistent")
    out = subprocess.run(["h5dump", "-d", "/x", "-y", "-w", "0", "a.h5"], capture_output=True, text=True, env=bare)
    assert "48, 49" not in out.stdout, "HDF5 has its own zstd: this test shows nothing"


def main():
    tests = [h5py_reads_what_it_wrote, a_damaged_frame_is_an_error, frames_of_other_encoders_are_read, h5dump_reads_it]
    print("1..%d" % len(tests))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for i, test in enumerate(tests, 1):
            try:
                test()
                print("ok %d - %s" % (i, test.__name__.replace("_", " ")))
            except Exception as e:  # noqa: BLE001 (a test that fails in any way fails)
                print("# %s: %s" % (type(e).__name__, str(e).replace("\n", "\n# ")))
                print("not ok %d - %s" % (i, test.__name__.replace("_", " ")))
        os.chdir("/")


main()
