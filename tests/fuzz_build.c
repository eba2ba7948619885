/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/build.h, with the splitter and the rules before it. Byte 0 is how the log is cut
 * into pieces; byte 1 says what the rest is: a log, or lines picked from those of real builds, one a
 * byte, so that their order is what is tried. Aborts if in pieces something else comes out than in one
 * go, or if a promise of build.h is broken.
 */
#include <stdint.h>
#include <string.h>

#include "tests/build_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const lines[] = {
    "  CC      kernel/fork.o",
    "  CC [M]  drivers/net/tun.o",
    "  LD      vmlinux",
    "  MODPOST Module.symvers",
    "In file included from include/linux/sched.h:12,",
    "                 from kernel/fork.c:16:",
    "kernel/fork.c: In function ‘f’:",
    "kernel/fork.c:133:15: error: expected ‘;’ before ‘static’",
    "kernel/fork.c:134:1: warning: unused variable ‘x’ [-Wunused-variable]",
    "include/linux/sched.h:1:2: error: #error x",
    "  743 | }",
    "      | ^",
    "kernel/fork.c:1:1: note: here",
    "cc1: all warnings being treated as errors",
    "make[2]: *** [scripts/Makefile.build:250: kernel/fork.o] Error 1",
    "make[2]: *** [scripts/Makefile.build:250: drivers/net/tun.o] Killed",
    "make[1]: *** [Makefile:1: kernel] Error 2",
    "make: *** [Makefile:234: __sub-make] Error 2",
    "make: *** No rule to make target 'Image'.  Stop.",
    "make[1]: *** Waiting for unfinished jobs....",
    "ld: a.o: in function `f':",
    "a.c:(.text+0x1): undefined reference to `g'",
    "collect2: error: ld returned 1 exit status",
    "ERROR: modpost: \"x\" [drivers/net/tun.ko] undefined!",
    "error[E0425]: cannot find value `x` in this scope",
    "  --> rust/a.rs:3:9",
    "gcc: fatal error: Killed signal terminated program cc1",
    "cc1: error: a.s: No space left on device",
    "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO TIME LIMIT ***",
    "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO JOB REQUEUE ***",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=5.batch. Some were killed.",
    "Kernel: arch/x86/boot/bzImage is ready  (#1)",
    "Kernel compilation successful!",
    "Kernel compilation FAILED.",
    "Job finished at Sat Nov 22 14:41:07 UTC 2026",
    "slurm_script: line 40: cd: /x: No such file or directory",
    "",
    "something else",
    "\xff\xfe\x1b]0;x\x07",
    "10%\r20%\r30%",
};

static void must(int holds)
{
    if (!holds)
        abort();
}

static size_t piece(void *user, size_t n)
{
    unsigned *seed = user;

    *seed = *seed * 1103515245u + 12345u;
    return KF_MIN(n, (size_t)(1 + (*seed >> 16) % 61));
}

static struct build *make(
    const struct logrule_set *rules, const struct buf text[2], piece_fn *fn, unsigned seed)
{
    struct build *b = build_new(rules);

    for (int i = 0; i < 2; i++) {
        struct feed f = {.rules = rules, .build = b, .file = build_add_file(b)};

        feed_file(&f, buf_str(&text[i]), text[i].len, fn, &seed);
    }
    return b;
}

static void check(struct build *b)
{
    struct build_report r = build_judge(b);
    bool bad = r.result == BUILD_FAILED || r.result == BUILD_CANCELLED;

    must(bad == (r.cause != CAUSE_NONE));
    must((r.first != NULL) == (r.basis != BASIS_NONE));
    must(bad || r.first == NULL);
    must(build_diag_count(b) <= BUILD_DIAGS_MAX);
    for (size_t i = 0; i < build_diag_count(b); i++) {
        const struct build_diag *d = build_diag(b, i);

        must(d->count > 0 && d->line > 0 && d->file >= 0 && d->file < 2);
        must(strlen(d->context) <= BUILD_CONTEXT_MAX + LOG_LINE_MAX);
        must(d->source_line >= 0 && d->column >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct logrule_set *rules;
    struct buf text[2] = {BUF_INIT, BUF_INIT}, whole = BUF_INIT, pieces = BUF_INIT;
    struct build *one, *other;
    struct diag d = DIAG_INIT;

    if (rules == NULL)
        rules = logrule_set_builtin(&d);
    must(rules != NULL);
    if (size < 2)
        return 0;
    if (data[1] & 1)
        buf_add(&text[0], data + 2, size - 2);
    for (size_t i = 2; i < size && !(data[1] & 1); i++) {
        struct buf *at = &text[data[1] & 2 ? data[i] >> 7 : 0];

        buf_adds(at, lines[(data[i] & 127) % KF_LEN(lines)]);
        buf_addc(at, '\n');
    }
    one = make(rules, text, NULL, 0);
    other = make(rules, text, piece, data[0]);
    check(one);
    dump_build(&whole, one);
    dump_build(&pieces, other);
    must(strcmp(buf_str(&whole), buf_str(&pieces)) == 0);
    build_free(one);
    build_free(other);
    buf_release(&whole);
    buf_release(&pieces);
    buf_release(&text[0]);
    buf_release(&text[1]);
    return 0;
}
