/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the log's own view: which lines of it are shown, and where it is read. */
#include "tui/app.h"
#include "tui/cmd.h"

unsigned cmd_log_output(struct app *a, int unused)
{
    (void)unused;
    loglook_next_stream(a);
    return REACT_PAINT;
}

unsigned cmd_log_lines(struct app *a, int unused)
{
    (void)unused;
    loglook_next_lines(a);
    return REACT_PAINT;
}

unsigned cmd_log_filter(struct app *a, int unused)
{
    (void)unused;
    loglook_ask_filter(a);
    return REACT_PAINT;
}

const char *cmd_log_filter_take(struct app *a, int unused, const char *text)
{
    (void)unused;
    return loglook_accept_filter(a, text);
}

unsigned cmd_log_go(struct app *a, int unused)
{
    (void)unused;
    loglook_ask_place(a);
    return REACT_PAINT;
}

const char *cmd_log_go_take(struct app *a, int unused, const char *text)
{
    (void)unused;
    return loglook_accept_place(a, text);
}

unsigned cmd_log_wrap(struct app *a, int unused)
{
    (void)unused;
    a->log_view.wrap = !a->log_view.wrap;
    a->log_view.left = 0;
    return REACT_PAINT;
}

unsigned cmd_log_diagnostics(struct app *a, int unused)
{
    (void)unused;
    diaglist_toggle(a);
    return REACT_PAINT;
}

const char *cmd_log_edit_blocked(const struct app *a, int unused)
{
    const char *why = a->options.read_only ? "an editor can change files, and this is read-only"
                                           : cmd_log_blocked(a, unused);

    return why ? why : shell_editor_blocked(a);
}

unsigned cmd_log_edit(struct app *a, int unused)
{
    (void)unused;
    return shell_open_editor(a);
}

unsigned cmd_log_copy(struct app *a, int unused)
{
    (void)unused;
    loglook_place(a, &a->copy);
    for (size_t i = 0; i < a->copy.len; i++) /* what is pasted must be no command */
        if ((unsigned char)a->copy.p[i] < ' ' || a->copy.p[i] == 127)
            a->copy.p[i] = '?';
    messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "copied: %s", buf_str(&a->copy));
    return REACT_PAINT | REACT_COPY;
}

const char *cmd_log_save_blocked(const struct app *a, int unused)
{
    return a->options.read_only          ? "nothing is written while this is read-only"
           : source_is_replay(a->source) ? "this is a recording: there is no file to copy"
                                         : cmd_log_blocked(a, unused);
}

unsigned cmd_log_save(struct app *a, int unused)
{
    (void)unused;
    loglook_ask_save(a);
    return REACT_PAINT;
}

const char *cmd_log_save_take(struct app *a, int unused, const char *text)
{
    (void)unused;
    return loglook_accept_save(a, text);
}
