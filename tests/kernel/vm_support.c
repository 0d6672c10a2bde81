/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See vm_support.h.
 */
#include "kernel/vm_support.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/program_build.h"
#include "kernel/vm.h"
#include "support/tap_cunit.h"

int run_levels(void)
{
    return cpu_level();
}

void *run_alloc(size_t bytes, int byte)
{
    size_t whole = (bytes + 8191) / 4096 * 4096;
    void *p = aligned_alloc(4096, whole);

    memset(p, byte, whole);
    return p;
}

void run_dense(int64_t stride[2], int64_t inner, dtype t)
{
    stride[1] = (int64_t)dtype_size(t);
    stride[0] = inner * stride[1];
}

bool run_program(const program *p, int level, const run_args *r)
{
    sharr_error err;
    vm_kernel *k = vm_compile(p, level, &err);

    if (!TAP_CHECK(k != NULL, "%s", err.text))
        return false;
    void *scratch = run_alloc(vm_scratch_bytes(k), 0xa5);
    sharr_kargs a = {
        .n = {r->n[0], r->n[1]}, .in = r->in, .in_stride = r->in_stride, .out = r->out,
        .out_stride = r->out_stride, .index = r->index, .state = r->state,
        .state_stride = r->state_stride,
    };
    CU_ASSERT_EQUAL(vm_isa_level(k), level);
    vm_run(k, &a, scratch);
    free(scratch);
    vm_free(k);
    return true;
}

program *program_of_op(enum kop op, dtype t)
{
    program_builder *pb = pb_new();
    int arg[3] = {-1, -1, -1};
    sharr_error err;

    for (int i = 0; i < kop_get(op)->arity; i++)
        arg[i] = pb_load(pb, i, op == KOP_select && i == 0 ? SHARR_BOOL : t);
    pb_store(pb, 0, pb_op(pb, op, t, arg[0], arg[1], arg[2]));
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

program *program_of_cast(dtype from, dtype to)
{
    program_builder *pb = pb_new();
    sharr_error err;

    pb_store(pb, 0, pb_cast(pb, to, pb_load(pb, 0, from)));
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}
