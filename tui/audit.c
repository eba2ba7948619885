/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "base/quote.h"
#include "tui/audit_file.h"
#include "tui/json_text.h"

#define AGAIN_MS    60000 /* the same remark is made once in this time */
#define PENDING_MAX (64u << 20) /* while the file server hangs */
#define SIZE_MAX_   (10ll << 20)
#define KEEP        5
#define PATIENCE_MS 5000

#define NO_HOME                                                                                    \
    "there is no home directory for an audit file; name one in the configuration ([audit] file), " \
    "or say there that you want none (file = none)"

/* What a line is about. */
struct audit_note {
    unsigned long number; /* of the action */
    char what[QUOTE_BYTES + 80]; /* "the result of job-cancel 42" */
    const char *why; /* it cannot be written; static, NULL: it may be */
    uint64_t since_ms; /* by the loop's clock */
    bool settled; /* what became of it was said, or need not be */
    audit_written_fn *written; /* who waits for it; NULL: nobody, or nobody any more */
    void *user;
};

/* Lines on their way into the file; while the thread works it has file, lines, and what comes of them. */
struct audit_write {
    uv_work_t work;
    struct audit *audit; /* NULL: nobody listens any more */
    struct audit_file file;
    struct audit_batch batch;
    int err;
    struct diag diag;
};

static json_t *text(const char *s)
{
    return json_text(s, strlen(s));
}

void audit_default_path(char *out, size_t size)
{
    path_xdg("XDG_STATE_HOME", ".local/state", "kfarm-top/audit.jsonl", out, size);
}

void audit_path(const char *configured, char *out, size_t size)
{
    if (configured)
        snprintf(out, size, "%s", configured);
    else
        audit_default_path(out, size);
}

void audit_init(struct audit *a, uv_loop_t *loop)
{
    *a = (struct audit){
        .loop = loop, .size_max = SIZE_MAX_, .keep = KEEP, .patience_ms = PATIENCE_MS};
    a->pending.lines.max = PENDING_MAX;
}

/* ---- in the thread ---- */

/* Who logged in is known to the system's list of users, which may be a server that does not answer: put_line() leaves it
   open, and here it is filled in. Within a string the quotation marks would have backslashes. */
#define LOGIN_UNKNOWN ",\"login\":null,"

static void fill_in_login(struct buf *lines)
{
    const char *at = buf_str(lines), *found = strstr(at, LOGIN_UNKNOWN);
    struct buf known = {.max = 2 * PENDING_MAX}, name = BUF_INIT;
    char login[256];
    json_t *value;

    if (found == NULL || getlogin_r(login, sizeof(login)) != 0)
        return;
    value = text(login);
    json_text_dump(value, JSON_ENCODE_ANY, &name);
    json_decref(value);
    name.len -= name.len > 0; /* its newline */
    for (; found; at = found + strlen(LOGIN_UNKNOWN), found = strstr(at, LOGIN_UNKNOWN)) {
        buf_add(&known, at, (size_t)(found - at));
        buf_adds(&known, ",\"login\":");
        buf_add(&known, name.p, name.len);
        buf_addc(&known, ',');
    }
    buf_adds(&known, at);
    buf_release(&name);
    if (known.overflow) {
        buf_release(&known);
        return;
    }
    buf_release(lines);
    *lines = known;
}

static void in_thread(uv_work_t *work)
{
    struct audit_write *w = work->data;

    fill_in_login(&w->batch.lines);
    w->err = w->batch.lines.len ? audit_file_append(&w->file, &w->batch.lines, &w->diag) : 0;
}

/* ---- in the loop ---- */

static void release_batch(struct audit_batch *b)
{
    buf_release(&b->lines);
    free(b->notes);
    *b = (struct audit_batch){.lines.max = PENDING_MAX};
}

static bool was_told(const struct audit *a, unsigned long number)
{
    for (int i = 0; i < AUDIT_TOLD; i++)
        if (a->told[i] == number)
            return true;
    return false;
}

static void remember(struct audit *a, unsigned long number)
{
    a->told[a->told_next++ % AUDIT_TOLD] = number;
}

