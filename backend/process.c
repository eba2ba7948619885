/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Life of a process: uv_spawn, then three things end in any order: its exit, its standard error and
 * its standard output or socket. `ended` is called when all have, so that no last words are lost.
 * libuv handles are freed by their close callbacks; `open` counts those still to come, and the last
 * one frees the struct if the owner has let go of it (`freed`).
 */
#include "backend/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/descriptors.h"
#include "base/diag.h"

#define PIPE_BYTES  (1 << 20) /* pipe-max-size of proc(5), for everybody */
#define DESCRIPTORS 32 /* of a loop, its helpers, a command and the files that are open meanwhile */
#define MEMORY      (64u << 20) /* of a loop's four threads and their stacks */
/* Three scripts and a directory of the form may hang, and a script that is copied (tui/submit_read.c, scriptcopy.c): the
   rest is for the audit file, views and kept scripts. */
#define THREADS       8
#define THREAD_MEMORY (8u << 20) /* the stack */

/* A line that is being read. */
struct partial {
    struct buf text;
    bool returned; /* a carriage return came last: what follows takes the place of the text */
};

struct process {
    uv_process_t child;
    uv_pipe_t data; /* a helper's socket, a command's standard output */
    uv_pipe_t errors; /* standard error */
    uv_timer_t deadline;
    int open; /* handles whose close callback is still to come */
    int streams; /* of data and errors, those not at their end yet */
    bool helper, spawned, exited, timed_out, reported, freed;
    struct process_end end;
    struct wire_stream stream;
    struct buf output, last_errors;
    struct partial output_line, error_line;
    char scratch[4096];
    struct process_events events;
    void *user;
};

int process_loop_init(uv_loop_t *loop, struct diag *d)
{
    int err = descriptors_left(DESCRIPTORS, d);
    void *room;

    if (err < 0)
        return err;
    room = mmap(NULL, MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return diag_set(d, -errno,
            "less than %u MiB of memory are left: %s; raise the limit with ulimit -v unlimited",
            MEMORY >> 20, strerror(errno));
    munmap(room, MEMORY);
    err = uv_loop_init(loop);
    return err < 0 ? diag_set(d, err, "no event loop: %s", uv_strerror(err)) : 0;
}

static void no_work(uv_work_t *work)
{
    (void)work;
}

static void after_no_work(uv_work_t *work, int status)
{
    (void)status;
    free(work);
}

/* libuv ends the whole process if it cannot have a thread. */
static bool has_room_for_threads(void)
{
    struct rlimit stack;
    size_t size = THREADS * THREAD_MEMORY;
    void *room;

    if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY)
        size = KF_MAX(size, THREADS * (size_t)stack.rlim_cur);
    room = mmap(NULL, MEMORY + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, MEMORY + size);
    return true;
}

void process_threads_init(uv_loop_t *loop)
{
    static const char variable[] =
        "UV_THREADPOOL_SIZE"; /* libuv looks at it once, at the first work */
    uv_work_t *work;
    char number[8];

    if (getenv(variable) || !has_room_for_threads())
        return;
    work = xcalloc(1, sizeof(*work));
    snprintf(number, sizeof(number), "%d", THREADS);
    setenv(variable, number, 1);
    if (uv_queue_work(loop, work, no_work, after_no_work) < 0)
        free(work);
    unsetenv(variable); /* no child, and no job that is submitted, is to have it */
}

void process_bind_to_parent(void)
{
    pid_t parent = getppid();

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    if (getppid() != parent || parent == 1)
        _exit(0); /* it went before the signal was armed */
}

static void release(struct process *p)
{
    wire_stream_release(&p->stream);
    buf_release(&p->output);
    buf_release(&p->output_line.text);
    buf_release(&p->error_line.text);
    buf_release(&p->last_errors);
    free(p);
}

