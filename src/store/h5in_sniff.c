/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Signatures of the files that people mistake for HDF5.
 */
#include "store/h5in_sniff.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char hdf5_magic[8] = "\211HDF\r\n\032\n";

typedef struct kind {
    int at;
    const char *magic;
    int len;
    const char *what;
    const char *convert;            /* a command, %s is the file; or what to do */
} kind;

static const kind kinds[] = {
    {0, "CDF\001", 4, "a netCDF-3 file", "nccopy -k nc4 %s out.nc"},
    {0, "CDF\002", 4, "a netCDF-3 file (64-bit offsets)", "nccopy -k nc4 %s out.nc"},
    {0, "CDF\005", 4, "a netCDF-3 file (64-bit data)", "nccopy -k nc4 %s out.nc"},
    {0, "GRIB", 4, "a GRIB file", "cdo -f nc4 copy %s out.nc  (or grib_to_netcdf)"},
    {0, "\016\003\023\001", 4, "an HDF4 file", "h4toh5 %s out.h5"},
    {0, "\037\213", 2, "compressed by gzip", "gunzip %s"},
    {0, "BZh", 3, "compressed by bzip2", "bunzip2 %s"},
    {0, "\3757zXZ", 5, "compressed by xz", "unxz %s"},
    {0, "\050\265\057\375", 4, "compressed by zstd", "unzstd %s"},
    {0, "PK\003\004", 4, "a zip archive", "unpack it first"},
    {257, "ustar", 5, "a tar archive", "unpack it first"},
    {0, "\223NUMPY", 6, "a NumPy file", "load it with NumPy and save it with h5py"},
    {0, "SIMPLE  =", 9, "a FITS file", "convert it to HDF5"},
    {0, "\315\363\000\001", 4, "a NASA CDF file", "convert it to netCDF-4 with cdf-to-netCDF"},
    {0, "version https://git-lfs", 23, "a Git LFS pointer, not the data", "git lfs pull"},
    {0, "<!DOCTYPE", 9, "an HTML page", "the download failed"},
    {0, "<html", 5, "an HTML page", "the download failed"},
    {0, "<?xml", 5, "an XML document", "the download failed"},
};

/* GRIB messages may follow a telegraphic header. */
static bool is_kind(const kind *k, const char *head, int n)
{
    if (strcmp(k->magic, "GRIB") == 0)
        return memmem(head, (size_t)(n < 256 ? n : 256), "GRIB", 4) != NULL;
    return k->at + k->len <= n && memcmp(head + k->at, k->magic, (size_t)k->len) == 0;
}

static int name_kind(int fd, const char *path, sharr_error *err)
{
    char head[512], advice[300];
    int n = (int)pread(fd, head, sizeof head, 0);
    if (n < 0)
        return err_errno(err, errno, "reading %s", path);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const kind *k = &kinds[i];
        if (!is_kind(k, head, n))
            continue;
        const char *gap = strstr(k->convert, "%s");
        if (!gap)
            return err_set(err, SHARR_EDATA, "%s: not an HDF5 file but %s: %s", path, k->what, k->convert);
        snprintf(advice, sizeof advice, "%.*s%.200s%s", (int)(gap - k->convert), k->convert, path, gap + 2);
        return err_set(err, SHARR_EDATA, "%s: not an HDF5 file but %s: convert it with `%s`", path, k->what, advice);
    }
    return err_set(err, SHARR_EDATA, "%s: not an HDF5 file (no signature, and no format that is known here)", path);
}

int h5in_sniff(int fd, int64_t size, const char *path, int64_t *base, sharr_error *err)
{
    char got[8];
    for (int64_t at = 0; at <= size - 8; at = at == 0 ? 512 : 2 * at) {
        ssize_t n = pread(fd, got, sizeof got, (off_t)at);
        if (n < 0)
            return err_errno(err, errno, "reading %s", path);
        if (n == (ssize_t)sizeof got && memcmp(got, hdf5_magic, sizeof got) == 0) {
            *base = at;
            return SHARR_OK;
        }
        if (at > INT64_MAX / 2)     /* a file of holes may be that long */
            break;
    }
    return name_kind(fd, path, err);
}

static int64_t little_endian(const unsigned char *p, int n)
{
    uint64_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v <= INT64_MAX ? (int64_t)v : -1;
}

/* HDF5 File Format Specification 3.0, II.A: versions 0 and 1 hold four addresses (base, free space, end, driver)
 * behind 24 or 28 bytes; 2 and 3 hold base, extension, end behind 12. */
int64_t h5in_stated_size(int fd, int64_t base)
{
    unsigned char b[96] = {0};
    if (pread(fd, b, sizeof b, (off_t)base) < 48)
        return -1;
    int version = b[8], old = version < 2, width = old ? b[13] : b[9];
    int at = version == 0 ? 24 : version == 1 ? 28 : 12;
    if (version > 3 || (width != 4 && width != 8))
        return -1;
    int64_t start = little_endian(b + at, width), end = little_endian(b + at + 2 * width, width);
    /* A user block put in front later (h5jam) moves the superblock, not what it says. */
    return start < 0 || end < start ? -1 : end - start + base;
}
