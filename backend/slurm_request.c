/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_request.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/action_argument.h"
#include "backend/slurm_array.h"
#include "backend/slurm_compat.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/parse.h"

extern char **environ;

/* Everything a request needs. libslurm takes char *, and writes to some of them. */
struct request {
    char *id;
    char argument[512];
    const struct action_target *target;
    const struct slurm_now *now;
    char *words; /* Slurm's, where slurm_strerror(3) does not know them */
    size_t words_size;
};

static int result_of(int rc)
{
    return rc == SLURM_SUCCESS ? 0 : errno ? errno : SLURM_ERROR;
}

/* 0 if it was done for any of the tasks of an array; those that were refused are then in the words. Frees
   the answer. */
static int array_result(struct request *r, int rc, job_array_resp_msg_t *resp)
{
    int error = result_of(rc);

    if (resp) {
        if (!error)
            error = slurm_array_result(
                resp, strchr(r->target->id, '_') == NULL, r->words, r->words_size);
        slurm_free_job_array_resp(resp);
    }
    return error;
}

/* ---- jobs ---- */

static int cancel(struct request *r)
{
    if (slurm_array_is(r->target))
        return slurm_array_signal(r->id, SIGKILL, 0, r->words, r->words_size);
    return result_of(slurm_kill_job2(r->id, SIGKILL, 0, NULL));
}

/* To the script and all it started: make runs in the batch step, which plain signals do not reach. */
static int send_signal(struct request *r)
{
    int number = action_signal_number(r->argument);

    if (number == 0)
        return EINVAL;
    if (slurm_array_is(r->target))
        return slurm_array_signal(r->id, (uint16_t)number, KILL_FULL_JOB, r->words, r->words_size);
    return result_of(slurm_kill_job2(r->id, (uint16_t)number, KILL_FULL_JOB, NULL));
}

static int requeue_with(struct request *r, uint32_t flags)
{
    job_array_resp_msg_t *resp = NULL;
    int rc = slurm_requeue2(r->id, flags, &resp);

    return array_result(r, rc, resp);
}

static int requeue(struct request *r)
{
    return requeue_with(r, 0);
}

static int requeue_hold(struct request *r)
{
    return requeue_with(r, JOB_REQUEUE_HOLD);
}

static int update_job(struct request *r, job_desc_msg_t *desc)
{
    job_array_resp_msg_t *resp = NULL;
    int rc;

    desc->job_id_str = r->id;
    rc = slurm_update_job2(desc, &resp);
    return array_result(r, rc, resp);
}

/* As scontrol does (update_job.c, scontrol_hold): who may release it is told by alloc_sid. */
static int hold(struct request *r)
{
    job_desc_msg_t desc;

    slurm_init_job_desc_msg(&desc);
    desc.priority = 0;
    desc.alloc_sid = strcmp(r->argument, "uhold") == 0 ? ALLOC_SID_USER_HOLD : 0;
    return update_job(r, &desc);
}

/* INFINITE lets Slurm work out the priority again; that is also how a job is released. */
static int release(struct request *r)
{
    job_desc_msg_t desc;

    slurm_init_job_desc_msg(&desc);
    desc.priority = INFINITE;
    return update_job(r, &desc);
}

static int set_priority(struct request *r)
{
    job_desc_msg_t desc;
    int64_t value;

    if (parse_i64(r->argument, 1, (int64_t)NO_VAL - 1, &value) < 0)
        return EINVAL;
    slurm_init_job_desc_msg(&desc);
    desc.priority = (uint32_t)value;
    return update_job(r, &desc);
}

/* A job whose priority was set by hand keeps its nice value, and Slurm says that it was done
   (job_mgr.c, "ignore nice set request"). Of an array nobody looks. */