static void complain(struct audit *a, const struct audit_note *n, const char *why)
{
    char words[768];

    if (a->failed == NULL || was_told(a, n->number))
        return;
    remember(a, n->number);
    snprintf(words, sizeof(words), "%s is not in the audit file: %s", n->what, why);
    a->failed(a->user, words);
}

/* Of a file that is written all the same. */
static void remark(struct audit *a, const char *words)
{
    bool again = strcmp(a->remark, words) == 0 && uv_now(a->loop) - a->remark_ms < AGAIN_MS;

    if (again || a->failed == NULL)
        return;
    snprintf(a->remark, sizeof(a->remark), "%s", words);
    a->remark_ms = uv_now(a->loop);
    a->failed(a->user, words);
}

/* What became of a line. The one who waits for it may add others, and so move the notes. */
static void settle(struct audit *a, struct audit_note *n, const char *why)
{
    audit_written_fn *written = n->written;

    if (n->settled)
        return;
    n->settled = true;
    if (written && why)
        remember(a, n->number); /* he says it himself */
    if (written)
        written(n->user, why);
    else if (why)
        complain(a, n, why);
}

static void start(struct audit *a);

static void on_written(uv_work_t *work, int status)
{
    struct audit_write *w = work->data;
    struct audit *a = w->audit;

    (void)status;
    if (a) {
        a->under_way = NULL;
        for (size_t i = 0; i < w->batch.count; i++) {
            struct audit_note *n = &w->batch.notes[i];

            settle(a, n, n->why ? n->why : w->err ? w->diag.text : NULL);
        }
        if (w->err == 0 && w->diag.text[0])
            remark(a, w->diag.text);
        start(a);
    }
    release_batch(&w->batch);
    free(w);
}

static void start(struct audit *a)
{
    struct audit_write *w;

    if (a->under_way || a->pending.count == 0)
        return;
    w = xcalloc(1, sizeof(*w));
    w->audit = a;
    w->work.data = w;
    w->file.size_max = a->size_max;
    w->file.keep = a->keep;
    w->file.sync = a->required;
    snprintf(w->file.path, sizeof(w->file.path), "%s", a->path);
    w->batch = a->pending;
    a->pending = (struct audit_batch){.lines.max = PENDING_MAX};
    a->under_way = w;
    uv_queue_work(a->loop, &w->work, in_thread, on_written);
}

bool audit_busy(const struct audit *a)
{
    return a->under_way != NULL;
}

size_t audit_unwritten(const struct audit *a)
{
    return a->pending.count + (a->under_way ? a->under_way->batch.count : 0);
}

/* The two batches that there may be; false behind the last. A complaint may add a line to the second one. */
static bool batch_at(struct audit *a, int i, struct audit_batch **ret)
{
    *ret = i == 0 && a->under_way ? &a->under_way->batch : &a->pending;
    return i < 2;
}

void audit_tick(struct audit *a)
{
    uint64_t now_ms = uv_now(a->loop);
    struct audit_batch *b;
    char why[512];

    snprintf(why, sizeof(why), "%.300s does not answer", a->path);
    for (int i = 0; batch_at(a, i, &b); i++)
        for (size_t k = 0; k < b->count; k++)
            if (now_ms - b->notes[k].since_ms >= a->patience_ms)
                settle(a, &b->notes[k], why);
}

void audit_forget(struct audit *a, const void *user)
{
    struct audit_batch *b;

    for (int i = 0; batch_at(a, i, &b); i++)
        for (size_t k = 0; k < b->count; k++)
            if (b->notes[k].user == user)
                b->notes[k].written = NULL;
}

void audit_release(struct audit *a)
{
    if (a->under_way)
        a->under_way->audit = NULL;
    release_batch(&a->pending);
    *a = (struct audit){0};
}

/* ---- lines ---- */

static const char *const outcome_names[] = {
    [ACTION_SENDING] = "sent",
    [ACTION_DONE] = "done",
    [ACTION_REFUSED] = "refused",
    [ACTION_CHANGED] = "changed",
    [ACTION_GONE] = "gone",
    [ACTION_NOT_SENT] = "not-sent",
    [ACTION_UNKNOWN] = "unknown",
    [ACTION_STOPPED] = "stopped",
    [ACTION_SENSELESS] = "senseless",
};
_Static_assert(KF_LEN(outcome_names) == ACTION_OUTCOME_COUNT, "a name for every outcome");