static void on_closed(uv_handle_t *h)
{
    struct process *p = h->data;

    if (--p->open == 0 && p->freed)
        release(p);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* The child's own handle stays until its exit was seen, or it would be left a zombie. */
static void close_all(struct process *p)
{
    close_handle(&p->data);
    close_handle(&p->errors);
    close_handle(&p->deadline);
    if (p->spawned && p->exited)
        close_handle(&p->child);
}

static void report_if_over(struct process *p)
{
    if (p->reported || p->freed || !p->exited || p->streams > 0)
        return;
    p->reported = true;
    p->end.timed_out = p->timed_out;
    p->end.output = buf_str(&p->output);
    p->end.output_cut = p->output.overflow;
    p->end.errors = buf_str(&p->last_errors);
    close_all(p);
    p->events.ended(p->user, &p->end);
}

static void on_exit_status(uv_process_t *child, int64_t status, int signal)
{
    struct process *p = child->data;

    p->exited = true;
    p->end.exit_status = (int)status;
    p->end.signal = signal;
    if (p->freed) {
        close_handle(&p->child);
        return;
    }
    uv_timer_stop(&p->deadline);
    report_if_over(p);
}

static void on_deadline(uv_timer_t *timer)
{
    struct process *p = timer->data;

    p->timed_out = true;
    process_kill(p);
}

static void end_stream(struct process *p, uv_stream_t *s)
{
    uv_read_stop(s);
    p->streams--;
    report_if_over(p);
}

static void end_error_line(struct process *p)
{
    struct buf *line = &p->error_line.text;

    if (line->len == 0)
        return;
    if (p->last_errors.len > PROCESS_LINE_MAX)
        buf_clear(&p->last_errors); /* the last words matter, not the first */
    if (p->last_errors.len)
        buf_addc(&p->last_errors, '\n');
    buf_add(&p->last_errors, line->p, line->len);
    if (p->events.error_line)
        p->events.error_line(p->user, buf_str(line));
}

static void end_output_line(struct process *p)
{
    p->events.output_line(p->user, buf_str(&p->output_line.text), p->output_line.text.len);
}

static void clear_line(struct partial *line)
{
    buf_clear(&line->text);
    line->returned = false;
}

static void take_lines(struct process *p, struct partial *line, void (*end)(struct process *p),
    const char *text, size_t n)
{
    for (size_t i = 0; i < n && !p->freed; i++) {
        if (text[i] == '\n') {
            end(p);
            clear_line(line);
        } else if (text[i] == '\r') {
            line->returned = true;
        } else {
            if (line->returned)
                clear_line(line);
            buf_addc(&line->text, text[i]); /* beyond its cap a line is cut */
        }
    }
}

/* A last line without its newline is a line, too. */
static void last_line(struct process *p, struct partial *line, void (*end)(struct process *p))
{
    if (line->text.len > 0)
        end(p);
    clear_line(line);
}

static void on_scratch(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
    struct process *p = h->data;

    (void)suggested;
    *out = uv_buf_init(p->scratch, sizeof(p->scratch));
}

static void on_errors(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    struct process *p = s->data;

    if (n < 0) {
        last_line(p, &p->error_line, end_error_line);
        end_stream(p, s);
    } else {
        take_lines(p, &p->error_line, end_error_line, b->base, (size_t)n);
    }
}

static void on_output(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    struct process *p = s->data;

    if (n >= 0 && p->events.output_line)
        take_lines(p, &p->output_line, end_output_line, b->base, (size_t)n);
    else if (n >= 0 && !p->output.overflow) /* cut at its cap, not in the middle */
        buf_add(&p->output, b->base, (size_t)n);
    if (n >= 0)
        return;
    if (p->events.output_line)
        last_line(p, &p->output_line, end_output_line);
    end_stream(p, s);
}

static void on_stream_room(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
    struct process *p = h->data;
    char *room;
    size_t n = wire_stream_room(&p->stream, &room);

    (void)suggested;
    *out = uv_buf_init(room, (unsigned)n);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct process *p = user;

    return p->freed ? -ECANCELED : p->events.frame(p->user, frame);
}

static void on_data(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    struct process *p = s->data;

    (void)b;
    if (n < 0)
        end_stream(p, s);
    else if (wire_stream_fed(&p->stream, (size_t)n, on_frame, p) < 0 && !p->freed) {
        process_kill(p);
        end_stream(p, s);
    }
}

static struct process *process_new(
    uv_loop_t *loop, bool helper, const struct process_events *events, void *user)
{
    struct process *p = xcalloc(1, sizeof(*p));

    p->helper = helper;
    p->events = *events;
    p->user = user;
    p->output.max = PROCESS_OUTPUT_MAX;
    p->output_line.text.max = p->error_line.text.max = PROCESS_LINE_MAX;
    uv_pipe_init(loop, &p->data, 0);
    uv_pipe_init(loop, &p->errors, 0);
    uv_timer_init(loop, &p->deadline);
    p->child.data = p->data.data = p->errors.data = p->deadline.data = p;
    p->open = 3;
    return p;
}

/* A pipe that holds as much as it may, for output that comes in bursts: srun of 22.05 ends without
   what it could not write at once. The end to write to, or -1: then libuv's own will do. */
static int wide_pipe(struct process *p)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* not allowed: it is smaller then */
    if (uv_pipe_open(&p->data, ends[0]) == 0)
        return ends[1];
    close(ends[0]);
    close(ends[1]);
    return -1;
}

