/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/unasked.h"

#include "tui/app.h"

void unasked_change(struct app *a)
{
    a->unasked.until_ms = app_steady_ms(a) + UNASKED_MS;
    a->reactions |= REACT_PAINT;
}

bool unasked_may_ask(const struct app *a)
{
    return a->dialog.kind == DIALOG_NONE && !a->submit.open &&
           app_steady_ms(a) - a->unasked.key_ms >= UNASKED_MS;
}

bool unasked_waits(const struct app *a)
{
    return app_steady_ms(a) < a->unasked.until_ms;
}

bool unasked_takes_key(struct app *a)
{
    a->unasked.key_ms = app_steady_ms(a);
    if (!unasked_waits(a))
        return false;
    a->unasked.until_ms = a->unasked.key_ms + UNASKED_MS; /* he goes on typing */
    return true;
}

void unasked_tick(struct app *a)
{
    if (a->unasked.until_ms == 0 || unasked_waits(a))
        return;
    a->unasked.until_ms = 0;
    a->reactions |= REACT_PAINT;
}

int64_t unasked_due_ms(const struct app *a)
{
    return a->unasked.until_ms;
}