static json_t *targets(const struct audit_entry *e)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < e->count; i++) {
        json_t *t = json_object();

        json_object_set_new(t, "id", text(e->targets[i].id));
        json_object_set_new(t, "name", text(e->targets[i].name));
        if (e->results) {
            json_object_set_new(t, "outcome", json_string(outcome_names[e->results[i].outcome]));
            json_object_set_new(t, "words", text(e->results[i].words));
        }
        json_array_append_new(list, t);
    }
    return list;
}

static void put_time(json_t *o, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    char stamp[64] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
    json_object_set_new(o, "time", json_string(stamp));
}

static void put_operator(json_t *o, const char *user)
{
    const char *sudo = getenv("SUDO_USER"), *tty = ttyname(STDIN_FILENO);

    json_object_set_new(o, "user", text(user));
    json_object_set_new(o, "uid", json_integer(getuid()));
    json_object_set_new(o, "login", sudo && sudo[0] ? text(sudo) : json_null());
    json_object_set_new(o, "tty", tty ? text(tty) : json_null());
}

/* With its newline; a terminal may show it (json_text.h). */
static void put_line(const struct audit_entry *e, struct buf *out)
{
    json_t *o = json_object();
    char id[48];

    snprintf(id, sizeof(id), "%ld-%lu", (long)getpid(), e->number);
    put_time(o, e->time_ms);
    json_object_set_new(o, "id", json_string(id));
    json_object_set_new(o, "event", json_string(e->event));
    put_operator(o, e->user);
    json_object_set_new(o, "cluster", text(e->cluster));
    json_object_set_new(o, "verb", text(e->verb));
    json_object_set_new(o, "argument", text(e->argument));
    json_object_set_new(o, "targets", targets(e));
    json_text_dump(o, JSON_COMPACT | JSON_PRESERVE_ORDER, out);
    json_decref(o);
}

static void name_note(struct audit_note *n, const struct audit_entry *e)
{
    const char *of = strcmp(e->event, "result") == 0 ? "the result of " : "";
    char name[QUOTE_BYTES] = "", more[32] = "";

    if (e->count > 0 && e->targets[0].id[0])
        quote_cut(e->targets[0].id, QUOTE_NAME, name, sizeof(name));
    else if (e->count > 0) /* a script */
        quote(e->targets[0].name, QUOTE_NAME, name, sizeof(name));
    if (e->count > 1)
        snprintf(more, sizeof(more), " and %u more", e->count - 1);
    snprintf(n->what, sizeof(n->what), "%s%s %s%s", of, e->verb, name, more);
}

static void add(struct audit *a, const struct audit_entry *e, audit_written_fn *written, void *user)
{
    struct audit_batch *b = &a->pending;
    struct buf line = BUF_INIT;
    struct audit_note *n;

    b->notes = xreallocarray(b->notes, b->count + 1, sizeof(*b->notes));
    n = &b->notes[b->count++];
    *n = (struct audit_note){
        .number = e->number, .since_ms = uv_now(a->loop), .written = written, .user = user};
    name_note(n, e);
    put_line(e, &line);
    if (a->path[0] == '\0') {
        n->why = a->none ? "the configuration wants no audit file ([audit] file = none)" : NO_HOME;
    } else if (line.overflow || !buf_add(&b->lines, line.p, line.len)) {
        n->why = "too much waits to be written already";
    }
    buf_release(&line);
    start(a);
}

/* There is a file, or it must be said that there is none. */
static bool is_kept(struct audit *a)
{
    if (a->path[0] == '\0' && !a->none && !a->told_none && a->failed) {
        a->told_none = true;
        a->failed(a->user, "what you do is not written down: " NO_HOME);
    }
    return a->path[0] != '\0';
}

void audit_add(struct audit *a, const struct audit_entry *e)
{
    if (is_kept(a))
        add(a, e, NULL, NULL);
}

bool audit_request(
    struct audit *a, const struct audit_entry *e, audit_written_fn *written, void *user)
{
    if (a->required)
        add(a, e, written, user);
    else
        audit_add(a, e);
    return !a->required;
}
