/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_array.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/taskset.h"
#include "base/alloc.h"
#include "base/buf.h"

#define LIST_BYTES 65536 /* of tasks in a request */

/* What the controller has of an array. */
struct tasks {
    struct taskset waits, runs, stands, ended; /* stands: suspended, being set up or cleaned up */
    struct taskset records; /* one task of each record that waits */
    bool rest; /* some wait in one record */
};

static void tasks_release(struct tasks *t)
{
    taskset_release(&t->waits);
    taskset_release(&t->runs);
    taskset_release(&t->stands);
    taskset_release(&t->ended);
    taskset_release(&t->records);
}

static void add_record(struct tasks *t, const slurm_job_info_t *j)
{
    uint32_t base = j->job_state & JOB_STATE_BASE;
    bool single = j->array_task_id != NO_VAL, moving;
    struct taskset *to;

    moving = (j->job_state & (JOB_COMPLETING | JOB_CONFIGURING)) || base == JOB_SUSPENDED;
    to = base > JOB_SUSPENDED  ? &t->ended
         : base == JOB_PENDING ? &t->waits
         : moving              ? &t->stands
                               : &t->runs;
    if (single)
        taskset_add(to, j->array_task_id, j->array_task_id);
    else if (j->array_task_str)
        taskset_add_slurm(to, j->array_task_str);
    if (to != &t->waits)
        return;
    if (single) {
        taskset_add(&t->records, j->array_task_id, j->array_task_id);
    } else if (j->array_task_str) {
        struct taskset these = {0};

        taskset_add_slurm(&these, j->array_task_str);
        if (these.count)
            taskset_add(&t->records, these.v[0].from, these.v[0].from);
        t->rest = these.count > 0;
        taskset_release(&these);
    }
}

/* The array's number, in front of the _ if there is one. */
static uint32_t array_of(const char *id)
{
    return (uint32_t)strtoul(id, NULL, 10);
}

