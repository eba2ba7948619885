/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/batch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/buf.h"

#define MAGIC     "#SBATCH"
#define MAGIC_LEN (sizeof(MAGIC) - 1)

void batch_release(struct batch *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        free(b->arguments[i].text);
    free(b->arguments);
    *b = (struct batch){0};
}

static bool is_blank_line(const char *line, size_t n)
{
    while (n && ascii_is_space(*line)) {
        line++;
        n--;
    }
    return n == 0;
}

/* sbatch.c, get_script_buffer(): what it refuses before it looks at any option. */
static bool is_script(const char *text, size_t size, struct findings *f)
{
    if (size == 0)
        findings_add(f, FINDING_REFUSED, 0, "the script is empty");
    else if (is_blank_line(text, size))
        findings_add(f, FINDING_REFUSED, 0, "the script holds nothing but blanks");
    else if (size < 3 || memcmp(text, "#!", 2) != 0)
        findings_add(f, FINDING_REFUSED, 1,
            "this is no batch script: its first line must be #! and the path of an interpreter, "
            "as #!/bin/bash");
    else if (memchr(text, '\0', size))
        findings_add(f, FINDING_REFUSED, 0, "the script holds a NUL byte: it is no text");
    else if (memmem(text, size, "\r\n", 2))
        findings_add(f, FINDING_REFUSED, 1,
            "the lines end as on DOS (\\r\\n): sbatch takes \\n alone; dos2unix mends it");
    else if (size > BATCH_BYTES_MAX)
        findings_add(f, FINDING_REFUSED, 0,
            "the script has %zu bytes: the controller takes %u (max_script_size)", size,
            BATCH_BYTES_MAX);
    else
        return true;
    return false;
}

static void add_argument(struct batch *b, const struct buf *text, uint32_t line)
{
    if ((b->count & (b->count - 1)) == 0)
        b->arguments = xreallocarray(b->arguments, KF_MAX(b->count * 2, 1u), sizeof(*b->arguments));
    b->arguments[b->count++] = (struct batch_argument){xmemdup0(buf_str(text), text->len), line};
}

/* Takes the next argument off [*at, end) into out; false if there is none, if it is empty ("": there
   sbatch's own reader takes the line to be over), or a quote is not closed (then *ret_quote is that
   quote). */
static bool next_argument(const char **at, const char *end, struct buf *out, char *ret_quote)
{
    const char *p = *at;
    char quote = '\0';

    buf_clear(out);
    while (p < end && ascii_is_space(*p))
        p++;
    for (; p < end && (quote || !ascii_is_space(*p)); p++) {
        if (*p == '\\' && p + 1 < end) {
            buf_addc(out, *++p);
        } else if (quote && *p == quote) {
            quote = '\0';
        } else if (!quote && (*p == '"' || *p == '\'')) {
            quote = *p;
        } else if (!quote && *p == '#') {
            p = end; /* the rest is a comment */
            break;
        } else {
            buf_addc(out, *p);
        }
    }
    *at = p;
    *ret_quote = quote;
    return !quote && out->len > 0;
}

static void read_arguments(
    struct batch *b, const char *at, const char *end, uint32_t line, struct findings *f)
{
    struct buf argument = BUF_INIT;
    char quote = '\0';

    if (at < end && *at == ':') {
        findings_add(
            f, FINDING_REFUSED, line, "#SBATCH is followed by a colon: a blank belongs there");
        return;
    }
    while (next_argument(&at, end, &argument, &quote))
        add_argument(b, &argument, line);
    if (quote)
        findings_add(f, FINDING_REFUSED, line, "the quote %c is not closed", quote);
    else if (!is_blank_line(at, (size_t)(end - at)))
        findings_add(f, FINDING_WARNING, line,
            "sbatch does not read this line to its end: it stops at the empty argument");
    buf_release(&argument);
}

/* What was meant as #SBATCH and is a comment to sbatch. */
static void look_for_near_miss(
    const char *at, size_t n, uint32_t line, bool too_late, struct findings *f)
{
    size_t blanks = 0, hash;

    while (blanks < n && ascii_is_space(at[blanks]))
        blanks++;
    hash = blanks;
    if (hash == n || at[hash] != '#' || n - hash < MAGIC_LEN)
        return;
    if (too_late && blanks == 0 && memcmp(at, MAGIC, MAGIC_LEN) == 0)
        findings_add(f, FINDING_WARNING, line,
            "this #SBATCH line is not read: it stands behind the first command");
    else if (!too_late && blanks && ascii_ncasecmp(at + hash, MAGIC, MAGIC_LEN) == 0)
        findings_add(f, FINDING_WARNING, line,
            "this #SBATCH line is not read: it must begin in the first column");
    else if (!too_late && !blanks && ascii_ncasecmp(at, MAGIC, MAGIC_LEN) == 0)
        findings_add(
            f, FINDING_WARNING, line, "this line is not read: it is spelled #SBATCH, in capitals");
}

void batch_read(struct batch *b, const char *text, size_t size, struct findings *findings)
{
    const char *end = text + size;
    uint32_t line = 0;

    *b = (struct batch){0};
    if (!is_script(text, size, findings))
        return;
    for (const char *at = text, *next; at < end; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n;

        stop = stop ? stop : end;
        next = stop + 1;
        n = (size_t)(stop - at);
        line++;
        if (b->commands_from)
            look_for_near_miss(at, n, line, true, findings);
        else if (n >= MAGIC_LEN && memcmp(at, MAGIC, MAGIC_LEN) == 0)
            read_arguments(b, at + MAGIC_LEN, stop, line, findings);
        else if (!is_blank_line(at, n) && at[strspn(at, " \t\r\v\f")] != '#')
            b->commands_from = line;
        else
            look_for_near_miss(at, n, line, false, findings);
    }
    if (b->commands_from == 0)
        findings_add(findings, FINDING_WARNING, 0, "the script has no command");
}
