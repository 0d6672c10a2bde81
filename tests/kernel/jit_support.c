/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See jit_support.h.
 */
#include "kernel/jit_support.h"

#include "kernel/cpu.h"
#include "kernel/kop_ref.h"
#include "kernel/reduce.h"
#include "kernel/vm.h"
#include "support/tap_cunit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- the module -------------------------------------------------------------------------------- */

const llvm_table *jit_table(llvm_session **out)
{
    static const llvm_table *table;
    static llvm_session *session;
    const char *path = getenv("SHARR_LLVM_MODULE");
    sharr_error err = {0};
    if (!table) {
        void *h = dlopen(path ? path : "", RTLD_NOW | RTLD_LOCAL);
        if (!TAP_CHECK(h != NULL, "%s", dlerror()))
            return NULL;
        llvm_entry_fn *entry;
        void *symbol = dlsym(h, LLVM_TABLE_ENTRY);
        memcpy(&entry, &symbol, sizeof entry);
        if (!TAP_CHECK(entry()->session_new(&session, &err) == 0, "%s", err.text))
            return NULL;
        table = entry();
    }
    *out = session;
    return table;
}

bool jit_make(const program *p, int level, int lanes, llvm_code *out)
{
    llvm_session *s = NULL;
    sharr_error err = {0};
    llvm_options o = {.level = level, .lanes = lanes};
    const llvm_table *t = jit_table(&s);
    return t && TAP_CHECK(t->compile(s, p, &o, out, &err) == 0, "level %d lanes %d: %s", level,
                          lanes, err.text);
}

void jit_drop(llvm_code *code)
{
    llvm_session *s = NULL;
    jit_table(&s)->code_free(code);
}

/* ---- arrays -------------------------------------------------------------------------------------- */

