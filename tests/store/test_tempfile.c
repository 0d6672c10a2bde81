/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The temporary beside a target: which targets are refused and how, what is swept
 * and what never, what a commit leaves behind.
 */
#include "store/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/tempfile_impl.h"
#include "support/tap_cunit.h"

static char dir[64];                /* the current directory while tests run */

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

static bool file_holds(const char *name, const char *text)
{
    char buf[256] = "";
    FILE *f = fopen(name, "r");
    if (!f)
        return false;
    size_t n = fread(buf, 1, sizeof buf - 1, f);
    fclose(f);
    return n == strlen(text) && memcmp(buf, text, n) == 0;
}

/* Files of any name in the directory, to see that nothing was left. */
static int entries(void)
{
    FILE *p = popen("ls -A . | wc -l", "r");
    int n = -1;
    if (p && fscanf(p, "%d", &n) != 1)
        n = -1;
    if (p)
        pclose(p);
    return n;
}

static void wipe(void)
{
    if (system("rm -rf ./* ./.[!.]*"))
        CU_FAIL("wipe");
}

static int create(tempfile *t, const char *target, enum tempfile_policy policy, sharr_error *err)
{
    err_clear(err);
    return tempfile_create(t, target, policy, NULL, err);
}

/* Make, write "new", commit. */
static int replace(const char *target, enum tempfile_policy policy, sharr_error *err)
{
    tempfile t;
    int status = create(&t, target, policy, err);
    if (status)
        return status;
    const rawfile f = {.fd = t.fd, .name = t.name};
    CU_ASSERT_EQUAL(rawio_write(&f, "new", 3, (uint64_t)lseek(t.fd, 0, SEEK_END), err), 0);
    status = tempfile_commit(&t, err);
    tempfile_discard(&t);
    return status;
}

/* Other ranks open the file as soon as it has its name, while a copy of the descriptor lives on. */
static void what_is_complete_is_not_locked(void)
{
    tempfile t;
    sharr_error err;
    CU_ASSERT_EQUAL_FATAL(create(&t, "out.h5", TEMPFILE_NEW, &err), 0);
    int copy = dup(t.fd);
    CU_ASSERT_EQUAL(tempfile_commit(&t, &err), 0);
    int fd = open("out.h5", O_RDONLY | O_CLOEXEC);
    TAP_CHECK(fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) == 0, "%s", strerror(errno));
    close(fd);
    close(copy);
    wipe();
}

