/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_ACT_H
#define KFARM_TUI_ACT_H
/*
 * Doing things to the farm: the question, then the request. Every mutation of the program goes
 * through act_run() or submit_send(), and both ask act_forbidden() first: that is where read-only mode
 * is.
 *
 * What is asked grows with what a mistake would cost: one job wants a y (or its argument), many want
 * their number typed, a node that is taken down its name. Many that would lose work are held back for
 * a few seconds first, in which Esc takes it all back.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tui/audit.h"
#include "tui/history.h"
#include "tui/targets.h"

struct app;
struct act_run;
struct canvas;
struct rect;

#define ACT_ARGUMENT ACTION_ARGUMENT_MAX

/* What the open dialog is about. */
struct act_ask {
    enum action_verb verb;
    struct targets targets;
    char argument[ACT_ARGUMENT]; /* in the form that is sent */
};

struct actions {
    struct act_run *first; /* those under way */
    struct act_ask ask;
    struct act_ask
        again; /* changed under its question: asked again when the screen has it as it is */
    bool again_known; /* the screen has it as it is */
    char again_words[160];
    struct history commands; /* typed for node-run */
    char wrong[160]; /* with the tasks that were named */
    uint32_t select_job; /* a submitted job that has not appeared yet */
    unsigned long number; /* of the last run: the audit file tells them apart by it */
    int64_t
        ended_ms; /* steady time at which the last one that Ctrl-C could have stopped came to its end; 0: never */
};

/* Ends those under way without a word; for the end of the program. */
void actions_release(struct actions *acts);

/* Why nothing may be changed now (read-only mode, a replay), or NULL. */
const char *act_forbidden(const struct app *a);
/* Why this verb cannot work on what is marked or selected now, in plain words, or NULL. */
const char *act_blocked(const struct app *a, enum action_verb verb);

/* Opens the question for a verb on what is marked or selected. Nothing if it is blocked. */
void act_ask(struct app *a, enum action_verb verb);
/* The same on targets from elsewhere, which it takes over; with an argument (in the form that is sent)
   it does not ask for one. */
void act_ask_targets(
    struct app *a, enum action_verb verb, struct targets *targets, const char *argument);
/* Opens the form to submit a script; with that of the selected job. */
void act_ask_script(struct app *a);
void act_resubmit(struct app *a);

/* ---- act_tasks.c ---- */

struct dialog;

/* Adds to a question about a job of an array the answers that make it one about the whole array, or
   about some of its tasks. */
void act_offer_tasks(const struct app *a, struct dialog *d);

/* ---- act_run.c ---- */

/* Carries out what was confirmed: takes the targets over. */
void act_run(struct app *a, struct act_ask *ask);
/* Writes an event of a run to the audit file ("request", "result", "taken-back"): a result for each
   target, or NULL. */
void act_audit(struct app *a, const char *event, unsigned long number, const struct act_ask *ask,
    const struct action_result *results);
/* Writes "request": may it be sent at once? Else `written` is called (audit.h). */
bool act_audit_request(struct app *a, unsigned long number, const struct act_ask *ask,
    audit_written_fn *written, void *user);
/* Something can still be taken back or stopped: a bulk in its time of grace, what is being
   written down first, or a bulk being sent. */
bool act_in_grace(const struct app *a);
bool act_under_way(const struct app *a);
/* Or has come to its end so short a time ago that Ctrl-C is still meant for it, not for kfarm-top. */
bool act_stoppable(const struct app *a);
/* Takes back what has not been sent yet. */
void act_take_back(struct app *a);
/* Sends now what is in its time of grace. */
void act_send_now(struct app *a);
/* Keeps back what is not sent yet of those being sent. */
void act_stop(struct app *a);
/* Sends what is due. Its steady time, ms; 0: nothing waits. */
void act_tick(struct app *a);
int64_t act_due_ms(const struct app *a);
/* A snapshot has come: what changed under its question may be asked again, and is once nobody is typing. */
void act_may_ask_again(struct app *a);
void act_ask_again(struct app *a);
/* One line on what is under way, "" if there is nothing to say. */
void act_status(const struct app *a, char *out, size_t size);

#endif
