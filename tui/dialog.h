/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_DIALOG_H
#define KFARM_TUI_DIALOG_H
/*
 * A question to the operator. A state of the app, never a loop of its own: while one is open it gets
 * the keys, and everything else goes on. It keeps what it is about as values: rows may come and go
 * underneath.
 */
#include <stdbool.h>
#include <stdint.h>

#include "widgets/canvas.h"
#include "widgets/lineedit.h"

struct app;

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_CONFIRM, /* y or n */
    DIALOG_PROMPT, /* a line of text */
    DIALOG_PICK /* one of a list, or a line of text */
};

#define DIALOG_CHOICES_MAX 200

struct dialog {
    enum dialog_kind kind;
    char question[512];
    char yes[32], no[32]; /* what y or Enter, and n or Esc, mean: "cancel", "keep" */
    bool grave; /* drawn as dangerous */
    struct lineedit edit;
    char **choices; /* of DIALOG_PICK; owned */
    int choice_count, choice; /* chosen; -1: the text counts */
    char **notes; /* lines below the question; owned */
    int note_count;
    char error[160]; /* what was wrong with the last answer */
    /*
     * The answer: `text` is "" for a confirmation. Returns NULL, or what is wrong with it: the
     * dialog stays open and says so. May open another dialog.
     */
    const char *(*accept)(struct app *a, const char *text);
    /* Another answer to a confirmation, by this key: 0 if there is none. */
    uint32_t other_key;
    char other[64];
    const char *(*accept_other)(struct app *a, const char *text);
    /* Completes the text in place (Tab); may be NULL. */
    void (*complete)(struct lineedit *edit);
};

/* Closes it and frees the choices and notes. */
void dialog_close(struct dialog *d);
/* Adds a choice, unless it is there already or there are DIALOG_CHOICES_MAX. */
void dialog_offer(struct dialog *d, const char *choice);
/* Adds a line below the question. */
void dialog_note(struct dialog *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Gives it a key; every key is taken. */
void dialog_key(struct app *a, uint32_t key);
/* Draws it below (or above) the rectangle `at` that it is about, within `screen`. */
void dialog_draw(const struct dialog *d, struct canvas *c, struct rect screen, struct rect at);

#endif
