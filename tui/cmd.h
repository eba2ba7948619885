/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_CMD_H
#define KFARM_TUI_CMD_H
/* What the commands do: one function may serve several rows of the table, told apart by their
   argument. Each returns enum reaction. Private to command.c and cmd_*.c. */

#include <stdbool.h>

struct app;

unsigned cmd_command(struct app *a, int unused);
unsigned cmd_view(struct app *a, int view);
/* Closes what lies above the tables; whether anything does. */
bool cmd_closable(const struct app *a);
unsigned cmd_close(struct app *a, int unused);
unsigned cmd_back(struct app *a, int unused);
unsigned cmd_focus(struct app *a, int by);
unsigned cmd_zoom(struct app *a, int unused);
unsigned cmd_quit(struct app *a, int unused);
unsigned cmd_redraw(struct app *a, int unused);
unsigned cmd_refresh(struct app *a, int unused);

unsigned cmd_move(struct app *a, int rows);
unsigned cmd_page(struct app *a, int pages);
unsigned cmd_ends(struct app *a, int which); /* -1 first, 1 last */
unsigned cmd_pan(struct app *a, int columns);
unsigned cmd_follow(struct app *a, int unused);
unsigned cmd_sort(struct app *a, int unused);
unsigned cmd_sort_reverse(struct app *a, int unused);

unsigned cmd_mark(struct app *a, int unused);
unsigned cmd_mark_range(struct app *a, int unused);
unsigned cmd_mark_all(struct app *a, int invert);
unsigned cmd_unmark_all(struct app *a, int unused);

unsigned cmd_fold(struct app *a, int unused);
unsigned cmd_fold_all(struct app *a, int unused);
const char *cmd_fold_blocked(const struct app *a, int unused);

unsigned cmd_filter(struct app *a, int unused);
unsigned cmd_search(struct app *a, int unused);
unsigned cmd_log_search(struct app *a, int unused);
const char *cmd_log_search_take(struct app *a, int unused, const char *text);
bool cmd_searching(const struct app *a);
/* 1 + enum logfind_what for the next, minus that for the previous. */
unsigned cmd_log_find(struct app *a, int what);
unsigned cmd_log_diagnostics(struct app *a, int unused);
unsigned cmd_log_edit(struct app *a, int unused);
const char *cmd_log_edit_blocked(const struct app *a, int unused);
unsigned cmd_log_copy(struct app *a, int unused);
unsigned cmd_log_save(struct app *a, int unused);
const char *cmd_log_save_blocked(const struct app *a, int unused);
const char *cmd_log_save_take(struct app *a, int unused, const char *text);
unsigned cmd_log_output(struct app *a, int unused);
unsigned cmd_log_lines(struct app *a, int unused);
unsigned cmd_log_filter(struct app *a, int unused);
const char *cmd_log_filter_take(struct app *a, int unused, const char *text);
unsigned cmd_log_go(struct app *a, int unused);
const char *cmd_log_go_take(struct app *a, int unused, const char *text);
unsigned cmd_log_wrap(struct app *a, int unused);
unsigned cmd_pager(struct app *a, int unused);
const char *cmd_log_blocked(const struct app *a, int unused);
const char *cmd_pager_blocked(const struct app *a, int unused);
unsigned cmd_log_first(struct app *a, int unused);
unsigned cmd_search_next(struct app *a, int by);
unsigned cmd_columns(struct app *a, int unused);
unsigned cmd_sort_by(struct app *a, int unused);
unsigned cmd_views(struct app *a, int unused);
unsigned cmd_view_save(struct app *a, int unused);
const char *cmd_view_save_blocked(const struct app *a, int unused);

/* With a text from the command line. */
const char *cmd_filter_take(struct app *a, int unused, const char *text);
void cmd_filter_offer(struct app *a, int unused);
const char *cmd_search_take(struct app *a, int unused, const char *text);
const char *cmd_columns_take(struct app *a, int unused, const char *text);
void cmd_columns_offer(struct app *a, int unused);
const char *cmd_sort_by_take(struct app *a, int unused, const char *text);
const char *cmd_views_take(struct app *a, int unused, const char *text);
void cmd_views_offer(struct app *a, int unused);
const char *cmd_view_save_take(struct app *a, int unused, const char *text);
const char *cmd_submit_take(struct app *a, int unused, const char *text);
const char *cmd_action_take(struct app *a, int verb, const char *text);
void cmd_action_offer(struct app *a, int verb);

unsigned cmd_details(struct app *a, int unused);
const char *cmd_details_blocked(const struct app *a, int unused);
unsigned cmd_submit(struct app *a, int unused);
const char *cmd_submit_blocked(const struct app *a, int unused);
unsigned cmd_resubmit(struct app *a, int unused);
const char *cmd_resubmit_blocked(const struct app *a, int unused);
unsigned cmd_action(struct app *a, int verb); /* enum action_verb */
const char *cmd_action_blocked(const struct app *a, int verb);
unsigned cmd_priority_step(struct app *a, int up); /* 1: above the next one, -1: below it */
const char *cmd_priority_step_blocked(const struct app *a, int up);
unsigned cmd_take_back(struct app *a, int unused);
unsigned cmd_send_now(struct app *a, int unused);
unsigned cmd_stop(struct app *a, int unused);
unsigned cmd_shell(struct app *a, int unused);
const char *cmd_shell_blocked(const struct app *a, int unused);

#endif
