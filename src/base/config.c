/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of settings and its one parser.  Nothing else in sharr knows a
 * setting's range, default or spelling.
 */
#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/suggest.h"
#include "base/units.h"

#define AT(field) offsetof(config, field)

const config_key config_keys[] = {
    {"memory", CONFIG_BYTES, AT(memory), NULL, 0, INT64_MAX, "0",
     "memory for data on each rank, as 512MiB, 2GiB or 50%; 0: half of the machine, divided by "
     "the ranks on it"},
    {"threads", CONFIG_INT, AT(threads), NULL, 0, 4096, "0",
     "worker threads on each rank; 0: the machine's cores, divided by the ranks on it"},
    {"jit", CONFIG_CHOICE, AT(jit), "auto|vm|llvm", 0, 0, "auto",
     "how expressions are run: interpreted (vm), compiled (llvm), or compiled when it pays"},
    {"io", CONFIG_CHOICE, AT(io), "auto|direct|mpio", 0, 0, "auto",
     "how outputs are written: auto; straight to their chunks, by MPI-IO at several ranks (direct); or by "
     "parallel HDF5 (mpio)"},
    {"stall_timeout", CONFIG_INT, AT(stall_timeout), NULL, 0, 1000000000, "0",
     "seconds to wait for ranks that make no progress; 0: for ever"},
    {"tmpdir", CONFIG_PATH, AT(tmpdir), NULL, 0, 0, "",
     "directory for scratch files; empty: beside the output, else $TMPDIR, else /tmp"},
    {"dump_ir", CONFIG_PATH, AT(dump_ir), NULL, 0, 0, "",
     "directory that gets the code of every compiled kernel; empty: none"},
    {"isa_level", CONFIG_INT, AT(isa_level), NULL, 0, 4, "0",
     "use at most x86-64-v<n>; 0: what the machine has"},
    {"jit_threshold", CONFIG_INT, AT(jit_threshold), NULL, 0, INT64_MAX, "2000000000",
     "element-operations from which jit=auto compiles"},
    {"trace_windows", CONFIG_INT, AT(trace_windows), NULL, 0, 1, "0", "1: log every window"},
    {.name = NULL},
};

/* SHARR_<NAME> that are read elsewhere. */
static const char *const other_variables[] = {"EVAL_MPI", "FAULT", "FAULT_LOG", "FAULT_RANK", "HANDOVER", "LLVM_MODULE",
                                              "MAX_ARRAY", "NODE", "PROGRESS", "SPILL"};

static int64_t *int_at(config *c, const config_key *k)
{
    return (int64_t *)((char *)c + k->offset);
}

static char *text_at(config *c, const config_key *k)
{
    return (char *)c + k->offset;
}

/* Names are equal whatever their case, and with - for _. */
static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        int x = *a == '-' ? '_' : tolower((unsigned char)*a);
        int y = *b == '-' ? '_' : tolower((unsigned char)*b);
        if (x != y)
            return false;
    }
    return *a == *b;
}

static const config_key *find_key(const char *name)
{
    for (const config_key *k = config_keys; k->name; k++)
        if (same_name(k->name, name))
            return k;
    return NULL;
}

static int unknown_key(const char *name, sharr_error *err)
{
    suggest s;
    suggest_init(&s, name, strlen(name));
    for (const config_key *k = config_keys; k->name; k++)
        suggest_offer(&s, k->name);
    if (suggest_text(&s))
        return err_set(err, SHARR_EUSAGE, "no setting is called \"%s\"; did you mean \"%s\"?",
                       name, suggest_text(&s));
    return err_set(err, SHARR_EUSAGE, "no setting is called \"%s\"", name);
}

/* Index of `value` in "a|b|c", or -1. */
static int find_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);
    for (int i = 0;; i++) {
        size_t len = strcspn(choices, "|");
        if (len == n && n > 0 && strncasecmp(choices, value, n) == 0)
            return i;
        if (!choices[len])
            return -1;
        choices += len + 1;
    }
}

static int set_int(const config_key *k, const char *value, int64_t *out, sharr_error *err)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (end == value || *end || errno == ERANGE)
        return err_set(err, SHARR_EUSAGE, "%s: \"%s\" is not a whole number", k->name, value);
    if (v < k->min || v > k->max)
        return err_set(err, SHARR_EUSAGE, "%s: %lld is not between %" PRId64 " and %" PRId64,
                       k->name, v, k->min, k->max);
    *out = v;
    return SHARR_OK;
}

