/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop of the dashboard. Everything that happens (a key, a frame, a timer, a signal) only
 * changes the app; the screen is drawn once, before the loop goes to sleep again.
 */
#include "tui/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/harmless.h"
#include "base/ownfile.h"
#include "tui/foreground.h"
#include "tui/srun.h"
#include "tui/term.h"

#define KEYS_MAX      1024
#define REPLAY_MS     100 /* a recording's clock moves in steps of this */
#define FINISH_ROUNDS 100 /* turns the loop gets to close its handles */

enum { SIGNAL_WINCH, SIGNAL_TERM, SIGNAL_HUP, SIGNAL_INT, SIGNAL_TSTP, SIGNAL_COUNT };

struct ui {
    uv_loop_t loop;
    struct app *app;
    struct term *term;
    struct canvas canvas;
    uv_poll_t input;
    uv_timer_t tick;
    uv_prepare_t draw;
    uv_signal_t signals[SIGNAL_COUNT];
    struct foreground shell; /* on a node */
    enum { SCREEN_OURS, SCREEN_LENT, SCREEN_AWAITS_ENTER } screen; /* who has the terminal */
    int64_t second; /* the wall second that was drawn last: clocks tick */
    bool keys_wait; /* for the shell that is being written down: they are for it */
    bool quit;
};

int loop_attach(struct app *a, const struct options *o, struct diag *d)
{
    struct source *s;
    int fd = -1;

    if (o->record) {
        struct diag why = DIAG_INIT;

        fd = ownfile_open_path(o->record, 0, OWNFILE_ANEW, &why);
        if (fd < 0)
            return diag_set(d, fd, "--record: %.480s", why.text);
    }
    s = o->replay ? source_replay(o->replay, &a->clock, &app_source_events, a, d)
                  : source_farm(a->loop, &app_source_events, a);
    if (s == NULL) /* of a replay, which is not recorded */
        return -EINVAL;
    app_attach(a, s);
    return fd >= 0 ? source_record(s, fd, o->record, d) : 0;
}

bool loop_finish(struct app *a, uv_loop_t *loop)
{
    app_free(a);
    /* an sbatch that is still running keeps its handles: it is not waited for */
    for (int i = 0; i < FINISH_ROUNDS && uv_run(loop, UV_RUN_NOWAIT); i++)
        usleep(1000);
    return uv_loop_close(loop) == 0;
}

static void resize(struct ui *ui)
{
    int cols, rows;

    if (ui->screen == SCREEN_OURS) { /* else once it is */
        term_size(ui->term, &cols, &rows);
        if (cols != ui->canvas.cols || rows != ui->canvas.rows)
            canvas_resize(&ui->canvas, cols, rows);
        ui->app->reactions |= REACT_PAINT;
    }
}

/* ---- a shell on a node has the terminal ---- */

static void on_input(uv_poll_t *poll, int status, int events);

static void take_screen_back(struct ui *ui)
{
    ui->screen = SCREEN_OURS;
    term_return(ui->term);
    resize(ui);
    uv_poll_start(&ui->input, UV_READABLE | UV_DISCONNECT, on_input);
}

static void on_shell_ended(void *user, int status)
{
    struct ui *ui = user;
    struct buf line = BUF_INIT;
    char words[160];

    if (!shell_ended(ui->app, status, NULL, words, sizeof(words))) {
        take_screen_back(ui);
        unasked_change(ui->app); /* what is still being typed was for it */
        return;
    }
    /* its last words stand above, and would go with this screen */
    ui->screen = SCREEN_AWAITS_ENTER;
    buf_addf(&line, "\nkfarm-top: %s; press Enter ", words);
    harmless_write(&line, stdout);
    buf_release(&line);
    uv_poll_start(&ui->input, UV_READABLE | UV_DISCONNECT, on_input);
}

static void start_shell(struct ui *ui)
{
    char **env = shell_environment(ui->app), words[160];
    struct diag d = DIAG_INIT;

    uv_poll_stop(&ui->input);
    ui->screen = SCREEN_LENT;
    term_lend(ui->term);
    harmless_line(stdout, "kfarm-top: %s", buf_str(&ui->app->shell.line));
    if (foreground_start(&ui->shell, ui->app->shell.argv, env, on_shell_ended, ui, &d) < 0) {
        shell_ended(ui->app, 0, d.text, words, sizeof(words));
        take_screen_back(ui);
    }
    free(env);
}