static void bad_targets(void)
{
    static const struct {
        const char *target;
        enum tempfile_policy policy;
        int status;
        const char *says;
    } rows[] = {
        {"", TEMPFILE_NEW, SHARR_EIO, "empty"},
        {"old", TEMPFILE_NEW, SHARR_EEXIST, "exists already"},
        {"link", TEMPFILE_NEW, SHARR_EEXIST, "exists already"},
        {"folder", TEMPFILE_NEW, SHARR_EEXIST, "is a directory"},
        {"folder", TEMPFILE_REPLACE, SHARR_EEXIST, "is a directory"},
        {"folder/", TEMPFILE_APPEND, SHARR_EEXIST, "is a directory"},
        {"pipe", TEMPFILE_REPLACE, SHARR_EEXIST, "no regular file"},
        {"/dev/null", TEMPFILE_REPLACE, SHARR_EEXIST, "no regular file"},
        {"dangling", TEMPFILE_REPLACE, SHARR_EIO, "symbolic link"},
        {"nowhere/x.h5", TEMPFILE_NEW, SHARR_EIO, "No such file or directory"},
        {"old/x.h5", TEMPFILE_NEW, SHARR_EIO, "Not a directory"},
        {"new/", TEMPFILE_NEW, SHARR_EIO, "names no file"},
    };
    wipe();
    write_file("old", "old");
    CU_ASSERT_EQUAL(mkdir("folder", 0755) + mkfifo("pipe", 0644), 0);
    CU_ASSERT_EQUAL(symlink("old", "link") + symlink("gone", "dangling"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sharr_error err;
        tempfile t;
        int status = create(&t, rows[i].target, rows[i].policy, &err);
        TAP_CHECK(status == rows[i].status && strstr(err.text, rows[i].says), "%s: %d %s", rows[i].target,
                  status, err.text);
        tempfile_discard(&t);
    }
    CU_ASSERT_EQUAL(entries(), 5);
    CU_ASSERT_TRUE(file_holds("old", "old"));
}

/* As an ordinary user: root may do everything. */
static void permissions(void)
{
    wipe();
    CU_ASSERT_EQUAL(mkdir("closed", 0555), 0);
    write_file("guarded", "old");
    chmod("guarded", 0444);
    chmod(".", 0755);
    pid_t pid = fork();
    if (pid == 0) {
        sharr_error err;
        tempfile t;
        if (geteuid() == 0 && seteuid(65534) < 0)
            _exit(9);
        if (create(&t, "closed/x", TEMPFILE_NEW, &err) != SHARR_EPERM || !strstr(err.text, "Permission"))
            _exit(1);
        _exit(create(&t, "guarded", TEMPFILE_REPLACE, &err) == SHARR_EPERM ? 0 : 2);
    }
    int rc = -1;
    waitpid(pid, &rc, 0);
    if (WIFEXITED(rc) && WEXITSTATUS(rc) == 9)
        tap_skip("cannot become an ordinary user");
    else
        CU_ASSERT_EQUAL(rc, 0);
}

static void commit_new_and_replace(void)
{
    sharr_error err;
    struct stat st;
    wipe();
    mode_t old = umask(027);
    CU_ASSERT_EQUAL(replace("a", TEMPFILE_NEW, &err), 0);
    umask(old);
    CU_ASSERT_TRUE(file_holds("a", "new"));
    CU_ASSERT_EQUAL(stat("a", &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
    write_file("b", "old content");
    CU_ASSERT_EQUAL(symlink("b", "link"), 0);
    CU_ASSERT_EQUAL(replace("link", TEMPFILE_REPLACE, &err), 0);
    CU_ASSERT_TRUE(file_holds("b", "new"));
    CU_ASSERT_TRUE(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
    CU_ASSERT_EQUAL(replace("fresh", TEMPFILE_REPLACE, &err), 0);
    CU_ASSERT_EQUAL(replace("added", TEMPFILE_APPEND, &err), 0);
    CU_ASSERT_EQUAL(replace("added", TEMPFILE_APPEND, &err), 0);
    CU_ASSERT_TRUE(file_holds("added", "newnew"));
    CU_ASSERT_EQUAL(entries(), 5);
}

static void nobody_elses_file_is_replaced(void)
{
    static const enum tempfile_policy policy[] = {TEMPFILE_NEW, TEMPFILE_APPEND};
    for (int i = 0; i < 2; i++) {
        sharr_error err;
        tempfile t;
        wipe();
        CU_ASSERT_EQUAL(create(&t, "x", policy[i], &err), 0);
        write_file("x", "somebody else's");
        CU_ASSERT_EQUAL(tempfile_commit(&t, &err), SHARR_EEXIST);
        tempfile_discard(&t);
        CU_ASSERT_TRUE(file_holds("x", "somebody else's"));
        CU_ASSERT_EQUAL(create(&t, "x", TEMPFILE_APPEND, &err), 0);
        write_file("x", "changed");
        CU_ASSERT_EQUAL(tempfile_commit(&t, &err), SHARR_EDATA);
        tempfile_discard(&t);
        CU_ASSERT_TRUE(file_holds("x", "changed"));
        CU_ASSERT_EQUAL(entries(), 1);
    }
}

static void append_keeps_holes(void)
{
    sharr_error err;
    struct stat st;
    wipe();
    int fd = open("sparse", O_WRONLY | O_CREAT, 0644);
    CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 1 << 20) + pwrite(fd, "y", 1, 64 << 20), 2);
    CU_ASSERT_EQUAL(ftruncate(fd, 128 << 20), 0);
    close(fd);
    CU_ASSERT_EQUAL(replace("sparse", TEMPFILE_APPEND, &err), 0);
    CU_ASSERT_EQUAL(stat("sparse", &st), 0);
    CU_ASSERT_EQUAL(st.st_size, (128 << 20) + 3);
    CU_ASSERT_TRUE(st.st_blocks < 8192);
    char c[2] = "";
    fd = open("sparse", O_RDONLY);
    CU_ASSERT_EQUAL(pread(fd, c, 1, 1 << 20) + pread(fd, c + 1, 1, 64 << 20), 2);
    CU_ASSERT_TRUE(c[0] == 'x' && c[1] == 'y');
    close(fd);
}

static void append_to_a_locked_file(void)
{
    sharr_error err;
    tempfile t;
    wipe();
    write_file("x", "old");
    int fd = open("x", O_RDWR);
    CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
    CU_ASSERT_EQUAL(create(&t, "x", TEMPFILE_APPEND, &err), SHARR_EIO);
    TAP_CHECK(strstr(err.text, "locked") != NULL, "%s", err.text);
    close(fd);
    CU_ASSERT_EQUAL(entries(), 1);
}

static void crashed_runs_are_swept(void)
{
    sharr_error err;
    tempfile live, other, t;
    char dead[4096], foreign[64], fresh[64];
    wipe();
    CU_ASSERT_EQUAL(create(&live, "x", TEMPFILE_NEW, &err), 0);
    CU_ASSERT_EQUAL(create(&other, "y", TEMPFILE_NEW, &err), 0);
    /* A run that died: a file of the right name without a lock. */
    memcpy(dead, live.name, sizeof dead);
    memcpy(dead + strlen(dead) - 12, "00000000.tmp", 13);
    write_file(dead, "half");
    /* Those of another machine: one untouched since long ago, one fresh. */
    snprintf(foreign, sizeof foreign, ".x.sharr-%08x-1-00000001.tmp", ~tempfile_host());
    snprintf(fresh, sizeof fresh, ".x.sharr-%08x-1-00000002.tmp", ~tempfile_host());
    write_file(foreign, "old");
    write_file(fresh, "new");
    CU_ASSERT_EQUAL(system("touch -d '2 days ago' .x.sharr-*00000001.tmp"), 0);
    /* Names that only look alike. */
    write_file(".x.sharr-notes.tmp", "mine");
    write_file(".x.sharr-00000000-1-00000000.tmp.bak", "mine");
    CU_ASSERT_EQUAL(create(&t, "x", TEMPFILE_NEW, &err), 0);
    CU_ASSERT_EQUAL(access(dead, F_OK), -1);
    CU_ASSERT_EQUAL(access(foreign, F_OK), -1);
    CU_ASSERT_EQUAL(access(fresh, F_OK), 0);
    CU_ASSERT_EQUAL(access(live.name, F_OK), 0);
    CU_ASSERT_EQUAL(access(other.name, F_OK), 0);
    tempfile_discard(&live);
    tempfile_discard(&other);
    tempfile_discard(&t);
    CU_ASSERT_EQUAL(entries(), 3);
}

static void a_killed_process_is_swept(void)
{
    sharr_error err;
    tempfile t;
    wipe();
    pid_t pid = fork();
    if (pid == 0) {
        create(&t, "x", TEMPFILE_NEW, &err);
        raise(SIGKILL);
    }
    int rc;
    waitpid(pid, &rc, 0);
    CU_ASSERT_EQUAL(entries(), 1);
    CU_ASSERT_EQUAL(tempfile_sweep("./x", NULL), 1);
    CU_ASSERT_EQUAL(entries(), 0);
}

static void long_names(void)
{
    char name[300];
    sharr_error err;
    wipe();
    memset(name, 'n', sizeof name);
    name[255] = '\0';
    CU_ASSERT_EQUAL(replace(name, TEMPFILE_NEW, &err), 0);
    CU_ASSERT_TRUE(file_holds(name, "new"));
    name[254] = 'm';
    CU_ASSERT_EQUAL(replace(name, TEMPFILE_NEW, &err), 0);
    name[255] = 'n';
    name[256] = '\0';
    CU_ASSERT_EQUAL(replace(name, TEMPFILE_NEW, &err), SHARR_EIO);
    CU_ASSERT_EQUAL(entries(), 2);
}

static void every_step_may_fail(void)
{
#ifdef ENABLE_FAULT
    static const char *const points[] = {"tempfile.create:1", "tempfile.sync:1", "tempfile.rename:1"};
    for (int i = 0; i < 3; i++) {
        sharr_error err;
        wipe();
        write_file("x", "old");
        CU_ASSERT_TRUE(fault_arm(points[i]));
        CU_ASSERT_EQUAL(replace("x", TEMPFILE_REPLACE, &err), SHARR_EIO);
        fault_arm(NULL);
        CU_ASSERT_TRUE(file_holds("x", "old"));
        CU_ASSERT_EQUAL(entries(), 1);
    }
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"targets that are refused", bad_targets},
    {"what is complete is not locked", what_is_complete_is_not_locked},
    {"no permission", permissions},
    {"commit: new, replaced, through a link, appended", commit_new_and_replace},
    {"a file that appears or changes meanwhile is kept", nobody_elses_file_is_replaced},
    {"appending copies no holes", append_keeps_holes},
    {"appending to a file that is being written", append_to_a_locked_file},
    {"stale temporaries are swept, others never", crashed_runs_are_swept},
    {"the temporary of a killed process is swept", a_killed_process_is_swept},
    {"long names", long_names},
    {"every step may fail", every_step_may_fail},
};

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir) || chdir(dir))
        return 99;
    int rc = tap_run("tempfile", tests, TAP_COUNT(tests));
    wipe();
    if (chdir("/") == 0)
        rmdir(dir);
    return rc;
}
