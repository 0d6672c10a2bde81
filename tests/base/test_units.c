/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sizes as text: what is read, what is refused, what is printed.
 */
#include "base/units.h"

#include <string.h>

#include "support/tap_cunit.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static void sizes_are_read(void)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {
        {"0", 0},              {"1025", 1025},           {"17b", 17},
        {"64k", 64 * KIB},     {"64KiB", 64 * KIB},      {"64kib", 64 * KIB},
        {"64kB", 64000},       {"512MiB", 512 * MIB},    {"512 MiB", 512 * MIB},
        {"2G", 2 * GIB},       {"2GB", 2000000000},      {"1.5GiB", 1536 * MIB},
        {"0.1k", 102},         {" 3M", 3 * MIB},         {".5k", 512},
        {"50%", 4 * GIB},      {"100%", 8 * GIB},        {"12.5%", GIB},
        {"7E", 7 * 1024 * 1024 * (1024 * GIB)},          {"9223372036854775807", INT64_MAX},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        int64_t got = -1;
        TAP_CHECK(units_parse(rows[i].text, 8 * GIB, &got) && got == rows[i].bytes, "%s: %lld",
                  rows[i].text, (long long)got);
    }
}

static void nonsense_is_refused(void)
{
    static const char *const rows[] = {
        "",     "k",    "-1",   "1.2.3", "1KKB", "5Q",   "0x10", "1e9", "100.5%", "150%",
        "8E",   "9223372036854775808",   "99999999999999999999999999",  "1 2",    "%",
        "nan",  "inf",  "+5",   ".",     "1,5G", "10 % ", "5MiBs",
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        int64_t got = 77;
        TAP_CHECK(!units_parse(rows[i], GIB, &got) && got == 77, "\"%s\": %lld", rows[i],
                  (long long)got);
    }
}

static void sizes_are_printed(void)
{
    static const struct {
        int64_t bytes;
        const char *text, *exact;
    } rows[] = {
        {0, "0 bytes", "0"},
        {1023, "1023 bytes", "1023"},
        {1024, "1.00 KiB", "1KiB"},
        {1536, "1.50 KiB", "1536"},
        {10 * KIB, "10.0 KiB", "10KiB"},
        {512 * MIB, "512 MiB", "512MiB"},
        {1023 * KIB + 1000, "1.00 MiB", "1048552"},
        {1536 * MIB, "1.50 GiB", "1536MiB"},
        {INT64_MAX, "8.00 EiB", "9223372036854775807"},
        {-2048, "-2.00 KiB", "-2KiB"},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        char out[UNITS_TEXT];
        TAP_CHECK(!strcmp(units_print(out, rows[i].bytes), rows[i].text), "%s", out);
        TAP_CHECK(!strcmp(units_exact(out, rows[i].bytes), rows[i].exact), "%s", out);
    }
}

static void exact_text_reads_back(void)
{
    for (int shift = 0; shift < 62; shift++)
        for (int64_t odd = 1; odd < 8; odd += 2) {
            int64_t v = shift < 60 ? odd << shift : 1LL << shift, got = -1;
            char out[UNITS_TEXT];
            TAP_CHECK(units_parse(units_exact(out, v), 0, &got) && got == v, "%s", out);
        }
}

static const tap_test tests[] = {
    {"sizes are read", sizes_are_read},
    {"nonsense is refused", nonsense_is_refused},
    {"sizes are printed", sizes_are_printed},
    {"exact text reads back", exact_text_reads_back},
};
TAP_MAIN("units", tests)