/* The terminal hands over a whole line, with its Enter. */
static void await_enter(struct ui *ui)
{
    char line[256];

    (void)!read(STDIN_FILENO, line, sizeof(line));
    take_screen_back(ui);
}

/* ---- what happens ---- */

static bool shell_wants_keys(const struct ui *ui)
{
    return ui->app->reactions & (REACT_SHELL | REACT_SUSPEND) || ui->app->shell.recording;
}

/* The keys that are there, but no more than KEYS_MAX before the screen is drawn; false if none is. What is typed behind the
   key for a shell, or for the shell that has stopped us, is for that shell. */
static bool take_keys(struct ui *ui)
{
    bool any = false;
    uint32_t key;

    for (int i = 0; i < KEYS_MAX && !shell_wants_keys(ui) && (key = term_key(ui->term)) != 0; i++) {
        app_key(ui->app, key);
        any = true;
    }
    ui->keys_wait = ui->app->shell.recording;
    if (ui->keys_wait)
        uv_poll_stop(&ui->input);
    return any;
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    struct ui *ui = poll->data;

    (void)events;
    if (status < 0) { /* the terminal is gone */
        ui->quit = true;
        return;
    }
    if (ui->screen == SCREEN_AWAITS_ENTER) {
        await_enter(ui);
        return;
    }
    if (!take_keys(ui) && !isatty(STDIN_FILENO)) /* hung up, and nobody sent a SIGHUP */
        ui->quit = true;
}

static void on_tick(uv_timer_t *timer)
{
    struct ui *ui = timer->data;

    source_advance(ui->app->source, REPLAY_MS);
    /* time has passed: what follows the key that waits, or an Esc, may be there already */
    if (ui->screen == SCREEN_OURS &&
        (paste_due_ms(&ui->app->paste) || term_key_wait_ms(ui->term) == 0))
        take_keys(ui);
    app_tick(ui->app);
    if (app_now_s(ui->app) != ui->second)
        ui->app->reactions |= REACT_PAINT;
}

/* Sleeps no longer than until something is due by the clock, or the next second begins. */
static void set_timer(struct ui *ui)
{
    int64_t sleep_ms = app_due_ms(ui->app) - app_steady_ms(ui->app);
    int64_t key_ms = ui->screen == SCREEN_OURS ? term_key_wait_ms(ui->term) : -1;

    sleep_ms = KF_MIN(sleep_ms, 1000 - app_now_ms(ui->app) % 1000);
    if (source_is_replay(ui->app->source))
        sleep_ms = REPLAY_MS;
    if (key_ms >= 0)
        sleep_ms = KF_MIN(sleep_ms, key_ms);
    uv_timer_start(&ui->tick, on_tick, (uint64_t)KF_MAX(sleep_ms, (int64_t)1), 0);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct ui *ui = handle->data;

    switch (signum) {
    case SIGWINCH:
        resize(ui);
        break;
    case SIGTSTP:
        if (ui->screen == SCREEN_OURS)
            term_suspend(ui->term);
        else if (ui->screen == SCREEN_AWAITS_ENTER)
            raise(SIGSTOP);
        resize(ui);
        break;
    case SIGINT:
        if (ui->screen == SCREEN_OURS)
            app_key(ui->app, 3); /* Ctrl-C is a key like others */
        else if (ui->screen == SCREEN_AWAITS_ENTER)
            take_screen_back(ui);
        break;
    default:
        ui->quit = true;
    }
}

/* What is pasted into a shell must be no key of its line editor. */
static void copy(struct ui *ui)
{
    struct buf text = BUF_INIT;

    harmless_add(&text, buf_str(&ui->app->copy), ui->app->copy.len);
    term_copy(ui->term, buf_str(&text));
    buf_release(&text);
}