/* Pages of which the last one may not be touched; the array ends (or begins) at its border. */
typedef struct array {
    char *pages, *data;         /* data: lowest byte that belongs to the array */
    size_t total, bytes;
    void *first;                /* element (0, 0) */
    int64_t stride[2];
    dtype type;
} array;

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void array_new(array *a, size_t bytes)
{
    size_t page = page_bytes(), inner = (bytes + page - 1) / page * page;
    a->total = inner + 2 * page;
    a->bytes = bytes;
    a->pages = mmap(NULL, a->total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    a->data = a->pages + page + inner - bytes;
    mprotect(a->pages, page, PROT_NONE);
    mprotect(a->pages + page + inner, page, PROT_NONE);
}

static void array_free(array *a)
{
    if (a->pages)
        munmap(a->pages, a->total);
}

static int64_t pick(uint64_t *seed, int64_t n)
{
    return (int64_t)(ref_random(seed) % (uint64_t)n);
}

static void choose_strides(array *a, const jit_shape *s, bool input, uint64_t *seed)
{
    int64_t size = (int64_t)dtype_size(a->type), cols = s->n[1] > 0 ? s->n[1] : 1;
    a->stride[1] = size;
    a->stride[0] = cols * size;
    if (s->layout == LAYOUT_PADDED || (s->layout >= LAYOUT_MIXED && pick(seed, 2)))
        a->stride[0] += size * (1 + pick(seed, 5));
    if (s->layout == LAYOUT_MIXED && input) {
        int64_t which = pick(seed, 5);
        a->stride[1] = which == 1 || which == 2 ? 0 : size;
        a->stride[0] = which == 2 || which == 3 ? 0 : a->stride[0];
    }
    if (s->layout == LAYOUT_ODD) {
        static const int64_t steps[] = {1, 2, -1, 3, -2, 0};
        int64_t by = steps[pick(seed, input ? 6 : 5)], rows = pick(seed, 2) ? 1 : -1;
        a->stride[1] = by * size;
        a->stride[0] = rows * (cols * (by ? llabs(by) : 1) + pick(seed, 3)) * size;
    }
}

/* Memory for the strides, `first` so that all elements lie inside. */
static void place(array *a, const int64_t n[2])
{
    int64_t low = 0, high = (int64_t)dtype_size(a->type);
    for (int d = 0; d < 2; d++) {
        int64_t far = (n[d] > 0 ? n[d] - 1 : 0) * a->stride[d];
        low += far < 0 ? far : 0;
        high += far > 0 ? far : 0;
    }
    array_new(a, (size_t)(high - low));
    a->first = a->data - low;
}

static void fill_values(array *a, uint64_t seed)
{
    size_t size = dtype_size(a->type);
    for (size_t i = 0; i < a->bytes / size; i++) {
        scalar v = ref_value(a->type, (int64_t)(seed % 512 + i), seed);
        memcpy(a->data + i * size, &v, size);
    }
}

/* ---- arguments ----------------------------------------------------------------------------------- */

typedef struct args {
    array in[JIT_MAX_ARRAYS], out[2][JIT_MAX_ARRAYS], state[2][JIT_MAX_ARRAYS];
    const void *in_ptr[JIT_MAX_ARRAYS];
    void *out_ptr[2][JIT_MAX_ARRAYS], *state_ptr[2][JIT_MAX_ARRAYS];
    int64_t in_stride[JIT_MAX_ARRAYS][2], out_stride[JIT_MAX_ARRAYS][2];
    int64_t state_stride[JIT_MAX_ARRAYS][2], index[JIT_MAX_ARRAYS][3];
} args;

static void make_inputs(args *a, const program *p, const jit_shape *s, uint64_t *seed)
{
    for (int k = 0; k < p->nin; k++) {
        array *x = &a->in[k];
        x->type = (dtype)p->in_type[k];
        choose_strides(x, s, true, seed);
        place(x, s->n);
        fill_values(x, ref_random(seed));
        a->in_ptr[k] = x->first;
        memcpy(a->in_stride[k], x->stride, sizeof x->stride);
    }
    for (int k = 0; k < p->nindex; k++) {
        a->index[k][0] = 20000 + pick(seed, 1000);     /* argmin wants indices >= 0 */
        a->index[k][1] = pick(seed, 7) - 3;
        a->index[k][2] = pick(seed, 7) - 3;
    }
}

static void make_outputs(args *a, const program *p, const jit_shape *s, uint64_t *seed)
{
    for (int k = 0; k < p->nout; k++) {
        array *x = &a->out[0][k];
        x->type = (dtype)p->out_type[k];
        choose_strides(x, s, false, seed);
        a->out[1][k] = *x;
        for (int side = 0; side < 2; side++) {
            place(&a->out[side][k], s->n);
            memset(a->out[side][k].data, 0x5a, a->out[side][k].bytes);
            a->out_ptr[side][k] = a->out[side][k].first;
        }
        memcpy(a->out_stride[k], x->stride, sizeof x->stride);
    }
}

static int state_fields(const reduction *r)
{
    return r->mode == RMODE_DOWN ? reduce_down_nfields((enum rop)r->rop, (dtype)r->type)
                                 : reduce_nfields((enum rop)r->rop, (dtype)r->type);
}

static void make_states(args *a, const program *p, const jit_shape *s)
{
    for (int k = 0; k < p->nreds; k++) {
        const reduction *r = &p->reds[k];
        bool down = r->mode == RMODE_DOWN;
        int64_t cells = s->n[down];
        for (int side = 0; side < 2; side++) {
            void *field[REDUCE_MAX_FIELDS];
            for (int f = 0; f < state_fields(r); f++) {
                array *x = &a->state[side][r->first_state + f];
                x->type = reduce_field_type((enum rop)r->rop, (dtype)r->type, f);
                array_new(x, (size_t)cells * dtype_size(x->type));
                memset(x->data, 0x5a, x->bytes);
                field[f] = a->state_ptr[side][r->first_state + f] = x->data;
                a->state_stride[r->first_state + f][down] = (int64_t)dtype_size(x->type);
            }
            if (down)
                reduce_down_init((enum rop)r->rop, (dtype)r->type, field, cells);
        }
    }
}

static void free_args(args *a)
{
    for (int k = 0; k < JIT_MAX_ARRAYS; k++) {
        array_free(&a->in[k]);
        for (int side = 0; side < 2; side++) {
            array_free(&a->out[side][k]);
            array_free(&a->state[side][k]);
        }
    }
    free(a);
}

/* ---- comparison ---------------------------------------------------------------------------------- */

static bool same_array(const array *x, const array *y, const char *what, int k)
{
    size_t size = dtype_size(x->type);
    for (size_t i = 0; i < x->bytes / size; i++) {
        scalar u = ref_get(x->data + i * size, x->type), v = ref_get(y->data + i * size, x->type);
        if (!ref_same(u, v, x->type))
            return TAP_CHECK(false, "%s %d element %zu: vm %s, llvm %s", what, k, i,
                             ref_text(u, x->type), ref_text(v, x->type));
    }
    return true;
}

/* Of an argmin the sign of a zero is not specified. */
static void unify_zeros(array *x)
{
    size_t size = dtype_size(x->type);
    for (size_t i = 0; i < x->bytes / size; i++) {
        char *at = x->data + i * size;
        if (x->type == SHARR_FLOAT32 && ref_get(at, x->type).f32 == 0)
            memset(at, 0, size);
        if (x->type == SHARR_FLOAT64 && ref_get(at, x->type).f64 == 0)
            memset(at, 0, size);
    }
}

static bool same_results(args *a, const program *p)
{
    bool same = true;
    for (int k = 0; k < p->nout; k++)
        same &= same_array(&a->out[0][k], &a->out[1][k], "output", k);
    for (int k = 0; k < p->nreds; k++) {
        const reduction *r = &p->reds[k];
        for (int f = 0; f < state_fields(r); f++) {
            array *x = &a->state[0][r->first_state + f], *y = &a->state[1][r->first_state + f];
            if (rop_is_arg((enum rop)r->rop)) {
                unify_zeros(x);
                unify_zeros(y);
            }
            same &= same_array(x, y, rop_name((enum rop)r->rop), k);
        }
    }
    return same;
}

static bool compare_once(const program *p, const vm_kernel *vm, sharr_kernel_fn *fn,
                         const jit_shape *s)
{
    uint64_t seed = s->seed;
    args *a = calloc(1, sizeof *a);
    make_inputs(a, p, s, &seed);
    make_outputs(a, p, s, &seed);
    make_states(a, p, s);
    sharr_kargs k[2];
    for (int side = 0; side < 2; side++)
        k[side] = (sharr_kargs){
            .n = {s->n[0], s->n[1]},
            .in = a->in_ptr,
            .in_stride = (const int64_t(*)[2])a->in_stride,
            .out = a->out_ptr[side],
            .out_stride = (const int64_t(*)[2])a->out_stride,
            .index = (const int64_t(*)[3])a->index,
            .state = a->state_ptr[side],
            .state_stride = (const int64_t(*)[2])a->state_stride,
        };
    void *scratch = aligned_alloc(4096, (vm_scratch_bytes(vm) + 4095) / 4096 * 4096 + 4096);
    vm_run(vm, &k[0], scratch);
    fn(&k[1]);
    bool same = same_results(a, p);
    free(scratch);
    free_args(a);
    return same;
}

static void show(const program *p)
{
    strbuf text = {0};
    program_print(p, &text);
    fprintf(stderr, "%s\n", strbuf_text(&text));
    strbuf_fini(&text);
}

bool jit_compare(const program *p, int level, int lanes, const jit_shape *shapes, int nshapes)
{
    llvm_code code = {0};
    sharr_error err = {0};
    if (!TAP_CHECK(p != NULL, "no program") || !jit_make(p, level, lanes, &code))
        return false;
    vm_kernel *vm = vm_compile(p, 0, &err);
    bool same = TAP_CHECK(vm != NULL, "%s", err.text);
    for (int k = 0; same && level <= cpu_level() && k < nshapes; k++) {
        same = compare_once(p, vm, code.fn, &shapes[k]);
        if (!same) {
            tap_diag("level %d lanes %d n %d x %d layout %d seed %llu", level, lanes,
                     (int)shapes[k].n[0], (int)shapes[k].n[1], (int)shapes[k].layout,
                     (unsigned long long)shapes[k].seed);
            show(p);
        }
    }
    vm_free(vm);
    jit_drop(&code);
    return same;
}
