/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_UNASKED_H
#define KFARM_TUI_UNASKED_H
/*
 * What comes to the screen, or goes from it, without a key of the operator's: a question that an answer of Slurm brings, a
 * form that closes since its job is there. Whoever is typing then must not have his next letter taken for an answer, or
 * for a command. So no key counts until none has come for UNASKED_MS, and the screen shows that meanwhile.
 */
#include <stdbool.h>
#include <stdint.h>

#define UNASKED_MS 300

struct app;

struct unasked {
    int64_t key_ms; /* when a key came last, steady time */
    int64_t until_ms; /* keys do not count before; 0: they do */
};

/* The screen changed by itself just now. */
void unasked_change(struct app *a);
/* Whether a question may come by itself: nothing else has the keys, and nobody is typing. */
bool unasked_may_ask(const struct app *a);
/* A key came: true if it does not count. */
bool unasked_takes_key(struct app *a);
/* Whether keys do not count now. */
bool unasked_waits(const struct app *a);
/* Time passed. */
void unasked_tick(struct app *a);
/* When unasked_tick() has something to do, ms; 0: nothing. */
int64_t unasked_due_ms(const struct app *a);

#endif
