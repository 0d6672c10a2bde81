/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parallel HDF5 as its manual shows it: every rank reads chunk rows, computes 2x + 1 and takes part in collective
 * H5Dwrite through shuffle and zstd.
 *
 *   mpiexec -n N h5mpio FILE DATASET OUT
 */
#include <hdf5.h>
#include <mpi.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const unsigned level = 1;
    hsize_t n[2], chunk[2], at[2];
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc < 4)
        MPI_Abort(MPI_COMM_WORLD, 2);
    hid_t file = H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT), dset = H5Dopen2(file, argv[2], H5P_DEFAULT);
    hid_t space = H5Dget_space(dset), plist = H5Dget_create_plist(dset);
    if (dset < 0 || H5Sget_simple_extent_dims(space, n, NULL) != 2 || H5Pget_chunk(plist, 2, chunk) != 2)
        MPI_Abort(MPI_COMM_WORLD, 1);
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS), dcpl = H5Pcreate(H5P_DATASET_CREATE), dxpl = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_fapl_mpio(fapl, MPI_COMM_WORLD, MPI_INFO_NULL);
    H5Pset_dxpl_mpio(dxpl, H5FD_MPIO_COLLECTIVE);
    H5Pset_chunk(dcpl, 2, chunk);
    H5Pset_shuffle(dcpl);
    H5Pset_filter(dcpl, 32015, H5Z_FLAG_MANDATORY, 1, &level);
    hid_t outfile = H5Fcreate(argv[3], H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    hid_t out = H5Dcreate2(outfile, "y", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    hid_t mem = H5Screate_simple(2, chunk, NULL);
    size_t count = (size_t)(chunk[0] * chunk[1]);
    float *x = malloc(count * sizeof *x);
    hsize_t columns = n[1] / chunk[1], total = n[0] / chunk[0] * columns;
    if (out < 0 || !x)
        MPI_Abort(MPI_COMM_WORLD, 1);
    for (hsize_t first = 0; first < total; first += (hsize_t)size) {
        hsize_t c = first + (hsize_t)rank;
        at[0] = c / columns * chunk[0];
        at[1] = c % columns * chunk[1];
        if (c < total) {
            H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, chunk, NULL);
            if (H5Dread(dset, H5T_NATIVE_FLOAT, mem, space, H5P_DEFAULT, x) < 0)
                MPI_Abort(MPI_COMM_WORLD, 1);
            for (size_t i = 0; i < count; i++)
                x[i] = 2 * x[i] + 1;
            H5Sselect_all(mem);
        } else {
            H5Sselect_none(space);
            H5Sselect_none(mem);
        }
        if (H5Dwrite(out, H5T_NATIVE_FLOAT, mem, space, dxpl, x) < 0)
            MPI_Abort(MPI_COMM_WORLD, 1);
    }
    if (H5Dclose(out) < 0 || H5Fclose(outfile) < 0)
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Finalize();
    return 0;
}
