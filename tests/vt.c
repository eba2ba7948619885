/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program and its pty. vt_spawn() makes them, pump() is the only place that waits, drain() the
 * only one that reads. Every wait is drain, ask, pump, until the deadline.
 */
#include "tests/vt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/vt_impl.h"

/* ---- starting ---- */

struct env_list {
    char **list; /* NULL at the end */
    size_t n;
};

/* Sets "NAME=VALUE" or removes "NAME". */
static void env_change(struct env_list *e, const char *change)
{
    size_t name = strcspn(change, "=");
    size_t i = 0;

    while (i < e->n && (strncmp(e->list[i], change, name) != 0 || e->list[i][name] != '='))
        i++;
    if (i < e->n) {
        free(e->list[i]);
        e->list[i] = e->list[--e->n];
        e->list[e->n] = NULL;
    }
    if (change[name] == '=') {
        e->list = xreallocarray(e->list, e->n + 2, sizeof(*e->list));
        e->list[e->n++] = xstrdup(change);
        e->list[e->n] = NULL;
    }
}

static struct env_list env_build(const struct vt_options *o)
{
    static const char *const removed[] = {"COLUMNS", "LINES", "COLORTERM", "NO_COLOR"};
    struct env_list e = {.list = xcalloc(1, sizeof(*e.list))};
    struct buf term = BUF_INIT;

    for (char **p = environ; p && *p; p++) {
        if (strchr(*p, '=') && (!o->clean_env || strncmp(*p, "PATH=", 5) == 0))
            env_change(&e, *p);
    }
    for (size_t i = 0; i < KF_LEN(removed); i++)
        env_change(&e, removed[i]);
    buf_addf(&term, "TERM=%s", o->term ? o->term : "xterm-256color");
    env_change(&e, buf_str(&term));
    buf_release(&term);
    for (const char *const *p = o->env; p && *p; p++)
        env_change(&e, *p);
    return e;
}

static void env_release(struct env_list *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->list[i]);
    free(e->list);
}

/* In the child: becomes the program, or says why not through error_fd. */
static _Noreturn void child_exec(const struct vt_options *o, char **env, int error_fd)
{
    sigset_t none;
    int err;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    if (!o->cwd || chdir(o->cwd) == 0)
        execvpe(o->argv[0], (char *const *)o->argv, env);
    err = errno;
    if (write(error_fd, &err, sizeof(err)) < 0)
        _exit(126);
    _exit(127);
}

/* Waits until the child has become the program; 0 or the errno of its failure. */
static int child_started(int error_fd)
{
    int err = 0;
    ssize_t n;

    do
        n = read(error_fd, &err, sizeof(err));
    while (n < 0 && errno == EINTR);
    return n > 0 ? err : 0;
}

struct vt *vt_spawn(const struct vt_options *o)
{
    struct vt *vt = xcalloc(1, sizeof(*vt));
    struct winsize size = {0};
    struct env_list env;
    int error_pipe[2];
    int err = 0;

    *vt = (struct vt){.cols = o->cols ? o->cols : 80,
        .rows = o->rows ? o->rows : 24,
        .quiet = o->quiet,
        .record = o->record,
        .master = -1,
        .pidfd = -1};
    size.ws_col = (unsigned short)vt->cols;
    size.ws_row = (unsigned short)vt->rows;
    vt_screen_open(vt);
    if (pipe2(error_pipe, O_CLOEXEC) < 0) {
        err = errno;
        vt_free(vt);
        errno = err;
        return NULL;
    }
    env = env_build(o);
    vt->pid = forkpty(&vt->master, NULL, NULL, &size);
    if (vt->pid == 0)
        child_exec(o, env.list, error_pipe[1]);
    err = vt->pid < 0 ? errno : 0;
    close(error_pipe[1]);
    if (!err)
        err = child_started(error_pipe[0]);
    close(error_pipe[0]);
    env_release(&env);
    if (err) {
        vt_free(vt);
        errno = err;
        return NULL;
    }
    fcntl(vt->master, F_SETFD, FD_CLOEXEC);
    fcntl(vt->master, F_SETFL, fcntl(vt->master, F_GETFL) | O_NONBLOCK);
    vt->pidfd = pidfd_open(vt->pid, 0);
    return vt;
}