static struct process *start(struct process *p, uv_loop_t *loop, const char *file,
    const char *const argv[], char **env, const char *cwd, uint64_t deadline_ms, struct diag *d)
{
    uv_stdio_flags to_us = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    uv_stdio_container_t stdio[PROCESS_HELPER_FD + 1] = {
        [0] = {.flags = UV_IGNORE},
        [1] = {.flags = p->helper ? UV_IGNORE : to_us, .data.stream = (uv_stream_t *)&p->data},
        [2] = {.flags = to_us, .data.stream = (uv_stream_t *)&p->errors},
        [3] = {.flags = to_us | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&p->data},
    };
    uv_process_options_t options = {
        .file = file,
        .args = (char **)(uintptr_t)argv, /* libuv does not write to it */
        .env = env,
        .cwd = cwd,
        .flags = UV_PROCESS_DETACHED,
        .stdio = stdio,
        .stdio_count = p->helper ? PROCESS_HELPER_FD + 1 : PROCESS_HELPER_FD,
        .exit_cb = on_exit_status,
    };
    int output = p->events.output_line ? wide_pipe(p) : -1, err;

    if (output >= 0)
        stdio[1] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = output};
    err = uv_spawn(loop, &p->child, &options);
    if (output >= 0)
        close(output);
    p->spawned = true; /* a failed uv_spawn() leaves a handle to close, too */
    p->open++;
    if (err < 0) {
        p->exited = true;
        diag_set(d, err, "cannot start %s%s%s: %s", file, cwd ? " in " : "", cwd ? cwd : "",
            uv_strerror(err));
        return process_free(p);
    }
    p->streams = 2;
    uv_read_start((uv_stream_t *)&p->errors, on_scratch, on_errors);
    if (p->helper)
        uv_read_start((uv_stream_t *)&p->data, on_stream_room, on_data);
    else
        uv_read_start((uv_stream_t *)&p->data, on_scratch, on_output);
    if (deadline_ms)
        uv_timer_start(&p->deadline, on_deadline, deadline_ms, 0);
    return p;
}

struct process *process_command(uv_loop_t *loop, const char *const argv[], const char *cwd,
    uint64_t deadline_ms, const struct process_events *events, void *user, struct diag *d)
{
    return process_command_env(loop, argv, NULL, cwd, deadline_ms, events, user, d);
}

struct process *process_command_env(uv_loop_t *loop, const char *const argv[], char *const env[],
    const char *cwd, uint64_t deadline_ms, const struct process_events *events, void *user,
    struct diag *d)
{
    return start(process_new(loop, false, events, user), loop, argv[0], argv,
        (char **)(uintptr_t)env, cwd, deadline_ms, d);
}

/* Our environment, and HUGE_PAGES if nobody has set glibc's tunables; free() it. A helper that loads
   20 000 jobs for the first time spends most of that on its memory's first touch, page by page. */
static char **helper_environment(void)
{
    static char huge_pages[] = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"; /* glibc 2.35 and later */
    size_t n = 0;
    char **env;

    while (environ[n])
        n++;
    env = xcalloc(n + 2, sizeof(*env));
    memcpy(env, environ, n * sizeof(*env));
    if (getenv("GLIBC_TUNABLES") == NULL)
        env[n] = huge_pages;
    return env;
}

/* This program's file, as it was when it started: an upgrade puts another one in its place, whose helpers would speak
   otherwise. The child that starts it is a copy of this process, and so is what its /proc/self/exe leads to: proc(5). */
static int own_file(char *out, size_t size)
{
    static const char gone[] = " (deleted)", self[] = "/proc/self/exe";
    size_t n = size;
    int err = uv_exepath(out, &n);

    if (err == 0 && n >= sizeof(gone) - 1 && strcmp(out + n - (sizeof(gone) - 1), gone) == 0)
        snprintf(out, size, "%s", self);
    return err;
}

struct process *process_helper(uv_loop_t *loop, const char *role, uint64_t deadline_ms,
    const struct process_events *events, void *user, struct diag *d)
{
    const char *const argv[] = {"kfarm-top", "--helper", role, NULL};
    struct process *p;
    char self[4096], **env;
    int err = own_file(self, sizeof(self));

    if (err < 0) {
        diag_set(d, err, "cannot find this program's own file: %s", uv_strerror(err));
        return NULL;
    }
    env = helper_environment();
    p = start(process_new(loop, true, events, user), loop, self, argv, env, NULL, deadline_ms, d);
    free(env);
    return p;
}

static void on_written(uv_write_t *w, int status)
{
    (void)status; /* a helper that does not read any more is noticed by its exit */
    free(w);
}

void process_send(struct process *p, const struct buf *frames)
{
    uv_write_t *w;
    uv_buf_t b;

    if (p->reported || p->exited || uv_is_closing((uv_handle_t *)&p->data))
        return;
    w = xcalloc(1, sizeof(*w) + frames->len); /* the bytes lie behind the request */
    memcpy(w + 1, frames->p, frames->len);
    b = uv_buf_init((char *)(w + 1), (unsigned)frames->len);
    if (uv_write(w, (uv_stream_t *)&p->data, &b, 1, on_written) < 0)
        free(w);
}

void process_kill(struct process *p)
{
    /* with all it started itself: it leads a session, and so a process group, of its own */
    if (p->spawned && !p->exited && p->child.pid > 0)
        kill(-p->child.pid, SIGKILL);
}

void process_signal(struct process *p, int signum)
{
    if (p->spawned && !p->exited && p->child.pid > 0)
        kill(p->child.pid, signum);
}

struct process *process_abandon(struct process *p)
{
    if (p == NULL || p->freed)
        return NULL;
    p->freed = true;
    if (p->open > 0)
        close_all(p);
    else
        release(p); /* all was closed when its end was reported */
    return NULL;
}

struct process *process_free(struct process *p)
{
    if (p && !p->freed)
        process_kill(p);
    return process_abandon(p);
}
