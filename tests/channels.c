/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/channels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define LONG      100 /* bytes: configurations take lines of 198 */
#define BRACKETED SEQUENCES_OPEN "%s" SEQUENCES_CLOSE

/* Every sequence is tried on a program as it is shipped. With sanitizers, which make it ten times slower and look at its
   memory, some of each kind will do. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVERY 5
#endif
#endif
#ifndef EVERY
#define EVERY 1
#endif

static size_t thin_out(struct sequence *all, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i += EVERY)
        all[n++] = all[i];
    return n;
}

static void make_name(struct channels *c)
{
    for (size_t i = 0; i < c->count; i += 5) {
        char one[CHANNELS_ONE];

        snprintf(one, sizeof(one), BRACKETED, c->all[i].bytes);
        if (!channels_newline(c, i) && strlen(c->name) + strlen(one) < sizeof(c->name))
            strncat(c->name, one, sizeof(c->name) - strlen(c->name) - 1);
    }
}

static void init(struct channels *c, bool all)
{
    *c = (struct channels){.part_count = 1};
    c->count = sequences_make(c->all);
    make_name(c);
    if (!all)
        c->count = thin_out(c->all, c->count);
    for (size_t i = 0; i < c->count; i++) {
        char one[CHANNELS_ONE];

        if (channels_newline(c, i))
            continue;
        snprintf(one, sizeof(one), BRACKETED, c->all[i].bytes);
        buf_adds(&c->whole, one);
        if (c->parts[c->part_count - 1].len + strlen(one) > CHANNELS_PART)
            c->part_count++;
        assert_true(c->part_count <= CHANNELS_PARTS_MAX);
        buf_adds(&c->parts[c->part_count - 1], one);
    }
}

void channels_init(struct channels *c)
{
    init(c, false);
}

void channels_init_all(struct channels *c)
{
    init(c, true);
}

void channels_release(struct channels *c)
{
    buf_release(&c->record);
    buf_release(&c->whole);
    for (size_t i = 0; i < CHANNELS_PARTS_MAX; i++)
        buf_release(&c->parts[i]);
}

/* ---- writing ---- */

bool channels_newline(const struct channels *c, size_t i)
{
    return c->all[i].bytes[0] == '\n';
}

const char *channels_one(const struct channels *c, const char *marker, size_t i, char *out)
{
    snprintf(out, CHANNELS_ONE, "%s%03zu" BRACKETED "e", marker, i, c->all[i].bytes);
    return out;
}

bool channels_is(const struct channels *c, enum channels_kind kinds, size_t i)
{
    const char *p = c->all[i].bytes;
    enum channels_kind is = strlen(p) > LONG       ? CHANNELS_LONG
                            : strcmp(p, "\r") == 0 ? CHANNELS_RETURN
                                                   : CHANNELS_PLAIN;

    for (; *p && is == CHANNELS_PLAIN; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            is = CHANNELS_CONTROL;
    return (kinds & is) != 0;
}

size_t channels_some(const struct channels *c, enum channels_kind kinds, const char *marker,
    size_t from, size_t room, struct buf *out)
{
    char one[CHANNELS_ONE];

    bool ended = false;

    buf_clear(out);
    for (; from < c->count && !ended; from++) {
        if (channels_newline(c, from) || !channels_is(c, kinds, from))
            continue;
        channels_one(c, marker, from, one);
        if (out->len > 0 && out->len + strlen(one) > room)
            break;
        buf_adds(out, one);
        ended = room <= CHANNELS_SECTION && strpbrk(one, "]=:") != NULL;
    }
    return from;
}

void channels_add_lines(const struct channels *c, const char *form, struct buf *out)
{
    for (size_t i = 0; i < c->count; i++)
        for (const char *at = form; *at; at++)
            if (*at == '#')
                buf_addf(out, "%03zu" BRACKETED, i, c->all[i].bytes);
            else
                buf_addc(out, *at);
}

void channels_write(const char *path, const struct buf *bytes)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(buf_str(bytes), 1, bytes->len, f), bytes->len);
    assert_int_equal(fchmod(fileno(f), 0755), 0);
    assert_int_equal(fclose(f), 0);
}

/* ---- what the terminal got ---- */

static bool has(const struct buf *b, const char *text)
{
    return memmem(buf_str(b), b->len, text, strlen(text)) != NULL;
}

void channels_reached_list(
    const struct channels *c, enum channels_kind kinds, const char *const *markers)
{
    for (; *markers; markers++) {
        size_t missing = 0, first = 0;

        for (size_t i = 0; i < c->count; i++) {
            char text[64];

            snprintf(text, sizeof(text), "%s%03zu" SEQUENCES_OPEN, *markers, i);
            if (channels_newline(c, i) || !channels_is(c, kinds, i) || has(&c->record, text))
                continue;
            first = missing++ ? first : i;
        }
        if (missing)
            fail_msg("of %s %zu were not looked at, number %zu (%s) the first", *markers, missing,
                first, c->all[first].kind);
    }
}

void channels_shown(const struct channels *c, const char *text)
{
    if (!has(&c->record, text))
        fail_msg("\"%s\" was not looked at", text);
}

void channels_print_around(const struct buf *b, size_t at)
{
    size_t from = at > 120 ? at - 120 : 0;

    for (size_t i = from; i < b->len && i < at + 60; i++) {
        unsigned char c = (unsigned char)b->p[i];

        if (i == at)
            print_error(" >>> ");
        if (c >= ' ' && c < 0x7f)
            print_error("%c", c);
        else
            print_error("\\x%02x", c);
    }
    print_error("\n");
}

void channels_clean(struct channels *c, const char *where, bool ascii, unsigned copies)
{
    struct foreign f;
    unsigned found;

    assert_true(c->record.len > 0);
    if (foreign_find(&c->record, ascii, &f, &found)) {
        channels_print_around(&c->record, f.at);
        fail_msg("%s: the terminal got %s", where, f.what);
    }
    assert_int_equal(found, copies);
    print_message("%s: %zu bytes are clean\n", where, c->record.len);
    buf_clear(&c->record);
}
