/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_FATAL_H
#define KFARM_TUI_FATAL_H
/*
 * What a crash leaves behind: the terminal in the modes and on the screen it was found in, whoever has it at that
 * moment, with what was collected of standard error printed there. A signal handler can be told of all that only
 * through a global; this is the one mutable global of the program.
 *
 * Where a sanitizer is linked, the signals that it explains are left to it, and the terminal is given back when its
 * report is complete.
 */
#include <sys/types.h>

/* Keeps the modes that the terminal on standard input has now. */
void fatal_keep_modes(void);
/* Adds bytes that bring the terminal's screen back, in their order; NULL adds none. */
void fatal_add_screen(const char *bytes);
/* What is written to `captured` (a file) is to be seen on `saved`; -1: nothing is collected. */
void fatal_keep_errors(int captured, int saved);
/* From now on a fatal signal gives the terminal back, until fatal_disarm(). */
void fatal_arm(void);
void fatal_disarm(void);
/* This process group has the terminal, and loses it with us: it is hung up. 0: we have it. */
void fatal_lent_to(pid_t group);
/* Writes the bytes of fatal_add_screen(). */
void fatal_write_screen(void);

#endif
