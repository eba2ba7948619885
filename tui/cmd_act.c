/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about the selected job or node. */
#include "tui/app.h"
#include "tui/cmd.h"

unsigned cmd_details(struct app *a, int unused)
{
    (void)unused;
    detail_open(a);
    return REACT_PAINT;
}

const char *cmd_details_blocked(const struct app *a, int unused)
{
    (void)unused;
    if (app_focus(a) == PANE_NODES)
        return app_node(a) ? NULL : "no node is selected";
    return app_job(a) ? NULL : "no job is selected";
}

unsigned cmd_submit(struct app *a, int unused)
{
    (void)unused;
    act_ask_script(a);
    return REACT_PAINT;
}

const char *cmd_submit_blocked(const struct app *a, int unused)
{
    (void)unused;
    return act_forbidden(a);
}

unsigned cmd_action(struct app *a, int verb)
{
    act_ask(a, (enum action_verb)verb);
    return REACT_PAINT;
}

const char *cmd_action_blocked(const struct app *a, int verb)
{
    return act_blocked(a, (enum action_verb)verb);
}
