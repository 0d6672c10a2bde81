# SPDX-License-Identifier: BSD-3-Clause
"""xarray and dask over sharr arrays, where they are installed."""

import pickle

import numpy as np
import pytest

import sharr as sp

xr = pytest.importorskip("xarray")


@pytest.fixture
def a():
    return np.random.default_rng(3).normal(size=(6, 4, 5))


@pytest.fixture
def da(a):
    return xr.DataArray(sp.asarray(a), dims=("time", "lat", "lon"),
                        coords={"time": np.arange(6), "lat": [10, 20, 30, 40], "lon": np.arange(5) * 2.5}, name="t")


@pytest.fixture
def na(a, da):
    return da.copy(data=a)


STEPS = {
    "arithmetic": lambda d: (d * 2 + 1) ** 2 / 3 - d.mean("time"),
    "mean": lambda d: d.mean(("lat", "lon")), "std": lambda d: d.std("time"), "max": lambda d: d.max("lon"),
    "sum": lambda d: d.where(d > 0).sum("lat"), "count": lambda d: d.where(d > 0).count("lat"),
    "skipna": lambda d: d.where(d > 0).mean("lon", skipna=False), "median": lambda d: d.median("lat"),
    "argmax": lambda d: d.argmax("lon"), "isel": lambda d: d.isel(time=slice(1, None, 2), lon=-1),
    "isel list": lambda d: d.isel(lat=[2, 0], lon=[1, 1, 3]), "sel": lambda d: d.sel(lat=20, lon=slice(2, 8)),
    "nearest": lambda d: d.sel(lon=[2.4, 9], method="nearest"), "transpose": lambda d: d.transpose("lon", ...),
    "where": lambda d: d.where(d.lat > 15, -1.0), "fillna": lambda d: d.where(d > 0).fillna(7), "diff": lambda d: d.diff("time"),
    "shift": lambda d: d.shift(time=2), "roll": lambda d: d.roll(lon=1), "clip": lambda d: d.clip(-0.5, 0.5),
    "concat": lambda d: xr.concat([d, d + 1], "run"), "stack": lambda d: d.stack(z=("lat", "lon")),
    "groupby": lambda d: d.groupby(d.time // 2).mean(), "coarsen": lambda d: d.coarsen(time=3).mean(),
    "align": lambda d: d + d.isel(time=slice(2, 4)), "np": lambda d: np.hypot(np.sin(d), np.exp(d)), "dot": lambda d: d.dot(d.lat),
    "weighted": lambda d: d.weighted(np.cos(np.deg2rad(d.lat))).mean(("lat", "lon")), "astype": lambda d: d.astype("float32"),
    "pad": lambda d: d.pad(lon=1, mode="wrap"), "expand": lambda d: d.expand_dims("new").squeeze(), "round": lambda d: d.round(),
    "reindex": lambda d: d.reindex(lat=[20, 30, 50]), "dataset": lambda d: d.to_dataset().mean("time").t,
}


@pytest.mark.parametrize("step", STEPS)
def test_steps(step, da, na):
    got, want = STEPS[step](da), STEPS[step](na)
    assert got.dims == want.dims and got.dtype == want.dtype
    xr.testing.assert_allclose(got.copy(data=np.asarray(got.data)), want, rtol=1e-12)


def test_most_steps_compute_nothing():
    huge = xr.DataArray(sp.zeros((1 << 20, 1 << 20, 1 << 10)), dims=("time", "lat", "lon"))
    deferred = set(STEPS) - {"median", "coarsen", "groupby", "reindex", "nearest", "sel", "where", "isel list", "dot", "weighted",
                             "align", "stack", "argmax", "dataset"}
    for step in deferred:
        assert isinstance(STEPS[step](huge).data, sp.Array), step
    assert "sharr" in repr(huge.to_dataset(name="x")) and huge._repr_html_()


@pytest.fixture
def path(tmp_path):
    name = tmp_path / "in.nc"
    pytest.importorskip("netCDF4")
    t = np.random.default_rng(4).normal(280, 5, size=(8, 3, 4))
    t[1, 2, 3] = np.nan
    ds = xr.Dataset({
        "t": (("time", "y", "x"), t, {"units": "K"}), "packed": (("time", "y", "x"), t.round(1)),
        "n": (("y", "x"), np.arange(12, dtype="int16").reshape(3, 4)), "one": ((), 3.5)},
        coords={"time": np.arange("2020-01-01", "2020-01-09", dtype="M8[D]").astype("M8[ns]"), "x": np.arange(4) * 0.5,
                "lat": (("y", "x"), np.arange(12.0).reshape(3, 4))}, attrs={"title": "test"})
    ds.to_netcdf(name, engine="netcdf4", encoding={
        "packed": {"dtype": "int16", "scale_factor": 0.1, "add_offset": 280.0, "_FillValue": -999}})
    return name


@pytest.mark.skipif(not hasattr(xr, "NamedArray"), reason="an xarray that takes duck arrays of backends into memory")
def test_the_backend(path):
    from sharr._xarray import SharrBackend
    with xr.open_dataset(path, engine="netcdf4") as want, xr.open_dataset(path, engine=SharrBackend) as got:
        assert list(got.coords) == list(want.coords) and set(got.data_vars) == set(want.data_vars)
        for name in ("t", "packed", "n", "lat"):
            assert isinstance(got[name].data, sp.Array) and isinstance((got[name] * 2).data, sp.Array)
            assert repr(sp.asarray(got[name])) == repr(got[name].data)
            assert got[name].dtype == want[name].dtype and got[name].attrs == want[name].attrs
            np.testing.assert_allclose(got[name].values, want[name].values, rtol=1e-6)
        assert np.array_equal(np.isnan(got["packed"].values), np.isnan(want["packed"].values))
        assert (got.time == want.time).all() and got.attrs == want.attrs
        month = got.t.sel(time="2020-01-02").mean()
        np.testing.assert_allclose(float(month), float(want.t.sel(time="2020-01-02").mean()))
        again = pickle.loads(pickle.dumps(got.t))
        assert np.array_equal(again.values, got.t.values, equal_nan=True)
    with xr.open_dataset(path, engine=SharrBackend, mask_and_scale=False, drop_variables="t") as raw:
        assert "t" not in raw and raw.packed.dtype == np.int16 and int(raw.packed.min()) == -999


@pytest.mark.skipif(not hasattr(xr, "NamedArray"), reason="an xarray that takes duck arrays of backends into memory")
def test_the_backend_unpacks(tmp_path):
    netCDF4 = pytest.importorskip("netCDF4")
    name = tmp_path / "packed.nc"
    with netCDF4.Dataset(name, "w") as f:
        f.createDimension("x", 6)
        raw = np.array([-32768, -1, 0, 5, 32767, 7], dtype="int16")
        for v, attributes in {
                "scaled": {"scale_factor": 0.5}, "offset": {"add_offset": 100.0},
                "both": {"scale_factor": np.float32(0.1), "add_offset": -3.0},
                "two": {"missing_value": np.int16(7)}, "unsigned": {"_Unsigned": "true", "scale_factor": 2.0}}.items():
            d = f.createVariable(v, "i2", ("x",), fill_value=-32768)
            d.set_auto_maskandscale(False)
            d[:] = raw
            d.setncatts(attributes)
    from sharr._xarray import SharrBackend
    with xr.open_dataset(name, engine="netcdf4") as want, xr.open_dataset(name, engine=SharrBackend) as got:
        for v in want:
            assert isinstance(got[v].data, sp.Array) and got[v].dtype == want[v].dtype, v
            np.testing.assert_allclose(got[v].values, want[v].values, rtol=1e-6, err_msg=v)


def test_variables_of_xarray(path):
    with xr.open_dataset(path, engine="netcdf4", mask_and_scale=False) as ds:
        n = sp.asarray(ds["n"])
        assert f"{path}:/n" in repr(n) and np.array_equal(n.to_numpy(), np.arange(12).reshape(3, 4))
        for part in (ds["n"][::-1], ds["n"] + 0, ds["n"].T):
            assert np.array_equal(sp.asarray(part).to_numpy(), part.values)
    with xr.open_dataset(path, engine="netcdf4") as ds:
        assert np.array_equal(sp.asarray(ds["packed"]).to_numpy(), ds["packed"].values, equal_nan=True)


def test_dask(a):
    dask = pytest.importorskip("dask.array")
    x = dask.from_array(sp.asarray(a), chunks=(2, 3, 5))
    for f in (lambda d: d.mean(), lambda d: (d * 2).sum(axis=0), lambda d: d[1:3].std(axis=(0, 1)), lambda d: d.T + 1,
              lambda d: abs(d).max(axis=1)):
        np.testing.assert_allclose(np.asarray(f(x).compute(scheduler="synchronous")), f(a), rtol=1e-12)
    np.testing.assert_allclose(x.mean(axis=0).compute(scheduler="threads"), a.mean(axis=0))


def test_a_packed_variable_is_written_as_it_was_read(tmp_path):
    netcdf4 = pytest.importorskip("netCDF4")
    with netcdf4.Dataset(tmp_path / "a.nc", "w") as d:
        d.createDimension("t", 6)
        v = d.createVariable("p", "i2", ("t",), fill_value=-999)
        v.scale_factor, v.add_offset = 0.5, 10.0
        v[:] = np.ma.masked_less(np.arange(6.0) + 10, 12)
    xr.open_dataset(tmp_path / "a.nc", engine="sharr").to_netcdf(tmp_path / "b.nc")
    with netcdf4.Dataset(tmp_path / "a.nc") as a, netcdf4.Dataset(tmp_path / "b.nc") as b:
        for d in (a, b):
            d.set_auto_maskandscale(False)
        assert b["p"].dtype == np.int16 and b["p"].scale_factor == 0.5
        assert np.array_equal(a["p"][:], b["p"][:])
