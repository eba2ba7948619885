/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/print_messages.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/holes.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/given.h"
#include "base/harmless.h"
#include "base/utf8.h"
#include "tui/audit.h"
#include "tui/audit_file.h"
#include "tui/json_text.h"
#include "tui/print.h"
#include "widgets/canvas.h"

#define SCHEMA    1
#define PIECE     65536
#define BAD_SHOWN 20 /* lines that are none, of a file, before they are only counted */
/* A line has all targets of an action: those of 100 000 jobs are 10 MB. */
#define LINE_MAX_BYTES (32u << 20)
#define TRIES          100 /* to get hold of the file between two that rotate it */
#define WIDTH_MAX      200 /* of a column of text; CSV and JSON have it whole */

/* Keys of a row, and where each comes from: the action, or one of its targets. */
static const struct key {
    const char *name;
    const char *title; /* in text; NULL: not there */
    bool of_target;
} keys[] = {
    {"time", "TIME", false},
    {"user", "USER", false},
    {"login", NULL, false},
    {"tty", NULL, false},
    {"cluster", NULL, false},
    {"verb", "VERB", false},
    {"argument", "ARGUMENT", false},
    {"id", "ID", true},
    {"name", "NAME", true},
    {"outcome", "OUTCOME", true},
    {"words", "WORDS", true},
};

/* ---- reading ---- */

/* What an event says of its targets if they do not say it themselves: of a request that nothing else was written of,
   nobody knows what became. */
static const char *silent_outcome(const char *event)
{
    return strcmp(event, "taken-back") == 0 ? event : "unknown";
}

static json_t *row_of(const json_t *action, const json_t *target, const char *event)
{
    json_t *row = json_object();

    for (size_t i = 0; i < KF_LEN(keys); i++) {
        json_t *value = json_object_get(keys[i].of_target ? target : action, keys[i].name);

        if (strcmp(keys[i].name, "outcome") == 0 && value == NULL)
            json_object_set_new(row, keys[i].name, json_string(silent_outcome(event)));
        else if (value)
            json_object_set(row, keys[i].name, value);
        else
            json_object_set_new(row, keys[i].name, json_null());
    }
    return row;
}

/* What tells one action from all others: a number may come again, of another process. For free(). */
static char *name_of(const json_t *action)
{
    static const char *const parts[] = {"id", "user", "tty", "cluster", "verb", "argument"};
    struct buf b = BUF_INIT;
    char *name;

    for (size_t i = 0; i < KF_LEN(parts); i++) {
        const char *text = json_string_value(json_object_get(action, parts[i]));

        buf_addf(&b, "%s\n", text ? text : "");
    }
    name = xstrdup(buf_str(&b));
    buf_release(&b);
    return name;
}

/* Takes one line of the file; false if it is none of ours. `open` has the requests nothing else was written of yet: by
   name_of(), their first row and the number of rows. */
static bool take_line(json_t *rows, json_t *open, const char *line, size_t n)
{
    json_t *action = json_loadb(line, n, 0, NULL), *target, *asked;
    const char *event = json_string_value(json_object_get(action, "event"));
    json_t *targets = json_object_get(action, "targets");
    size_t i, first = json_array_size(rows);
    char *name;

    if (event == NULL || !json_is_array(targets)) {
        json_decref(action);
        return false;
    }
    name = name_of(action);
    asked = json_object_get(open, name);
    if (asked && strcmp(event, "request") != 0) { /* its rows are those that follow */
        json_int_t at = json_integer_value(json_array_get(asked, 0));
        json_int_t count = json_integer_value(json_array_get(asked, 1));

        for (json_int_t k = at; k < at + count; k++)
            json_array_set_new(rows, (size_t)k, json_null());
        json_object_del(open, name);
    }
    json_array_foreach(targets, i, target)
        json_array_append_new(rows, row_of(action, target, event));
    if (strcmp(event, "request") == 0)
        json_object_set_new(open, name,
            json_pack("[I,I]", (json_int_t)first, (json_int_t)(json_array_size(rows) - first)));
    free(name);
    json_decref(action);
    return true;
}

