/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of tui/config.h: a configuration file of any bytes. It aborts if a refused one has no
 * words, or leaves a part of itself behind; if an accepted one holds what a reader of it must not meet,
 * or its views are not the same once they were written and read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_accepted(const struct config *c)
{
    must(c->preset_count <= CONFIG_PRESETS_MAX && c->view_count <= CONFIG_VIEWS_MAX);
    must(c->grace_ms >= 0 && c->grace_ms <= 60000 && c->refresh_ms <= 3600000);
    for (int i = 0; i < c->preset_count; i++) {
        must(config_name_ok(c->presets[i].name));
        must(config_preset(c, c->presets[i].name) == &c->presets[i]); /* no name twice */
        for (int k = 0; k < PRESET_FIELD_COUNT; k++)
            must(c->presets[i].values[k] == NULL || c->presets[i].values[k][0]);
    }
    for (int i = 0; i < c->view_count; i++) {
        must(config_name_ok(c->views[i].name));
        must(config_view(c, c->views[i].name) == &c->views[i]);
        must(c->views[i].rows == COLUMNS_JOBS || c->views[i].rows == COLUMNS_NODES);
        must(c->views[i].filter && c->views[i].columns && c->views[i].sort);
    }
    for (int i = 0; i < c->directory_count; i++)
        must(c->directories[i][0] == '/');
}

static void check_written(const struct config *c)
{
    struct config *back = config_new();
    struct buf text = BUF_INIT;
    struct diag d = DIAG_INIT;

    if (config_write_views(c, &text, &d) == 0) {
        must(config_read(back, "back", text.p, text.len, NULL) == 0);
        must(back->view_count == c->view_count);
        for (int i = 0; i < c->view_count; i++)
            must(strcmp(back->views[i].name, c->views[i].name) == 0 &&
                 strcmp(back->views[i].filter, c->views[i].filter) == 0 &&
                 strcmp(back->views[i].columns, c->views[i].columns) == 0 &&
                 strcmp(back->views[i].sort, c->views[i].sort) == 0);
    } else {
        must(d.text[0] && text.len == 0);
    }
    buf_release(&text);
    config_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char first[] =
        "[preset node1]\ncpus = 4\n[view failed]\nfilter = state:failed\n[node]\nshell = ssh {}\n";
    struct config *c = config_new();
    struct diag d = DIAG_INIT;
    char *text = malloc(size ? size : 1); /* no NUL behind it */

    must(text && config_read(c, "first", first, sizeof(first) - 1, NULL) == 0);
    if (size)
        memcpy(text, data, size);
    if (config_read(c, "fuzz", text, size, &d) == 0) {
        check_accepted(c);
        check_written(c);
    } else {
        must(strncmp(d.text, "fuzz:", 5) == 0);
        must(c->preset_count == 1 && strcmp(c->presets[0].values[PRESET_CPUS], "4") == 0);
        must(c->view_count == 1 && c->shell_count == 2 && c->theme == NULL);
    }
    free(text);
    config_free(c);
    return 0;
}
