/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/harmless.h"
#include "base/utf8.h"
#include "tui/fatal.h"
#include "tui/terminput.h"

/* Of <term.h>, whose own struct term is in the way (terminfo(3)). */
extern int setupterm(const char *term, int fd, int *ret_error);
extern void *set_curterm(void *terminal);
extern int del_curterm(void *terminal);

#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
/* A program that crashed here may have left the terminal reporting its mouse and focus (xterm's ctlseqs): of no use to us. */
#define REPORTS_OFF "\033[?9l\033[?1000l\033[?1001l\033[?1002l\033[?1003l\033[?1004l"
#define STDERR_MAX                                                                                 \
    (1u << 20) /* bytes that libraries write to standard error while the screen is open */
#define PAIRS_MAX 255 /* colour pairs we use; every terminal with 256 colours has as many */

struct pair {
    short fg, bg;
};

struct term {
    SCREEN *screen;
    struct theme theme;
    struct canvas shown; /* what the terminal shows */
    bool shown_valid, ascii;
    bool lent; /* another program has the screen */
    struct input input;
    struct pair *pairs; /* colour pairs made so far; number i + 1 of curses */
    int pair_count, pair_max;
    int saved_stderr, captured;
};

static const char *capability(const char *name)
{
    const char *s = tigetstr(name);

    return s == (const char *)-1 ? NULL : s;
}

static void arm_fatal(const struct term *t)
{
    fatal_add_screen(PASTE_OFF);
    fatal_add_screen(capability("sgr0"));
    fatal_add_screen(capability("rmkx"));
    fatal_add_screen(capability("rmcup"));
    fatal_add_screen(capability("cnorm"));
    fatal_keep_errors(t->captured, t->saved_stderr);
    fatal_arm();
}

static void capture_stderr(struct term *t)
{
    t->captured = memfd_create("kfarm-top standard error", MFD_CLOEXEC);
    t->saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (t->captured >= 0 && t->saved_stderr >= 0)
        dup2(t->captured, STDERR_FILENO);
}

static void release_stderr(struct term *t)
{
    struct buf words = {.max = STDERR_MAX};
    char chunk[4096];
    ssize_t n;

    if (t->saved_stderr >= 0)
        dup2(t->saved_stderr, STDERR_FILENO);
    if (t->captured >= 0) {
        lseek(t->captured, 0, SEEK_SET);
        while ((n = read(t->captured, chunk, sizeof(chunk))) > 0)
            buf_add(&words, chunk, (size_t)n);
        harmless_write(&words, stderr); /* a library may have named what strangers named */
        buf_release(&words);
        close(t->captured);
    }
    if (t->saved_stderr >= 0)
        close(t->saved_stderr);
}

static void send(const char *s)
{
    fputs(s, stdout);
    fflush(stdout);
}

/* Leaves the screen to others. The cursor is shown last: some terminals restore with the old screen
   also whether it was hidden. */
static void leave(void)
{
    const char *show_cursor = capability("cnorm");

    send(PASTE_OFF);
    endwin();
    if (show_cursor)
        send(show_cursor);
}

static void set_modes(void)
{
    raw(); /* Ctrl-C, Ctrl-Z and Ctrl-\ in pasted text are text */
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    typeahead(-1); /* keys are not read by curses: it draws all that it was given */
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
}

/* ncurses 6.4 keeps pointers into its table of pairs over the growth of that table, and crashes on
   them at a later init_pair(). Using the highest number first makes the table as large as it gets. */
static void reserve_pairs(struct term *t)
{
    t->pair_max = has_colors() ? KF_MIN(COLOR_PAIRS - 1, PAIRS_MAX) : 0;
    t->pairs = xcalloc((size_t)t->pair_max + 1, sizeof(*t->pairs));
    if (t->pair_max > 0)
        init_pair((short)t->pair_max, COLOR_WHITE, COLOR_BLACK);
}

struct term *term_open(const struct theme *theme, bool ascii, struct diag *d)
{
    const char *name = getenv("TERM");
    struct term *t;
    int error;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        diag_set(d, -ENOTTY, "standard %s is not a terminal; for text use --once",
            isatty(STDIN_FILENO) ? "output" : "input");
        return NULL;
    }
    if (setupterm(name, STDOUT_FILENO, &error) != OK) {
        diag_set(d, -EINVAL,
            "TERM=%s is not known on this machine; try TERM=xterm-256color, or TERM=vt100",
            name ? name : "");
        return NULL;
    }
    if (capability("cup") == NULL) {
        diag_set(d, -EINVAL, "TERM=%s cannot place its cursor; try TERM=xterm-256color", name);
        return NULL;
    }
    del_curterm(set_curterm(NULL)); /* newterm() reads it again, into memory of its own */
    fatal_keep_modes();
    t = xcalloc(1, sizeof(*t));
    /* curses ignores SIGTSTP whenever it draws, so that one sent then is lost, unless it finds it taken
       at its start; the loop takes it in earnest (curs_initscr(3X), ncurses' lib_tstp.c) */
    signal(SIGTSTP, SIG_IGN);
    t->screen = newterm(NULL, stdout, stdin);
    if (t->screen == NULL) {
        diag_set(d, -EINVAL, "curses cannot use the terminal TERM=%s", name);
        free(t);
        return NULL;
    }
    t->theme = *theme;
    t->ascii = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    canvas_init(&t->shown, 1, 1);
    capture_stderr(t);
    set_modes();
    reserve_pairs(t);
    arm_fatal(t);
    terminput_init(&t->input, capability);
    send(REPORTS_OFF PASTE_ON);
    return t;
}

