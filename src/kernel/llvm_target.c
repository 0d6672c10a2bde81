/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The processor that kernels are compiled for: an x86-64 level says which
 * instructions may be used (and so, by contract, not which bits come out), the
 * machine's own name how they are scheduled.
 */
#include "kernel/llvm_session.h"

#include <llvm-c/Target.h>

#include <string.h>

static const struct {
    const char *cpu;
    int register_bytes;
} levels[] = {
    {"x86-64", 16}, {"x86-64-v2", 16}, {"x86-64-v3", 32}, {"x86-64-v4", 64},
};

static int level_index(int level)
{
    return level < 1 ? 0 : level > 4 ? 3 : level - 1;
}

int target_register_bytes(int level)
{
    return levels[level_index(level)].register_bytes;
}

int target_init(sharr_error *err)
{
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMTargetMachineRef tm = NULL;
    int rc = target_machine(1, &tm, err);
    if (rc == 0)
        LLVMDisposeTargetMachine(tm);
    return rc;
}

int target_machine(int level, LLVMTargetMachineRef *out, sharr_error *err)
{
    static const char triple[] = "x86_64-unknown-linux-gnu";
    LLVMTargetRef target = NULL;
    char *why = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &why) != 0) {
        err_set(err, SHARR_EINTERNAL, "LLVM has no target %s: %s", triple, why ? why : "no reason");
        LLVMDisposeMessage(why);
        return SHARR_EINTERNAL;
    }
    *out = LLVMCreateTargetMachine(target, triple, levels[level_index(level)].cpu, "",
                                   LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault);
    return *out ? 0 : err_set(err, SHARR_EINTERNAL, "LLVM cannot make code for %s", triple);
}

static void set_attribute(const emitter *e, LLVMValueRef fn, const char *key, const char *value)
{
    LLVMAttributeRef a = LLVMCreateStringAttribute(e->c, key, (unsigned)strlen(key), value,
                                                   (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(fn, LLVMAttributeFunctionIndex, a);
}

static void drop_attribute(LLVMValueRef fn, const char *key)
{
    LLVMRemoveStringAttributeAtIndex(fn, LLVMAttributeFunctionIndex, key, (unsigned)strlen(key));
}

void target_mark_functions(const emitter *e)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(e->m); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f))
            continue;
        drop_attribute(f, "target-features");
        drop_attribute(f, "stack-protector-buffer-size");
        set_attribute(e, f, "target-cpu", levels[level_index(e->level)].cpu);
        set_attribute(e, f, "tune-cpu", e->host_cpu);
        /* Without it spilled vectors would lie 16-byte aligned, at half the speed. */
        set_attribute(e, f, "stackrealign", "");
        if (e->level >= 4) {            /* else some processors are given half registers */
            set_attribute(e, f, "prefer-vector-width", "512");
            set_attribute(e, f, "min-legal-vector-width", "512");
        }
    }
}
