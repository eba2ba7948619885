/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_E2E_H
#define KFARM_TESTS_E2E_H
/*
 * A real farm for the end-to-end tests: farm/up in a directory of its own before the first test of a
 * program, farm/down after the last. A process that outlives the test program does the latter, so
 * that a test that crashes or runs out of time leaves no daemon behind either.
 *
 * The environment of the test program is set up once, in e2e_start(), and inherited by all that is
 * run: SLURM_CONF of the farm, no other setting of Slurm's, a UTF-8 locale, a HOME of its own.
 * Nothing here sleeps instead of waiting; every wait has a deadline (milliseconds from the call) and
 * ends the test when it has passed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "tests/vt.h"

#define E2E_MS      30000 /* the usual deadline; only a failing test ever waits this long */
#define E2E_RESULTS 16 /* outputs of commands that stay valid */
#define E2E_PATH    256

/* The words before a command that is to run as a user without rights (the test must be root's). */
#define E2E_NOBODY "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"

struct e2e {
    char dir[64]; /* the farm's; removed at the end */
    char work[E2E_PATH]; /* a directory in it that every user may write to; sticky, as /tmp */
    char conf[E2E_PATH]; /* its slurm.conf */
    char top[E2E_PATH]; /* kfarm-top, where every user may start it */
    const char *source_dir;
    struct vt *vt; /* the terminal of the running test, NULL if it has none */
    struct vt *other; /* likewise, of a second operator: e2e_swap() */
    int hold_fd, done_fd; /* pipes to the process that ends the farm */
    struct buf results[E2E_RESULTS][2];
    unsigned next_result;
};

/* cmocka's fixtures of a group; *state becomes the struct e2e. */
int e2e_start(void **state, const char *source_dir, const char *program);
int e2e_end(void **state);
/* The teardown of each test: closes its terminal, cancels the jobs it left running. */
int e2e_end_test(void **state);

/* The same where one that failed may have left the controller away, or paused: it is started first. */
int e2e_end_controller_test(void **state);

#define e2e_test(function)            cmocka_unit_test_teardown(function, e2e_end_test)
#define e2e_controller_test(function) cmocka_unit_test_teardown(function, e2e_end_controller_test)

/* ---- commands ---- */

struct e2e_result {
    int status; /* as a shell gives it: 0..255, 128 + signal */
    /* What it wrote, a NUL behind it; valid for E2E_RESULTS commands. */
    const char *out, *err;
    size_t out_len;
    int64_t took_ms;
};

struct e2e_command {
    const char *const *argv; /* looked up in PATH, NULL at the end */
    const char *const *env; /* "NAME=VALUE" sets, "NAME" removes; NULL at the end; may be NULL */
    const char *cwd; /* NULL: e->work */
    int deadline_ms; /* 0: E2E_MS. Then it is killed and the test fails */
};

/* Runs a command to its end, without a shell, its standard input empty. */
struct e2e_result e2e_command(struct e2e *e, const struct e2e_command *c);
#define e2e_run(e, ...)                                                                            \
    e2e_command((e), &(struct e2e_command){.argv = (const char *const[]){__VA_ARGS__, NULL}})
/* The same for a command that must succeed; its standard output. */
const char *e2e_output_list(struct e2e *e, const char *const *argv);
#define e2e_output(e, ...) e2e_output_list((e), (const char *const[]){__VA_ARGS__, NULL})
/* farm/NAME VERB? --dir …; must succeed. verb may be NULL. */
void e2e_farm(struct e2e *e, const char *name, const char *verb);

/* Writes a file below e->work, readable and executable for all; returns its path (in `out`). */
const char *e2e_file(struct e2e *e, char out[E2E_PATH], const char *name, const char *text);

/* ---- jobs and nodes ---- */

/* sbatch --parsable with these arguments; the job's number. */
uint32_t e2e_submit_list(struct e2e *e, const char *const *arguments);
#define e2e_submit(e, ...) e2e_submit_list((e), (const char *const[]){__VA_ARGS__, NULL})
/* A batch job that runs until it is cancelled; `option` (may be NULL) is one more for sbatch. */
uint32_t e2e_submit_sleeper(struct e2e *e, const char *option);
/* Held jobs by the hundred, named NAME0, NAME1, … */
void e2e_submit_many(struct e2e *e, const char *name, unsigned count);
/* Waits until `scontrol show job/node` prints the text; returns what it printed. */
const char *e2e_wait_job(struct e2e *e, uint32_t job, const char *text, int deadline_ms);
const char *e2e_wait_node(struct e2e *e, const char *node, const char *text, int deadline_ms);
/* `scontrol show job`. */
const char *e2e_job(struct e2e *e, uint32_t job);
/* The value behind "KEY=" in what scontrol printed, up to the end of line (if `line`) or the next
   blank; "" if there is none. Returns `out`. */
const char *e2e_field(const char *text, const char *key, bool line, char *out, size_t size);
/* Puts the nodes back into service, whatever the last test did to them. */
void e2e_mend_nodes(struct e2e *e);

/* ---- the program in a terminal ---- */

struct e2e_top {
    int cols, rows; /* 0: 120, 34 */
    const char *const *args; /* for kfarm-top, NULL at the end; may be NULL */
    const char *const *env;
    const char *term;
    struct buf *record; /* as in struct vt_options */
    bool nobody; /* as a user without rights */
    bool quiet; /* do not wait for the first data */
};

/* Starts kfarm-top in e->vt (a previous one is closed) and waits for Slurm's first answer. */
struct vt *e2e_top(struct e2e *e, const struct e2e_top *options);
/* Waits until the text is on the screen; fails the test otherwise. */
void e2e_see(struct e2e *e, const char *text);
void e2e_see_within(struct e2e *e, const char *text, int deadline_ms);
void e2e_gone(struct e2e *e, const char *text);
/* Leaves a submit form in which something was typed. */
void e2e_leave_form(struct e2e *e);
/* Answers y to sbatch's word on a submission; the number of the job that came of it. */
uint32_t e2e_submit_yes(struct e2e *e);
/* Reads what comes for a while and fails if the text appears: for what must not happen. */
void e2e_never(struct e2e *e, const char *text, int ms);
/* Presses a key and returns the milliseconds until the text is there (it must not be before). */
double e2e_key_ms(struct e2e *e, const char *key, const char *text);
/* The second operator's terminal becomes e->vt, and the first one's the other. */
void e2e_swap(struct e2e *e);
/* Moves the selection to the row that begins with this, or to this job, with the keys of a person. */
void e2e_select(struct e2e *e, const char *name);
void e2e_select_job(struct e2e *e, uint32_t job);
void e2e_select_node(struct e2e *e, const char *node);
/* The pid of the running helper of this role, found among the program's children. */
pid_t e2e_helper(struct e2e *e, const char *role, int deadline_ms);
/* Presses q and waits for the end: status 0 and a terminal as it was. */
void e2e_quit(struct e2e *e);

/* Lets ms pass while the program's output is read: the pause between two questions to Slurm. */
void e2e_pause(struct e2e *e, int ms);
/* Waits for a condition that only polling can see; false at the deadline. */
typedef bool e2e_condition_fn(struct e2e *e, void *user);
bool e2e_wait(struct e2e *e, e2e_condition_fn *fn, void *user, int deadline_ms);
/* Has Slurm read its configuration anew; asks again while a busy controller does not answer in time. */
void e2e_reconfigure(struct e2e *e);

#endif