/* A file that is read. */
struct reading {
    const char *path;
    json_t *rows, *open;
    struct buf line; /* what is there of it */
    bool too_long;
    unsigned number; /* of the line, from 1 */
    unsigned bad; /* lines that are none of ours */
};

static void end_line(struct reading *r)
{
    if (r->too_long || !take_line(r->rows, r->open, buf_str(&r->line), r->line.len)) {
        if (r->bad++ < BAD_SHOWN)
            harmless_error(
                "kfarm-top: %s:%u: no line of an audit file, passed over", r->path, r->number);
    }
    buf_clear(&r->line);
    r->too_long = false;
    r->number++;
}

static void take_bytes(struct reading *r, const char *p, size_t n)
{
    while (n > 0) {
        const char *newline = memchr(p, '\n', n);
        size_t len = newline ? (size_t)(newline - p) : n;

        r->too_long = r->too_long || !buf_add(&r->line, p, len);
        if (r->too_long)
            buf_release(&r->line);
        if (newline)
            end_line(r);
        len += newline != NULL;
        p += len;
        n -= len;
    }
}

/* Takes all lines of an open file. A hole is read as a NUL or two: it stands in a line that is none of ours. 0 or a
   negative errno. */
static int read_lines(int fd, const char *path, json_t *rows, json_t *open)
{
    struct reading r = {
        .path = path, .rows = rows, .open = open, .line.max = LINE_MAX_BYTES, .number = 1};
    char piece[PIECE];
    struct stat st;
    ssize_t n = fstat(fd, &st) < 0 ? -errno : 1;

    for (int64_t at = 0; n > 0; at += n) {
        int64_t data = at < st.st_size ? holes_data(fd, &st, at) : at;

        if (data > at + 1)
            at = data - 1; /* the last NUL of the hole */
        n = file_read_at(fd, piece, sizeof(piece), at);
        if (n > 0)
            take_bytes(&r, piece, (size_t)n);
    }
    if (n == 0 && (r.line.len || r.too_long)) /* without its newline */
        end_line(&r);
    if (r.bad > BAD_SHOWN)
        harmless_error("kfarm-top: %s: %u more lines are no lines of an audit file, passed over",
            path, r.bad - BAD_SHOWN);
    buf_release(&r.line);
    close(fd);
    return n < 0 ? (int)n : 0;
}

/* Opens the file, and nobody rotates it until it is closed again (audit.h). -ENOENT if there is none. */
static int open_locked(const char *path)
{
    struct stat here, there;

    for (int i = 0; i < TRIES; i++) {
        int fd = file_open_regular(path, &here);

        if (fd < 0)
            return fd;
        /* without the lock it is read all the same */
        file_lock(fd, LOCK_SH, clock_monotonic_us() + AUDIT_LOCK_MS * 1000);
        if (stat(path, &there) == 0 && there.st_dev == here.st_dev && there.st_ino == here.st_ino)
            return fd;
        close(fd); /* it has just become FILE.1 */
    }
    return -EAGAIN;
}

static int say_unreadable(const char *path, int err)
{
    harmless_error("kfarm-top: %s: %s", path, given_strerror(-err));
    return err;
}

/* 0, or a negative errno, which was said. */
static int read_files(const char *path, int keep, json_t *rows, json_t *open)
{
    int last = open_locked(path), fd, err = 0;
    struct stat st;

    if (last < 0 && last != -ENOENT)
        return say_unreadable(path, last);
    for (int old = keep; old > 0 && !err; old--) {
        char name[4160];

        snprintf(name, sizeof(name), "%s.%d", path, old);
        fd = file_open_regular(name, &st);
        err = fd >= 0 ? read_lines(fd, name, rows, open) : fd == -ENOENT ? 0 : fd;
        if (err)
            say_unreadable(name, err);
    }
    if (last >= 0 && err == 0) {
        err = read_lines(last, path, rows, open);
        return err ? say_unreadable(path, err) : 0;
    }
    if (last >= 0)
        close(last);
    return err;
}

