/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets a key: a prompt, the form of a submission, a command; and what of it was pasted. */
#include <string.h>

#include "tui/app.h"
#include "tui/command.h"
#include "tui/joblog.h"
#include "tui/keys.h"

/* While the pop-up of details is open it has the keys that move, and Esc. */
static bool detail_key(struct app *a, const struct command *c)
{
    if (!a->detail.open || strcmp(c->name, "back") != 0)
        return false;
    detail_close(&a->detail);
    a->reactions |= REACT_PAINT;
    return true;
}

/* Of pasted text the characters are taken; a control in it is no key that anybody pressed. */
static bool is_text(uint32_t key)
{
    return key >= ' ' && key < KEYCODE_BASE && (key < 0x7f || key > 0x9f);
}

static void handle_key(struct app *a, uint32_t key, bool pasted)
{
    const struct command *c;

    if (pasted && !is_text(key))
        return;

    if (unasked_takes_key(a))
        return;
    a->pasting = pasted;
    a->shell.wanted = SHELL_NONE; /* the operator is about something else */
    if (key == KEYCODE_CTRL('Z') && !pasted) {
        a->reactions |= REACT_SUSPEND;
        return;
    }
    if (a->dialog.kind != DIALOG_NONE) {
        dialog_key(a, key);
        app_apply(a);
        joblog_moved(a);
        return;
    }
    if (a->submit.open) {
        submit_key(a, key);
        return;
    }
    if (a->pasting) { /* whose terminal has lost the end of it must know why his keys do nothing */
        if (!a->paste.told)
            messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
                "pasted text is no command; if you type this, pause for a second");
        a->paste.told = true;
        a->reactions |= REACT_PAINT;
        return;
    }
    c = command_for_key(a, key);
    if (c == NULL || detail_key(a, c))
        return;
    command_run(a, c);
    app_apply(a);
    joblog_moved(a);
}

/* The key that waited, if it is known now whether it was pasted. */
static void release_key(struct app *a, bool another)
{
    bool pasted;
    uint32_t key = paste_release(&a->paste, another, app_steady_ms(a), &pasted);

    if (key == 0)
        return;
    if (!pasted)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
            "the terminal never ended its pasted text: keys are commands again");
    a->reactions |= REACT_PAINT;
    handle_key(a, key, pasted);
}

void app_release_key(struct app *a)
{
    release_key(a, false);
}

void app_key(struct app *a, uint32_t key)
{
    release_key(a, true);
    switch (paste_take(&a->paste, key, app_steady_ms(a))) {
    case PASTE_NONE:
        handle_key(a, key, false);
        break;
    case PASTE_TEXT:
        handle_key(a, key, true);
        break;
    case PASTE_FULL:
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
            "pasted text is taken up to %d characters; the rest was left out", PASTE_MAX);
        a->reactions |= REACT_PAINT;
        break;
    case PASTE_PASSED:
    case PASTE_HELD:
        break;
    }
}
