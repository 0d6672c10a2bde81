/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as a text: parsed, or refused with a place inside of the text; what
 * is parsed passes the verifier, prints, serialises; nothing is left.
 *
 * Built twice: as a test, which mutates the texts below a fixed number of times,
 * and by `make fuzz` with clang's libFuzzer (FUZZ_ENGINE), which goes on for
 * FUZZ_SECONDS.
 */
#include "expr/arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void declare(arrays *t)
{
    static const int64_t shape[3] = {3, 4, 5};
    arrays_add(t, "a", SHARR_FLOAT32, 2, shape);
    arrays_add(t, "b", SHARR_INT64, 1, shape + 1);
    arrays_add(t, "u", SHARR_UINT64, 1, shape + 1);
    arrays_add(t, "m", SHARR_BOOL, 2, shape);
    arrays_add(t, "z", SHARR_COMPLEX64, 3, shape);
    arrays_add(t, "/g/v", SHARR_UINT8, 0, shape);
}

static void require(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "fuzz_parser: %s\n", what);
        abort();
    }
}

static void check_script(const script *s, size_t size)
{
    sharr_error err;
    strbuf out = {0};
    for (int i = 0; i < s->count; i++) {
        const statement *st = &s->item[i];
        require(node_verify(st->value, &err) == 0, err.text);
        require(st->column >= 0 && st->length > 0 && (size_t)st->column + (size_t)st->length <= size,
                "place of a statement");
        node_print(st->value, 2000, &out);
        require(node_serialise(&st->value, 1, &out, &err) == 0, "serialise");
        strbuf_clear(&out);
    }
    strbuf_fini(&out);
}

static void check_error(const char *text, size_t size, const sharr_error *err)
{
    strbuf out = {0};
    require(err->text[0] != '\0' && err->status != 0 && err->status != SHARR_EINTERNAL, err->text);
    require(err->column >= 0 && err->length >= 0, "an error without a place");
    require((size_t)err->column + (size_t)err->length <= size, "a place outside of the text");
    script_caret(text, size, err, &out);
    require(out.len > 0 && !out.failed, "a caret");
    strbuf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static arrays t;
    const name_resolver names = {&t, arrays_resolve, NULL};
    const char *text = (const char *)data;
    script s;
    sharr_error err;
    memset(&t, 0, sizeof t);
    t.g = graph_new();
    declare(&t);
    if (script_parse(t.g, text, size, &names, &s, &err) == 0) {
        check_script(&s, size);
        script_fini(&s);
    } else {
        check_error(text, size, &err);
    }
    require(graph_live(t.g) == 0, "nodes are left");
    graph_free(t.g);
    return 0;
}

#ifndef FUZZ_ENGINE
#include "support/tap_cunit.h"

static const char *const seeds[] = {
    "x = a[1:, ::-2]; mean(x, axis=0) - 2**-1.0",
    "roll(a, (1, 2), axis=(0, 1)) + concat([a, a])[:3]",
    "where(m, a, 1e-3) if b[0] < 3 else -z[..., 0, None] % 2",
    "{/g/v} // `b`\n# comment\nstd(z, axis=(0, -1), keepdims=True, correction=1)",
    "reshape(broadcast_to(b, (2, 3, 4)), (-1, 6)) ** 0x1F and not u <= b",
    "linspace(0, 1, 5, endpoint=False) + arange(1, 9, 2)[::-1][:1] * 2j",
    "stack([sum(a), 1_000, pi, /g/v], axis=0) >> 3 ^ ~b & u | 7",
    "größe = clip(a, None, 3.5); float32(größe) + eye(3, 4, k=-1) / 0",
    "squeeze(expand_dims(flip(a), (0, 3))) == permute_dims(z)[0, ..., newaxis][:4]",
};

static unsigned seed = 1;

static size_t dice(size_t n)
{
    return (size_t)rand_r(&seed) % n;
}

/* Cut, repeat, swap, overwrite: pieces of the seeds, or single bytes. */
static size_t mutate(char *text, size_t n, size_t cap)
{
    static const char marks[] = "()[]{},:;=+-*/%<>!&|^~.'\"`\n #0159eExj_@\\\xc3\xff";
    const char *other = seeds[dice(sizeof seeds / sizeof seeds[0])];
    size_t at = dice(n + 1), from = dice(strlen(other)), len = dice(strlen(other) - from) % 12 + 1;
    switch (dice(4)) {
    case 0:
        if (at < n)
            text[at] = marks[dice(sizeof marks - 1)];
        return n;
    case 1:
        len = at + len > n ? n - at : len;
        memmove(text + at, text + at + len, n - at - len);
        return n - len;
    default:
        if (n + len > cap)
            return n;
        memmove(text + at + len, text + at, n - at);
        memcpy(text + at, other + from, len);
        return n + len;
    }
}

static void mutated_texts(void)
{
    enum { CAP = 400, ROUNDS = 60000 };
    char *text = malloc(CAP);
    size_t n = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 12 == 0) {
            const char *s = seeds[dice(sizeof seeds / sizeof seeds[0])];
            n = strlen(s);
            memcpy(text, s, n);
        }
        n = mutate(text, n, CAP);
        LLVMFuzzerTestOneInput((const uint8_t *)text, n);
    }
    free(text);
}

static const tap_test tests[] = {
    {"mutated texts are parsed or refused", mutated_texts},
};
TAP_MAIN("fuzz_parser", tests)
#endif
