/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The settings table: defaults, spelling, ranges, environment, round trip.
 */
#include "base/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tap_cunit.h"

static void defaults(void)
{
    config c;
    config_default(&c);
    CU_ASSERT_EQUAL(c.memory, 0);
    CU_ASSERT_EQUAL(c.threads, 0);
    CU_ASSERT_EQUAL(c.jit, JIT_AUTO);
    CU_ASSERT_EQUAL(c.io, IO_AUTO);
    CU_ASSERT_EQUAL(c.jit_threshold, 2000000000);
    CU_ASSERT_STRING_EQUAL(c.tmpdir, "");
}

static void good_values(void)
{
    config c;
    config_default(&c);
    CU_ASSERT_EQUAL(config_set(&c, "memory", "512MiB", NULL), 0);
    CU_ASSERT_EQUAL(c.memory, 512LL << 20);
    CU_ASSERT_EQUAL(config_set(&c, "memory", "25%", NULL), 0);
    CU_ASSERT_EQUAL(c.memory, machine_memory() / 4);
    CU_ASSERT_EQUAL(config_set(&c, "jit", "llvm", NULL), 0);
    CU_ASSERT_EQUAL(c.jit, JIT_LLVM);
    CU_ASSERT_EQUAL(config_set(&c, "JIT", "VM", NULL), 0);
    CU_ASSERT_EQUAL(c.jit, JIT_VM);
    CU_ASSERT_EQUAL(config_set(&c, "io", "mpio", NULL), 0);
    CU_ASSERT_EQUAL(c.io, IO_MPIO);
    CU_ASSERT_EQUAL(config_set(&c, "stall-timeout", "30", NULL), 0);
    CU_ASSERT_EQUAL(c.stall_timeout, 30);
    CU_ASSERT_EQUAL(config_set(&c, "tmpdir", "/scratch/x y", NULL), 0);
    CU_ASSERT_STRING_EQUAL(c.tmpdir, "/scratch/x y");
}

static void bad_values(void)
{
    char long_path[1025];
    memset(long_path, 'p', 1024);
    long_path[1024] = '\0';
    const struct {
        const char *key, *value, *says;
    } rows[] = {
        {"memory", "lots", "512MiB"},  {"memory", "-1", "not a size"}, {"threads", "four", "whole number"},
        {"threads", "-1", "between"},  {"threads", "2x", "whole number"}, {"threads", "", "whole number"},
        {"threads", "4097", "4096"},   {"threads", "99999999999999999999", "whole number"},
        {"jit", "gpu", "auto|vm|llvm"}, {"jit", "", "none of"},        {"jit", "auto|vm", "none of"},
        {"isa_level", "5", "between"}, {"treads", "1", "\"threads\""}, {"banana", "1", "banana"},
        {"tmpdir", long_path, "1023"},
    };
    config before, c;
    config_default(&before);
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        sharr_error e;
        c = before;
        TAP_CHECK(config_set(&c, rows[i].key, rows[i].value, &e) == SHARR_EUSAGE, "row %d", i);
        TAP_CHECK(strstr(e.text, rows[i].says) != NULL, "row %d: %s", i, e.text);
        TAP_CHECK(memcmp(&c, &before, sizeof c) == 0, "row %d changed something", i);
    }
}

/* Every setting: its default reads back, and what get prints, set takes. */
static void text_reads_back(void)
{
    static const char *const values[] = {"3GiB", "1000001", "vm", "mpio", "7", "/a/b", "0", "1"};
    for (const config_key *k = config_keys; k->name; k++) {
        config c, d;
        char text[1024];
        config_default(&c);
        CU_ASSERT_EQUAL(config_get(&c, k->name, text, sizeof text, NULL), 0);
        TAP_CHECK(strcmp(text, k->dflt) == 0, "%s: %s", k->name, text);
        for (int i = 0; i < TAP_COUNT(values); i++) {
            if (config_set(&c, k->name, values[i], NULL))
                continue;
            config_default(&d);
            CU_ASSERT_EQUAL(config_get(&c, k->name, text, sizeof text, NULL), 0);
            CU_ASSERT_EQUAL(config_set(&d, k->name, text, NULL), 0);
            TAP_CHECK(memcmp(&c, &d, sizeof c) == 0, "%s=%s printed %s", k->name, values[i], text);
        }
    }
    config c;
    char tiny[2];
    config_default(&c);
    CU_ASSERT_EQUAL(config_get(&c, "jit", tiny, sizeof tiny, NULL), SHARR_EUSAGE);
    CU_ASSERT_EQUAL(config_get(&c, "nope", tiny, sizeof tiny, NULL), SHARR_EUSAGE);
}

static void sizes_of_others(void)
{
    sharr_error e;
    int64_t bytes = 5;
    CU_ASSERT(config_bytes("max_array", "2GiB", &bytes, &e) == 0 && bytes == 2LL << 30);
    CU_ASSERT(config_bytes("max_array", "3kB", &bytes, &e) == 0 && bytes == 3000);
    CU_ASSERT_EQUAL(config_bytes("max_array", "much", &bytes, &e), SHARR_EUSAGE);
    CU_ASSERT(bytes == 3000 && strstr(e.text, "max_array: \"much\" is not a size"));
}

static void clear_env(void)
{
    static const char *const names[] = {"SHARR_MEMORY", "SHARR_THREADS", "SHARR_TREADS", "SHARR_FAULT",
                                        "SHARR_", "SHARR_JIT"};
    for (int i = 0; i < TAP_COUNT(names); i++)
        unsetenv(names[i]);
}

static void environment_is_read(void)
{
    config c;
    clear_env();
    config_default(&c);
    setenv("SHARR_MEMORY", "64MiB", 1);
    setenv("SHARR_THREADS", "3", 1);
    setenv("SHARR_FAULT", "x:1", 1);
    CU_ASSERT_EQUAL(config_from_env(&c, NULL), 0);
    CU_ASSERT_EQUAL(c.memory, 64 << 20);
    CU_ASSERT_EQUAL(c.threads, 3);
    clear_env();
}

static void bad_environment_is_named(void)
{
    static const char *const rows[][3] = {
        {"SHARR_THREADS", "many", "SHARR_THREADS"},
        {"SHARR_TREADS", "1", "SHARR_TREADS"},
        {"SHARR_TREADS", "1", "did you mean \"threads\""},
        {"SHARR_", "1", "SHARR_"},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        config c, before;
        sharr_error e;
        clear_env();
        config_default(&before);
        c = before;
        setenv("SHARR_MEMORY", "64MiB", 1);
        setenv(rows[i][0], rows[i][1], 1);
        TAP_CHECK(config_from_env(&c, &e) == SHARR_EUSAGE && strstr(e.text, rows[i][2]), "%s", e.text);
        CU_ASSERT_EQUAL(memcmp(&c, &before, sizeof c), 0);
        clear_env();
    }
}

static const tap_test tests[] = {
    {"defaults", defaults},
    {"good values are taken, whatever the spelling", good_values},
    {"bad values are refused, named, and change nothing", bad_values},
    {"what get prints, set takes", text_reads_back},
    {"sizes of settings that others have", sizes_of_others},
    {"the environment is read", environment_is_read},
    {"a bad environment is named", bad_environment_is_named},
};
TAP_MAIN("config", tests)
