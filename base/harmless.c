/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/harmless.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

#define LINE_BYTES 8192
#define MARKS_MAX                                                                                  \
    4 /* on one character: terminals have crashed on many (CVE-2021-26937, CVE-2021-27135) */

/* What else may stay as it is. */
enum { KEEP_NEWLINES = 1, ONLY_ASCII = 2 };

static void add(struct buf *out, const char *text, size_t n, unsigned how)
{
    int marks = MARKS_MAX; /* none on what stands before the text */

    for (size_t i = 0; i < n;) {
        char bytes[4];
        uint32_t cp;

        if ((how & KEEP_NEWLINES) && text[i] == '\r' && i + 1 < n && text[i + 1] == '\n')
            buf_addc(out, text[i++]); /* the end of a line of CSV */
        i += utf8_decode(text + i, n - i, &cp);
        if (cp != '\t' && (cp != '\n' || !(how & KEEP_NEWLINES)))
            cp = utf8_harmless(cp);
        if (cp == 0)
            continue;
        marks = utf8_width(cp) == 0 ? marks + 1 : 0;
        if (cp > 0x7E && (how & ONLY_ASCII))
            cp = '?';
        if (marks <= MARKS_MAX)
            buf_add(out, bytes, utf8_encode(cp, bytes));
    }
}

void harmless_add(struct buf *out, const char *text, size_t n)
{
    add(out, text, n, 0);
}

static unsigned ascii_if_needed(FILE *f)
{
    return isatty(fileno(f)) && strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ? ONLY_ASCII : 0;
}

static int write_bytes(const char *bytes, size_t n, FILE *f)
{
    errno = 0;
    if (fwrite(bytes, 1, n, f) == n && fflush(f) == 0)
        return 0;
    return errno ? -errno : -EIO;
}

static int write_text(const char *text, size_t n, unsigned how, FILE *f)
{
    struct buf out = BUF_INIT;
    int err;

    add(&out, text, n, how);
    err = write_bytes(buf_str(&out), out.len, f);
    buf_release(&out);
    return err;
}

int harmless_write(const struct buf *text, FILE *f)
{
    return write_text(buf_str(text), text->len, KEEP_NEWLINES | ascii_if_needed(f), f);
}

int harmless_data(const struct buf *data, FILE *f)
{
    return isatty(fileno(f)) ? harmless_write(data, f) : write_bytes(buf_str(data), data->len, f);
}

static int write_line(FILE *f, const char *format, va_list ap)
{
    char text[LINE_BYTES];
    struct buf out = BUF_INIT;
    int n = vsnprintf(text, sizeof(text), format, ap), err;

    if (n > 0)
        add(&out, text, strnlen(text, sizeof(text)), ascii_if_needed(f));
    buf_addc(&out, '\n');
    err = write_bytes(out.p, out.len, f); /* in one piece: helpers share a pipe */
    buf_release(&out);
    return err;
}

int harmless_line(FILE *f, const char *format, ...)
{
    va_list ap;
    int err;

    va_start(ap, format);
    err = write_line(f, format, ap);
    va_end(ap);
    return err;
}

void harmless_error(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_line(stderr, format, ap);
    va_end(ap);
}
