/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of base/conf.h and of what reads such files: a theme of any bytes. It aborts if an error
 * has no words, if an error that was said to be at a line names none, or if a refused theme leaves
 * half of itself behind.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/conf.h"
#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

struct seen {
    int last;
    unsigned pairs;
};

static int on_pair(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d)
{
    struct seen *s = user;

    must(section && key && value && line >= s->last && line > 0);
    s->last = line;
    /* some are refused */
    return ++s->pairs % 64 == 0 ? diag_set(d, -1, "%s is refused", key) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct theme t, before;
    struct diag d = DIAG_INIT;
    struct seen s = {0};
    char *text = malloc(size ? size : 1), path[64]; /* no NUL behind it */
    int fd = memfd_create("theme", MFD_CLOEXEC);

    if (text == NULL || fd < 0)
        return 0;
    if (size)
        memcpy(text, data, size);
    if (conf_parse("fuzz", text, size, on_pair, &s, &d) < 0)
        must(strncmp(d.text, "fuzz:", 5) == 0);
    free(text);
    memset(&t, 0x5a, sizeof(t));
    before = t;
    d.text[0] = '\0';
    must(write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (theme_load(&t, path, &d) < 0)
        must(d.text[0] && memcmp(&t, &before, sizeof(t)) == 0);
    else
        for (int i = 0; i < ROLE_COUNT; i++)
            must(t.styles[i].fg >= -1 && t.styles[i].fg < 256 && t.styles[i].bg >= -1 &&
                 t.styles[i].bg < 256);
    close(fd);
    return 0;
}
