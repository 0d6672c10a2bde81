/* SPDX-License-Identifier: BSD-3-Clause
 *
 * --dump-ir: the IR and the assembly of a kernel as files for people.  Written
 * under another name first, so that a reader never sees half a file.
 */
#include "kernel/llvm_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_file(const llvm_options *o, const char *suffix, const char *text, size_t size,
                      sharr_error *err)
{
    char path[4096], temp[4096 + 32];
    int n = snprintf(path, sizeof(path), "%s/%s.v%d%s", o->dump_dir, o->name ? o->name : "kernel",
                     o->level, suffix);
    if (n < 0 || (size_t)n >= sizeof(path))
        return err_set(err, SHARR_EUSAGE, "--dump-ir: the path %s is too long", o->dump_dir);
    snprintf(temp, sizeof(temp), "%s.%ld.tmp", path, (long)getpid());
    FILE *f = fopen(temp, "w");
    int bad = f ? 0 : errno;
    if (f && fwrite(text, 1, size, f) != size)
        bad = errno;
    if (f && fclose(f) != 0 && !bad)
        bad = errno;
    if (!bad && rename(temp, path) != 0)
        bad = errno;
    if (!bad)
        return 0;
    if (f)
        unlink(temp);
    return err_errno(err, bad, "--dump-ir: %s", path);
}

static bool wanted(const llvm_options *o)
{
    return o->dump_dir && *o->dump_dir;
}

int dump_ir(const llvm_options *o, LLVMModuleRef m, sharr_error *err)
{
    if (!wanted(o))
        return 0;
    char *text = LLVMPrintModuleToString(m);
    int rc = write_file(o, ".ll", text, strlen(text), err);
    LLVMDisposeMessage(text);
    return rc;
}

/* Code generation changes the module: a copy is compiled. */
int dump_assembly(const llvm_options *o, LLVMModuleRef m, LLVMTargetMachineRef tm, sharr_error *err)
{
    LLVMMemoryBufferRef buf = NULL;
    char *why = NULL;
    if (!wanted(o))
        return 0;
    LLVMModuleRef copy = LLVMCloneModule(m);
    int rc = 0;
    if (LLVMTargetMachineEmitToMemoryBuffer(tm, copy, LLVMAssemblyFile, &why, &buf) != 0) {
        rc = err_set(err, SHARR_EINTERNAL, "--dump-ir: no assembly: %s", why ? why : "no reason");
        LLVMDisposeMessage(why);
    } else {
        rc = write_file(o, ".s", LLVMGetBufferStart(buf), LLVMGetBufferSize(buf), err);
        LLVMDisposeMemoryBuffer(buf);
    }
    LLVMDisposeModule(copy);
    return rc;
}
