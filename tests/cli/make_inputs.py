# SPDX-License-Identifier: BSD-3-Clause
"""Inputs of the command-line tests: make_inputs.py KIND..., into the current directory.

Every file is made by h5py or by hand, never by sharr.  Values are simple, so that expected results can
be worked out in the head.
"""

import os
import struct
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets"))

import h5frames


def good():
    """good.h5: x (4, 6) float32 = 0 ... 23, i int32, b bool, c complex, g/y, ...; other.h5: w."""
    with h5py.File("good.h5", "w") as f:
        f["x"] = np.arange(24, dtype="f4").reshape(4, 6)
        f["i"] = np.arange(6, dtype="i4") - 2
        f["u8"] = np.arange(6, dtype="u1") * 50
        f["b"] = np.array([True, False, True])
        f["c"] = np.array([1 + 2j, -0.5j, 3], dtype="c16")
        f["e"] = np.arange(3, dtype="f8")
        f["temperature"] = np.linspace(0, 1, 5)
        f["one"] = 2.5
        f["none"] = np.zeros((0, 3), "f4")
        f.create_dataset("g/y", data=np.arange(12, dtype="f8").reshape(3, 4), chunks=(2, 2), compression="gzip", shuffle=True)
        f["my data/x-1"] = np.arange(3, dtype="i8")
        h5frames.create(f, "z", np.arange(60, dtype="f4").reshape(6, 10), (4, 4), checksum=True)
    with h5py.File("other.h5", "w") as f:
        f["w"] = np.full((4, 6), 2, "f4")


def kinds():
    """Files that are not HDF5, or broken."""
    open("empty.h5", "wb").close()
    data = open("good.h5", "rb").read()
    open("truncated.h5", "wb").write(data[:len(data) // 2])
    open("header.h5", "wb").write(data[:60])
    open("noise.h5", "wb").write(bytes(range(256)) * 8)
    open("text.h5", "w").write("t2m,lat,lon\n1,2,3\n")
    open("classic.nc", "wb").write(b"CDF\x01" + bytes(28))
    open("offset64.nc", "wb").write(b"CDF\x02" + bytes(28))
    open("cdf5.nc", "wb").write(b"CDF\x05" + bytes(60))
    open("forecast.grib", "wb").write(b"GRIB" + bytes(100) + b"7777")
    open("modis.hdf", "wb").write(struct.pack(">I", 0x0e031301) + bytes(100))
    os.mkdir("folder.h5")
    os.mkfifo("pipe.h5")


def types():
    """types.h5: what is no array of numbers."""
    with h5py.File("types.h5", "w") as f:
        f["text"] = "hello"
        f.create_dataset("words", data=np.array([b"ab", b"cd"]))
        f.create_dataset("ragged", (3,), dtype=h5py.vlen_dtype(np.int32))
        f.create_dataset("link", (2,), dtype=h5py.ref_dtype)
        f["opaque"] = np.array([b"ab", b"cd"], dtype="V2")
        f["table"] = np.zeros(3, dtype=[("a", "i4"), ("b", "f8")])
        f["colour"] = np.zeros(3, dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1}, "i1"))
        f["space"] = h5py.Empty("f4")
        f["numbers"] = np.arange(3)
        f.create_group("g")
        f["away"] = h5py.SoftLink("/nowhere")
        f["outside"] = h5py.ExternalLink("gone.h5", "/x")


def filters():
    """unknown.h5: chunks behind filters that nobody has."""
    with h5py.File("unknown.h5", "w") as f:
        for name, number in (("blosc", 32001), ("strange", 32099)):
            dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            dcpl.set_chunk((4,))
            dcpl.set_filter(number, h5py.h5z.FLAG_OPTIONAL, (1, 2))
            d = h5py.h5d.create(f.id, name.encode(), h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((8,)), dcpl)
            for i in (0, 4):
                d.write_direct_chunk((i,), b"not what it seems", 0)


def spoil(name, dataset, at):
    """Turn one byte of the second chunk."""
    with h5py.File(name, "r") as f:
        info = f[dataset].id.get_chunk_info(1)
    with open(name, "r+b") as f:
        f.seek(info.byte_offset + at)
        byte = f.read(1)[0]
        f.seek(info.byte_offset + at)
        f.write(bytes([byte ^ 0x10]))


