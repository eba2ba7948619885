/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_PHASE_H
#define KFARM_BACKEND_PHASE_H
#include <stddef.h>
#include <stdint.h>

#include "backend/build.h"

/*
 * The phase that a kbuild step belongs to, by its tag and target (scripts/Makefile.build,
 * link-vmlinux.sh, Makefile.modfinal, arch/x86/boot/Makefile of Linux 5.15 to 6.12). What depends on
 * the tag alone is worked out once for each tag.
 */
struct phase_rows {
    uint64_t all; /* rows of the table that are about the tag */
    uint64_t beyond[BUILD_PHASE_COUNT]; /* those of them that lead beyond a phase */
};

struct phase_rows phase_rows(const char *tag, size_t len);
/* The phase after a step of that tag, if the build was in phase `now`: never an earlier one. */
enum build_phase phase_after(
    const struct phase_rows *rows, enum build_phase now, const char *target, size_t len);

#endif