static void on_draw(uv_prepare_t *prepare)
{
    struct ui *ui = prepare->data;
    unsigned reactions = ui->app->reactions;

    ui->app->reactions = 0;
    if (reactions & REACT_QUIT)
        ui->quit = true;
    if (ui->quit) {
        uv_stop(&ui->loop);
        return;
    }
    if (reactions & REACT_SUSPEND)
        kill(0, SIGTSTP); /* all that was started with us stops, as the terminal would have it */
    if (reactions & REACT_SHELL)
        start_shell(ui);
    else if (ui->keys_wait && !ui->app->shell.recording) /* there is none */
        uv_poll_start(&ui->input, UV_READABLE | UV_DISCONNECT, on_input);
    ui->keys_wait = ui->keys_wait && ui->app->shell.recording;
    if (ui->screen != SCREEN_OURS) { /* it is drawn when it is back */
        set_timer(ui);
        return;
    }
    if (reactions & REACT_COPY)
        copy(ui);
    if (reactions & REACT_REDRAW)
        term_redraw(ui->term);
    if (reactions) {
        ui->second = app_now_s(ui->app);
        app_draw(ui->app, &ui->canvas);
        term_show(ui->term, &ui->canvas);
    }
    set_timer(ui);
}

static void start_handles(struct ui *ui)
{
    static const int signals[] = {[SIGNAL_WINCH] = SIGWINCH,
        [SIGNAL_TERM] = SIGTERM,
        [SIGNAL_HUP] = SIGHUP,
        [SIGNAL_INT] = SIGINT,
        [SIGNAL_TSTP] = SIGTSTP};

    uv_poll_init(&ui->loop, &ui->input, STDIN_FILENO);
    uv_timer_init(&ui->loop, &ui->tick);
    uv_prepare_init(&ui->loop, &ui->draw);
    foreground_init(&ui->shell, &ui->loop);
    ui->input.data = ui->tick.data = ui->draw.data = ui;
    uv_poll_start(&ui->input, UV_READABLE | UV_DISCONNECT, on_input);
    uv_timer_start(&ui->tick, on_tick, 0, 0);
    uv_prepare_start(&ui->draw, on_draw);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        uv_signal_init(&ui->loop, &ui->signals[i]);
        ui->signals[i].data = ui;
        uv_signal_start(&ui->signals[i], on_signal, signals[i]);
    }
}

static void close_handles(struct ui *ui)
{
    uv_close((uv_handle_t *)&ui->input, NULL);
    uv_close((uv_handle_t *)&ui->tick, NULL);
    uv_close((uv_handle_t *)&ui->draw, NULL);
    foreground_close(&ui->shell);
    for (int i = 0; i < SIGNAL_COUNT; i++)
        uv_close((uv_handle_t *)&ui->signals[i], NULL);
}

static int fail(struct ui *ui, const struct diag *d)
{
    harmless_error("kfarm-top: %s", d->text);
    loop_finish(ui->app, &ui->loop);
    return 2;
}

int loop_main(const struct options *o)
{
    const struct app_options options = options_app(o);
    struct ui ui = {.second = -1};
    struct theme theme;
    struct diag d = DIAG_INIT;

    alloc_keep_freed();
    if (process_loop_init(&ui.loop, &d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        return 2;
    }
    process_threads_init(&ui.loop);
    ui.app = app_new(&ui.loop, &options);
    if (o->local_farm != LOCALFARM_NONE)
        messages_add(&ui.app->messages, app_now_ms(ui.app),
            o->local_farm == LOCALFARM_USED ? MESSAGE_NOTE : MESSAGE_WARNING, "%s",
            o->local_farm_words.text);
    if (theme_load(&theme, o->theme, &d) < 0 || loop_attach(ui.app, o, &d) < 0)
        return fail(&ui, &d);
    ui.term = term_open(&theme, o->ascii, &d);
    if (ui.term == NULL)
        return fail(&ui, &d);
    canvas_init(&ui.canvas, 1, 1);
    resize(&ui);
    start_handles(&ui);
    uv_run(&ui.loop, UV_RUN_DEFAULT);
    close_handles(&ui);
    term_close(ui.term);
    canvas_release(&ui.canvas);
    if (!loop_finish(ui.app, &ui.loop))
        _exit(0);
    return 0;
}
