/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/help.h"

#include "base/alloc.h"
#include "tui/command.h"

/* In 80 columns everything but the command's name is seen. */
#define KEYS_WIDTH 16
#define HELP_WIDTH 64

static const char *const intro[] = {
    "kfarm-top shows a Slurm compile farm: its nodes, its queue, the selected log.",
    "",
    "Signs   ● busy   ○ idle   ▲ drained, or may need a person soon   ✗ down, failed",
    "        ⚠ warning   ┊ standard error   … cut off: Enter shows all of it",
    "",
    "Verbs act on the marked rows, or else the selected one. They ask first, and",
    "read the state again. One that cannot work now is dim in the last line; its key",
    "says why. : takes a command by its name, which stands last in its line here.",
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
