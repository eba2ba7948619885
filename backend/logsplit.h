/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGSPLIT_H
#define KFARM_BACKEND_LOGSPLIT_H
/*
 * Cuts bytes that come in pieces into lines. What comes out does not depend on where the pieces were
 * cut. Of a line at most `max` bytes are kept; a carriage return that does not belong to the newline
 * starts the line again, as on a terminal (progress counters), so only its last state remains. Colours
 * (SGR, and the "erase to the end" that compilers send with them: ECMA-48, 8.3.117, 8.3.41) are taken out of
 * whole lines; other escape sequences stay what they are, bytes from strangers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes whole lines off the n bytes at p, as many as it likes, and returns their length. */
typedef size_t logsplit_quick_fn(void *user, const char *p, size_t n);

struct logsplit {
    logsplit_quick_fn
        *quick; /* asked first at the start of a line, where no carriage return is near;
                                 NULL: nobody */
    void *quick_user;
    char *line; /* what is kept of the unfinished line */
    size_t len;
    size_t max;
    bool open; /* bytes have come since the last newline */
    bool cr; /* the last of them was a carriage return */
    bool cut;
    bool nul;
};

/* A line without its newline; flags are LOG_LINE_CUT and LOG_LINE_BINARY of logproto.h; `rest` bytes
   of the piece lie behind it. The text is valid during the call. */
typedef void logsplit_fn(void *user, const char *text, size_t len, uint8_t flags, size_t rest);

/* Takes the colours out of n bytes, in place; the length that is left. */
size_t logsplit_strip(char *p, size_t n);
void logsplit_init(struct logsplit *s, size_t max);
void logsplit_release(struct logsplit *s);
/* Forgets the unfinished line. */
void logsplit_reset(struct logsplit *s);
void logsplit_feed(struct logsplit *s, const char *p, size_t n, logsplit_fn *fn, void *user);
/* The unfinished line as it stands; false if there is none, or nothing in it yet. */
bool logsplit_unfinished(
    const struct logsplit *s, const char **ret_text, size_t *ret_len, uint8_t *ret_flags);

#endif
