/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Layout of the image: code, one jump per outside function, then read-only data
 * on pages of its own.  Pages are writable while relocations are applied, then
 * code becomes executable and data read-only.
 */
#include "kernel/llvm_load.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { JUMP_BYTES = 16, MAX_OUTSIDE = 16 };

typedef struct object {
    const unsigned char *bytes;
    size_t size;
    const Elf64_Ehdr *head;
    const Elf64_Shdr *sec;
    const Elf64_Sym *sym;
    size_t nsym;
    const char *names;          /* of symbols */
    size_t *at;                 /* offset of each section in the image; SIZE_MAX: not loaded */
    const load_symbol *allowed;
    const char *jump_name[MAX_OUTSIDE];
    void *jump_to[MAX_OUTSIDE];
    int njump;
    size_t jumps, code_end, total;
    unsigned char *image;
} object;

static int bad(sharr_error *err, const char *what, const char *detail)
{
    return err_set(err, SHARR_EINTERNAL, "compiled kernel: %s%s%s (a bug in sharr)", what,
                   detail ? " " : "", detail ? detail : "");
}

static bool inside(const object *o, const Elf64_Shdr *s)
{
    return s->sh_offset <= o->size && s->sh_size <= o->size - s->sh_offset;
}

static int read_headers(object *o, sharr_error *err)
{
    o->head = (const Elf64_Ehdr *)o->bytes;
    if (o->size < sizeof(*o->head) || memcmp(o->head->e_ident, ELFMAG, SELFMAG) != 0 ||
        o->head->e_machine != EM_X86_64 || o->head->e_type != ET_REL)
        return bad(err, "not an x86-64 object", NULL);
    if (o->head->e_shoff + (size_t)o->head->e_shnum * sizeof(Elf64_Shdr) > o->size)
        return bad(err, "section table outside the object", NULL);
    o->sec = (const Elf64_Shdr *)(o->bytes + o->head->e_shoff);
    for (int k = 0; k < o->head->e_shnum; k++) {
        const Elf64_Shdr *s = &o->sec[k];
        if (s->sh_type != SHT_NOBITS && !inside(o, s))
            return bad(err, "section outside the object", NULL);
        if (s->sh_type == SHT_SYMTAB && s->sh_link < o->head->e_shnum) {
            o->sym = (const Elf64_Sym *)(o->bytes + s->sh_offset);
            o->nsym = s->sh_size / sizeof(Elf64_Sym);
            o->names = (const char *)o->bytes + o->sec[s->sh_link].sh_offset;
        }
    }
    return o->sym ? 0 : bad(err, "no symbols", NULL);
}

static bool loads(const Elf64_Shdr *s)
{
    return (s->sh_flags & SHF_ALLOC) && s->sh_size > 0;
}

static size_t up(size_t n, size_t align)
{
    return align > 1 ? (n + align - 1) / align * align : n;
}

/* Offsets of sections with or without SHF_EXECINSTR, from `end` on. */
static size_t place(object *o, bool code, size_t end)
{
    for (int k = 0; k < o->head->e_shnum; k++) {
        const Elf64_Shdr *s = &o->sec[k];
        if (!loads(s) || !(s->sh_flags & SHF_EXECINSTR) == code)
            continue;
        o->at[k] = up(end, s->sh_addralign);
        end = o->at[k] + s->sh_size;
    }
    return end;
}

static int lay_out(object *o, sharr_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    o->at = malloc((size_t)o->head->e_shnum * sizeof(*o->at));
    if (!o->at)
        return err_nomem(err, "a compiled kernel", o->size);
    for (int k = 0; k < o->head->e_shnum; k++) {
        o->at[k] = SIZE_MAX;
        if (loads(&o->sec[k]) && (o->sec[k].sh_flags & SHF_WRITE))
            return bad(err, "it has variables", NULL);
    }
    o->jumps = up(place(o, true, 0), JUMP_BYTES);
    o->code_end = up(o->jumps + MAX_OUTSIDE * JUMP_BYTES, page);
    o->total = up(place(o, false, o->code_end), page);
    return 0;
}

