/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program is sent: keys in the notation of vt.h, pastes, the mouse. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/vt_impl.h"

#define ESCAPE_PAUSE_US 120000
#define READ_US         2000000

struct key_name {
    const char *name;
    VTermKey key; /* VTERM_KEY_NONE: it is the character */
    char character;
};

static const struct key_name key_names[] = {
    {"Enter", VTERM_KEY_ENTER, 0},
    {"Tab", VTERM_KEY_TAB, 0},
    {"Esc", VTERM_KEY_ESCAPE, 0},
    {"BS", VTERM_KEY_BACKSPACE, 0},
    {"Del", VTERM_KEY_DEL, 0},
    {"Ins", VTERM_KEY_INS, 0},
    {"Home", VTERM_KEY_HOME, 0},
    {"End", VTERM_KEY_END, 0},
    {"PgUp", VTERM_KEY_PAGEUP, 0},
    {"PgDn", VTERM_KEY_PAGEDOWN, 0},
    {"Up", VTERM_KEY_UP, 0},
    {"Down", VTERM_KEY_DOWN, 0},
    {"Left", VTERM_KEY_LEFT, 0},
    {"Right", VTERM_KEY_RIGHT, 0},
    {"Space", VTERM_KEY_NONE, ' '},
    {"lt", VTERM_KEY_NONE, '<'},
};

void vt_type(struct vt *vt, const char *text)
{
    buf_adds(&vt->out, text);
    vt_flush(vt);
}

/* Sends a character with modifiers as xterm does by default. */
static void send_char(struct vt *vt, char c, int mod)
{
    if (mod & VTERM_MOD_ALT)
        buf_addc(&vt->out, '\033');
    if (mod & VTERM_MOD_CTRL)
        c = (char)(c == ' ' ? 0 : toupper((unsigned char)c) ^ 0x40);
    buf_addc(&vt->out, c);
}

/* Sends the key of a name such as "C-Left" (n bytes at p); false if there is none. */
static bool send_name(struct vt *vt, const char *p, size_t n)
{
    int mod = VTERM_MOD_NONE;

    for (; n > 2 && p[1] == '-' && strchr("CMS", *p); p += 2, n -= 2)
        mod |= *p == 'C' ? VTERM_MOD_CTRL : (*p == 'M' ? VTERM_MOD_ALT : VTERM_MOD_SHIFT);
    if (n == 1 && mod) {
        send_char(vt, *p, mod);
        return true;
    }
    if (n >= 2 && n <= 3 && p[0] == 'F' && isdigit((unsigned char)p[1])) {
        int f = p[1] - '0';

        if (n == 3)
            f = isdigit((unsigned char)p[2]) ? f * 10 + p[2] - '0' : 0;
        if (f < 1 || f > 12)
            return false;
        vterm_keyboard_key(vt->term, (VTermKey)VTERM_KEY_FUNCTION(f), (VTermModifier)mod);
        return true;
    }
    for (size_t i = 0; i < KF_LEN(key_names); i++) {
        const struct key_name *k = &key_names[i];

        if (strlen(k->name) != n || memcmp(k->name, p, n) != 0)
            continue;
        if (k->key == VTERM_KEY_NONE)
            send_char(vt, k->character, mod);
        else
            vterm_keyboard_key(vt->term, k->key, (VTermModifier)mod);
        return true;
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Sends the escape at p (a backslash); returns its length. An unknown one is a backslash. */
static size_t send_escape(struct vt *vt, const char *p)
{
    static const char letters[] = "rnte\\";
    static const char bytes[] = "\r\n\t\033\\";
    const char *hit = p[1] ? strchr(letters, p[1]) : NULL;

    if (hit) {
        buf_addc(&vt->out, bytes[hit - letters]);
        return 2;
    }
    if (p[1] == 'x' && hex_digit(p[2]) >= 0 && hex_digit(p[3]) >= 0) {
        buf_addc(&vt->out, (char)(hex_digit(p[2]) * 16 + hex_digit(p[3])));
        return 4;
    }
    buf_addc(&vt->out, '\\');
    return 1;
}

/* The length of the name in "<name>" at p; 0 if what stands there is just a "<". */
static size_t name_length(const char *p)
{
    size_t n = strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    if (n == 2 && p[2] == '-' && p[3] && p[4] == '>') /* <C-\> */
        n = 3;
    return p[n + 1] == '>' ? n : 0;
}

static bool send_keys(struct vt *vt, const char *p)
{
    size_t before = vt->out.len;

    while (*p) {
        size_t n = *p == '<' ? name_length(p) : 0;

        if (n > 0) {
            if (!send_name(vt, p + 1, n)) {
                vt->out.len = before;
                return false;
            }
            p += n + 2;
        } else if (*p == '\\') {
            p += send_escape(vt, p);
        } else {
            buf_addc(&vt->out, *p++);
        }
    }
    return true;
}

/* Bytes that the program has not read yet. */
static int unread(const struct vt *vt)
{
    int fd = ioctl(vt->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), n = 0;

    if (fd < 0)
        return 0;
    if (ioctl(fd, FIONREAD, &n) < 0)
        n = 0;
    close(fd);
    return n;
}

/* Nobody is so far ahead of a program that a busy machine keeps from running. It may also be one that does not read. */
static void wait_read(struct vt *vt)
{
    int64_t until_us = clock_monotonic_us() + READ_US;

    while (!vt->ended && unread(vt) > 0 && clock_monotonic_us() < until_us)
        vt_run(vt, 2);
}

/* Nor does anybody press one while the screen says that none counts. */
static void wait_for_keys(struct vt *vt)
{
    vt_wait_quiet(vt, 15, 300); /* the rest of the picture of which something was looked for */
    vt_wait_gone(vt, "no key counts yet", 5000);
}

/* A key right behind an Esc is Alt and that key: nobody presses two keys as fast as that. */
static void pause_after_escape(struct vt *vt)
{
    int64_t left = vt->escape_us + ESCAPE_PAUSE_US - clock_monotonic_us();

    if (vt->escape_us && left > 0)
        vt_run(vt, (int)(left / 1000) + 1);
    vt->escape_us = 0;
}

bool vt_keys_list(struct vt *vt, const char *const *keys)
{
    bool ok = true;

    for (; ok && *keys; keys++) {
        bool escape;

        wait_read(vt);
        pause_after_escape(vt);
        wait_for_keys(vt);
        ok = send_keys(vt, *keys);
        escape = vt->out.len > 0 && vt->out.p[vt->out.len - 1] == '\033';
        vt_flush(vt);
        if (escape) {
            wait_read(vt); /* its moment begins when it is read */
            vt->escape_us = clock_monotonic_us();
        }
    }
    return ok;
}

bool vt_press(struct vt *vt, const char *keys)
{
    bool ok = send_keys(vt, keys);

    vt_flush(vt);
    return ok;
}

void vt_paste(struct vt *vt, const char *text)
{
    vterm_keyboard_start_paste(vt->term);
    buf_adds(&vt->out, text);
    vterm_keyboard_end_paste(vt->term);
    vt_flush(vt);
}

void vt_mouse(struct vt *vt, int row, int col, int button)
{
    vterm_mouse_move(vt->term, row, col, VTERM_MOD_NONE);
    vterm_mouse_button(vt->term, button, true, VTERM_MOD_NONE);
    if (button < 4)
        vterm_mouse_button(vt->term, button, false, VTERM_MOD_NONE);
    vt_flush(vt);
}
