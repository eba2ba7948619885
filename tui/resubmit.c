/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job's script, to be submitted once more. Slurm holds it as long as it knows the job (`scontrol write
 * batch_script`, for its owner and operators). What is submitted here is also kept, below
 * $XDG_STATE_HOME/kfarm-top/scripts, because a script that was edited since is another one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/ownfile.h"
#include "base/path.h"
#include "tui/app.h"
#include "tui/scriptcopy.h"

#define ANSWER_MS 15000
#define LATE_MS                                                                                    \
    3000 /* what is not written or found by then is on a file server that does not answer */
#define KEPT 1000 /* files, two for each job submitted here; beyond that the oldest go */

/* The file in which the script of a job is kept ("sh"), or what it was submitted with ("submitted"); "" without a home. A number comes again, in the worst
   case after a million jobs: the file is then the newer one's. */
static void kept_path(const char *kind, uint32_t job_id, const char *ending, char *out, size_t size)
{
    char below[64];

    snprintf(below, sizeof(below), SCRIPTCOPY_IN "%s%u.%s", kind, job_id, ending);
    path_xdg("XDG_STATE_HOME", ".local/state", below, out, size);
}

bool resubmit_is_copy(const char *path)
{
    return strstr(path, "/" SCRIPTCOPY_IN) != NULL;
}

/* ---- writing, in a thread ---- */

struct writing {
    uv_work_t work;
    struct app *app; /* told when it is done; NULL: it is gone */
    struct writing *next; /* among those of scripts that are kept */
    char path[PATH_MAX];
    struct buf text;
    char record_path[PATH_MAX]; /* of what stands beside it: submitted.h */
    struct buf record; /* to be written; empty: none */
    int err;
    struct diag diag; /* what went wrong */
};

/* By the time of their last change: the oldest first. */
struct kept {
    struct timespec time;
    char name[64];
};

static int older(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    if (x->time.tv_sec != y->time.tv_sec)
        return x->time.tv_sec < y->time.tv_sec ? -1 : 1;
    return x->time.tv_nsec < y->time.tv_nsec ? -1 : x->time.tv_nsec > y->time.tv_nsec;
}

/* Removes what there is too much of in the directory of the path. */
static void remove_oldest(const char *path)
{
    char directory[PATH_MAX];
    struct kept *all = NULL;
    size_t count = 0;
    struct dirent *entry;
    DIR *d;

    snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path), path);
    d = opendir(directory);
    while (d && (entry = readdir(d)) != NULL && count < 10 * KEPT) {
        struct stat st;

        if (strlen(entry->d_name) >= sizeof(all->name) ||
            fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
            continue;
        all = xreallocarray(all, count + 1, sizeof(*all));
        all[count].time = st.st_mtim;
        snprintf(all[count++].name, sizeof(all->name), "%s", entry->d_name);
    }
    if (count > KEPT) {
        qsort(all, count, sizeof(*all), older);
        for (size_t i = 0; i < count - KEPT; i++)
            unlinkat(dirfd(d), all[i].name, 0);
    }
    free(all);
    if (d)
        closedir(d);
}

static void write_file(uv_work_t *work)
{
    struct writing *w = work->data;

    w->err = ownfile_replace_path(w->path, OWNFILE_PARENTS, &w->text, 0700, &w->diag);
    if (!w->err && w->record.len)
        ownfile_replace_path(w->record_path, 0, &w->record, 0600, &w->diag);
    if (!w->err)
        remove_oldest(w->path);
}

static void free_writing(struct writing *w)
{
    buf_release(&w->text);
    buf_release(&w->record);
    free(w);
}

/* Nothing is said: that a script was not kept matters when it is asked for, and is said then. */
static void on_kept(uv_work_t *work, int status)
{
    struct writing *w = work->data, **at;

    (void)status;
    if (w->app) {
        for (at = &w->app->submit.keeping; *at != w;)
            at = &(*at)->next;
        *at = w->next;
    }
    free_writing(w);
}

void resubmit_keep(struct app *a, uint32_t job_id, const struct buf *text, const struct buf *record)
{
    struct writing *w = xcalloc(1, sizeof(*w));

    kept_path("", job_id, "sh", w->path, sizeof(w->path));
    kept_path("", job_id, "submitted", w->record_path, sizeof(w->record_path));
    buf_add(&w->text, buf_str(text), text->len);
    if (record)
        buf_add(&w->record, buf_str(record), record->len);
    w->work.data = w;
    if (w->path[0] == '\0' || uv_queue_work(a->loop, &w->work, write_file, on_kept) < 0) {
        free_writing(w);
        return;
    }
    w->app = a;
    w->next = a->submit.keeping;
    a->submit.keeping = w;
}

bool resubmit_busy(const struct submit *s)
{
    return s->keeping != NULL;
}

/* ---- fetching ---- */

struct resubmission {
    struct app *app; /* NULL: nobody waits for it any more */
    struct process *process;
    uv_work_t look; /* what was kept here */
    bool looking;
    bool kept; /* there is a copy */
    struct buf record; /* of what it was submitted with, as it was read; empty: there is none */
    struct submitted submitted; /* that, if it is this job's */
    struct writing *writing;
    int64_t
        late_ms; /* when it is said that either takes too long; 0: it was, or there is none yet */
    uint32_t job_id;
    uint32_t kept_id; /* the number that sbatch told: an array's */
    int64_t submit_s;
    bool requeued;
    bool fetched; /* the script is Slurm's, at `path` */
    struct submit_job job;
    char command[PATH_MAX]; /* the file it was submitted from */
    char path[PATH_MAX];
    char refusal[256]; /* Slurm's */
};

static void free_resubmission(struct resubmission *r)
{
    submitted_release(&r->submitted);
    buf_release(&r->record);
    free(r);
}

static void end_fetching(struct resubmission *r)
{
    if (r->app)
        r->app->submit.fetching = NULL;
    process_free(r->process);
    free_resubmission(r);
}

static void open_form(struct resubmission *r, const char *path)
{
    struct app *a = r->app;

    a->reactions |= REACT_PAINT;
    if (a->submit.open ||
        a->dialog.kind != DIALOG_NONE) { /* the operator is about something else */
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "job-resubmit: the script of job %u came while you did something else; ask again",
            r->job_id);
        return;
    }
    submit_open(a, path, r->job.work_dir[0] == '/' ? r->job.work_dir : NULL);
    a->submit.resubmits = r->job_id;
    a->submit.job = r->job;
    a->submit.fill_in = true;
    a->submit.submitted = r->submitted;
    r->submitted = (struct submitted){0};
}

/* ---- what was kept here ---- */

/* The record beside a kept script, if it is the operator's own and nobody else could have put it there. */
static void read_record(struct resubmission *r, const char *path)
{
    struct ownfile f;
    struct diag why = DIAG_INIT;
    struct stat st;
    size_t size;
    int error;
    char *text = NULL;

    if (ownfile_init(&f, path, 0, &why) == 0)
        text = file_read_all(f.path, SUBMITTED_MAX, &st, &size, &error);
    if (text && st.st_uid == geteuid())
        buf_add(&r->record, text, size);
    free(text);
    ownfile_release(&f);
}

static void look(uv_work_t *work)
{
    struct resubmission *r = work->data;
    char script[PATH_MAX], record[PATH_MAX];

    kept_path("", r->kept_id, "sh", script, sizeof(script));
    kept_path("", r->kept_id, "submitted", record, sizeof(record));
    r->kept = script[0] && access(script, R_OK) == 0;
    if (record[0])
        read_record(r, record);
}

/* The script that Slurm holds, else the copy that was kept here, else the file that was submitted. */
static void on_looked(uv_work_t *work, int status)
{
    struct resubmission *r = work->data;
    struct app *a = r->app;

    (void)status;
    r->looking = false;
    if (a == NULL) {
        free_resubmission(r);
        return;
    }
    submitted_read(&r->submitted, buf_str(&r->record), r->record.len);
    if (!submitted_is_of(&r->submitted, a->snapshot->cluster.name, r->submit_s, r->requeued)) {
        submitted_release(&r->submitted);
        r->kept = false; /* the copy is of another job of this number, of another farm perhaps */
    }
    if (r->fetched) {
        open_form(r, r->path);
    } else if (r->kept || (r->command[0] == '/' && !resubmit_is_copy(r->command))) {
        /* of what was sent as a copy the file is gone */
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING, "job %u: %s — the script is %s",
            r->job_id, r->refusal,
            r->kept ? "the copy kept when it was submitted"
                    : "the file it was submitted from, as it is now");
        if (r->kept)
            kept_path("", r->kept_id, "sh", r->path, sizeof(r->path));
        open_form(r, r->kept ? r->path : r->command);
    } else {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
            "job-resubmit: %s, and no copy of the script was kept", r->refusal);
    }
    a->reactions |= REACT_PAINT;
    end_fetching(r);
}

static void look_for_kept(struct resubmission *r)
{
    r->late_ms = app_steady_ms(r->app) + LATE_MS;
    r->look.data = r;
    r->looking = true;
    if (uv_queue_work(r->app->loop, &r->look, look, on_looked) < 0)
        on_looked(&r->look, UV_ECANCELED);
}

/* ---- what Slurm holds ---- */

/* Slurm's copy is in a file: that is what sbatch is given. */
static void on_written(uv_work_t *work, int status)
{
    struct writing *w = work->data;
    struct app *a = w->app;
    struct resubmission *r = a ? a->submit.fetching : NULL;

    if (r && r->writing == w) {
        r->writing = NULL;
        a->reactions |= REACT_PAINT;
        if (status < 0 || w->err < 0) {
            messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "job-resubmit: %s",
                w->diag.text[0] ? w->diag.text
                                : "there is no home directory to keep the script in");
            end_fetching(r);
        } else {
            r->fetched = true;
            look_for_kept(r);
        }
    }
    free_writing(w);
}

static void on_fetched(void *user, const struct process_end *end)
{
    struct resubmission *r = user;
    struct writing *w;

    if (end->timed_out || end->exit_status || end->signal || end->output_cut ||
        end->output[0] != '#') {
        const char *last = strrchr(end->errors, '\n');

        snprintf(r->refusal, sizeof(r->refusal), "%s",
            end->timed_out    ? "Slurm did not answer in time"
            : end->output_cut ? "its script is larger than 1 MiB"
            : end->errors[0]  ? (last ? last + 1 : end->errors)
                              : "Slurm does not hold its script");
        r->process = process_free(r->process);
        look_for_kept(r);
        return;
    }
    w = xcalloc(1, sizeof(*w));
    buf_adds(&w->text, end->output);
    r->process = process_free(r->process);
    kept_path("job-", r->job_id, "sh", w->path, sizeof(w->path));
    snprintf(r->path, sizeof(r->path), "%s", w->path);
    w->app = r->app;
    w->work.data = w;
    r->writing = w;
    r->late_ms = app_steady_ms(r->app) + LATE_MS;
    if (w->path[0] == '\0' || uv_queue_work(r->app->loop, &w->work, write_file, on_written) < 0)
        on_written(&w->work, UV_ECANCELED);
}

void resubmit_tick(struct app *a)
{
    struct resubmission *r = a->submit.fetching;

    if (r == NULL || r->late_ms == 0 || app_steady_ms(a) < r->late_ms)
        return;
    r->late_ms = 0;
    messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
        "job-resubmit: the script of job %u is not there yet: %s: its file server does not answer",
        r->job_id, r->writing ? r->writing->path : r->path);
    a->reactions |= REACT_PAINT;
}

/* Slurm has path and arguments with blanks between them, and tells no more of where one ends: a job that got no name bears
   that of the file, which may have blanks in it. */
static void take_command(struct resubmission *r, const char *command, const char *name)
{
    size_t n = strcspn(command, " "), len = strlen(name);

    for (const char *p = command; len && (p = strstr(p, name)) != NULL; p += len)
        if (p > command && p[-1] == '/' && (p[len] == ' ' || p[len] == '\0')) {
            n = (size_t)(p - command) + len;
            break;
        }
    snprintf(r->command, sizeof(r->command), "%.*s", (int)n, command);
    snprintf(
        r->job.arguments, sizeof(r->job.arguments), "%s", command + n + strspn(command + n, " "));
}

/* The tasks that its row stands for, with the limit of how many may run at once: "0-9%2". */
static void take_array(struct resubmission *r, const struct app *a, const struct job *j)
{
    const struct arrays *arrays = &a->order.arrays;
    uint32_t row = (uint32_t)(j - a->snapshot->jobs);
    const struct array *of = arrays_of(arrays, row), *folded = arrays_folded(arrays, row);
    struct taskset tasks = {0};
    const char *limit = NULL;
    size_t n;

    column_job_name(a->snapshot, &a->order, row, r->job.label, sizeof(r->job.label));
    if (of == NULL)
        return;
    if (folded)
        tasks = arrays_all_tasks(arrays, a->snapshot, folded);
    else
        arrays_tasks(a->snapshot, j, &tasks);
    for (uint32_t i = 0; i < of->count && limit == NULL; i++)
        limit = strchr(
            job_str(a->snapshot, a->snapshot->jobs[arrays->rows[of->first + i]].array_tasks), '%');
    if (!taskset_text(&tasks, r->job.array, sizeof(r->job.array)))
        r->job.array[0] = '\0';
    n = strlen(r->job.array);
    if (n && limit && taskset_count(&tasks) > 1)
        snprintf(r->job.array + n, sizeof(r->job.array) - n, "%s", limit);
    taskset_release(&tasks);
}

void resubmit(struct app *a, const struct job *j)
{
    static const struct process_events events = {.ended = on_fetched};
    const struct snapshot *s = a->snapshot;
    struct resubmission *r;
    char id[16];
    const char *const argv[] = {"scontrol", "write", "batch_script", id, "-", NULL};
    struct diag d = DIAG_INIT;

    if (a->submit.fetching) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "job-resubmit: the script of job %u is still being fetched",
            a->submit.fetching->job_id);
        return;
    }
    r = xcalloc(1, sizeof(*r));
    r->app = a;
    r->job_id = j->job_id;
    r->kept_id = j->has & JOB_HAS_ARRAY ? j->array_job_id : j->job_id;
    r->submit_s = j->submit_time;
    r->requeued = j->restarts > 0;
    take_command(r, job_str(s, j->command), job_str(s, j->name));
    take_array(r, a, j);
    snprintf(r->job.user, sizeof(r->job.user), "%s", job_str(s, j->user));
    snprintf(r->job.work_dir, sizeof(r->job.work_dir), "%s", job_str(s, j->work_dir));
    snprintf(r->job.name, sizeof(r->job.name), "%s", job_str(s, j->name));
    snprintf(r->job.partition, sizeof(r->job.partition), "%s", job_str(s, j->partition));
    snprintf(r->job.nodes, sizeof(r->job.nodes), "%s", job_str(s, j->req_nodes));
    snprintf(r->job.constraint, sizeof(r->job.constraint), "%s", job_str(s, j->features));
    snprintf(r->job.output, sizeof(r->job.output), "%s", job_str(s, j->std_out));
    snprintf(r->job.error, sizeof(r->job.error), "%s", job_str(s, j->std_err));
    r->job.cpus = j->nodes <= 1 ? j->cpus : 0;
    r->job.mem_mb = j->has & JOB_HAS_MEM && j->nodes <= 1 ? j->mem_mb : 0;
    r->job.time_limit_min = j->has & JOB_HAS_LIMIT ? j->time_limit_min : 0;
    snprintf(id, sizeof(id), "%u", j->job_id);
    a->submit.fetching = r;
    r->process = process_command(a->loop, argv, "/", ANSWER_MS, &events, r, &d);
    if (r->process == NULL) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "job-resubmit: %s", d.text);
        end_fetching(r);
    }
}

void resubmit_release(struct submit *s)
{
    struct resubmission *r = s->fetching;

    for (struct writing *w = s->keeping; w; w = w->next) /* freed by its end */
        w->app = NULL;
    s->keeping = NULL;
    if (r == NULL)
        return;
    s->fetching = NULL;
    r->app = NULL;
    r->process = process_free(r->process);
    if (r->writing)
        r->writing->app = NULL; /* freed by its end */
    if (!r->looking) /* else by that of the look */
        free_resubmission(r);
}