static int map_sections(object *o, sharr_error *err)
{
    void *p = mmap(NULL, o->total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return err_errno(err, errno, "memory for a compiled kernel (%zu bytes)", o->total);
    o->image = p;
    for (int k = 0; k < o->head->e_shnum; k++)
        if (o->at[k] != SIZE_MAX && o->sec[k].sh_type != SHT_NOBITS)
            memcpy(o->image + o->at[k], o->bytes + o->sec[k].sh_offset, o->sec[k].sh_size);
    return 0;
}

/* jmp [rip+0] followed by the address */
static unsigned char *jump_for(object *o, const char *name)
{
    static const unsigned char code[6] = {0xff, 0x25, 0, 0, 0, 0};
    const load_symbol *s = o->allowed;
    for (int k = 0; k < o->njump; k++)
        if (strcmp(o->jump_name[k], name) == 0)
            return o->image + o->jumps + (size_t)k * JUMP_BYTES;
    while (s->name && strcmp(s->name, name) != 0)
        s++;
    if (!s->name || o->njump == MAX_OUTSIDE)
        return NULL;
    unsigned char *at = o->image + o->jumps + (size_t)o->njump * JUMP_BYTES;
    memcpy(at, code, sizeof(code));
    memcpy(at + sizeof(code), &s->address, sizeof(s->address));
    o->jump_name[o->njump++] = s->name;
    return at;
}

static int symbol_address(object *o, size_t index, unsigned char **out, sharr_error *err)
{
    if (index >= o->nsym)
        return bad(err, "relocation without symbol", NULL);
    const Elf64_Sym *s = &o->sym[index];
    const char *name = o->names + s->st_name;
    if (s->st_shndx == SHN_UNDEF) {
        *out = jump_for(o, name);
        return *out ? 0 : bad(err, "it calls", name);
    }
    if (s->st_shndx >= o->head->e_shnum || o->at[s->st_shndx] == SIZE_MAX)
        return bad(err, "odd symbol", name);
    *out = o->image + o->at[s->st_shndx] + s->st_value;
    return 0;
}

static uint64_t relocated_bytes(const Elf64_Rela *r)
{
    uint64_t type = ELF64_R_TYPE(r->r_info);
    return type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
}

static int relocate_one(unsigned char *at, unsigned char *target, const Elf64_Rela *r,
                        sharr_error *err)
{
    int64_t absolute = (int64_t)(intptr_t)target + r->r_addend;
    int64_t relative = absolute - (int64_t)(intptr_t)at;
    int32_t narrow = (int32_t)relative;
    switch (ELF64_R_TYPE(r->r_info)) {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
        if (narrow != relative)
            return bad(err, "relocation out of range", NULL);
        memcpy(at, &narrow, sizeof(narrow));
        return 0;
    case R_X86_64_PC64:
        memcpy(at, &relative, sizeof(relative));
        return 0;
    case R_X86_64_64:
        memcpy(at, &absolute, sizeof(absolute));
        return 0;
    default:
        return bad(err, "relocation of unknown type", NULL);
    }
}

static int relocate(object *o, sharr_error *err)
{
    int rc = 0;
    for (int k = 0; k < o->head->e_shnum && rc == 0; k++) {
        const Elf64_Shdr *s = &o->sec[k];
        if (s->sh_type != SHT_RELA || s->sh_info >= o->head->e_shnum || o->at[s->sh_info] == SIZE_MAX)
            continue;
        const Elf64_Rela *r = (const Elf64_Rela *)(o->bytes + s->sh_offset);
        for (size_t i = 0; i < s->sh_size / sizeof(*r) && rc == 0; i++) {
            unsigned char *target = NULL;
            uint64_t room = o->sec[s->sh_info].sh_size;
            if (room < relocated_bytes(&r[i]) || r[i].r_offset > room - relocated_bytes(&r[i]))
                return bad(err, "relocation outside its section", NULL);
            rc = symbol_address(o, ELF64_R_SYM(r[i].r_info), &target, err);
            if (rc == 0)
                rc = relocate_one(o->image + o->at[s->sh_info] + r[i].r_offset, target, &r[i], err);
        }
    }
    return rc;
}

static int find_entry(object *o, const char *entry, void **out, sharr_error *err)
{
    for (size_t k = 0; k < o->nsym; k++) {
        unsigned char *at = NULL;
        if (o->sym[k].st_shndx == SHN_UNDEF || strcmp(o->names + o->sym[k].st_name, entry) != 0)
            continue;
        int rc = symbol_address(o, k, &at, err);
        *out = at;
        return rc;
    }
    return bad(err, "no function", entry);
}

static int protect(const object *o, sharr_error *err)
{
    if (mprotect(o->image, o->code_end, PROT_READ | PROT_EXEC) != 0 ||
        (o->total > o->code_end &&
         mprotect(o->image + o->code_end, o->total - o->code_end, PROT_READ) != 0))
        return err_errno(err, errno, "making a compiled kernel executable");
    return 0;
}

int load_object(const void *bytes, size_t size, const char *entry, const load_symbol *allowed,
                loaded *out, sharr_error *err)
{
    object o = {.bytes = bytes, .size = size, .allowed = allowed};
    void *fn = NULL;
    int rc = read_headers(&o, err);
    if (rc == 0)
        rc = lay_out(&o, err);
    if (rc == 0)
        rc = map_sections(&o, err);
    if (rc == 0)
        rc = relocate(&o, err);
    if (rc == 0)
        rc = find_entry(&o, entry, &fn, err);
    if (rc == 0)
        rc = protect(&o, err);
    if (rc == 0)
        *out = (loaded){o.image, o.total, fn};
    else if (o.image)
        load_free(o.image, o.total);
    free(o.at);
    return rc;
}

void load_free(void *image, size_t bytes)
{
    if (image)
        munmap(image, bytes);
}
