/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Slips that should be recognised, and words that are simply different.
 */
#include "base/suggest.h"

#include <string.h>

#include "support/tap_cunit.h"

static void slips_and_strangers(void)
{
    static const char *const names[] = {"mean", "median", "minimum", "maximum", "t2m", "temperature",
                                        "std", "sum", "permute_dims", NULL};
    static const struct {
        const char *word, *expect;
    } rows[] = {
        {"maen", "mean"},           {"men", "mean"},         {"mean", "mean"},
        {"T2M", "t2m"},             {"t2n", "t2m"},          {"minimun", "minimum"},
        {"temprature", "temperature"}, {"permutedims", "permute_dims"},
        {"prmute_dmis", "permute_dims"}, {"smu", "sum"},      {"xyz", NULL},
        {"precipitation", NULL},    {"q", NULL},             {"", NULL},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        suggest s;
        suggest_init(&s, rows[i].word, strlen(rows[i].word));
        for (int k = 0; names[k]; k++)
            suggest_offer(&s, names[k]);
        const char *got = suggest_text(&s);
        TAP_CHECK(got == rows[i].expect || (got && rows[i].expect && !strcmp(got, rows[i].expect)),
                  "%s: %s", rows[i].word, got ? got : "(nothing)");
    }
}

static void first_of_equals_wins(void)
{
    suggest s;
    suggest_init(&s, "aXc", 3);
    suggest_offer(&s, "abc");
    suggest_offer(&s, "adc");
    CU_ASSERT_STRING_EQUAL(suggest_text(&s), "abc");
}

static void word_need_not_end_in_nul(void)
{
    suggest s;
    suggest_init(&s, "mean(/t2m)", 4);
    suggest_offer(&s, "mean");
    CU_ASSERT_STRING_EQUAL(suggest_text(&s), "mean");
    CU_ASSERT_EQUAL(s.best, 0);
}

static void very_long_words_are_left_alone(void)
{
    char word[1000];
    suggest s;
    memset(word, 'a', sizeof word);
    word[sizeof word - 1] = '\0';
    suggest_init(&s, word, sizeof word - 1);
    suggest_offer(&s, word);
    suggest_offer(&s, "aaa");
    CU_ASSERT_PTR_NULL(suggest_text(&s));
}

static const tap_test tests[] = {
    {"slips are recognised, strangers are not", slips_and_strangers},
    {"the first of equals wins", first_of_equals_wins},
    {"a word need not end in NUL", word_need_not_end_in_nul},
    {"very long words are left alone", very_long_words_are_left_alone},
};
TAP_MAIN("suggest", tests)
