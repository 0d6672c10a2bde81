/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Damaged files.  A byte changed in the data of a chunk: an error or the right values.  A byte changed anywhere: no
 * crash and no stall of ours.  HDF5 itself does crash on some damaged metadata: a child process reads, and says whose
 * code it was in when it died.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/h5in.h"
#include "store/h5in_read.h"
#include "support/tap_cunit.h"

/* Per file; the variable MUTANTS gives another number. */
enum { DATA_MUTANTS = 150, ANY_MUTANTS = 250 };
enum { MAX_BYTES = 1 << 18, MAX_FRAMES = 64, STALL = 10 };
enum { DIED_IN_HDF5 = 40, DIED_IN_OURS = 41 };

typedef struct span { uint64_t addr, size; } span;

typedef struct subject {
    char name[64];
    unsigned char *bytes, *values;
    size_t size, nvalues;
    span frame[MAX_FRAMES];
    int nframes;
} subject;

/* Shared with the child: what it has done so far. */
static struct report { int next, right, refused, silent; } *report;

static uint64_t seed;

static uint64_t rnd(void)                          /* xorshift64, G. Marsaglia 2003 */
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static unsigned char *load(const char *name, const char *suffix, size_t *size)
{
    char path[128];
    unsigned char *p = malloc(MAX_BYTES);
    snprintf(path, sizeof path, "%s%s", name, suffix);
    FILE *f = fopen(path, "rb");
    *size = f ? fread(p, 1, MAX_BYTES, f) : 0;
    if (f)
        fclose(f);
    CU_ASSERT_FATAL(*size > 0 && *size < MAX_BYTES);
    return p;
}

/* Where the data lie, as the undamaged file tells. */
static void find_frames(subject *s)
{
    char path[128];
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found;
    sharr_error e = {0};
    snprintf(path, sizeof path, "%s.h5", s->name);
    CU_ASSERT_FATAL(h5in_open(path, &f, &e) == 0 && h5in_dataset(f, "/x", &d, &found, &e) == 0);
    for (int64_t i = 0; i < 3; i++)
        for (int64_t k = 0; k < 3; k++) {
            h5frame frame;
            CU_ASSERT_EQUAL(h5dset_locate(d, (int64_t[]){i, k}, &frame, &e), 0);
            s->frame[s->nframes++] = (span){frame.addr, frame.size};
        }
    h5dset_close(d);
    h5in_close(f);
}

/* ---- the child ----------------------------------------------------------------------------------- */

/* The innermost frame that belongs neither to the C library nor to this handler decides. */
static void died(int sig)
{
    void *stack[64];
    Dl_info info;
    int n = backtrace(stack, 64);
    (void)sig;
    for (int i = 2; i < n; i++) {
        if (!dladdr(stack[i], &info) || !info.dli_fname || strstr(info.dli_fname, "/libc.so"))
            continue;
        _exit(strstr(info.dli_fname, "libhdf5") ? DIED_IN_HDF5 : DIED_IN_OURS);
    }
    _exit(DIED_IN_OURS);
}

static void prepare_child(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    void *warm[4];
    backtrace(warm, 4);             /* loads its library now, not in the handler */
    for (int i = 0; i < TAP_COUNT(signals); i++)
        signal(signals[i], died);
#ifndef __SANITIZE_ADDRESS__
    struct rlimit two = {(rlim_t)2 << 30, (rlim_t)2 << 30};
    setrlimit(RLIMIT_AS, &two);
#endif
    if (!freopen("/dev/null", "w", stderr))        /* glibc's last words */
        _exit(1);
}

static int count_item(void *arg, const h5item *it)
{
    (void)it;
    return ++*(int *)arg > 1000;
}

static void read_mutant(const subject *s, const char *path)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found = false, right = false;
    sharr_error e = {0};
    int items = 0, rc = h5in_open(path, &f, &e);
    if (!rc)
        rc = h5in_walk(f, count_item, &items, &e);
    if (!rc)
        rc = h5in_dataset(f, "/x", &d, &found, &e);
    if (!rc && found && whole_bytes(h5dset_source(d)) == s->nvalues) {
        unsigned char *got = malloc(s->nvalues);
        rc = h5dset_source(d)->path == SOURCE_DIRECT ? read_whole_direct(d, got, NULL, &e)
                                                     : read_whole_library(d, got, NULL, &e);
        right = !rc && memcmp(got, s->values, s->nvalues) == 0;
        free(got);
    }
    report->right += right;
    report->refused += rc != 0 && e.text[0] != '\0';
    report->silent += rc == 0 && !right;
    h5dset_close(d);
    h5in_close(f);
}

static uint64_t place(const subject *s, bool data)
{
    const span *f = &s->frame[rnd() % (uint64_t)s->nframes];
    return data ? f->addr + rnd() % f->size : rnd() % s->size;
}

