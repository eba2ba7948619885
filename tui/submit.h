/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SUBMIT_H
#define KFARM_TUI_SUBMIT_H
/*
 * Submitting a script: choose one (those of the jobs in the queue, and *.sh where kfarm-top was
 * started), then `sbatch --parsable SCRIPT` in the script's own directory, as an argument vector.
 * sbatch does it, because it alone reads #SBATCH lines, the environment and the site's plugins as
 * its release does. Call through act_ask_script() only.
 */
struct app;
struct scan;
struct submission;

struct submit {
    struct submission *under_way; /* one at a time */
    struct scan *scan;
};

/* Lets go of what is under way: an sbatch that runs is not killed half-way, but not listened to any
   more. */
void submit_release(struct submit *s);
void submit_ask(struct app *a);

#endif
