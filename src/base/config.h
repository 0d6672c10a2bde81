/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one table of settings.  Environment (SHARR_<KEY>), command line, C API
 * and Python all set them through here; help texts and documents read it.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum sharr_jit { JIT_AUTO, JIT_VM, JIT_LLVM };
enum sharr_io { IO_AUTO, IO_DIRECT, IO_MPIO };

typedef struct config {
    int64_t memory;         /* bytes per rank; 0: half of the machine, shared by local ranks */
    int64_t threads;        /* workers per rank; 0: cores / local ranks */
    int64_t jit;            /* enum sharr_jit */
    int64_t io;             /* enum sharr_io: how outputs are written */
    int64_t stall_timeout;  /* seconds without progress of the other ranks; 0: never */
    char tmpdir[1024];      /* for scratch; "" = beside the output, else $TMPDIR, else /tmp */
    char dump_ir[1024];     /* directory; "" = no dump */
    int64_t isa_level;      /* 0 = what the machine has; 1..4 = at most x86-64-v<n> (tests) */
    int64_t jit_threshold;  /* element-operations from which `auto` compiles */
    int64_t trace_windows;  /* 1: log every window */
} config;

enum config_type { CONFIG_BYTES, CONFIG_INT, CONFIG_CHOICE, CONFIG_PATH };

typedef struct config_key {
    const char *name;       /* "memory"; environment SHARR_MEMORY */
    enum config_type type;
    size_t offset;          /* into struct config */
    const char *choices;    /* "auto|vm|llvm": index = value */
    int64_t min, max;
    const char *dflt;       /* text of the default */
    const char *help;       /* one line */
} config_key;

extern const config_key config_keys[];             /* ends with name == NULL */

void config_default(config *c);
/* SHARR_* of the environment; an unknown or bad one is an error that names it. */
int config_from_env(config *c, sharr_error *err);
/* "512MiB", "2GiB", "50%" (of the machine's or cgroup's memory), "vm", "4". */
int config_set(config *c, const char *key, const char *value, sharr_error *err);
/* A size as settings have it, by their rules: for a setting `key` of somebody else's. */
int config_bytes(const char *key, const char *value, int64_t *out, sharr_error *err);
/* Text of a value, as config_set takes it. */
int config_get(const config *c, const char *key, char *out, size_t cap, sharr_error *err);

/* The machine: memory that this process may use (min of RAM, cgroup v1/v2 limits), cores
 * (sched_getaffinity and cgroup quota). */
int64_t machine_memory(void);
int machine_cores(void);

#endif