struct vt *vt_free(struct vt *vt)
{
    if (!vt)
        return NULL;
    if (vt->pid > 0) {
        /* Not reaped before, so that the number is still its own and its group's. */
        kill(-vt->pid, SIGKILL);
        while (waitpid(vt->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (vt->master >= 0)
        close(vt->master);
    if (vt->pidfd >= 0)
        close(vt->pidfd);
    buf_release(&vt->out);
    vt_screen_close(vt);
    free(vt);
    return NULL;
}

/* ---- reading and writing ---- */

void vt_flush(struct vt *vt)
{
    while (vt->out.len > 0 && !vt->closed) {
        ssize_t n = write(vt->master, vt->out.p, vt->out.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) /* nobody will read it */
            break;
        buf_drop(&vt->out, (size_t)n);
    }
    buf_clear(&vt->out);
}

/* Reads everything that has come, but for a program that never stops talking only a megabyte. */
static void drain(struct vt *vt)
{
    char chunk[16384];

    for (int i = 0; i < 64 && !vt->closed; i++) {
        ssize_t n = read(vt->master, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) { /* EIO: the last holder of the other side is gone */
            vt->closed = true;
            break;
        }
        vt->bytes += (uint64_t)n;
        vt->last_byte_us = clock_monotonic_us();
        if (vt->record)
            buf_add(vt->record, chunk, (size_t)n);
        vt_screen_feed(vt, chunk, (size_t)n);
    }
    vt_flush(vt);
}

/* Waits until something can be read or written, or (with for_exit) the program ends; at most until
   the given time. */
static void pump(struct vt *vt, int64_t until_us, bool for_exit)
{
    int64_t left_ms = (until_us - clock_monotonic_us() + 999) / 1000;
    short events = (short)(vt->out.len > 0 ? POLLIN | POLLOUT : POLLIN);
    struct pollfd fds[] = {
        {.fd = vt->closed ? -1 : vt->master, .events = events},
        {.fd = for_exit ? vt->pidfd : -1, .events = POLLIN},
    };

    if (for_exit && vt->pidfd < 0)
        left_ms = KF_MIN(left_ms, 10);
    if (left_ms > 0)
        poll(fds, KF_LEN(fds), (int)KF_MIN(left_ms, 60000));
}

static int64_t deadline_us(int deadline_ms)
{
    return clock_monotonic_us() + (int64_t)deadline_ms * 1000;
}

static bool wait_failed(struct vt *vt, const char *what, const char *text, int deadline_ms)
{
    struct buf why = BUF_INIT;

    if (!vt->quiet) {
        buf_addf(&why, "%s%s%s%s, %d ms", what, text ? " \"" : "", text ? text : "",
            text ? "\"" : "", deadline_ms);
        vt_dump(vt, stderr, buf_str(&why));
    }
    buf_release(&why);
    return false;
}

static bool wait_match(struct vt *vt, vt_match_fn *fn, void *user, int deadline_ms)
{
    int64_t until = deadline_us(deadline_ms);

    for (;;) {
        drain(vt);
        if (!vt->modes.sync && fn(vt, user))
            return true;
        if (vt->closed || clock_monotonic_us() >= until)
            return false;
        pump(vt, until, false);
    }
}

bool vt_wait_match(struct vt *vt, vt_match_fn *fn, void *user, int deadline_ms)
{
    return wait_match(vt, fn, user, deadline_ms) ||
           wait_failed(vt, "waited in vain for a condition", NULL, deadline_ms);
}

static bool text_is_there(struct vt *vt, void *user)
{
    return strstr(vt_screen_text(vt), user) != NULL;
}

static bool text_is_gone(struct vt *vt, void *user)
{
    return !text_is_there(vt, user);
}

bool vt_wait_text(struct vt *vt, const char *text, int deadline_ms)
{
    return wait_match(vt, text_is_there, (void *)(uintptr_t)text, deadline_ms) ||
           wait_failed(vt, "waited in vain for", text, deadline_ms);
}

bool vt_wait_gone(struct vt *vt, const char *text, int deadline_ms)
{
    return wait_match(vt, text_is_gone, (void *)(uintptr_t)text, deadline_ms) ||
           wait_failed(vt, "waited in vain for the end of", text, deadline_ms);
}

bool vt_wait_quiet(struct vt *vt, int quiet_ms, int deadline_ms)
{
    int64_t until = deadline_us(deadline_ms);
    int64_t since = clock_monotonic_us();

    for (;;) {
        int64_t now;

        drain(vt);
        since = KF_MAX(since, vt->last_byte_us);
        now = clock_monotonic_us();
        if (vt->closed || now - since >= (int64_t)quiet_ms * 1000)
            return true;
        if (now >= until)
            return wait_failed(vt, "waited in vain for quiet", NULL, deadline_ms);
        pump(vt, KF_MIN(until, since + (int64_t)quiet_ms * 1000), false);
    }
}

void vt_run(struct vt *vt, int ms)
{
    int64_t until = deadline_us(ms);

    do {
        pump(vt, until, false);
        drain(vt);
    } while (clock_monotonic_us() < until);
}

/* ---- the program ---- */

/* Looks whether the program has ended, and leaves it unreaped: see vt_free(). */
static bool has_ended(struct vt *vt)
{
    siginfo_t info = {0};

    if (vt->ended || waitid(P_PID, (id_t)vt->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
        info.si_pid != vt->pid)
        return vt->ended;
    vt->ended = true;
    vt->status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return true;
}

bool vt_wait_exit(struct vt *vt, int deadline_ms, int *ret_status)
{
    int64_t until = deadline_us(deadline_ms);

    for (;;) {
        drain(vt);
        if (has_ended(vt))
            break;
        if (clock_monotonic_us() >= until)
            return wait_failed(vt, "waited in vain for the program's end", NULL, deadline_ms);
        pump(vt, until, true);
    }
    drain(vt);
    if (ret_status)
        *ret_status = vt->status;
    return true;
}

pid_t vt_pid(const struct vt *vt)
{
    return vt->pid;
}

int vt_kill(struct vt *vt, int signal)
{
    if (has_ended(vt))
        return -ESRCH;
    return kill(vt->pid, signal) < 0 ? -errno : 0;
}

void vt_resize(struct vt *vt, int cols, int rows)
{
    struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};

    vt_screen_resize(vt, cols, rows);
    ioctl(vt->master, TIOCSWINSZ, &size);
}

int vt_termios(const struct vt *vt, struct termios *ret_settings)
{
    struct termios settings;

    if (tcgetattr(vt->master, &settings) < 0) /* on Linux these are the other side's */
        return -errno;
    *ret_settings = settings;
    return 0;
}

bool vt_restored(const struct vt *vt)
{
    const struct vt_modes *m = &vt->modes;
    tcflag_t cooked = ECHO | ICANON | ISIG;
    struct termios t = {0};

    return vt_termios(vt, &t) == 0 && (t.c_lflag & cooked) == cooked && !m->alternate &&
           m->cursor_visible && !m->paste && !m->focus && !m->sync && m->mouse == VT_MOUSE_NONE;
}

uint64_t vt_bytes(const struct vt *vt)
{
    return vt->bytes;
}

int64_t vt_last_byte_us(const struct vt *vt)
{
    return vt->last_byte_us;
}