def corrupt():
    """One damaged chunk in each file."""
    x = np.random.default_rng(1).integers(0, 50, (64, 64)).astype("i4")
    for name, kw in (("deflate", {"compression": "gzip"}), ("fletcher", {"fletcher32": True}),
                     ("both", {"compression": "gzip", "fletcher32": True})):
        with h5py.File(f"corrupt-{name}.h5", "w") as f:
            f.create_dataset("x", data=x, chunks=(16, 64), **kw)
        spoil(f"corrupt-{name}.h5", "x", 200)
    for name, checksum in (("zstd", False), ("zstd-checksum", True)):
        with h5py.File(f"corrupt-{name}.h5", "w") as f:
            h5frames.create(f, "x", x, (16, 64), checksum=checksum)
        spoil(f"corrupt-{name}.h5", "x", 1 if name == "zstd" else 200)
    with h5py.File("short.h5", "w") as f:             # a frame that decodes to too few bytes
        d = h5frames.create(f, "x", x, (16, 64))
        d.id.write_direct_chunk((16, 0), h5frames.compress(bytes(100)), 0)


def nest(f):
    """nest: 30 parts, each of 30 parts, ..., seven deep; the very last one is not there."""
    f["even0"] = f["odd0"] = np.zeros(1, "f4")
    names = [f"even{k}" for k in range(1, 7)] + [f"odd{k}" for k in range(1, 7)] + ["nest"]
    for name in names:
        below = int(name[-1]) - 1 if name != "nest" else 6
        layout = h5py.VirtualLayout((31,), "f4")
        for i in range(30):
            layout[i] = h5py.VirtualSource(".", f"{('even', 'odd')[i % 2]}{below}", (31,) if below else (1,))[0]
        if name == "nest":
            layout[30] = h5py.VirtualSource("gone-3.h5", "x", (1,))[0]
        f.create_virtual_dataset(name, layout, fillvalue=-1)


def away():
    """Parts that lie in files that are not there."""
    with h5py.File("virtual.h5", "w", libver="latest") as f:
        layout = h5py.VirtualLayout((2, 5), "f4")
        layout[0] = h5py.VirtualSource("gone-1.h5", "x", (5,))
        layout[1] = h5py.VirtualSource("gone-2.h5", "x", (5,))
        f.create_virtual_dataset("v", layout, fillvalue=-1)
        nest(f)
    with h5py.File("external.h5", "w") as f:
        f.create_dataset("v", (5,), "f4", external=[("gone.bin", 0, 20)])
    if os.path.exists("gone.bin"):
        os.remove("gone.bin")


def referring():
    """refers.h5: v (virtual) and l (a link) lead to target.h5, r lies in raw.bin."""
    with h5py.File("target.h5", "w") as f:
        f["x"] = np.arange(5, dtype="f4")
    np.arange(5, dtype="f4").tofile("raw.bin")
    with h5py.File("refers.h5", "w", libver="latest") as f:
        layout = h5py.VirtualLayout((5,), "f4")
        layout[:] = h5py.VirtualSource("target.h5", "x", (5,))
        f.create_virtual_dataset("v", layout)
        f["l"] = h5py.ExternalLink("target.h5", "/x")
        f.create_dataset("r", (5,), "f4", external=[("raw.bin", 0, 20)])


def wreck():
    """wreck.h5: the list of external files of x has a name that HDF5 refuses, half-way through opening it."""
    with h5py.File("wreck.h5", "w", libver="earliest") as f:
        f.create_dataset("x", (6, 10), "f4", external=[("raw.bin", 0, 240)])
        f["y"] = np.arange(3.0)
    with open("wreck.h5", "rb") as f:
        data = f.read()
    entry = struct.pack("<QQQ", 8, 0, 240)
    assert data.count(entry) == 1
    with open("wreck.h5", "wb") as f:
        f.write(data.replace(entry, struct.pack("<QQQ", 0, 0, 240)))


def big():
    """big.h5: x (64, 512, 256) float32, 32 MiB in chunks of 1 MiB; what takes a moment to evaluate."""
    rng = np.random.default_rng(3)
    with h5py.File("big.h5", "w") as f:
        d = f.create_dataset("x", (64, 512, 256), "f4", chunks=(2, 512, 256))
        for i in range(0, 64, 2):
            d[i:i + 2] = rng.standard_normal((2, 512, 256), dtype="f4")


if __name__ == "__main__":
    for kind in sys.argv[1:]:
        globals()[kind]()
