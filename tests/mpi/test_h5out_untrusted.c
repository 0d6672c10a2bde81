/* SPDX-License-Identifier: BSD-3-Clause
 *
 * When the file driver fails its self-check, outputs are written through HDF5, with a warning; asked for
 * directly, they are refused.  A process of its own: the verdict on the driver is final.
 */
#include <mpi.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "mpi/out_check.h"
#include "store/h5lib.h"
#include "store/h5vfd.h"
#include "support/tap_cunit.h"

#ifdef ENABLE_FAULT
static int warnings;

static void note(void *arg, int level, const char *line)
{
    (void)arg;
    warnings += level == LOG_WARN && strstr(line, "through HDF5") != NULL;
}

static void distrust(void)
{
    sharr_error err = {0};
    fault_arm("h5vfd.write:1");
    h5lib_lock();
    CU_ASSERT_EQUAL(h5lib_ready(&err), 0);
    CU_ASSERT_NOT_EQUAL(h5vfd_trusted(&err), 0);
    h5lib_unlock();
    fault_arm(NULL);
}

static void write_with(comm *c, int mode, int want)
{
    sharr_error err = {0};
    const logger log = {.sink = note, .level = LOG_INFO};
    out_job j = out_job_of(out_path, out_few, OUT_FEW);
    j.o.mode = mode;
    j.o.log = &log;
    int status = out_job_run(c, &j, &err);
    TAP_CHECK(status == want, "%d: %s", status, err.text);
}
#endif

static void through_hdf5(void)
{
#ifdef ENABLE_FAULT
    distrust();
    out_begin();
    warnings = 0;
    write_with(out_comm, IO_AUTO, 0);
    if (comm_rank(out_comm) == 0) {
        CU_ASSERT_EQUAL(warnings, 1);
        out_check_file(out_few, OUT_FEW, false);
    }
    out_end(1);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static void one_process_without_mpi(void)
{
#ifdef ENABLE_FAULT
    out_begin();
    if (comm_rank(out_comm) == 0) {
        comm *self = comm_self();
        warnings = 0;
        write_with(self, IO_AUTO, 0);
        CU_ASSERT_EQUAL(warnings, 1);
        out_check_file(out_few, OUT_FEW, true);
        comm_free(self);
    }
    out_end(1);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static void direct_is_refused(void)
{
#ifdef ENABLE_FAULT
    out_begin();
    sharr_error err = {0};
    out_job j = out_job_of(out_path, out_few, OUT_FEW);
    j.o.mode = IO_DIRECT;
    CU_ASSERT_NOT_EQUAL(out_job_run(out_comm, &j, &err), 0);
    TAP_CHECK(strstr(err.text, "io=direct is not possible") != NULL, "%s", err.text);
    out_end(0);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"written through HDF5, with a warning", through_hdf5},
    {"one process without MPI: chunk by chunk", one_process_without_mpi},
    {"io=direct is refused", direct_is_refused},
};

TAP_MAIN_MPI("h5out_untrusted", tests)