static int load(struct tasks *t, uint32_t array)
{
    job_info_msg_t *msg = NULL;

    if (slurm_load_job(&msg, array, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS)
        return errno ? errno : SLURM_ERROR;
    for (uint32_t i = 0; i < msg->record_count; i++)
        if (msg->job_array[i].array_job_id == array)
            add_record(t, &msg->job_array[i]);
    slurm_free_job_info_msg(msg);
    return 0;
}

bool slurm_array_is(const struct action_target *t)
{
    return t->array_job_id || strchr(t->id, '_');
}

/* "tasks 3,5-7: words; ", nothing if there are none. */
static void add_words(char *words, size_t size, const struct taskset *tasks, const char *why)
{
    size_t used = strlen(words);
    char list[64];

    if (tasks->count == 0 || used >= size)
        return;
    if (taskset_text(tasks, list, sizeof(list)))
        snprintf(words + used, size - used, "%stask%s %s: %s", used ? "; " : "",
            taskset_count(tasks) > 1 ? "s" : "", list, why);
    else
        snprintf(words + used, size - used, "%s%llu tasks: %s", used ? "; " : "",
            (unsigned long long)taskset_count(tasks), why);
}

/* The tasks that the id names; all of them if it is the array's. */
static struct taskset named(const char *id, const struct tasks *tasks)
{
    const struct taskset *all[] = {&tasks->waits, &tasks->runs, &tasks->stands, &tasks->ended};
    const char *list = strchr(id, '_');
    struct taskset these = {0};

    if (list) {
        taskset_add_slurm(&these, list[1] == '[' ? list + 2 : list + 1);
        return these;
    }
    for (size_t i = 0; i < KF_LEN(all); i++)
        for (uint32_t k = 0; k < all[i]->count; k++)
            taskset_add(&these, all[i]->v[k].from, all[i]->v[k].to);
    return these;
}

/* Of those named: they that can take the signal into *able, the others into words. */
static void part(const struct tasks *tasks, const struct taskset *these, bool kills,
    struct taskset *able, char *words, size_t size)
{
    const struct {
        const struct taskset *tasks;
        bool able;
        int error;
    } kinds[] = {
        {&tasks->runs, true, 0},
        {&tasks->waits, kills, ESLURM_JOB_PENDING},
        {&tasks->stands, kills, ESLURM_TRANSITION_STATE_NO_UPDATE},
        {&tasks->ended, false, ESLURM_ALREADY_DONE},
    };

    for (size_t i = 0; i < KF_LEN(kinds); i++) {
        struct taskset both = taskset_both(kinds[i].tasks, these);

        for (uint32_t k = 0; k < both.count && kinds[i].able; k++)
            taskset_add(able, both.v[k].from, both.v[k].to);
        if (!kinds[i].able)
            add_words(words, size, &both, slurm_strerror(kinds[i].error));
        taskset_release(&both);
    }
}

static int kill_job(const char *id, uint16_t signal, uint16_t flags)
{
    errno = 0;
    if (slurm_kill_job2(id, signal, flags, NULL) == SLURM_SUCCESS)
        return 0;
    return errno ? errno : SLURM_ERROR;
}

/* One task. */
static int signal_task(const char *id, uint16_t signal, uint16_t flags)
{
    int error = kill_job(id, signal, flags);
    struct tasks tasks = {0};

    if (error != ESLURM_TRANSITION_STATE_NO_UPDATE || signal == SIGKILL)
        return error;
    if (load(&tasks, array_of(id)) == 0) {
        struct taskset these = named(id, &tasks);

        if (tasks.rest && these.count && taskset_has(&tasks.runs, these.v[0].from))
            error = 0; /* said of others that wait: see above */
        taskset_release(&these);
    }
    tasks_release(&tasks);
    return error;
}

int slurm_array_signal(const char *id, uint16_t signal, uint16_t flags, char *words, size_t size)
{
    uint32_t array = array_of(id);
    struct taskset these, able = {0};
    struct tasks tasks = {0};
    struct buf able_id = BUF_INIT;
    char *list;
    int error;

    if (strchr(id, '_') && strchr(id, '[') == NULL)
        return signal_task(id, signal, flags);
    if (strchr(id, '_') == NULL && signal == SIGKILL) /* the whole array: Slurm knows itself */
        return kill_job(id, signal, flags);
    error = load(&tasks, array);
    if (error)
        return error;
    these = named(id, &tasks);
    part(&tasks, &these, signal == SIGKILL, &able, words, size);
    list = xcalloc(LIST_BYTES, 1);
    if (able.count && taskset_text(&able, list, LIST_BYTES))
        buf_addf(&able_id, "%u_[%s]", array, list);
    else /* Slurm says what is wrong with them */
        buf_adds(&able_id, id);
    error = kill_job(buf_str(&able_id), signal, flags);
    if (error == ESLURM_TRANSITION_STATE_NO_UPDATE && signal != SIGKILL && able.count && tasks.rest)
        error = 0;
    if (error)
        words[0] = '\0';
    buf_release(&able_id);
    free(list);
    taskset_release(&able);
    taskset_release(&these);
    tasks_release(&tasks);
    return error;
}

int slurm_array_top(const char *id)
{
    uint32_t array = array_of(id);
    struct tasks tasks = {0};
    struct taskset these, wanted;
    struct buf ids = BUF_INIT;
    int error = load(&tasks, array);

    if (error)
        return error;
    these = named(id, &tasks);
    wanted = taskset_both(&tasks.records, &these);
    for (uint32_t i = 0; i < wanted.count; i++)
        for (uint32_t task = wanted.v[i].from; task <= wanted.v[i].to; task++)
            buf_addf(&ids, "%s%u_%u", ids.len ? "," : "", array, task);
    if (ids.len == 0)
        buf_adds(&ids, id);
    errno = 0;
    if (slurm_top_job((char *)buf_str(&ids)) != SLURM_SUCCESS)
        error = errno ? errno : SLURM_ERROR;
    buf_release(&ids);
    taskset_release(&wanted);
    taskset_release(&these);
    tasks_release(&tasks);
    return error;
}

int slurm_array_result(const job_array_resp_msg_t *resp, bool whole, char *words, size_t size)
{
    bool done = false;
    int first = 0;

    for (uint32_t i = 0; i < resp->job_array_count; i++) {
        int error = (int)resp->error_code[i];
        const char *tasks = resp->job_array_id[i] ? strchr(resp->job_array_id[i], '_') : NULL;
        struct taskset these = {0};

        done = done || error == 0 || error == ESLURM_PRIO_RESET_FAIL;
        if (error == 0)
            continue;
        first = first ? first : error;
        if (whole && (error == ESLURM_JOB_FINISHED || error == ESLURM_ALREADY_DONE))
            continue;
        taskset_add_slurm(&these, tasks ? tasks + 1 + (tasks[1] == '[') : "");
        add_words(words, size, &these, slurm_strerror(error));
        taskset_release(&these);
    }
    if (resp->job_array_count < 2) /* one error: it needs no list */
        words[0] = '\0';
    if (done && resp->job_array_count > 1)
        return 0;
    return first;
}
