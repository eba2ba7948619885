/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/given.h"
#include "base/harmless.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "tui/keys.h"
#include "tui/loop.h"
#include "tui/print.h"

#define STEP_MS     50 /* granularity of waiting */
#define PATIENCE_MS 30000
#define SCRIPT_MAX  (1u << 20) /* bytes */

struct script {
    const char *name;
    int line;
    int unwritten; /* negative errno of standard output */
    uv_loop_t loop;
    uv_timer_t timer; /* keeps uv_run(ONCE) from sleeping for ever */
    struct app *app;
    struct canvas canvas;
    struct buf screen;
    struct diag diag;
};

static void on_timer(uv_timer_t *timer)
{
    (void)timer;
}

/* Lets `ms` pass: for a recording on its own clock, for a farm in truth. */
static void pass(struct script *s, int64_t ms)
{
    if (source_is_replay(s->app->source)) {
        while (!submit_is_settled(s->app)) /* a recording's time is faster than a disk */
            uv_run(&s->loop, UV_RUN_ONCE);
        source_advance(s->app->source, ms);
        app_tick(s->app);
        uv_run(&s->loop, UV_RUN_NOWAIT);
        return;
    }
    for (int64_t end = clock_monotonic_us() + ms * 1000; clock_monotonic_us() < end;) {
        uv_run(&s->loop, UV_RUN_ONCE);
        app_tick(s->app);
    }
}

static const char *screen_text(struct script *s)
{
    app_draw(s->app, &s->canvas);
    buf_clear(&s->screen);
    canvas_dump(&s->canvas, &s->screen);
    return buf_str(&s->screen);
}

static int step_wait(struct script *s, const char *text, bool shown)
{
    for (int64_t passed = 0; passed <= PATIENCE_MS; passed += STEP_MS) {
        if ((strstr(screen_text(s), text) != NULL) == shown)
            return 0;
        pass(s, STEP_MS);
    }
    return diag_at(&s->diag, -ETIMEDOUT, s->name, s->line,
        "the screen %s \"%s\":", shown ? "does not show" : "still shows", text);
}

static int step_keys(struct script *s, const char *names)
{
    for (const char *at = names; *(at += strspn(at, " "));) {
        size_t n = strcspn(at, " ");
        uint32_t key = keys_parse(at, n);

        if (key == 0)
            return diag_at(&s->diag, -EINVAL, s->name, s->line, "\"%.*s\" is no key", (int)n, at);
        app_key(s->app, key);
        at += n;
    }
    return s->app->reactions & REACT_QUIT ? 1 : 0;
}

static int step_type(struct script *s, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n;) {
        uint32_t cp;

        i += utf8_decode(text + i, n - i, &cp);
        app_key(s->app, cp);
    }
    return 0;
}

static int step_advance(struct script *s, const char *value)
{
    double seconds;

    if (parse_double(value, 0, 3600, &seconds) < 0)
        return diag_at(&s->diag, -EINVAL, s->name, s->line,
            "advance %s: it is a number of seconds up to 3600", value);
    for (int64_t left = (int64_t)(seconds * 1000); left > 0; left -= STEP_MS)
        pass(s, KF_MIN(left, (int64_t)STEP_MS));
    return 0;
}

static int step_size(struct script *s, const char *value)
{
    int cols, rows;

    if (sscanf(value, "%4dx%4d", &cols, &rows) != 2 || cols < 1 || rows < 1)
        return diag_at(&s->diag, -EINVAL, s->name, s->line, "size %s: it is COLSxROWS", value);
    canvas_resize(&s->canvas, cols, rows);
    return 0;
}

static int step_dump(struct script *s, bool roles)
{
    app_draw(s->app, &s->canvas);
    buf_clear(&s->screen);
    if (roles)
        canvas_dump_roles(&s->canvas, &s->screen);
    else
        canvas_dump(&s->canvas, &s->screen);
    s->unwritten = harmless_line(stdout, "== %s:%d %dx%d%s", s->name, s->line, s->canvas.cols,
        s->canvas.rows, roles ? " roles" : "");
    if (s->unwritten == 0)
        s->unwritten = harmless_write(&s->screen, stdout);
    return s->unwritten;
}

/* 0 to go on, 1 at the end (a key said quit), or a negative errno with the reason in s->diag. */
static int step(struct script *s, char *line)
{
    char *value = line + strcspn(line, " ");

    if (*value)
        *value++ = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return 0;
    if (strcmp(line, "keys") == 0)
        return step_keys(s, value);
    if (strcmp(line, "type") == 0)
        return step_type(s, value);
    if (strcmp(line, "wait") == 0 || strcmp(line, "gone") == 0)
        return step_wait(s, value, line[0] == 'w');
    if (strcmp(line, "advance") == 0)
        return step_advance(s, value);
    if (strcmp(line, "size") == 0)
        return step_size(s, value);
    if (strcmp(line, "dump") == 0 || strcmp(line, "roles") == 0)
        return step_dump(s, line[0] == 'r');
    return diag_at(&s->diag, -EINVAL, s->name, s->line,
        "\"%s\" is no step; it is one of keys, type, wait, gone, advance, size, dump, roles", line);
}

static int run(struct script *s, char *text, size_t size)
{
    char *line;
    int err = 0;

    while (err == 0 && (line = strsep(&text, "\n")) != NULL) {
        size_t n = text ? (size_t)(text - 1 - line) : size;

        s->line++;
        size -= text ? n + 1 : n;
        if (strlen(line) != n)
            err = diag_at(&s->diag, -EINVAL, s->name, s->line, "a NUL byte: this is no text file");
        else
            err = step(s, line);
    }
    return err < 0 ? err : 0;
}

/* The exit status. */
static int complain(struct script *s, int err)
{
    harmless_error("%s", s->diag.text);
    if (err != -ETIMEDOUT)
        return 2;
    screen_text(s);
    harmless_write(&s->screen, stderr);
    return 1;
}

int script_main(const struct options *o)
{
    const struct app_options options = options_app(o);
    const char *slash = strrchr(o->script, '/');
    struct script s = {.name = slash ? slash + 1 : o->script};
    struct buf text = BUF_INIT;
    int err, status;

    if (given_read(o->script, SCRIPT_MAX, &text, &s.diag) < 0 ||
        process_loop_init(&s.loop, &s.diag) < 0) {
        harmless_error("kfarm-top: %s", s.diag.text);
        buf_release(&text);
        return 2;
    }
    s.app = app_new(&s.loop, &options);
    canvas_init(&s.canvas, o->cols, o->rows);
    uv_timer_init(&s.loop, &s.timer);
    uv_timer_start(&s.timer, on_timer, STEP_MS, STEP_MS);
    err = loop_attach(s.app, o, &s.diag);
    if (err == 0) {
        pass(&s, 0);
        err = text.len ? run(&s, text.p, text.len) : 0;
    }
    status = s.unwritten ? print_unwritten(s.unwritten) : err < 0 ? complain(&s, err) : 0;
    buf_release(&text);
    uv_close((uv_handle_t *)&s.timer, NULL);
    loop_finish(s.app, &s.loop);
    canvas_release(&s.canvas);
    buf_release(&s.screen);
    return status;
}