/* Mutant i is a function of the name and of i alone: a crash can be repeated. */
static void write_mutant(const subject *s, const char *path, int i, bool data)
{
    unsigned char *bytes = malloc(s->size);
    memcpy(bytes, s->bytes, s->size);
    seed = 0x9e3779b97f4a7c15u * (uint64_t)(i + 1) + (data ? 7 : 0);
    for (int k = 0; k < 8; k++)
        rnd();
    for (int k = 1 + (int)(rnd() % 2); k > 0; k--)
        bytes[place(s, data)] ^= (unsigned char)(1 + rnd() % 255);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, s->size, f) != s->size || fclose(f) != 0)
        _exit(1);
    free(bytes);
}

static void child_main(const subject *s, int count, bool data)
{
    const char *path = "mutant.h5";
    prepare_child();
    while (report->next < count) {
        int i = report->next++;
        write_mutant(s, path, i, data);
        alarm(STALL);
        read_mutant(s, path);
        alarm(0);
    }
    _exit(0);
}

/* ---- the parent ---------------------------------------------------------------------------------- */

static int run_child(const subject *s, int count, bool data)
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        child_main(s, count, data);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Until all mutants are read: after a crash a new child goes on with the next. */
static void run_mutants(const subject *s, int count, bool data)
{
    int in_hdf5 = 0;
    memset(report, 0, sizeof *report);
    while (report->next < count) {
        int end = run_child(s, count, data);
        in_hdf5 += end == DIED_IN_HDF5;
        TAP_CHECK(end == 0 || end == DIED_IN_HDF5, "%s: mutant %d of %s: the child ended with %d", s->name,
                  report->next - 1, data ? "the data" : "any byte", end);
        if (end != 0 && end != DIED_IN_HDF5)
            break;
    }
    if (data)
        TAP_CHECK(report->silent == 0, "%s: %d of %d mutants gave wrong values", s->name, report->silent, count);
    tap_diag("%s, %s: %d right, %d refused, %d other values or names, HDF5 died %d times", s->name,
             data ? "data" : "any byte", report->right, report->refused, report->silent, in_hdf5);
}

static void for_all(int count, bool data)
{
    char line[64];
    if (getenv("MUTANTS"))
        count = atoi(getenv("MUTANTS"));
    FILE *f = fopen("names", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    while (fgets(line, sizeof line, f)) {
        subject s = {.nframes = 0};
        line[strcspn(line, "\n")] = '\0';
        snprintf(s.name, sizeof s.name, "%s", line);
        s.bytes = load(s.name, ".h5", &s.size);
        s.values = load(s.name, ".bin", &s.nvalues);
        find_frames(&s);
        run_mutants(&s, count, data);
        free(s.bytes);
        free(s.values);
    }
    fclose(f);
}

static void damaged_data_are_never_silent(void)
{
    for_all(DATA_MUTANTS, true);
}

static void damaged_files_do_not_crash_us(void)
{
    for_all(ANY_MUTANTS, false);
}

/* Opens /x and, where that goes well, reads it. */
static int read_all(const char *path, sharr_error *err)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found = false;
    int rc = h5in_open(path, &f, err);
    if (!rc)
        rc = h5in_dataset(f, "/x", &d, &found, err);
    if (!rc && found) {
        unsigned char *got = malloc(whole_bytes(h5dset_source(d)));
        rc = h5dset_source(d)->path == SOURCE_DIRECT ? read_whole_direct(d, got, NULL, err)
                                                     : read_whole_library(d, got, NULL, err);
        free(got);
    }
    h5dset_close(d);
    h5in_close(f);
    return rc;
}

/* Not "there is none", not "no reason", and no values. */
static void damage_is_named(void)
{
#ifdef __SANITIZE_ADDRESS__
    tap_skip("HDF5 itself reads past the end of a patched type");
    return;
#endif
    char line[256];
    int n = 0;
    FILE *f = fopen("patched", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    for (; fgets(line, sizeof line, f); n++) {
        sharr_error e = {0};
        char *words = strchr(line, '\t');
        *words++ = '\0';
        words[strcspn(words, "\n")] = '\0';
        int rc = read_all(line, &e);
        TAP_CHECK(rc == SHARR_EDATA && strstr(e.text, words), "%s: status %d, %s", line, rc, e.text);
    }
    CU_ASSERT(n > 0);
    fclose(f);
}

/* The signature is looked for at 0, 512, 1024, ...: also where doubling would run over. */
static void endless_files_end(void)
{
    char path[64];
    h5in *f = NULL;
    sharr_error e = {0};
    int fd = memfd_create("holes", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, INT64_MAX - 4095) != 0) {
        tap_skip("no file of that length here");
    } else {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        alarm(STALL);
        CU_ASSERT_EQUAL(h5in_open(path, &f, &e), SHARR_EDATA);
        alarm(0);
    }
    close(fd);
}

static const tap_test tests[] = {
    {"damaged metadata are named", damage_is_named},
    {"a file of 8 EiB of holes", endless_files_end},
    {"damaged data: an error or the right values", damaged_data_are_never_silent},
    {"damaged files: no crash and no stall of ours", damaged_files_do_not_crash_us},
};

static int run(void)
{
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return 1;
    return tap_run("h5in_damage", tests, TAP_COUNT(tests));
}

int main(void)
{
    return run_in_fixtures("make_h5damage.py", run);
}
