/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parses the texts on stdin and says what they are, for tests in other languages:
 *
 *     array NAME TYPE EXTENT...     declares an array
 *     text EXPRESSION               "ok float32 (3, 4) a + b", or "error COLUMN LENGTH MESSAGE"
 */
#include "expr/arrays.h"

static void declare(arrays *t, char *line)
{
    char *save, *name = strtok_r(line, " \n", &save), *type = strtok_r(NULL, " \n", &save), *word;
    int64_t shape[SHARR_MAX_DIMS];
    int ndim = 0;
    dtype ty = SHARR_FLOAT64;
    while ((word = strtok_r(NULL, " \n", &save)) != NULL && ndim < SHARR_MAX_DIMS)
        shape[ndim++] = strtoll(word, NULL, 10);
    if (type && dtype_from_name(type, strlen(type), &ty) && t->n < ARRAYS_MAX)
        arrays_add(t, name, ty, ndim, shape);
}

static void say(arrays *t, const char *text, size_t len)
{
    const name_resolver names = {t, arrays_resolve};
    script s;
    sharr_error err;
    strbuf out = {0};
    char shape[SHAPE_TEXT];
    if (script_parse(t->g, text, len, &names, &s, &err) != 0) {
        printf("error %d %d %s\n", err.column, err.length, err.text);
        return;
    }
    const node *n = s.item[s.count - 1].value;
    if (node_verify(n, &err) != 0)
        printf("error -2 0 %s\n", err.text);
    node_print(n, 4000, &out);
    printf("ok %s %s %s\n", dtype_name(n->type), shape_text(n->ndim, n->shape, shape), strbuf_text(&out));
    strbuf_fini(&out);
    script_fini(&s);
}

int main(void)
{
    static arrays t;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    t.g = graph_new();
    while ((n = getline(&line, &cap, stdin)) > 0) {
        if (line[n - 1] == '\n')
            line[--n] = '\0';
        if (strncmp(line, "array ", 6) == 0)
            declare(&t, line + 6);
        else if (strncmp(line, "text ", 5) == 0)
            say(&t, line + 5, (size_t)n - 5);
        fflush(stdout);
    }
    free(line);
    if (graph_live(t.g) != 0) {
        printf("error -3 0 %lld nodes leak\n", (long long)graph_live(t.g));
        return 1;
    }
    graph_free(t.g);
    return 0;
}