int config_bytes(const char *key, const char *value, int64_t *out, sharr_error *err)
{
    /* The machine is asked only for a share of it. */
    if (!units_parse(value, strchr(value, '%') ? machine_memory() : 0, out))
        return err_set(err, SHARR_EUSAGE,
                       "%s: \"%s\" is not a size; write for example 512MiB, 2GiB or 50%%", key,
                       value);
    return SHARR_OK;
}

static int set_choice(const config_key *k, const char *value, int64_t *out, sharr_error *err)
{
    int i = find_choice(k->choices, value);
    if (i < 0)
        return err_set(err, SHARR_EUSAGE, "%s: \"%s\" is none of %s", k->name, value, k->choices);
    *out = i;
    return SHARR_OK;
}

static int set_path(const config_key *k, const char *value, char *out, sharr_error *err)
{
    size_t n = strlen(value);
    if (n >= sizeof((config *)0)->tmpdir)
        return err_set(err, SHARR_EUSAGE, "%s: the path is longer than %zu bytes", k->name,
                       sizeof((config *)0)->tmpdir - 1);
    memset(out, 0, sizeof((config *)0)->tmpdir);    /* so that equal settings are equal bytes */
    memcpy(out, value, n);
    return SHARR_OK;
}

int config_set(config *c, const char *key, const char *value, sharr_error *err)
{
    const config_key *k = find_key(key);
    if (!k)
        return unknown_key(key, err);
    switch (k->type) {
    case CONFIG_BYTES: return config_bytes(k->name, value, int_at(c, k), err);
    case CONFIG_INT: return set_int(k, value, int_at(c, k), err);
    case CONFIG_CHOICE: return set_choice(k, value, int_at(c, k), err);
    case CONFIG_PATH: return set_path(k, value, text_at(c, k), err);
    }
    return err_set(err, SHARR_EINTERNAL, "setting %s has no type", key);
}

void config_default(config *c)
{
    memset(c, 0, sizeof *c);
    for (const config_key *k = config_keys; k->name; k++)
        config_set(c, k->name, k->dflt, NULL);
}

static bool is_other(const char *name)
{
    for (size_t i = 0; i < sizeof other_variables / sizeof other_variables[0]; i++)
        if (strcmp(name, other_variables[i]) == 0)
            return true;
    return false;
}

/* One "SHARR_NAME=value" of the environment. */
static int set_variable(config *c, const char *entry, sharr_error *err)
{
    char name[64];
    const char *eq = strchr(entry, '=');
    size_t n = eq ? (size_t)(eq - entry) : 0;
    if (n <= 6 || n - 6 >= sizeof name)
        return err_set(err, SHARR_EUSAGE, "environment: no setting is called %.*s", (int)n, entry);
    memcpy(name, entry + 6, n - 6);
    name[n - 6] = '\0';
    if (is_other(name))
        return SHARR_OK;
    int status = config_set(c, name, eq + 1, err);
    if (status)
        err_prefix(err, "environment variable SHARR_%s", name);
    return status;
}

int config_from_env(config *c, sharr_error *err)
{
    config tmp = *c;
    for (char **e = environ; e && *e; e++) {
        if (strncmp(*e, "SHARR_", 6) != 0)
            continue;
        int status = set_variable(&tmp, *e, err);
        if (status)
            return status;
    }
    *c = tmp;
    return SHARR_OK;
}

static void print_choice(const char *choices, int64_t i, char *out, size_t cap)
{
    for (; i > 0; i--)
        choices += strcspn(choices, "|") + 1;
    snprintf(out, cap, "%.*s", (int)strcspn(choices, "|"), choices);
}

int config_get(const config *c, const char *key, char *out, size_t cap, sharr_error *err)
{
    const config_key *k = find_key(key);
    char text[sizeof c->tmpdir];
    if (!k)
        return unknown_key(key, err);
    const char *field = (const char *)c + k->offset;
    switch (k->type) {
    case CONFIG_BYTES: units_exact(text, *(const int64_t *)field); break;
    case CONFIG_INT: snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)field); break;
    case CONFIG_CHOICE: print_choice(k->choices, *(const int64_t *)field, text, sizeof text); break;
    case CONFIG_PATH: snprintf(text, sizeof text, "%s", field); break;
    }
    if (strlen(text) >= cap)
        return err_set(err, SHARR_EUSAGE, "%s: its value has %zu bytes, the buffer %zu", k->name,
                       strlen(text) + 1, cap);
    memcpy(out, text, strlen(text) + 1);
    return SHARR_OK;
}
