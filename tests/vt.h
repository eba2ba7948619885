/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_VT_H
#define KFARM_TESTS_VT_H
/*
 * A terminal for tests: starts a program on a pty of its own session, keeps the screen that the
 * program draws (libvterm), types keys, and answers the program's queries. Nothing here sleeps: a
 * wait reads what the program sends until a condition holds or its deadline has passed.
 *
 * Rows and columns count from 0. Deadlines are milliseconds from the call. A wait that fails prints
 * the screen to stderr (unless `quiet`), for whoever reads the log of the test.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

#include "base/buf.h"

struct vt;

/* What vt_spawn() starts; zero is the default everywhere but in argv. Nothing is kept. */
struct vt_options {
    const char *const
        *argv; /* the program (looked up in PATH) and its arguments, NULL at the end */
    /* Changes to the environment, NULL at the end: "NAME=VALUE" sets, "NAME" removes. What would
       change the picture from outside (COLUMNS, LINES, COLORTERM, NO_COLOR) is removed before. */
    const char *const *env;
    bool clean_env; /* begin with PATH and TERM only */
    const char *cwd; /* NULL: the caller's */
    const char *term; /* NULL: "xterm-256color" */
    int cols, rows; /* 0: 80, 24 */
    bool quiet; /* a failed wait prints nothing */
    struct buf
        *record; /* every byte the program writes is appended to it; outlives vt; NULL: none */
};

/* Starts the program. NULL with errno set if it could not be started; else vt_free() it. */
struct vt *vt_spawn(const struct vt_options *options);
/* Kills what is left of the program's process group, reaps it, frees. Takes NULL; returns NULL. */
struct vt *vt_free(struct vt *vt);

/* ---- the program ---- */

pid_t vt_pid(const struct vt *vt);
/* Sends a signal to the program (not to its children); 0 or a negative errno. */
int vt_kill(struct vt *vt, int signal);
/* Changes the size of terminal and pty; the kernel tells the program with SIGWINCH. */
void vt_resize(struct vt *vt, int cols, int rows);
/* Waits for the program's end and reads what it still had to say. *ret_status (may be NULL) is its
   exit status as a shell gives it: 0..255, or 128 + the signal that ended it. */
bool vt_wait_exit(struct vt *vt, int deadline_ms, int *ret_status);
/* The settings of the program's side of the pty, also after its end; 0 or a negative errno. */
int vt_termios(const struct vt *vt, struct termios *ret_settings);
/* Is the terminal as a shell wants it: echo and line mode on, the normal screen, a visible cursor,
   no reporting of mouse, focus and pastes? */
bool vt_restored(const struct vt *vt);

/* ---- keys ---- */

/* Sends text as it is. */
void vt_type(struct vt *vt, const char *text);
/*
 * Sends keys, each argument in this notation: characters stand for themselves; \r \n \t \e \\ and
 * \xNN are escapes; <Enter> <Tab> <Esc> <Space> <BS> <Del> <Ins> <Home> <End> <PgUp> <PgDn> <Up>
 * <Down> <Left> <Right> <F1>…<F12> are keys, in the form the program's keypad mode asks for; <C-x>
 * <M-x> <S-Tab> have modifiers; <lt> is "<". False, and nothing of that argument sent, if a name in
 * <> is unknown. A key right after <Esc> reads as Alt and that key: it is sent
 * a moment after an argument that ends with <Esc>. None is sent
 * while the screen says "no key counts yet".
 */
#define vt_keys(vt, ...) vt_keys_list((vt), (const char *const[]){__VA_ARGS__, NULL})
bool vt_keys_list(struct vt *vt, const char *const *keys);

/* Sends keys in the same notation at once, whatever the screen says, as a clumsy hand or a held key does. */
bool vt_press(struct vt *vt, const char *keys);
/* Pastes text, in brackets if the program asked for that. */
void vt_paste(struct vt *vt, const char *text);
/* Presses and releases a mouse button (1 left, 2 middle, 3 right, 4 and 5 wheel up and down) at a
   cell; sends nothing unless the program asked for the mouse. */
void vt_mouse(struct vt *vt, int row, int col, int button);

/* ---- waiting ---- */

/* A condition on the screen. Must not wait itself. */
typedef bool vt_match_fn(struct vt *vt, void *user);

/*
 * Reads until fn holds; false at the deadline or once the program's side is closed. The condition
 * is asked when everything sent so far is read and no synchronized update (mode 2026) is open.
 */
bool vt_wait_match(struct vt *vt, vt_match_fn *fn, void *user, int deadline_ms);
/* Reads until text stands somewhere on the screen (a newline in it is the end of a row), … */
bool vt_wait_text(struct vt *vt, const char *text, int deadline_ms);
/* … or no longer. */
bool vt_wait_gone(struct vt *vt, const char *text, int deadline_ms);
/* Reads until nothing has come for quiet_ms. */
bool vt_wait_quiet(struct vt *vt, int quiet_ms, int deadline_ms);
/* Reads for ms, whatever comes. */
void vt_run(struct vt *vt, int ms);

/* Bytes received from the program so far, and when the last of them came (clock_monotonic_us();
   0 if none did). */
uint64_t vt_bytes(const struct vt *vt);
int64_t vt_last_byte_us(const struct vt *vt);

/* ---- the screen ---- */

int vt_cols(const struct vt *vt);
int vt_rows(const struct vt *vt);
/* A row as UTF-8, blanks at its end trimmed; "" outside the screen. Valid until the next call for
   the same row or a resize. */
const char *vt_row_text(struct vt *vt, int row);
/* All rows, each ended by a newline, empty ones at the end left out. Valid until the next such call
   or a wait for text. */
const char *vt_screen_text(struct vt *vt);
/* The first place, row by row, where text (without a newline) begins. ret_… may be NULL. */
bool vt_find(struct vt *vt, const char *text, int *ret_row, int *ret_col);

enum vt_color_kind {
    VT_COLOR_DEFAULT, /* r, g, b are 0 */
    VT_COLOR_INDEX, /* index, and r, g, b as the palette has it */
    VT_COLOR_RGB, /* r, g, b */
};

struct vt_color {
    enum vt_color_kind kind;
    uint8_t index, r, g, b;
};

struct vt_cell {
    char text[32]; /* a character and what combines with it, UTF-8; "" for a blank */
    int width; /* columns: 1 or 2; 0 for the second column of a wide character */
    struct vt_color fg, bg; /* as set: `reverse` is not applied */
    bool bold, dim, italic, underline, blink, reverse, strike;
};

/* The cell at row, col; blank outside the screen. */
struct vt_cell vt_cell(const struct vt *vt, int row, int col);

enum vt_mouse_mode { VT_MOUSE_NONE, VT_MOUSE_CLICK, VT_MOUSE_DRAG, VT_MOUSE_MOVE };

struct vt_modes {
    bool alternate; /* the alternate screen is shown */
    bool cursor_visible; /* DECTCEM */
    bool paste; /* 2004: pastes are put in brackets */
    bool focus; /* 1004: focus is reported */
    bool sync; /* 2026: a synchronized update is open */
    enum vt_mouse_mode mouse;
    int cursor_row, cursor_col;
    bool title_set; /* the window title was set (title may be "") */
    char title[256]; /* cut at the end if longer */
};

/* The terminal's state. Lives as long as vt; changes whenever something is read. */
const struct vt_modes *vt_modes(const struct vt *vt);

/* Prints screen and modes in a frame, `why` above it. */
void vt_dump(struct vt *vt, FILE *f, const char *why);

#endif
