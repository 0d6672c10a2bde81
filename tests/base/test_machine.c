/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Control groups of machines that are made up below a temporary directory.
 */
#include "base/machine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "support/tap_cunit.h"

typedef struct file {
    const char *path, *text;
} file;

static void write_file(const char *root, const file *f)
{
    char path[1024];
    snprintf(path, sizeof path, "%s%s", root, f->path);
    for (char *s = strchr(path + strlen(root) + 1, '/'); s; s = strchr(s + 1, '/')) {
        *s = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            CU_FAIL("mkdir");
        *s = '/';
    }
    FILE *out = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    fputs(f->text, out);
    fclose(out);
}

static machine_limits limits_of(const file *files)
{
    char root[] = "/tmp/sharr-machine-XXXXXX", rm[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
    for (; files->path; files++)
        write_file(root, files);
    machine_limits m = machine_cgroup(root);
    snprintf(rm, sizeof rm, "rm -r %s", root);
    CU_ASSERT_EQUAL(system(rm), 0);
    return m;
}

#define SELF "/proc/self/cgroup"
#define CG "/sys/fs/cgroup"

static void made_up_machines(void)
{
    static const struct {
        const char *name;
        file files[8];
        int64_t memory;
        int cores;
    } rows[] = {
        {"nothing at all", {{"/x", ""}}, INT64_MAX, INT_MAX},
        {"v2, no limits",
         {{SELF, "0::/\n"}, {CG "/memory.max", "max\n"}, {CG "/cpu.max", "max 100000\n"}},
         INT64_MAX, INT_MAX},
        {"v2, own group and a tighter parent",
         {{SELF, "0::/slurm/job7\n"},
          {CG "/slurm/job7/memory.max", "8000000000\n"},
          {CG "/slurm/memory.max", "4000000000\n"},
          {CG "/slurm/job7/cpu.max", "150000 100000\n"},
          {CG "/slurm/cpu.max", "max 100000\n"}},
         4000000000, 2},
        {"v2 in a container whose group path is the host's",
         {{SELF, "0::/docker/abc/def\n"}, {CG "/memory.max", "123456789\n"}, {CG "/cpu.max", "50000 100000\n"}},
         123456789, 1},
        {"v1",
         {{SELF, "5:cpu,cpuacct:/a\n4:memory:/a/b\n1:name=systemd:/\n"},
          {CG "/memory/a/b/memory.limit_in_bytes", "1073741824\n"},
          {CG "/memory/memory.limit_in_bytes", "9223372036854771712\n"},
          {CG "/cpu/a/cpu.cfs_quota_us", "300000\n"},
          {CG "/cpu/a/cpu.cfs_period_us", "100000\n"}},
         1073741824, 3},
        {"v1 without a quota",
         {{SELF, "5:cpu,cpuacct:/\n4:memory:/\n"},
          {CG "/memory/memory.limit_in_bytes", "9223372036854771712\n"},
          {CG "/cpu/cpu.cfs_quota_us", "-1\n"},
          {CG "/cpu/cpu.cfs_period_us", "100000\n"}},
         9223372036854771712, INT_MAX},
        {"both at once",
         {{SELF, "4:memory:/m\n0::/u\n"},
          {CG "/memory/m/memory.limit_in_bytes", "2000\n"},
          {CG "/unified/u/memory.max", "3000\n"}},
         2000, INT_MAX},
        {"rubbish",
         {{SELF, "hello\n0::/\n:::\n\n"}, {CG "/memory.max", "lots\n"}, {CG "/cpu.max", "many few\n"}},
         INT64_MAX, INT_MAX},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        machine_limits m = limits_of(rows[i].files);
        TAP_CHECK(m.memory == rows[i].memory && m.cores == rows[i].cores, "%s: %lld bytes, %d cores",
                  rows[i].name, (long long)m.memory, m.cores);
    }
}

static void this_machine(void)
{
    CU_ASSERT(machine_memory() > 16 << 20);
    CU_ASSERT(machine_memory() <= (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    CU_ASSERT(machine_cores() >= 1 && machine_cores() <= sysconf(_SC_NPROCESSORS_CONF));
}

static const tap_test tests[] = {
    {"control groups of made-up machines", made_up_machines},
    {"this machine is sane", this_machine},
};
TAP_MAIN("machine", tests)
