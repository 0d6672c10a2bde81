/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A worked example of the C interface: example INPUT DATASET OUTPUT
 *
 * Print the mean and the largest value of a dataset, and write its anomaly from the mean along the first
 * axis.  Build it against the installed library:
 *
 *     cc example.c $(pkg-config --cflags --libs sharr) -o example
 *
 * Started by mpiexec it runs on all ranks, without a change.
 */
#include <sharr.h>
#include <stdio.h>

/* Compile and run one text.  Results stay in memory when `out` has no path. */
static int evaluate(sharr_context *ctx, const char *text, const sharr_output *out, sharr_error *err)
{
    sharr_script *script = sharr_script_new(ctx, text, -1, err);
    if (!script) {                                  /* the place of the error is known: show it */
        char *caret = sharr_error_caret(text, -1, err);
        fprintf(stderr, "%s\n", caret ? caret : "");
        sharr_free(caret);
        return err->status;
    }
    int status = sharr_script_run(script, out, err);
    for (int i = 0; status == 0 && i < sharr_script_count(script); i++) {
        sharr_result r;
        if (sharr_script_result(script, i, &r) == 0 && r.data && r.ndim == 0 && r.type == SHARR_FLOAT64 &&
            sharr_context_rank(ctx) == 0)
            printf("%s %.6g\n", r.name, *(const double *)r.data);
    }
    sharr_script_free(script);
    return status;
}

int main(int argc, char **argv)
{
    sharr_error err;
    char text[512];
    if (argc != 4) {
        fprintf(stderr, "usage: example INPUT DATASET OUTPUT\n");
        return SHARR_EUSAGE;
    }
    sharr_context *ctx = sharr_context_new(&err);
    int status = ctx ? sharr_context_launch(ctx, &err) : err.status;
    if (status == 0)
        status = sharr_context_set(ctx, "memory", "256MiB", &err);
    if (status == 0)
        status = sharr_input_add(ctx, NULL, argv[1], &err);
    if (status == 0) {
        sharr_output memory = {.path = NULL};
        snprintf(text, sizeof text, "mean = float64(mean(%s)); max = float64(max(%s))", argv[2], argv[2]);
        status = evaluate(ctx, text, &memory, &err);
    }
    if (status == 0) {
        sharr_output file = {.path = argv[3], .overwrite = 1, .compress = "deflate:1"};
        snprintf(text, sizeof text, "anomaly = %s - mean(%s, axis=0)", argv[2], argv[2]);
        status = evaluate(ctx, text, &file, &err);
    }
    if (status != 0)
        fprintf(stderr, "example: %s\n", err.text);
    sharr_context_free(ctx);
    return status;
}