static int check_nice(struct request *r, uint32_t nice)
{
    job_info_msg_t *msg = NULL;
    int error = 0;

    if (r->target->array_job_id || r->target->job_id == 0 ||
        slurm_load_job(&msg, r->target->job_id, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS)
        return 0;
    for (uint32_t i = 0; i < msg->record_count; i++)
        if (msg->job_array[i].job_id == r->target->job_id && msg->job_array[i].nice != nice) {
            snprintf(r->words, r->words_size,
                "it kept its nice value: its priority was set by hand; reset that first");
            error = ESLURM_DISABLED;
        }
    slurm_free_job_info_msg(msg);
    return error;
}

static int set_nice(struct request *r)
{
    job_desc_msg_t desc;
    int64_t value;
    int error;

    if (parse_i64(r->argument, -(int64_t)NICE_OFFSET + 3, (int64_t)NICE_OFFSET - 3, &value) < 0)
        return EINVAL;
    slurm_init_job_desc_msg(&desc);
    desc.nice = (uint32_t)(NICE_OFFSET + value);
    error = update_job(r, &desc);
    return error ? error : check_nice(r, desc.nice);
}

static int set_time_limit(struct request *r)
{
    job_desc_msg_t desc;
    uint32_t minutes;
    int err = action_time_limit(r->argument, r->now->time_limit_min, &minutes);

    if (err < 0)
        return -err;
    slurm_init_job_desc_msg(&desc);
    desc.time_limit = minutes == ACTION_UNLIMITED ? INFINITE : minutes;
    return update_job(r, &desc);
}

static int top(struct request *r)
{
    if (r->target->array_job_id)
        return slurm_array_top(r->id);
    return result_of(slurm_top_job(r->id));
}

static int suspend(struct request *r)
{
    job_array_resp_msg_t *resp = NULL;
    int rc = slurm_suspend2(r->id, &resp);

    return array_result(r, rc, resp);
}

static int resume(struct request *r)
{
    job_array_resp_msg_t *resp = NULL;
    int rc = slurm_resume2(r->id, &resp);

    return array_result(r, rc, resp);
}

/* ---- nodes ---- */

static int update_node(struct request *r, uint32_t state)
{
    update_node_msg_t msg;

    slurm_init_update_node_msg(&msg);
    msg.node_names = r->id;
    msg.node_state = state;
    if (state == NODE_STATE_DRAIN || state == NODE_STATE_DOWN)
        msg.reason = r->argument;
    compat_set_reason_uid(&msg, getuid());
    return result_of(slurm_update_node(&msg));
}

static int node_resume(struct request *r)
{
    return update_node(r, NODE_RESUME);
}

static int node_drain(struct request *r)
{
    return update_node(r, NODE_STATE_DRAIN);
}

static int node_undrain(struct request *r)
{
    return update_node(r, NODE_STATE_UNDRAIN);
}

static int node_down(struct request *r)
{
    return update_node(r, NODE_STATE_DOWN);
}

static int node_power_up(struct request *r)
{
    return update_node(r, NODE_STATE_POWER_UP);
}

/* The bits are those of scontrol (update_node.c). */
static int node_power_down(struct request *r)
{
    uint32_t state = NODE_STATE_POWER_DOWN;

    if (strcmp(r->argument, "power_down_asap") == 0)
        state |= NODE_STATE_POWER_DRAIN;
    else if (strcmp(r->argument, "power_down_force") == 0)
        state |= NODE_STATE_POWERED_DOWN;
    return update_node(r, state);
}

/* The last line that the command wrote to its standard error. */
static void read_words(int fd, char *words, size_t size)
{
    char text[4096];
    size_t used = 0;
    ssize_t n;
    char *line;

    while (used < sizeof(text) - 1 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
        used += (size_t)n;
    while (used && text[used - 1] == '\n')
        used--;
    text[used] = '\0';
    line = strrchr(text, '\n');
    snprintf(words, size, "%s", line ? line + 1 : text);
}

/* Runs scontrol with an argument vector: for what libslurm has no function. */
static int run_scontrol(struct request *r, char *const argv[])
{
    posix_spawn_file_actions_t actions;
    int ends[2], status = 0, err;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (err == 0) {
        read_words(ends[0], r->words, r->words_size);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    close(ends[0]);
    if (err)
        return err;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        r->words[0] = '\0';
        return 0;
    }
    return SLURM_ERROR;
}

/* No public function asks for a reboot: scontrol builds the request from private structures. */
static int node_reboot(struct request *r)
{
    char words[3][sizeof("nextstate=resume") + 1] = {""}, *argv[6] = {(char *)"scontrol"};
    int n = 2;

    argv[1] = (char *)"reboot";
    if (sscanf(r->argument, "%17s %17s", words[0], words[1]) > 0)
        for (int i = 0; words[i][0]; i++)
            argv[n++] = words[i];
    argv[n] = r->id;
    return run_scontrol(r, argv);
}

static int (*const requests[])(struct request *r) = {
    [ACTION_JOB_CANCEL] = cancel,
    [ACTION_JOB_SIGNAL] = send_signal,
    [ACTION_JOB_REQUEUE] = requeue,
    [ACTION_JOB_REQUEUE_HOLD] = requeue_hold,
    [ACTION_JOB_HOLD] = hold,
    [ACTION_JOB_RELEASE] = release,
    [ACTION_JOB_PRIORITY] = set_priority,
    [ACTION_JOB_PRIORITY_RESET] = release,
    [ACTION_JOB_TOP] = top,
    [ACTION_JOB_NICE] = set_nice,
    [ACTION_JOB_TIME_LIMIT] = set_time_limit,
    [ACTION_JOB_SUSPEND] = suspend,
    [ACTION_JOB_RESUME] = resume,
    [ACTION_NODE_RESUME] = node_resume,
    [ACTION_NODE_DRAIN] = node_drain,
    [ACTION_NODE_UNDRAIN] = node_undrain,
    [ACTION_NODE_DOWN] = node_down,
    [ACTION_NODE_POWER_UP] = node_power_up,
    [ACTION_NODE_POWER_DOWN] = node_power_down,
    [ACTION_NODE_REBOOT] = node_reboot,
};
_Static_assert(KF_LEN(requests) == ACTION_HELPER_COUNT, "a request for every verb");

/* What Slurm is told. Waiting tasks are named one by one, as the controller has them now, which is as
   they were confirmed: their list may be too long for the target's id. */
static char *request_id(const struct action_target *t, const struct slurm_now *now)
{
    struct buf b = BUF_INIT;

    if (now->tasks && t->tasks)
        buf_addf(&b, "%.*s_[%s]", (int)strcspn(t->id, "_"), t->id, now->tasks);
    else if (!t->cut)
        buf_adds(&b, t->id);
    return b.p;
}

int slurm_request(enum action_verb verb, const struct action_target *t, const char *argument,
    const struct slurm_now *now, char *words, size_t size)
{
    struct request r = {
        .id = request_id(t, now), .target = t, .now = now, .words = words, .words_size = size};
    int error = ESLURM_INVALID_JOB_ID; /* a list that is not known in full is no name */

    snprintf(r.argument, sizeof(r.argument), "%s", argument);
    words[0] = '\0';
    errno = 0;
    if (r.id)
        error = requests[verb](&r);
    free(r.id);
    return error;
}
