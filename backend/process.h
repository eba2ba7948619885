/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_PROCESS_H
#define KFARM_BACKEND_PROCESS_H
/*
 * Child processes, without a shell, on a libuv loop. A child gets its own session, so that neither
 * Ctrl-C nor Ctrl-Z at the terminal reaches it, and /dev/null for what is not piped.
 *
 * Two forms: a helper (this same program, speaking frames on descriptor 3), and a command whose
 * output is collected (sbatch, scontrol) or handed over line by line as it comes (srun).
 */
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "backend/wire.h"
#include "base/diag.h"

#define PROCESS_HELPER_FD  3
#define PROCESS_OUTPUT_MAX (1u << 20) /* bytes of a command's output that are kept */
#define PROCESS_LINE_MAX   2048u /* bytes of a line that are kept */

struct process;

/* uv_loop_init(), which ends the whole process where descriptors or memory are short: that is asked before. 0, or a
   negative errno with what would be right in d. */
int process_loop_init(uv_loop_t *loop, struct diag *d);
/* Starts libuv's threads: more than its four, of which each reading of a script or a directory on a file server that hangs
   takes one. What is written down must not wait for those. To be called before any work is queued; without the memory
   it is four threads. */
void process_threads_init(uv_loop_t *loop);

struct process_end {
    int exit_status;
    int signal; /* signal that ended it, 0 if none */
    bool timed_out; /* it was killed because its time was up */
    const char *output; /* of a command: standard output; never NULL */
    bool output_cut; /* there was more than PROCESS_OUTPUT_MAX of it */
    const char *errors; /* the last lines of standard error; never NULL */
};

struct process_events {
    /* A frame came from a helper. A negative return ends the helper. */
    int (*frame)(void *user, const struct wire_frame *frame);
    /* A whole line came on standard error, without its newline; may be NULL. Of what a carriage return
       overwrites (the steps of a progress bar) only the last state is in it. */
    void (*error_line)(void *user, const char *line);
    /* The same for a command's standard output, which is not collected then; the line may hold NULs. One
       of PROCESS_LINE_MAX bytes was cut. NULL: it is collected. */
    void (*output_line)(void *user, const char *line, size_t len);
    /* It is gone; called exactly once, unless process_free() came first. May call process_free(). */
    void (*ended)(void *user, const struct process_end *end);
};

/*
 * Starts argv[0] (looked up in PATH) in directory cwd (NULL: ours). With deadline_ms > 0 it is
 * killed then. Returns NULL with the reason in d. Events are called from the loop, never from here.
 */
struct process *process_command(uv_loop_t *loop, const char *const argv[], const char *cwd,
    uint64_t deadline_ms, const struct process_events *events, void *user, struct diag *d);

/* The same with another environment: "NAME=VALUE", NULL at the end; it is copied. */
struct process *process_command_env(uv_loop_t *loop, const char *const argv[], char *const env[],
    const char *cwd, uint64_t deadline_ms, const struct process_events *events, void *user,
    struct diag *d);

/* Starts this program as the helper `role` ("slurm", "logs", "act"). */
struct process *process_helper(uv_loop_t *loop, const char *role, uint64_t deadline_ms,
    const struct process_events *events, void *user, struct diag *d);

/* Sends whole frames to a helper; they are copied. */
void process_send(struct process *p, const struct buf *frames);
/* Kills it if it still runs; no event is called any more. Takes NULL; returns NULL. */
struct process *process_free(struct process *p);
/* SIGKILL now, for all that it has started, too; `ended` will be called. */
void process_kill(struct process *p);
/* A signal for the process alone, which may want to end what it has started itself. */
void process_signal(struct process *p, int signum);
/* As process_free(), but what still runs is left to itself. */
struct process *process_abandon(struct process *p);

/* For helpers, first thing in main(): die with the screen, even if it cannot say so. */
void process_bind_to_parent(void);

#endif
