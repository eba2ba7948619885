/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_ACTION_ARGUMENT_H
#define KFARM_BACKEND_ACTION_ARGUMENT_H
/*
 * The arguments of verbs: what an operator may type, and the one form of it that is sent, shown and
 * written to the audit file. The words are those of scontrol(1) and scancel(1).
 *
 *   SIGNAL      "USR1", "sigusr1", "10"              → "USR1"
 *   HOLD        "user", "admin"                      → "uhold", "hold"
 *   PRIORITY    1 … 4294967293                       → the number
 *   NICE        -2147483645 … 2147483645             → the number
 *   TIME_LIMIT  "90", "1:30:00", "2-12", "unlimited", with + or - in front a change by that much
 *                                                    → minutes: "90", "+90", "-90", "unlimited"
 *   REASON      any text that is not blank           → as it is
 *   POWER_DOWN  "now", "asap", "force"               → "power_down", "power_down_asap", "…_force"
 *   COMMAND     words, quoted as words.h says        → as it is
 *   REBOOT      "idle", "asap"                       → "", "asap"; " nextstate=resume" may follow
 */
#include <stddef.h>
#include <stdint.h>

#include "backend/action.h"

/* Reads the text; writes the form that is sent to out and returns NULL, or returns what would be
   right, in plain words. An argument that is not wanted must be "". */
const char *action_argument_read(
    enum action_argument kind, const char *text, char *out, size_t size);

/* The words to choose from, NULL for those that are typed; ends with NULL. The text before a colon is
   what action_argument_read() takes, what follows explains it. */
const char *const *action_argument_choices(enum action_argument kind);

/* Number of the signal of a form that is sent; 0 if there is none. */
int action_signal_number(const char *argument);

/* The limit in minutes that an argument in its sent form means for a job that has now_min minutes
   (ACTION_UNLIMITED: no limit). 0, or -EINVAL, -ERANGE if nothing sensible is left. */
#define ACTION_UNLIMITED UINT32_MAX
int action_time_limit(const char *argument, uint32_t now_min, uint32_t *ret_min);

#endif