/* All there is, the oldest first; NULL, and that is said, if some of it cannot be read. */
static json_t *read_rows(const char *path, int keep)
{
    json_t *all = json_array(), *open = json_object(), *rows = json_array(), *row;
    int err = read_files(path, keep, all, open);
    size_t i;

    json_array_foreach(all, i, row) if (!json_is_null(row)) json_array_append(rows, row);
    json_decref(all);
    json_decref(open);
    if (err == 0)
        return rows;
    json_decref(rows);
    return NULL;
}

/* ---- printing ---- */

static const char *text_of(const json_t *row, const struct key *k)
{
    const char *text = json_string_value(json_object_get(row, k->name));

    return text ? text : "";
}

static void put_csv(const json_t *rows, struct buf *out)
{
    const json_t *row;
    size_t i;

    for (size_t k = 0; k < KF_LEN(keys); k++)
        buf_addf(out, "%s%s", k ? "," : "", keys[k].name);
    buf_adds(out, "\r\n");
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < KF_LEN(keys); k++) {
            if (k)
                buf_addc(out, ',');
            print_csv_field(out, text_of(row, &keys[k]));
        }
        buf_adds(out, "\r\n");
    }
}

/* Drawn into a canvas of one line: there text of strangers becomes harmless. */
static void put_text(const json_t *rows, struct buf *out)
{
    int widths[KF_LEN(keys)] = {0}, total = 0;
    struct canvas line;

    for (size_t k = 0; k < KF_LEN(keys); k++) {
        widths[k] = keys[k].title ? (int)strlen(keys[k].title) : 0;
        for (size_t i = 0; i < json_array_size(rows) && keys[k].title; i++) {
            const char *text = text_of(json_array_get(rows, i), &keys[k]);

            widths[k] = KF_MAX(widths[k], KF_MIN(utf8_columns(text, strlen(text)), WIDTH_MAX));
        }
        total += keys[k].title ? widths[k] + 2 : 0;
    }
    canvas_init(&line, total, 1);
    for (size_t i = 0; i <= json_array_size(rows); i++) {
        int x = 0;

        canvas_clear(&line);
        for (size_t k = 0; k < KF_LEN(keys); k++) {
            if (keys[k].title == NULL)
                continue;
            canvas_str(&line, x, 0, widths[k], ROLE_TEXT,
                i ? text_of(json_array_get(rows, i - 1), &keys[k]) : keys[k].title);
            x += widths[k] + 2;
        }
        canvas_dump(&line, out);
    }
    canvas_release(&line);
}

static void put_json(json_t *rows, struct buf *out)
{
    json_t *root = json_pack("{s:i,s:O}", "schema", SCHEMA, "messages", rows);

    json_text_dump(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER, out);
    json_decref(root);
}

int print_messages(const struct options *o, FILE *out)
{
    struct buf b = BUF_INIT;
    char path[4096];
    json_t *rows;
    int err;

    audit_path(o->config->audit_file, path, sizeof(path));
    if (path[0] == '\0') {
        harmless_error("kfarm-top: no audit file is kept: [audit] file in the configuration");
        return 2;
    }
    rows = read_rows(path, o->config->audit_keep);
    if (rows == NULL)
        return 2;
    if (o->format == FORMAT_JSON)
        put_json(rows, &b);
    else if (o->format == FORMAT_CSV)
        put_csv(rows, &b);
    else
        put_text(rows, &b);
    json_decref(rows);
    err = o->format == FORMAT_TEXT ? harmless_write(&b, out) : harmless_data(&b, out);
    buf_release(&b);
    return err ? print_unwritten(err) : 0;
}
