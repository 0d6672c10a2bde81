/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The loader of compiled kernels, on objects made by the C compiler: it links what
 * is allowed, refuses everything else, and never maps a page writable and
 * executable.
 */
#include "kernel/llvm_load.h"

#include "support/tap_cunit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct object {
    unsigned char bytes[65536];
    size_t size;
} object;

/* Compile the text of a C file. */
static bool compile(const char *text, object *o)
{
    char dir[] = "/tmp/sharr-load-XXXXXX", cmd[512], path[64];
    const char *cc = getenv("CC");
    if (!TAP_CHECK(mkdtemp(dir) != NULL, "no temporary directory"))
        return false;
    snprintf(path, sizeof path, "%s/k.c", dir);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    snprintf(cmd, sizeof cmd, "cd %s && %s -O2 -fPIC -fvisibility=hidden -fno-stack-protector "
             "-fcf-protection=none -fno-sanitize=all -c k.c -o k.o", dir, cc && *cc ? cc : "cc");
    bool ok = TAP_CHECK(system(cmd) == 0, "%s", cmd);
    snprintf(path, sizeof path, "%s/k.o", dir);
    f = fopen(path, "rb");
    o->size = f ? fread(o->bytes, 1, sizeof o->bytes, f) : 0;
    if (f)
        fclose(f);
    snprintf(cmd, sizeof cmd, "rm -r %s", dir);
    return system(cmd) == 0 && ok;
}

static int twice(int x)
{
    return 2 * x;
}

static const load_symbol allowed[] = {{"twice", (void *)twice}, {NULL, NULL}};
static object made;

static bool refused(const char *text, const char *why)
{
    sharr_error err = {0};
    loaded code = {0};
    int rc = compile(text, &made) ? load_object(made.bytes, made.size, "entry", allowed, &code, &err)
                                  : 0;
    return TAP_CHECK(rc == SHARR_EINTERNAL && !code.image && strstr(err.text, why), "%d: %s", rc,
                     err.text);
}

/* The permissions of the page at `p`, as in /proc/self/maps. */
static void permissions(const void *p, char out[5])
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    uintptr_t from, to, at = (uintptr_t)p;
    strcpy(out, "????");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, out) == 3 && from <= at && at < to)
            break;
    if (f)
        fclose(f);
}

static void loads_and_runs(void)
{
    loaded code = {0};
    sharr_error err = {0};
    char what[5];
    if (!compile("int twice(int);\n"
                 "static const double t[4] = {1.5, 2.5, 3.5, 4.5};\n"
                 "__attribute__((noinline)) static double pick(int i) { return t[i & 3] * 7.25; }\n"
                 "double entry(int i) { return pick(i) + twice(i); }\n", &made))
        return;
    if (TAP_CHECK(load_object(made.bytes, made.size, "entry", allowed, &code, &err) == 0, "%s", err.text)) {
        double (*entry)(int);
        memcpy(&entry, &code.entry, sizeof entry);
        CU_ASSERT_EQUAL(entry(2), 3.5 * 7.25 + 4);
        permissions(code.entry, what);
        CU_ASSERT_STRING_EQUAL(what, "r-xp");
        permissions((char *)code.image + code.bytes - 1, what);
        CU_ASSERT_STRING_EQUAL(what, "r--p");
        load_free(code.image, code.bytes);
    }
}

static void refuses(void)
{
    refused("double sin(double); double entry(double x) { return sin(x); }", "it calls sin");
    refused("int n; int entry(void) { return n++; }", "variables");
    refused("int other(void) { return 1; }", "no function entry");
}

static void refuses_rubbish(void)
{
    loaded code = {0};
    sharr_error err = {0};
    if (!compile("static const double t[4] = {1, 2, 3, 4}; double entry(int i) { return t[i]; }", &made))
        return;
    for (size_t size = 0; size < made.size; size += size < 70 ? 1 : 97)  /* cut short */
        if (load_object(made.bytes, size, "entry", allowed, &code, &err) == 0)
            load_free(code.image, code.bytes);
    CU_ASSERT_EQUAL(load_object("not an object at all, but long enough to be taken for one: 64 bytes",
                                64, "entry", allowed, &code, &err), SHARR_EINTERNAL);
}

static const tap_test tests[] = {
    {"an object is linked and runs, its pages are never writable and executable", loads_and_runs},
    {"foreign functions, variables and missing entries are refused", refuses},
    {"what is no object is refused", refuses_rubbish},
};

TAP_MAIN("loader of kernels", tests)
