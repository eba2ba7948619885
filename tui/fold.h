/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_FOLD_H
#define KFARM_TUI_FOLD_H
/*
 * What folding an array does to the selection and the marks. Both are by job number, and that of the
 * head means the whole array while it is folded. So a mark never comes to mean more or less than it did
 * when it was set: folding keeps the mark of an array of which all is marked, and takes other marks in
 * it off; unfolding a marked array marks all its tasks.
 */
struct app;

/* Before rows change: notes which array is selected, should its head go. */
void fold_remember(struct app *a);
/* After they changed: what is folded away, or went from a folded array, is selected by the head. */
void fold_select(struct app *a);

#endif
