/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The bitcode of the math source inside this module: one file for levels with
 * fma, one without.  Compiled by the clang of the same LLVM version.
 */
#include "kernel/llvm_session.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include <string.h>

#define EMBED(symbol, file) \
    __asm__(".pushsection .rodata\n.balign 16\n" \
            #symbol "_begin:\n.incbin \"" file "\"\n" #symbol "_end:\n.popsection\n"); \
    extern const char symbol##_begin[] __attribute__((visibility("hidden"))); \
    extern const char symbol##_end[] __attribute__((visibility("hidden")))

EMBED(sharr_math_fma, SHARR_MATH_FMA_BC);
EMBED(sharr_math_soft, SHARR_MATH_SOFT_BC);

LLVMModuleRef bitcode_open(LLVMContextRef c, int level)
{
    const char *begin = level >= 3 ? sharr_math_fma_begin : sharr_math_soft_begin;
    const char *end = level >= 3 ? sharr_math_fma_end : sharr_math_soft_end;
    LLVMMemoryBufferRef buf =
        LLVMCreateMemoryBufferWithMemoryRange(begin, (size_t)(end - begin), "math", 0);
    LLVMModuleRef m = NULL;
    return LLVMGetBitcodeModuleInContext2(c, buf, &m) == 0 ? m : NULL;
}

static LLVMAttributeRef enum_attribute(const emitter *e, const char *name)
{
    return LLVMCreateEnumAttribute(e->c, LLVMGetEnumAttributeKindForName(name, strlen(name)), 0);
}

static void drop(LLVMValueRef fn, const char *name)
{
    LLVMRemoveEnumAttributeAtIndex(fn, LLVMAttributeFunctionIndex,
                                   LLVMGetEnumAttributeKindForName(name, strlen(name)));
}

/* The linker takes over a function of this linkage only if something refers to it. */
static void link_only_used(LLVMModuleRef m)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMSetLinkage(f, LLVMLinkOnceODRLinkage);
}

/* Public functions are inlined; what they call out of line stays a call. */
static void make_private(const emitter *e)
{
    static const char prefix[] = "sharr_math_";
    for (LLVMValueRef f = LLVMGetFirstFunction(e->m); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f) || f == e->fn)
            continue;
        size_t len;
        LLVMSetLinkage(f, LLVMInternalLinkage);
        LLVMSetVisibility(f, LLVMDefaultVisibility);
        if (strncmp(LLVMGetValueName2(f, &len), prefix, sizeof(prefix) - 1) != 0)
            continue;
        drop(f, "noinline");
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, enum_attribute(e, "alwaysinline"));
    }
}

int bitcode_link(emitter *e, LLVMTargetMachineRef tm, sharr_error *err)
{
    LLVMModuleRef math = e->math;
    e->math = NULL;
    link_only_used(math);
    if (LLVMLinkModules2(e->m, math) != 0)
        return err_set(err, SHARR_EINTERNAL, "compiled kernel: the math functions do not link");
    make_private(e);
    target_mark_functions(e);
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failed = LLVMRunPasses(e->m, "always-inline", tm, o);
    LLVMDisposePassBuilderOptions(o);
    if (!failed)
        return 0;
    char *why = LLVMGetErrorMessage(failed);
    err_set(err, SHARR_EINTERNAL, "compiled kernel: inlining failed: %s", why);
    LLVMDisposeErrorMessage(why);
    return SHARR_EINTERNAL;
}
