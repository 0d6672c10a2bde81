/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parses the texts on stdin and says what they are, for tests in other languages:
 *
 *     array NAME TYPE EXTENT...     declares an array
 *     data NAME VALUE...            its values in C order (decimal)
 *     text EXPRESSION               "ok float32 (3, 4) a + b", or "error COLUMN LENGTH MESSAGE"
 *     value EXPRESSION              "ok float32 (3, 4) VALUE...", or an error
 */
#include "expr/arrays.h"
#include "expr/evaluate.h"

typedef struct dump {
    arrays t;
    scalar *data[ARRAYS_MAX];
} dump;

static void declare(dump *d, char *line)
{
    char *save, *name = strtok_r(line, " \n", &save), *type = strtok_r(NULL, " \n", &save), *word;
    int64_t shape[SHARR_MAX_DIMS];
    int ndim = 0;
    dtype ty = SHARR_FLOAT64;
    while ((word = strtok_r(NULL, " \n", &save)) != NULL && ndim < SHARR_MAX_DIMS)
        shape[ndim++] = strtoll(word, NULL, 10);
    if (type && dtype_from_name(type, strlen(type), &ty) && d->t.n < ARRAYS_MAX)
        arrays_add(&d->t, name, ty, ndim, shape);
}

static scalar read_value(const char *word, dtype t)
{
    scalar v = {.bits = {0}};
    if (dtype_kind(t) == KIND_UINT)
        v.u64 = strtoull(word, NULL, 10);
    else if (dtype_kind(t) & (KIND_INT | KIND_BOOL))
        v.i64 = strtoll(word, NULL, 10);
    else
        v.f64 = strtod(word, NULL);
    return scalar_cast(v,
                       dtype_kind(t) == KIND_UINT               ? SHARR_UINT64
                       : dtype_kind(t) & (KIND_INT | KIND_BOOL) ? SHARR_INT64
                                                                : SHARR_FLOAT64,
                       t);
}

static void read_data(dump *d, char *line)
{
    char *save, *name = strtok_r(line, " \n", &save), *word;
    for (int i = 0; i < d->t.n; i++) {
        int64_t n = 0, size;
        if (strcmp(d->t.name[i], name) != 0 ||
            !shape_size(d->t.src[i].ndim, d->t.src[i].shape, &size))
            continue;
        free(d->data[i]);
        d->data[i] = calloc((size_t)size + 1, sizeof(scalar));
        while ((word = strtok_r(NULL, " \n", &save)) != NULL && n < size)
            d->data[i][n++] = read_value(word, d->t.src[i].type);
    }
}

static const scalar *data_of(void *arg, const source *src)
{
    return ((dump *)arg)->data[src->id];
}

static void print_scalar(dtype t, const scalar *v)
{
    scalar wide = scalar_cast(*v, t, SHARR_INT64);
    switch (dtype_kind(t)) {
    case KIND_BOOL: printf(" %d", v->b); break;
    case KIND_INT:  printf(" %lld", (long long)wide.i64); break;
    case KIND_UINT: printf(" %llu", (unsigned long long)wide.u64); break;
    default:        printf(" %a", scalar_cast(*v, t, SHARR_FLOAT64).f64);
    }
}

static void print_values(dump *d, const node *n)
{
    evaluation e = {data_of, d, false};
    int64_t at[SHARR_MAX_DIMS] = {0}, size = 0;
    if (!shape_size(n->ndim, n->shape, &size) || size > 100000)
        size = 0;
    for (int64_t i = 0; i < size; i++) {
        scalar v = evaluate_at(&e, n, at);
        print_scalar(n->type, &v);
        shape_next(n->ndim, n->shape, at);
    }
    printf(e.failed ? " failed\n" : "\n");
}

static void say(dump *d, const char *text, size_t len, bool values)
{
    const name_resolver names = {&d->t, arrays_resolve, NULL};
    script s;
    sharr_error err;
    strbuf out = {0};
    char shape[SHAPE_TEXT];
    if (script_parse(d->t.g, text, len, &names, &s, &err) != 0) {
        printf("error %d %d %s\n", err.column, err.length, err.text);
        return;
    }
    const node *n = s.item[s.count - 1].value;
    if (node_verify(n, &err) != 0)
        printf("error -2 0 %s\n", err.text);
    printf("ok %s %s", dtype_name(n->type), shape_text(n->ndim, n->shape, shape));
    if (values) {
        print_values(d, n);
    } else {
        node_print(n, 4000, &out);
        printf(" %s\n", strbuf_text(&out));
    }
    strbuf_fini(&out);
    script_fini(&s);
}

static void run_line(dump *d, char *line, size_t n)
{
    if (strncmp(line, "array ", 6) == 0)
        declare(d, line + 6);
    else if (strncmp(line, "data ", 5) == 0)
        read_data(d, line + 5);
    else if (strncmp(line, "text ", 5) == 0)
        say(d, line + 5, n - 5, false);
    else if (strncmp(line, "value ", 6) == 0)
        say(d, line + 6, n - 6, true);
    fflush(stdout);
}

int main(void)
{
    static dump d;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    d.t.g = graph_new();
    while ((n = getline(&line, &cap, stdin)) > 0) {
        if (line[n - 1] == '\n')
            line[--n] = '\0';
        run_line(&d, line, (size_t)n);
    }
    free(line);
    for (int i = 0; i < d.t.n; i++)
        free(d.data[i]);
    if (graph_live(d.t.g) != 0) {
        printf("error -3 0 %lld nodes leak\n", (long long)graph_live(d.t.g));
        return 1;
    }
    graph_free(d.t.g);
    return 0;
}