struct term *term_close(struct term *t)
{
    if (t) {
        if (t->lent) /* it was in the middle of something */
            fatal_write_screen();
        else
            leave();
        fatal_disarm();
        delscreen(t->screen);
        release_stderr(t);
        canvas_release(&t->shown);
        free(t->pairs);
    }
    free(t);
    return NULL;
}

void term_size(struct term *t, int *ret_cols, int *ret_rows)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row &&
        (size.ws_col != COLS || size.ws_row != LINES)) {
        resize_term(
            size.ws_row, size.ws_col); /* resizeterm() makes a key of it, which nobody reads */
        term_redraw(t);
    }
    *ret_cols = COLS;
    *ret_rows = LINES;
}

/* Of 256 colours on a terminal with 8 or 16: the nearest by eye. */
static short reduce(int colour)
{
    int r, g, b;

    if (colour < COLORS)
        return (short)colour;
    if (colour < 16)
        return (short)(colour - 8);
    if (colour >= 232)
        return colour >= 244 ? COLOR_WHITE : COLOR_BLACK;
    r = (colour - 16) / 36;
    g = (colour - 16) / 6 % 6;
    b = (colour - 16) % 6;
    return (
        short)((r >= 3 ? COLOR_RED : 0) | (g >= 3 ? COLOR_GREEN : 0) | (b >= 3 ? COLOR_BLUE : 0));
}

static short pair_of(struct term *t, int fg, int bg)
{
    struct pair want = {reduce(fg), reduce(bg)};

    for (int i = 0; i < t->pair_count; i++)
        if (t->pairs[i].fg == want.fg && t->pairs[i].bg == want.bg)
            return (short)(i + 1);
    if (t->pair_count + 1 >= t->pair_max)
        return 0;
    t->pairs[t->pair_count++] = want;
    init_pair((short)t->pair_count, want.fg, want.bg);
    return (short)t->pair_count;
}

static void set_style(struct term *t, const struct cell *cell)
{
    static const enum role backgrounds[] = {[UNDER_NONE] = ROLE_TEXT,
        [UNDER_SELECTED] = ROLE_SELECTED,
        [UNDER_SELECTED_BLUR] = ROLE_SELECTED_BLUR,
        [UNDER_DIALOG] = ROLE_DIALOG};
    static const struct {
        uint8_t ours;
        attr_t curses;
    } attrs[] = {{THEME_BOLD, A_BOLD}, {THEME_DIM, A_DIM}, {THEME_ITALIC, A_ITALIC},
        {THEME_UNDERLINE, A_UNDERLINE}, {THEME_REVERSE, A_REVERSE}};
    struct theme_style style = t->theme.styles[cell->role];
    attr_t out = A_NORMAL;

    if (cell->under != UNDER_NONE) {
        const struct theme_style *under = &t->theme.styles[backgrounds[cell->under]];

        style.bg = under->bg;
        style.attrs ^= under->attrs & THEME_REVERSE; /* reversed twice is not lost */
        style.attrs |= under->attrs & (uint8_t)~THEME_REVERSE;
    }
    for (size_t i = 0; i < KF_LEN(attrs); i++)
        if (style.attrs & attrs[i].ours)
            out |= attrs[i].curses;
    /* dim grey on a terminal of eight colours would be black on black */
    if (has_colors() && (style.fg >= 0 || style.bg >= 0)) {
        short pair = pair_of(t, style.fg, style.bg);

        if (COLORS <= 8 && style.fg >= 232 && style.fg < 252 && style.bg < 0) {
            pair = 0;
            out |= A_DIM;
        }
        attr_set(out, pair, NULL);
    } else {
        attr_set(out, 0, NULL);
    }
}

