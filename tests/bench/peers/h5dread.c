/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A careful C program on plain HDF5: one chunk at a time through H5Dread, added up; with OUT, 2x + 1 written
 * through H5Dwrite into a dataset of the same chunks with shuffle and zstd.
 *
 *   h5dread FILE DATASET [OUT]
 */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>

static hid_t create_like(hid_t file, hid_t space, const hsize_t *chunk)
{
    const unsigned level = 1;
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 2, chunk);
    H5Pset_shuffle(dcpl);
    H5Pset_filter(dcpl, 32015, H5Z_FLAG_MANDATORY, 1, &level);
    return H5Dcreate2(file, "y", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
}

int main(int argc, char **argv)
{
    hsize_t n[2], chunk[2], at[2];
    double sum = 0;
    if (argc < 3)
        return 2;
    hid_t file = H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dset = H5Dopen2(file, argv[2], H5P_DEFAULT);
    hid_t space = H5Dget_space(dset), dcpl = H5Dget_create_plist(dset);
    if (dset < 0 || H5Sget_simple_extent_dims(space, n, NULL) != 2 || H5Pget_chunk(dcpl, 2, chunk) != 2)
        return 1;
    hid_t mem = H5Screate_simple(2, chunk, NULL), out = -1, outfile = -1;
    if (argc > 3) {
        outfile = H5Fcreate(argv[3], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        out = create_like(outfile, space, chunk);
        if (out < 0)
            return 1;
    }
    size_t count = (size_t)(chunk[0] * chunk[1]);
    float *x = malloc(count * sizeof *x);
    for (at[0] = 0; at[0] < n[0]; at[0] += chunk[0])
        for (at[1] = 0; at[1] < n[1]; at[1] += chunk[1]) {
            H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, chunk, NULL);
            if (H5Dread(dset, H5T_NATIVE_FLOAT, mem, space, H5P_DEFAULT, x) < 0)
                return 1;
            if (out < 0) {
                double lane[32] = {0};
                for (size_t i = 0; i + 32 <= count; i += 32)
                    for (int k = 0; k < 32; k++)
                        lane[k] += (double)x[i + (size_t)k];
                for (int k = 0; k < 32; k++)
                    sum += lane[k];
            } else {
                for (size_t i = 0; i < count; i++)
                    x[i] = 2 * x[i] + 1;
                if (H5Dwrite(out, H5T_NATIVE_FLOAT, mem, space, H5P_DEFAULT, x) < 0)
                    return 1;
            }
        }
    if (out >= 0 && (H5Dclose(out) < 0 || H5Fclose(outfile) < 0))
        return 1;
    printf("%.17g\n", sum);
    return 0;
}
