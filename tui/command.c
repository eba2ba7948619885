/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/cmd.h"
#include "tui/keys.h"

#define ON(view)   (1u << (view))
#define WITH_JOBS  (ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_LOG))
#define WITH_NODES (ON(VIEW_FARM) | ON(VIEW_NODES))
#define WITH_LOG   (ON(VIEW_FARM) | ON(VIEW_LOG))
#define WITH_ROWS  (ON(VIEW_FARM) | ON(VIEW_NODES) | ON(VIEW_QUEUE) | ON(VIEW_LOG))
#define ASKS       (COMMAND_MUTATES | COMMAND_CONFIRMS)
#define QUIET      COMMAND_QUIET

const struct command commands[] = {
    {.name = "details",
        .keys = "Enter",
        .hint = "details",
        .help = "Every field of the selected job or node, as scontrol shows them",
        .views = WITH_ROWS,
        .run = cmd_details,
        .blocked = cmd_details_blocked},
    {.name = "view-log",
        .keys = "l 6",
        .hint = "log",
        .help = "The selected job's log, full screen",
        .run = cmd_view,
        .argument = VIEW_LOG},
    {.name = "job-submit",
        .keys = "s",
        .hint = "submit",
        .help = "Choose a batch script and submit it with sbatch",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_submit,
        .blocked = cmd_submit_blocked},
    {.name = "job-cancel",
        .keys = "c F9",
        .hint = "cancel",
        .help = "Cancel the selected job",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_CANCEL},
    {.name = "job-requeue",
        .keys = "r",
        .hint = "requeue",
        .help = "Put the selected job back into the queue, to start from the top",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_REQUEUE},
    {.name = "job-priority",
        .keys = "p",
        .hint = "priority",
        .help = "Set the priority of the selected waiting job",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_PRIORITY},
    {.name = "node-resume",
        .keys = "n",
        .hint = "resume node",
        .help = "Take the selected node back into service",
        .views = WITH_NODES,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_RESUME},
    {.name = "node-drain",
        .keys = "d",
        .hint = "drain",
        .help = "Start nothing new on the selected node; asks why",
        .views = WITH_NODES,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_DRAIN},

    {.name = "view-farm",
        .keys = "1",
        .hint = "farm",
        .help = "Nodes, queue and log side by side",
        .run = cmd_view,
        .argument = VIEW_FARM,
        .flags = QUIET},
    {.name = "view-nodes",
        .keys = "2",
        .hint = "nodes",
        .help = "All nodes (sinfo)",
        .run = cmd_view,
        .argument = VIEW_NODES,
        .flags = QUIET},
    {.name = "view-queue",
        .keys = "3",
        .hint = "queue",
        .help = "All jobs (squeue)",
        .run = cmd_view,
        .argument = VIEW_QUEUE,
        .flags = QUIET},
    {.name = "view-partitions",
        .keys = "4",
        .hint = "partitions",
        .help = "All partitions",
        .run = cmd_view,
        .argument = VIEW_PARTITIONS,
        .flags = QUIET},
    {.name = "view-messages",
        .keys = "m 7",
        .hint = "messages",
        .help = "What was done, what failed, and in which words",
        .run = cmd_view,
        .argument = VIEW_MESSAGES,
        .flags = QUIET},

    {.name = "sort",
        .keys = "F6 o",
        .hint = "sort",
        .help = "Sort by the next column",
        .views = ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_NODES),
        .run = cmd_sort,
        .flags = QUIET},
    {.name = "sort-reverse",
        .keys = "O",
        .hint = "reverse",
        .help = "Turn the order of rows round",
        .views = ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_NODES),
        .run = cmd_sort_reverse,
        .flags = QUIET},
    {.name = "log-follow",
        .keys = "f",
        .hint = "follow",
        .help = "Keep the end of the log in sight, or stop doing so",
        .views = WITH_LOG,
        .run = cmd_follow,
        .flags = QUIET},
    {.name = "focus-next",
        .keys = "Tab",
        .hint = "next pane",
        .help = "Go to the next pane",
        .views = ON(VIEW_FARM),
        .run = cmd_focus,
        .argument = 1,
        .flags = QUIET},
    {.name = "focus-previous",
        .keys = "Shift-Tab",
        .hint = "previous pane",
        .help = "Go to the previous pane",
        .views = ON(VIEW_FARM),
        .run = cmd_focus,
        .argument = -1,
        .flags = QUIET},
    {.name = "zoom",
        .keys = "z",
        .hint = "zoom",
        .help = "Show the focused pane alone, or all again",
        .views = ON(VIEW_FARM),
        .run = cmd_zoom,
        .flags = QUIET},

    {.name = "up",
        .keys = "Up k",
        .hint = "up",
        .help = "One row up",
        .run = cmd_move,
        .argument = -1,
        .flags = QUIET},
    {.name = "down",
        .keys = "Down j",
        .hint = "down",
        .help = "One row down",
        .run = cmd_move,
        .argument = 1,
        .flags = QUIET},
    {.name = "page-up",
        .keys = "PgUp Ctrl-B",
        .hint = "page up",
        .help = "One page up",
        .run = cmd_page,
        .argument = -1,
        .flags = QUIET},
    {.name = "page-down",
        .keys = "PgDn Ctrl-F Space",
        .hint = "page down",
        .help = "One page down",
        .run = cmd_page,
        .argument = 1,
        .flags = QUIET},
    {.name = "first",
        .keys = "Home g",
        .hint = "first",
        .help = "The first row",
        .run = cmd_ends,
        .argument = -1,
        .flags = QUIET},
    {.name = "last",
        .keys = "End G",
        .hint = "last",
        .help = "The last row",
        .run = cmd_ends,
        .argument = 1,
        .flags = QUIET},
    {.name = "left",
        .keys = "Left",
        .hint = "left",
        .help = "Scroll text to the left",
        .run = cmd_pan,
        .argument = -8,
        .flags = QUIET},
    {.name = "right",
        .keys = "Right",
        .hint = "right",
        .help = "Scroll text to the right",
        .run = cmd_pan,
        .argument = 8,
        .flags = QUIET},
    {.name = "refresh",
        .keys = "F5",
        .hint = "refresh",
        .help = "Ask Slurm now",
        .run = cmd_refresh,
        .flags = QUIET},
    {.name = "redraw",
        .keys = "Ctrl-L",
        .hint = "redraw",
        .help = "Draw the whole screen again",
        .run = cmd_redraw,
        .flags = QUIET},
    {.name = "back",
        .keys = "Esc",
        .hint = "back",
        .help = "Back to where you came from",
        .run = cmd_back,
        .flags = QUIET},
    {.name = "help",
        .keys = "? F1",
        .hint = "help",
        .help = "All keys",
        .run = cmd_view,
        .argument = VIEW_HELP},
    {.name = "quit",
        .keys = "q F10 Ctrl-C",
        .hint = "quit",
        .help = "Leave kfarm-top",
        .run = cmd_quit},
};
const int command_count = (int)KF_LEN(commands);

