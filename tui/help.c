/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/help.h"

#include "base/alloc.h"
#include "tui/command.h"

#define KEYS_WIDTH 18
#define HELP_WIDTH 76

static const char *const intro[] = {
    "kfarm-top shows a Slurm compile farm: its nodes, its queue, the log of the selected build.",
    "",
    "Signs   ● busy   ○ idle   ▲ drained, or may need a person soon   ✗ down or failed",
    "        ⚠ warning   ┊ standard error   … cut off: Enter shows all of it",
    "",
    "Verbs act on the selected job or node, ask first, and read its state again before they act.",
    "A verb that cannot work now is dim in the last line; its key says why.",
};

void help_build(struct lines *l)
{
    lines_clear(l);
    for (size_t i = 0; i < KF_LEN(intro); i++)
        lines_add(l, ROLE_TEXT, "%s", intro[i]);
    for (int pass = 0; pass < 2; pass++) { /* first what changes the farm */
        lines_add(l, ROLE_TEXT, "%s", "");
        lines_add(l, ROLE_TITLE, "%s", pass == 0 ? "What changes the farm" : "What does not");
        for (int i = 0; i < command_count; i++) {
            const struct command *c = &commands[i];

            if (((c->flags & COMMAND_MUTATES) == 0) != (pass == 1))
                continue;
            lines_add(l, ROLE_TEXT, "  %-*s%-*s%s", KEYS_WIDTH - 2, c->keys, HELP_WIDTH, c->help,
                c->name);
            lines_head(l, KEYS_WIDTH, ROLE_KEY);
        }
    }
}
