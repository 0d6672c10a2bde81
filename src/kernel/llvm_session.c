/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The compiler: a program becomes IR, an object, machine code.  Each compilation
 * has its own LLVM context, so that threads do not meet; a session is read-only.
 */
#include "kernel/llvm_session.h"

#include "kernel/llvm_errata.h"
#include "kernel/llvm_load.h"
#include "kernel/llvm_ops.h"
#include "kernel/llvm_stage.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Target.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct llvm_session {
    char *host_cpu;             /* LLVM's name of this machine, for scheduling; from LLVM */
};

static const char entry_name[] = "sharr_kernel";

/* ---- LLVM's complaints ------------------------------------------------------------------------- */

typedef struct complaint {
    bool error;
    char text[512];
} complaint;

static void note_diagnostic(LLVMDiagnosticInfoRef info, void *arg)
{
    complaint *c = arg;
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError || c->error)
        return;
    char *text = LLVMGetDiagInfoDescription(info);
    c->error = true;
    snprintf(c->text, sizeof(c->text), "%s", text);
    LLVMDisposeMessage(text);
}

/* ---- one compilation --------------------------------------------------------------------------- */

typedef struct job {
    const llvm_session *session;
    const llvm_options *opt;
    emitter e;
    LLVMTargetMachineRef tm;
    complaint complaint;
} job;

static int widest_value(const program *p)
{
    int widest = 1;
    for (int k = 0; k < p->nsteps; k++) {
        const step *s = &p->steps[k];
        int a = ir_bytes((dtype)s->type), b = ir_bytes((dtype)s->result);
        widest = a > widest ? a : widest;
        widest = b > widest ? b : widest;
    }
    return widest;
}

/* The size of element that most operations work on: one index or cast of a wider type must not halve
 * the lanes of all the others. */
static int usual_value(const program *p)
{
    int ops[17] = {0}, usual = 0;
    for (int k = 0; k < p->nsteps; k++)
        if (p->steps[k].kind == STEP_OP)
            ops[ir_bytes((dtype)p->steps[k].type)]++;
    for (int bytes = 1; bytes <= 16; bytes++)
        if (ops[bytes] > 0 && ops[bytes] >= ops[usual])
            usual = bytes;
    return usual ? usual : widest_value(p);
}

static int choose_lanes(const program *p, const llvm_options *o)
{
    int lanes = o->lanes ? o->lanes : target_register_bytes(o->level) / usual_value(p);
    return lanes > IR_MAX_LANES ? IR_MAX_LANES : lanes;
}

static bool calls_math(const program *p)
{
    for (int k = 0; k < p->nsteps; k++) {
        const step *s = &p->steps[k];
        if (s->kind == STEP_OP && (s->op == KOP_philox || s->op == KOP_philox_below))
            return true;
        if (s->kind != STEP_OP || !(ir_is_float((dtype)s->type) || ir_is_complex((dtype)s->type)))
            continue;
        if ((s->op >= KOP_exp && s->op <= KOP_hypot) || s->op == KOP_pow)
            return true;
        if (ir_is_float((dtype)s->type) ? s->op == KOP_floordiv || s->op == KOP_rem
                                        : s->op == KOP_sqrt || s->op == KOP_sign)
            return true;
    }
    return false;
}

static void set_types(emitter *e)
{
    e->i1 = LLVMInt1TypeInContext(e->c);
    e->i8 = LLVMInt8TypeInContext(e->c);
    e->i16 = LLVMInt16TypeInContext(e->c);
    e->i32 = LLVMInt32TypeInContext(e->c);
    e->i64 = LLVMInt64TypeInContext(e->c);
    e->f32 = LLVMFloatTypeInContext(e->c);
    e->f64 = LLVMDoubleTypeInContext(e->c);
    e->ptr = LLVMPointerTypeInContext(e->c, 0);
    e->none = LLVMVoidTypeInContext(e->c);
}

