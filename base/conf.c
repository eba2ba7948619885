/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/conf.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/given.h"

struct reader {
    const char *name;
    const char *text;
    size_t left;
    int line; /* number of the line handed to inih last */
    int too_long; /* number of a line that does not fit inih's buffer, 0 if none */
    int error; /* negative errno of the first failed callback */
    int error_line; /* and the line it was about */
    bool nul; /* a line with a NUL byte */
    conf_fn *fn;
    void *user;
    struct diag *diag;
};

/* inih asks for a line as from fgets(); this is also where lines are counted, because its callback
   is not told the number. */
static char *read_line(char *out, int size, void *stream)
{
    struct reader *r = stream;
    const char *end;
    size_t n;

    if (r->left == 0 || r->too_long || r->nul || r->error)
        return NULL;
    r->line++;
    end = memchr(r->text, '\n', r->left);
    n = end ? (size_t)(end - r->text) + 1 : r->left;
    if (n >= (size_t)size) {
        r->too_long = size - 2;
        return NULL;
    }
    if (memchr(r->text, '\0', n)) { /* what is behind it would be lost in silence */
        r->nul = true;
        return NULL;
    }
    memcpy(out, r->text, n);
    out[n] = '\0';
    r->text += n;
    r->left -= n;
    return out;
}

static int on_pair(void *user, const char *section, const char *key, const char *value)
{
    struct reader *r = user;
    struct diag d = DIAG_INIT;

    if (r->error)
        return 0;
    r->error = r->fn(r->user, section, key, value ? value : "", r->line, &d);
    if (r->error)
        r->error_line = r->line;
    if (r->error)
        diag_at(r->diag, r->error, r->name, r->line, "%s", d.text);
    return r->error == 0;
}

int conf_parse(
    const char *name, const char *text, size_t len, conf_fn *fn, void *user, struct diag *d)
{
    struct reader r = {.name = name, .text = text, .left = len, .fn = fn, .user = user, .diag = d};
    int bad = ini_parse_stream(read_line, &r, on_pair, &r);

    if (bad > 0 && bad != r.error_line) /* inih goes on behind what it cannot read */
        return diag_at(
            d, -EINVAL, name, bad, "neither \"[section]\" nor \"key = value\" nor a comment");
    if (r.error)
        return r.error;
    if (r.nul)
        return diag_at(d, -EINVAL, name, r.line, "a NUL byte: this is no text file");
    if (r.too_long)
        return diag_at(d, -E2BIG, name, r.line,
            "the line is longer than %d characters; go on in an indented line", r.too_long);
    return bad < 0 ? diag_set(d, -ENOMEM, "%s: out of memory", name) : 0;
}

int conf_parse_file(const char *path, conf_fn *fn, void *user, struct diag *d)
{
    struct buf text = BUF_INIT;
    int err = given_read(path, CONF_FILE_MAX, &text, d);

    if (!err)
        err = conf_parse(path, buf_str(&text), text.len, fn, user, d);
    buf_release(&text);
    return err;
}
