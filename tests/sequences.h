/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_SEQUENCES_H
#define KFARM_TESTS_SEQUENCES_H
/*
 * What strangers could send to a terminal, and whether a recording of all that a program wrote to one has any of it.
 * Sources: ECMA-48 (control functions), ctlseqs (xterm), The Unicode Standard (Default_Ignorable_Code_Point).
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SEQUENCES_MAX   256
#define SEQUENCE_BYTES  224
#define SEQUENCE_PARAM  7777 /* in each control sequence: the program's own have no such number */
#define SEQUENCES_OPEN  "{" /* a sequence stands between these wherever it is put */
#define SEQUENCES_CLOSE "}"

struct sequence {
    const char *kind; /* static */
    bool drawn; /* the program itself may send these very bytes: they only move the cursor */
    char bytes[SEQUENCE_BYTES]; /* terminated, no NUL, '/' or '%' in it */
};

/* All of them; returns how many. */
size_t sequences_make(struct sequence out[SEQUENCES_MAX]);

struct foreign {
    const char *what; /* static */
    size_t at; /* where in the recording */
};

/*
 * Looks for bytes in a recording that the program's terminal driver does not send: control characters and functions beyond
 * those of terminfo's xterm that ncurses uses, bytes that are no UTF-8, invisible characters, one of the sequences
 * between its brackets. With `ascii` any byte beyond ASCII. *ret_copies (may be NULL) is the number of copies to the clipboard
 * (OSC 52), whose text must be printable. True if there is one.
 */
bool foreign_find(
    const struct buf *recorded, bool ascii, struct foreign *ret, unsigned *ret_copies);

#endif
