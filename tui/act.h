/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_ACT_H
#define KFARM_TUI_ACT_H
/*
 * Doing things to the farm. Every mutation of the program goes through act_start() or act_submit(),
 * and both ask act_forbidden() first: that is where read-only mode is.
 */
#include <stdbool.h>

#include "backend/action.h"

struct app;
struct act_run;

struct actions {
    struct act_run *first; /* those under way */
    /* What the open dialog is about. */
    enum action_verb verb;
    struct action_target target;
    uint32_t select_job; /* a submitted job that has not appeared yet */
};

/* Ends those under way without a word; for the end of the program. */
void actions_release(struct actions *acts);

/* Why nothing may be changed now (read-only mode, a replay), or NULL. */
const char *act_forbidden(const struct app *a);

/* Why this verb cannot work on what is selected now, in plain words, or NULL. */
const char *act_blocked(const struct app *a, enum action_verb verb);

/* Opens the question for a verb on the selected job or node: a confirmation that names id, name and
   owner, or a prompt for its argument. The target is captured here. Nothing if it is blocked. */
void act_ask(struct app *a, enum action_verb verb);
/* Opens the choice of a script to submit. */
void act_ask_script(struct app *a);

#endif