/* What stands for a character where only ASCII can be shown. */
static char ascii_for(const struct cell *cell)
{
    static const struct {
        const char *utf8;
        char ascii;
    } signs[] = {{"─", '-'}, {"│", '|'}, {"┬", '+'}, {"┴", '+'}, {"├", '+'}, {"┤", '+'}, {"┼", '+'},
        {"╭", '+'}, {"╮", '+'}, {"╰", '+'}, {"╯", '+'}, {"┊", ':'}, {"█", '#'}, {"▉", '#'},
        {"▊", '#'}, {"▋", '#'}, {"▌", '='}, {"▍", '='}, {"▎", '-'}, {"▏", '-'}, {"▁", '_'},
        {"▂", '_'}, {"▃", '-'}, {"▄", '-'}, {"▅", '='}, {"▆", '='}, {"▇", '#'}, {"·", '.'},
        {"▸", '>'}, {"■", '*'}, {"◆", '+'}, {"▲", '^'}, {"▼", 'v'}, {"▾", 'v'}, {"▴", '^'},
        {"●", '*'}, {"•", '*'}, {"○", 'o'}, {"◐", '%'}, {"✗", 'x'}, {"✓", 'v'}, {"⚠", '!'},
        {"…", '~'}, {"–", '-'}, {"→", '>'}, {"‘", '\''}, {"’", '\''}, {"“", '"'}, {"”", '"'}};

    if (cell->len == 1)
        return cell->text[0];
    for (size_t i = 0; i < KF_LEN(signs); i++)
        if (strlen(signs[i].utf8) == cell->len && memcmp(signs[i].utf8, cell->text, cell->len) == 0)
            return signs[i].ascii;
    return cell->len ? '?' : ' ';
}

static bool same_style(const struct cell *a, const struct cell *b)
{
    return a->role == b->role && a->under == b->under;
}

/* Appends what curses takes for as many columns as the canvas does, at most CELL_BYTES. It goes by the C library's widths,
   which differ for some characters and from release to release: a line that it takes for longer would go on in the row
   below, over our own words. */
static size_t add_cell(char *out, const struct cell *cell, int columns)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t n = 0;

    for (size_t i = 0, len; i < cell->len; i += len) {
        uint32_t cp;
        int width;

        len = utf8_decode(cell->text + i, cell->len - i, &cp);
        width = wcwidth((wchar_t)cp);
        if (i == 0 && width != columns) {
            for (; columns > 0; columns--, n += strlen(replacement))
                memcpy(out + n, replacement, strlen(replacement));
        } else if (i == 0 || width == 0) {
            memcpy(out + n, cell->text + i, len);
            n += len;
        }
    }
    return n;
}

/* Sends a row run by run; curses finds out what of it really changed. */
static void show_row(struct term *t, const struct canvas *c, int y)
{
    char run[4096];
    int x = 0;

    while (x < c->cols) {
        const struct cell *first = canvas_at(c, x, y);
        size_t n = 0;
        int start = x;

        for (; x < c->cols && n + CELL_BYTES < sizeof(run); x++) {
            const struct cell *cell = canvas_at(c, x, y);

            if (!same_style(cell, first))
                break;
            if (t->ascii)
                run[n++] = ascii_for(cell);
            else {
                bool wide = x + 1 < c->cols && canvas_at(c, x + 1, y)->len == 0;

                n += add_cell(run + n, cell, wide ? 2 : 1);
            }
        }
        set_style(t, first);
        mvaddnstr(y, start, run, (int)n);
    }
}

void term_show(struct term *t, const struct canvas *c)
{
    size_t row_bytes = (size_t)c->cols * sizeof(struct cell);

    if (t->shown.cols != c->cols || t->shown.rows != c->rows) {
        canvas_resize(&t->shown, c->cols, c->rows);
        t->shown_valid = false;
    }
    for (int y = 0; y < c->rows; y++) {
        if (t->shown_valid &&
            memcmp(canvas_at(&t->shown, 0, y), canvas_at(c, 0, y), row_bytes) == 0)
            continue;
        show_row(t, c, y);
        memcpy(canvas_at(&t->shown, 0, y), canvas_at(c, 0, y), row_bytes);
    }
    if (!t->shown_valid)
        clearok(curscr, TRUE);
    t->shown_valid = true;
    curs_set(c->cursor_x >= 0);
    if (c->cursor_x >= 0)
        move(c->cursor_y, KF_MIN(c->cursor_x, c->cols - 1));
    refresh();
}

uint32_t term_key(struct term *t)
{
    return terminput_key(&t->input);
}

int64_t term_key_wait_ms(const struct term *t)
{
    return terminput_wait_ms(&t->input);
}

void term_redraw(struct term *t)
{
    t->shown_valid = false;
}

void term_lend(struct term *t)
{
    leave();
    t->lent = true;
}

void term_return(struct term *t)
{
    input_reset(&t->input);
    send(REPORTS_OFF
            PASTE_ON); /* before the screen is back, so that nothing pasted then is a command */
    refresh();
    term_redraw(t);
    t->lent = false;
}

void term_suspend(struct term *t)
{
    term_lend(t);
    raise(SIGSTOP);
    term_return(t);
}

void term_copy(struct term *t, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(text);

    (void)t;
    fputs("\033]52;c;", stdout);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)(unsigned char)text[i] << 16 |
                     (i + 1 < n ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0) |
                     (i + 2 < n ? (unsigned char)text[i + 2] : 0);

        putchar(digits[v >> 18 & 63]);
        putchar(digits[v >> 12 & 63]);
        putchar(i + 1 < n ? digits[v >> 6 & 63] : '=');
        putchar(i + 2 < n ? digits[v & 63] : '=');
    }
    send("\033\\");
}
