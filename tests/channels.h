/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_CHANNELS_H
#define KFARM_TESTS_CHANNELS_H
/*
 * What the tests of channels (test_e2e_channels_*) share: the sequences of tests/sequences.h in the forms that fit a field,
 * the name of a file or a line, and the recording of all that the terminal got. A sequence is put somewhere behind a marker
 * of its channel and its own number, as "nm012{…}e", so that a test can tell that each one was looked at: a channel that
 * nobody got to see is untried, not clean.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "tests/sequences.h"

#define CHANNELS_NAME 150 /* bytes of sequences in the name of a file */
#define CHANNELS_SECTION                                                                           \
    40 /* of a section or a key: the reader of INI files takes 49, and ends them with ] = : */
#define CHANNELS_PART      900 /* of a field: Slurm takes 1024 */
#define CHANNELS_PARTS_MAX 8
#define CHANNELS_ONE       (SEQUENCE_BYTES + 32) /* room for one sequence and its marker */

struct channels {
    struct sequence all[SEQUENCES_MAX];
    size_t count;
    struct buf record; /* what the terminal got; cleared by channels_clean() */
    struct buf whole; /* all sequences but the newline, in one line */
    struct buf parts[CHANNELS_PARTS_MAX]; /* of `whole`, of CHANNELS_PART bytes each */
    size_t part_count;
    char name[CHANNELS_NAME + 1]; /* as many of them as the name of a file takes */
};

/* Sequences by what takes them. */
enum channels_kind {
    CHANNELS_PLAIN = 1, /* without control characters of ASCII: readers of text files take it, … */
    CHANNELS_CONTROL = 2, /* … but not these, … */
    CHANNELS_RETURN =
        4, /* … the carriage return, which in a log takes back what stands before it, … */
    CHANNELS_LONG = 8, /* … and what is longer than a line may be */
    CHANNELS_SHORT = CHANNELS_PLAIN | CHANNELS_CONTROL | CHANNELS_RETURN,
    CHANNELS_ALL = CHANNELS_SHORT | CHANNELS_LONG,
    CHANNELS_LOG = CHANNELS_ALL & ~CHANNELS_RETURN,
};

/* With sanitizers only some of the sequences; channels_init_all(): where the program is started but few times. */
void channels_init(struct channels *c);
void channels_init_all(struct channels *c);
void channels_release(struct channels *c);

/* ---- writing ---- */

bool channels_newline(const struct channels *c, size_t i);
bool channels_is(const struct channels *c, enum channels_kind kinds, size_t i);
/* "MARKERiii{…}e" of one sequence; returns `out`, of CHANNELS_ONE bytes. */
const char *channels_one(const struct channels *c, const char *marker, size_t i, char *out);
/* The same of several of these kinds in a row, `from` the first, in at most `room` bytes but at least of one; a newline is left
   out, and with CHANNELS_SECTION nothing stands behind what ends a key. Sets *out, and returns the one to go on with; that of `count` is the end. */
size_t channels_some(const struct channels *c, enum channels_kind kinds, const char *marker,
    size_t from, size_t room, struct buf *out);
/* Appends `form` once for each sequence, that in place of each '#', as "iii{…}". */
void channels_add_lines(const struct channels *c, const char *form, struct buf *out);
/* Makes a file of these bytes, executable for all. */
void channels_write(const char *path, const struct buf *bytes);

/* ---- what the terminal got ---- */

/* Each of these markers must be in the recording with all sequences of these kinds but the newline: it ends a line, and is
   in none. */
void channels_reached_list(
    const struct channels *c, enum channels_kind kinds, const char *const *markers);
#define channels_reached(c, ...)                                                                   \
    channels_reached_list((c), CHANNELS_ALL, (const char *const[]){__VA_ARGS__, NULL})
/* This text must be in it. */
void channels_shown(const struct channels *c, const char *text);
/* Nothing of strangers may be in it, and exactly so many copies to the clipboard. Clears it. `where` is for the words, `ascii`
   says that the terminal knows no UTF-8. */
void channels_clean(struct channels *c, const char *where, bool ascii, unsigned copies);
/* Prints the bytes around a place of what a program wrote, for a test that fails. */
void channels_print_around(const struct buf *b, size_t at);

#endif
