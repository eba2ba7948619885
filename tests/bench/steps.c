/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DIAG_EACH 5000 /* steps between two diagnostics */
#define BUFFER    (4u << 20)

bool steps_read(struct steps *s, const char *path)
{
    FILE *f = fopen(path, "re");
    char line[1024];

    *s = (struct steps){0};
    if (f == NULL)
        return false;
    while (s->count < STEPS_MAX && fgets(line, sizeof(line), f))
        if (line[0] == ' ' && line[1] == ' ' && line[2] >= 'A' && line[2] <= 'Z')
            s->v[s->count++] = xstrdup(line);
    fclose(f);
    return s->count > 0;
}

void steps_release(struct steps *s)
{
    for (int i = 0; i < s->count; i++)
        free(s->v[i]);
    *s = (struct steps){0};
}

static int64_t put_command(FILE *f, const char *step)
{
    static const char flags[] =
        " -I./arch/x86/include/generated/uapi -Werror=implicit-int -fno-common";
    const char *target = strrchr(step, ' ') + 1;
    int n = (int)strcspn(target, "\n");
    int64_t bytes = fprintf(f, "  gcc -Wp,-MMD,%.*s.d -nostdinc", n, target);

    for (int i = 0; i < 40; i++) {
        fputs(flags, f);
        bytes += (int64_t)sizeof(flags) - 1;
    }
    return bytes + fprintf(f, " -c -o %.*s %.*s\n", n, target, n, target);
}

int64_t steps_write(
    const struct steps *s, const char *path, const struct steps_log *log, int64_t *ret_lines)
{
    FILE *f = fopen(path, "we");
    int64_t bytes = 0, lines = 0;
    bool ok;

    if (f == NULL)
        return -1;
    setvbuf(f, NULL, _IOFBF, BUFFER);
    for (int64_t i = 0; bytes < log->bytes && !ferror(f); i++, lines++) {
        const char *step = s->v[i % s->count];

        if (log->verbose) {
            bytes += put_command(f, step);
        } else {
            fputs(step, f);
            bytes += (int64_t)strlen(step);
        }
        if (i % DIAG_EACH)
            continue;
        bytes += fprintf(f,
            "fs/a%ld.c:%ld:6: warning: unused variable ‘x’ [-Wunused-variable]\n"
            "  %ld | int x;\n      |     ^\n",
            (long)(i / DIAG_EACH % 100), (long)(i % 1000), (long)(i % 1000));
        lines += 3;
    }
    if (log->last) {
        bytes += fprintf(f, "%s\n", log->last);
        lines++;
    }
    ok = !ferror(f);
    if (fclose(f) != 0 || !ok)
        return -1;
    if (ret_lines)
        *ret_lines = lines;
    return bytes;
}