static const char *const view_names[] = {
    [VIEW_FARM] = "farm",
    [VIEW_NODES] = "nodes",
    [VIEW_QUEUE] = "queue",
    [VIEW_PARTITIONS] = "partitions",
    [VIEW_LOG] = "log",
    [VIEW_MESSAGES] = "messages",
    [VIEW_HELP] = "help",
};
_Static_assert(KF_LEN(view_names) == VIEW_COUNT, "a name for every view");

const char *view_name(enum view_id view)
{
    return view_names[view];
}

/* Takes the next name off a list of keys; 0 at its end. */
static size_t next_key(const char **at, const char **ret_name)
{
    size_t n;

    *at += strspn(*at, " ");
    n = strcspn(*at, " ");
    *ret_name = *at;
    *at += n;
    return n;
}

static bool has_key(const struct command *c, uint32_t key)
{
    const char *at = c->keys, *name;
    size_t n;

    while ((n = next_key(&at, &name)) > 0)
        if (keys_parse(name, n) == key)
            return true;
    return false;
}

static bool in_view(const struct command *c, enum view_id view)
{
    return c->views == 0 || (c->views & ON(view));
}

const struct command *command_for_key(const struct app *a, uint32_t key)
{
    for (int i = 0; i < command_count; i++)
        if (in_view(&commands[i], a->view) && has_key(&commands[i], key))
            return &commands[i];
    return NULL;
}

void command_run(struct app *a, const struct command *c)
{
    const char *why = c->blocked ? c->blocked(a, c->argument) : NULL;

    if (why) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING, "%s: %s", c->name, why);
        a->reactions |= REACT_PAINT;
        return;
    }
    a->reactions |= c->run(a, c->argument);
}

void command_first_key(const struct command *c, char *out, size_t size)
{
    const char *at = c->keys, *name;
    size_t n = next_key(&at, &name);

    snprintf(out, size, "%.*s", (int)n, name);
}

void command_list(struct buf *out)
{
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        bool first = true;

        buf_addf(out, "%s\t%s\t", c->name, c->keys);
        for (int v = 0; v < VIEW_COUNT; v++)
            if (in_view(c, (enum view_id)v)) {
                buf_addf(out, "%s%s", first ? "" : ",", view_name((enum view_id)v));
                first = false;
            }
        buf_addf(out, "\t%s\n", c->help);
    }
}

static int check_keys(const struct command *c, int row, struct diag *d)
{
    const char *at = c->keys, *name;
    size_t n;

    while ((n = next_key(&at, &name)) > 0) {
        uint32_t key = keys_parse(name, n);

        if (key == 0)
            return diag_set(d, -EINVAL, "command %s: \"%.*s\" is no key", c->name, (int)n, name);
        for (int i = 0; i < row; i++) {
            bool together =
                commands[i].views == 0 || c->views == 0 || (commands[i].views & c->views);

            if (together && has_key(&commands[i], key))
                return diag_set(d, -EINVAL, "command %s: key \"%.*s\" means %s already", c->name,
                    (int)n, name, commands[i].name);
        }
    }
    return 0;
}

int command_check(struct diag *d)
{
    int err = 0;

    for (int i = 0; i < command_count && !err; i++) {
        const struct command *c = &commands[i];

        err = check_keys(c, i, d);
        if (!err && (c->flags & COMMAND_MUTATES) && !(c->flags & COMMAND_CONFIRMS))
            err = diag_set(d, -EINVAL, "command %s changes the farm and does not ask", c->name);
        for (int k = 0; k < i && !err; k++)
            if (strcmp(commands[k].name, c->name) == 0)
                err = diag_set(d, -EINVAL, "command %s is there twice", c->name);
    }
    return err;
}