static int job_open(job *j, const program *p, sharr_error *err)
{
    emitter *e = &j->e;
    e->p = p;
    e->host_cpu = j->session->host_cpu;
    e->level = j->opt->level;
    e->w = choose_lanes(p, j->opt);
    int rc = target_machine(e->level, &j->tm, err);
    if (rc != 0)
        return rc;
    e->c = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(e->c, note_diagnostic, &j->complaint);
    e->m = LLVMModuleCreateWithNameInContext("kernel", e->c);
    e->b = LLVMCreateBuilderInContext(e->c);
    char *triple = LLVMGetTargetMachineTriple(j->tm);
    LLVMSetTarget(e->m, triple);
    LLVMDisposeMessage(triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(j->tm);
    LLVMSetModuleDataLayout(e->m, layout);
    LLVMDisposeTargetData(layout);
    set_types(e);
    if (calls_math(p) && !(e->math = bitcode_open(e->c, e->level)))
        return err_set(err, SHARR_EINTERNAL, "compiled kernel: the math bitcode cannot be read");
    return 0;
}

static void job_close(job *j)
{
    if (j->e.b)
        LLVMDisposeBuilder(j->e.b);
    if (j->e.math)
        LLVMDisposeModule(j->e.math);
    if (j->e.m)
        LLVMDisposeModule(j->e.m);
    if (j->e.c)
        LLVMContextDispose(j->e.c);
    if (j->tm)
        LLVMDisposeTargetMachine(j->tm);
}

static int job_emit(job *j, sharr_error *err)
{
    emitter *e = &j->e;
    char *why = NULL;
    int rc = 0;
    if (emit_kernel(e, entry_name) != 0)
        return err_set(err, SHARR_EINTERNAL, "compiled kernel: cannot emit %s", e->failed);
    if (LLVMVerifyModule(e->m, LLVMReturnStatusAction, &why) != 0)
        rc = err_set(err, SHARR_EINTERNAL, "compiled kernel: invalid IR: %.800s", why);
    LLVMDisposeMessage(why);
    if (rc == 0 && e->uses_math)
        rc = bitcode_link(e, j->tm, err);
    else if (rc == 0)
        target_mark_functions(e);
    return rc;
}

static int job_code(job *j, LLVMMemoryBufferRef *out, sharr_error *err)
{
    char *why = NULL;
    int failed = LLVMTargetMachineEmitToMemoryBuffer(j->tm, j->e.m, LLVMObjectFile, &why, out);
    if (failed) {
        err_set(err, SHARR_EINTERNAL, "compiled kernel: no code: %s", why ? why : "no reason");
        LLVMDisposeMessage(why);
        return SHARR_EINTERNAL;
    }
    if (!j->complaint.error)
        return 0;
    LLVMDisposeMemoryBuffer(*out);
    *out = NULL;
    return err_set(err, SHARR_EINTERNAL, "compiled kernel: LLVM says: %s", j->complaint.text);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compile_object(const llvm_session *s, const program *p, const llvm_options *o, LLVMMemoryBufferRef *out, sharr_error *err)
{
    job j = {.session = s, .opt = o};
    int rc = job_open(&j, p, err);
    if (rc == 0)
        rc = job_emit(&j, err);
    if (rc == 0)
        rc = dump_ir(o, j.e.m, err);
    if (rc == 0)
        rc = dump_assembly(o, j.e.m, j.tm, err);
    if (rc == 0)
        rc = job_code(&j, out, err);
    job_close(&j);
    return rc;
}

static bool doubtful(LLVMMemoryBufferRef object)
{
    return errata_ternlog(LLVMGetBufferStart(object), LLVMGetBufferSize(object));
}

/* What LLVM may have got wrong with AVX-512 is compiled without it. */
static int compile_sound(const llvm_session *s, const program *p, llvm_options o, LLVMMemoryBufferRef *out, sharr_error *err)
{
    int rc = compile_object(s, p, &o, out, err);
    if (rc != 0 || o.level < 4 || !doubtful(*out))
        return rc;
    LLVMDisposeMemoryBuffer(*out);
    *out = NULL;
    o.level = 3;
    return compile_object(s, p, &o, out, err);
}

static int session_compile(llvm_session *s, const program *p, const llvm_options *o,
                           llvm_code *out, sharr_error *err)
{
    static const load_symbol allowed[] = {
        {STAGE_BEGIN_NAME, (void *)stage_begin},
        {STAGE_IN_NAME, (void *)stage_in},
        {STAGE_OUT_NAME, (void *)stage_out},
        {NULL, NULL},
    };
    double start = now_ms();
    LLVMMemoryBufferRef object = NULL;
    loaded code = {0};
    int rc = compile_sound(s, p, *o, &object, err);
    if (rc == 0)
        rc = load_object(LLVMGetBufferStart(object), LLVMGetBufferSize(object), entry_name, allowed,
                         &code, err);
    if (rc == 0)
        *out = (llvm_code){(sharr_kernel_fn *)code.entry, code.image, code.bytes, now_ms() - start};
    if (object)
        LLVMDisposeMemoryBuffer(object);
    return rc;
}

static void code_free(llvm_code *code)
{
    load_free(code->image, code->image_bytes);
    *code = (llvm_code){0};
}

static int session_new(llvm_session **out, sharr_error *err)
{
    int rc = target_init(err);
    if (rc != 0)
        return rc;
    llvm_session *s = calloc(1, sizeof(*s));
    if (!s)
        return err_nomem(err, "the compiler", sizeof(*s));
    s->host_cpu = LLVMGetHostCPUName();
    *out = s;
    return 0;
}

static void session_free(llvm_session *s)
{
    if (s)
        LLVMDisposeMessage(s->host_cpu);
    free(s);
}

static const llvm_table table = {
    .abi = LLVM_TABLE_ABI,
    .layout = LLVM_TABLE_LAYOUT,
    .llvm_major = LLVM_VERSION_MAJOR,
    .session_new = session_new,
    .session_free = session_free,
    .compile = session_compile,
    .code_free = code_free,
};

__attribute__((visibility("default"))) llvm_entry_fn sharr_llvm_entry;

const llvm_table *sharr_llvm_entry(void)
{
    return &table;
}
