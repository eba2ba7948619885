/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/phase.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

/* A row is about steps of a tag, and holds if the target begins, goes on and ends as it says; NULL: whatever.
   The first that holds counts. */
static const struct row {
    const char *tag, *start, *within, *end;
    enum build_phase phase;
} rows[] = {
    {NULL, "scripts/kconfig/", NULL, NULL, PHASE_CONFIG},
    {"SYNC", NULL, NULL, NULL, PHASE_CONFIG},
    {"INSTALL", NULL, NULL, "/include", PHASE_PREPARE},
    {"INSTALL", "tools/", NULL, NULL, PHASE_PREPARE},
    {"INSTALL", NULL, "/libsubcmd/", NULL, PHASE_PREPARE},
    {"INSTALL", NULL, "/libbpf/", NULL, PHASE_PREPARE},
    {"INSTALL", NULL, NULL, NULL, PHASE_INSTALL},
    {"DEPMOD", NULL, NULL, NULL, PHASE_INSTALL},
    {NULL, "arch/", "/boot/dts/", NULL, PHASE_COMPILE},
    {NULL, "arch/", "/boot/", NULL, PHASE_IMAGE},
    {"MODPOST", "vmlinux", NULL, NULL, PHASE_LINK},
    {"MODPOST", NULL, NULL, NULL, PHASE_MODPOST},
    {"LD [M]", NULL, NULL, ".ko", PHASE_MODULES},
    {"BTF [M]", NULL, NULL, ".ko", PHASE_MODULES},
    {"SIGN", NULL, NULL, ".ko", PHASE_MODULES},
    {"CC [M]", NULL, NULL, ".mod.o", PHASE_MODULES},
    {NULL, ".tmp_vmlinux", NULL, NULL, PHASE_LINK},
    {"LD", "vmlinux", NULL, NULL, PHASE_LINK},
    {"NM", "System.map", NULL, NULL, PHASE_LINK},
    {"SORTTAB", NULL, NULL, NULL, PHASE_LINK},
    {"KSYMS", NULL, NULL, NULL, PHASE_LINK},
    {"BTFIDS", NULL, NULL, NULL, PHASE_LINK},
    {"BTF", NULL, NULL, NULL, PHASE_LINK},
    {"CC", "scripts/", NULL, NULL, PHASE_PREPARE},
    {"CC", "/", NULL, NULL, PHASE_PREPARE}, /* tools/objtool and the like name whole paths */
    {"CC", "arch/x86/kernel/asm-offsets", NULL, NULL, PHASE_PREPARE},
    {"CC", "kernel/bounds.s", NULL, NULL, PHASE_PREPARE},
    {"CC", NULL, NULL, NULL, PHASE_COMPILE},
    {"CC [M]", NULL, NULL, NULL, PHASE_COMPILE},
    {"AS", NULL, NULL, NULL, PHASE_COMPILE},
    {"AS [M]", NULL, NULL, NULL, PHASE_COMPILE},
    {"AR", "/", NULL, NULL, PHASE_PREPARE},
    {"AR", NULL, NULL, NULL, PHASE_COMPILE},
    {"RUSTC", NULL, NULL, NULL, PHASE_COMPILE},
    {"RUSTC L", NULL, NULL, NULL, PHASE_COMPILE},
    {"DTC", NULL, NULL, NULL, PHASE_COMPILE},
    {"HOSTCC", NULL, NULL, NULL, PHASE_PREPARE},
    {"HOSTCXX", NULL, NULL, NULL, PHASE_PREPARE},
    {"HOSTLD", NULL, NULL, NULL, PHASE_PREPARE},
    {"UPD", NULL, NULL, NULL, PHASE_PREPARE},
    {"WRAP", NULL, NULL, NULL, PHASE_PREPARE},
    {"HDRINST", NULL, NULL, NULL, PHASE_PREPARE},
    {"SYSHDR", NULL, NULL, NULL, PHASE_PREPARE},
    {"SYSTBL", NULL, NULL, NULL, PHASE_PREPARE},
    {"CALL", NULL, NULL, NULL, PHASE_PREPARE},
    {"DESCEND", NULL, NULL, NULL, PHASE_PREPARE},
};

_Static_assert(KF_LEN(rows) <= 64, "a row is a bit");

static bool begins(const char *p, size_t len, const char *with)
{
    for (; *with; with++, p++, len--)
        if (len == 0 || *p != *with)
            return false;
    return true;
}

static bool holds(const struct row *r, const char *target, size_t len)
{
    size_t n;

    if (r->start && !begins(target, len, r->start))
        return false;
    if (r->end && (len < (n = strlen(r->end)) || memcmp(target + len - n, r->end, n) != 0))
        return false;
    return r->within == NULL || memmem(target, len, r->within, strlen(r->within)) != NULL;
}

/* The first of the rows in the set that holds; NULL if none does. */
static const struct row *first_that_holds(uint64_t set, const char *target, size_t len)
{
    for (; set; set &= set - 1) {
        const struct row *r = &rows[__builtin_ctzll(set)];

        if (holds(r, target, len))
            return r;
    }
    return NULL;
}

/* What V=1 shows in the place of a tag: the program. */
static const struct {
    const char *program, *tag;
} programs[] = {{"gcc", "CC"}, {"clang", "CC"}, {"rustc", "RUSTC"}, {"ar", "AR"}};

static bool is(const char *name, const char *p, size_t len)
{
    return strlen(name) == len && memcmp(name, p, len) == 0;
}

struct phase_rows phase_rows(const char *tag, size_t len)
{
    struct phase_rows set = {0};

    for (size_t i = 0; i < KF_LEN(programs); i++)
        if (is(programs[i].program, tag, len)) {
            tag = programs[i].tag;
            len = strlen(tag);
        }
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const struct row *r = &rows[i];

        if (r->tag && !is(r->tag, tag, len))
            continue;
        set.all |= UINT64_C(1) << i;
        for (int phase = 0; phase < (int)r->phase; phase++)
            set.beyond[phase] |= UINT64_C(1) << i;
    }
    return set;
}

enum build_phase phase_after(
    const struct phase_rows *set, enum build_phase now, const char *target, size_t len)
{
    const struct row *r;

    if (first_that_holds(set->beyond[now], target, len) == NULL)
        return now;
    r = first_that_holds(set->all, target, len); /* an earlier one may say otherwise */
    return KF_MAX(now, r->phase);
}
