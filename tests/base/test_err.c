/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The error record: what is filled, what is kept, what happens at its limits.
 */
#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "support/tap_cunit.h"

static void set_fills_everything(void)
{
    sharr_error e = {.status = 3, .rank = 7, .column = 5, .length = 9, .text = "old"};
    errno = EDOM;
    CU_ASSERT_EQUAL(err_set(&e, SHARR_EDATA, "chunk %d of %s", 4, "/x"), SHARR_EDATA);
    CU_ASSERT_EQUAL(errno, EDOM);
    CU_ASSERT_EQUAL(e.status, SHARR_EDATA);
    CU_ASSERT_EQUAL(e.rank, -1);
    CU_ASSERT_EQUAL(e.column, -1);
    CU_ASSERT_EQUAL(e.length, 0);
    CU_ASSERT_STRING_EQUAL(e.text, "chunk 4 of /x");
}

static void null_record_is_fine(void)
{
    CU_ASSERT_EQUAL(err_set(NULL, SHARR_EIO, "x"), SHARR_EIO);
    CU_ASSERT_EQUAL(err_errno(NULL, ENOENT, "x"), SHARR_ENOINPUT);
    CU_ASSERT_EQUAL(err_at(NULL, 1, 2, "x"), SHARR_EEXPR);
    CU_ASSERT_EQUAL(err_nomem(NULL, "x", 8), SHARR_ERESOURCE);
    CU_ASSERT_NOT_EQUAL(err_prefix(NULL, "x"), SHARR_OK);
    err_clear(NULL);
}

static void errno_chooses_the_status(void)
{
    static const struct {
        int errnum, status;
    } rows[] = {
        {ENOENT, SHARR_ENOINPUT}, {EACCES, SHARR_EPERM}, {EPERM, SHARR_EPERM},
        {EEXIST, SHARR_EEXIST},   {ENOMEM, SHARR_ERESOURCE}, {ENOSPC, SHARR_EIO},
        {EISDIR, SHARR_EIO},      {0, SHARR_EIO},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        sharr_error e;
        errno = EDOM;
        int got = err_errno(&e, rows[i].errnum, "cannot open %s", "a.h5");
        TAP_CHECK(got == rows[i].status && e.status == got, "errno %d: %d", rows[i].errnum, got);
        CU_ASSERT_EQUAL(errno, EDOM);
        CU_ASSERT_EQUAL(e.os_error, rows[i].errnum);
        TAP_CHECK(strncmp(e.text, "cannot open a.h5: ", 18) == 0 &&
                  strcmp(e.text + 18, strerror(rows[i].errnum)) == 0, "%s", e.text);
    }
}

static void place_in_the_expression(void)
{
    sharr_error e;
    CU_ASSERT_EQUAL(err_at(&e, 12, 3, "no such dataset: %s", "/t"), SHARR_EEXPR);
    CU_ASSERT_EQUAL(e.column, 12);
    CU_ASSERT_EQUAL(e.length, 3);
    CU_ASSERT_EQUAL(err_prefix(&e, "in statement %d", 2), SHARR_EEXPR);
    CU_ASSERT_STRING_EQUAL(e.text, "in statement 2: no such dataset: /t");
    CU_ASSERT_EQUAL(e.column, 12);
    err_clear(&e);
    CU_ASSERT_EQUAL(e.status, SHARR_OK);
    CU_ASSERT_EQUAL(e.column, -1);
    CU_ASSERT_STRING_EQUAL(e.text, "");
}

/* The file that an error names, wherever the text goes. */
static void file_is_found_again(void)
{
    sharr_error e;
    err_errno(&e, ENOSPC, "%s: cannot write", "dir/a.h5");
    CU_ASSERT_EQUAL(e.file_length, 0);
    CU_ASSERT_EQUAL(err_file(&e, "dir/a.h5"), SHARR_EIO);
    TAP_CHECK(e.file_at == 0 && e.file_length == 8, "at %d, %d bytes", e.file_at, e.file_length);
    err_prefix(&e, "on %s", "b.h5");
    TAP_CHECK(strncmp(e.text + e.file_at, "dir/a.h5: cannot", 16) == 0 && e.file_length == 8, "%s", e.text + e.file_at);
    CU_ASSERT_EQUAL(e.os_error, ENOSPC);
    err_file(&e, "c.h5");
    CU_ASSERT_EQUAL(e.file_length, 0);
    err_file(&e, "a.h5");
    char big[2 * SHARR_ERROR_TEXT];
    memset(big, '.', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    err_prefix(&e, "%s", big);          /* nothing of the name is left */
    TAP_CHECK(e.file_at == 0 && e.file_length == 0, "at %d, %d bytes", e.file_at, e.file_length);
    err_set(&e, SHARR_EDATA, "another");
    CU_ASSERT_EQUAL(e.os_error, 0);
    CU_ASSERT_EQUAL(err_os(&e, EISDIR), SHARR_EDATA);
    CU_ASSERT_EQUAL(e.os_error, EISDIR);
    CU_ASSERT_NOT_EQUAL(err_os(NULL, EISDIR), SHARR_OK);
    CU_ASSERT_NOT_EQUAL(err_file(NULL, "x"), SHARR_OK);
}

/* A text that is too long ends at a whole UTF-8 character, with its NUL inside the record. */
static void long_text_is_cut_at_a_character(void)
{
    static const char *const chars[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (int c = 0; c < TAP_COUNT(chars); c++)
        for (int shift = 0; shift < 4; shift++) {
            char big[3 * SHARR_ERROR_TEXT] = "";
            size_t w = strlen(chars[c]), n = (size_t)shift;
            sharr_error e;
            memset(big, '.', n);
            for (; n + w < sizeof big; n += w)
                memcpy(big + n, chars[c], w);
            err_set(&e, SHARR_EIO, "%s", big);
            size_t len = strlen(e.text);
            TAP_CHECK(len < SHARR_ERROR_TEXT && len + w >= SHARR_ERROR_TEXT, "length %zu", len);
            TAP_CHECK((len - (size_t)shift) % w == 0, "cut inside: width %zu, shift %d", w, shift);
            err_prefix(&e, "%s", big);
            CU_ASSERT(strlen(e.text) < SHARR_ERROR_TEXT);
        }
}

static const tap_test tests[] = {
    {"err_set fills every field and keeps errno", set_fills_everything},
    {"a NULL record is accepted everywhere", null_record_is_fine},
    {"errno chooses the status", errno_chooses_the_status},
    {"expression errors carry their place through prefixes", place_in_the_expression},
    {"an error notes errno and its file", file_is_found_again},
    {"a long text is cut at a character", long_text_is_cut_at_a_character},
};
TAP_MAIN("err", tests)
