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

#include "tui/history.h"
#include "widgets/canvas.h"
#include "widgets/choices.h"
#include "widgets/lineedit.h"

struct app;

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_CONFIRM, /* y or n */
    DIALOG_PROMPT, /* a line of text */
    DIALOG_PICK, /* one of a list, which letters narrow; where none matches, the text */
    DIALOG_LINE, /* a line of text in the last line of the screen, as of a filter or a search */
};

/* What a question is about, and so where it stands. */
enum dialog_place { DIALOG_AT_BOTTOM, DIALOG_AT_JOB, DIALOG_AT_NODE };

#define DIALOG_ANSWERS_MAX 4

/* Another answer, by a key of its own: a letter in a confirmation, and where letters are text one that
   is none. */
struct dialog_answer {
    uint32_t key;
    char name[16]; /* of the key, as it is shown: "Ctrl-T" */
    char what[64]; /* "the whole array 44 (10 tasks)" */
    const char *(*accept)(struct app *a, const char *text); /* as accept() below */
};

struct dialog {
    enum dialog_kind kind;
    enum dialog_place place;
    char question
        [1024]; /* of DIALOG_LINE: the few letters before the text. Names in it: base/quote.h */
    char yes[32], no[32]; /* what y or Enter, and n or Esc, mean: "cancel", "keep" */
    bool grave; /* drawn as dangerous */
    bool settling; /* it has come by itself just now: no key counts yet (unasked.h) */
    struct lineedit edit;
    struct choices choices; /* of DIALOG_PICK, narrowed by the text; and what Tab found */
    char **notes; /* texts below the question; owned */
    int note_count;
    char error[160]; /* what was wrong with the last answer */
    /*
     * The answer: `text` is "" for a confirmation. Returns NULL, or what is wrong with it ("": what
     * `error` says already): the dialog stays open and says so. May open another dialog.
     */
    const char *(*accept)(struct app *a, const char *text);
    struct dialog_answer others[DIALOG_ANSWERS_MAX]; /* beside yes and no */
    int other_count;
    char example[64]; /* of DIALOG_LINE: shown while there is no text */
    /* Offers what the word before the cursor could become (Tab): choices are whole texts. NULL: no. */
    void (*complete)(struct app *a, const char *text);
    /* Of DIALOG_LINE, any may be NULL: the text became another one; it was left with Esc; lines typed
       before. */
    void (*changed)(struct app *a, const char *text);
    void (*cancelled)(struct app *a);
    struct history *history; /* of DIALOG_PROMPT, too */
    int history_at; /* the line shown, counted from the newest; 0: what is being typed */
    char typed[LINEEDIT_BYTES];
};

/* Closes it and frees the choices and notes. */
void dialog_close(struct dialog *d);
/* Adds a text below the question. If there is no room for all of them, the last ones are left out. */
void dialog_note(struct dialog *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds an answer by a key, named as in keys.h ("Ctrl-T"). */
void dialog_answer(struct dialog *d, const char *key, const char *what,
    const char *(*accept)(struct app *a, const char *text));
/* Gives it a key; every key is taken. */
void dialog_key(struct app *a, uint32_t key);
/* Draws one of DIALOG_LINE in the last line of the screen, and what Tab found above it. */
void dialog_draw_line(
    const struct dialog *d, struct canvas *c, struct rect screen, struct rect line);
/* Draws it below (or above) the rectangle `at` that it is about, within `screen`. */
void dialog_draw(const struct dialog *d, struct canvas *c, struct rect screen, struct rect at);

#endif
