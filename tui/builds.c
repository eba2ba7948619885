/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which builds the helper is to follow: those that run, then those that ended last, so many as it takes.
 * It is told anew only when that changes.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/buildinfo.h"
#include "backend/progress.h"
#include "base/alloc.h"
#include "tui/app.h"
#include "tui/builds.h"
#include "tui/column.h"

/* Running ones first, then by the time of their end, the latest first. */
static uint64_t key_of(const struct job *j)
{
    const uint64_t low = (1ull << 60) - 1;

    return job_finished(j) ? 1ull << 60 | ((low - (uint64_t)j->end_time) & low) : j->job_id;
}

static char *path_of(const struct snapshot *s, uint32_t row, const char *column)
{
    struct row r = column_row(COLUMNS_JOBS, s, NULL, 0, row);
    struct value v;

    column_value(&columns_jobs.columns[column_find(&columns_jobs, column, strlen(column))], &r, &v);
    return xstrdup(v.present ? v.text : "");
}

/* Builds are alike that the same user makes with the same script under the same name in the same place; of an
   array, each task is a kind of its own. */
static char *key_text(const struct snapshot *s, const struct job *j)
{
    struct buf b = BUF_INIT;
    char *key;

    buf_addf(&b, "%s|%s|%s|%s|%s", s->cluster.name, job_str(s, j->user), job_str(s, j->name),
        job_str(s, j->command), job_str(s, j->work_dir));
    if (j->has & JOB_HAS_TASK)
        buf_addf(&b, "|%u", j->array_task_id);
    key = xstrdup(buf_str(&b));
    buf_release(&b);
    return key;
}

uint32_t builds_frame(const struct snapshot *s, struct buf *out)
{
    struct order_key *keys = xcalloc(KF_MAX(s->job_count, 1u), sizeof(*keys));
    struct buildinfo_job *jobs;
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->job_count; i++)
        if (job_is_build(&s->jobs[i]))
            keys[count++] = (struct order_key){key_of(&s->jobs[i]), i};
    order_sort(keys, count);
    count = KF_MIN(count, (uint32_t)BUILDINFO_MAX);
    jobs = xcalloc(KF_MAX(count, 1u), sizeof(*jobs));
    for (uint32_t i = 0; i < count; i++) {
        const struct job *j = &s->jobs[keys[i].row];

        jobs[i] = (struct buildinfo_job){.job_id = j->job_id,
            .restarts = j->restarts,
            .running = !job_finished(j) || (j->flags & JOB_FLAG_COMPLETING),
            .start_s = j->start_time,
            .end_s = job_finished(j) ? j->end_time : 0,
            .key = key_text(s, j),
            .out = path_of(s, keys[i].row, "stdout"),
            .err = path_of(s, keys[i].row, "stderr")};
    }
    buf_clear(out);
    buildinfo_put_jobs(out, jobs, count);
    for (uint32_t i = 0; i < count; i++) {
        free(jobs[i].out);
        free(jobs[i].err);
        free(jobs[i].key);
    }
    free(jobs);
    free(keys);
    return count;
}

void builds_ask(struct app *a)
{
    const size_t head = sizeof(struct wire_head);
    struct buf b = BUF_INIT;

    progress_retain(&a->progress, a->snapshot);
    builds_frame(a->snapshot, &b);
    if (a->source && (b.len != a->builds_asked.len ||
                         memcmp(b.p + head, buf_str(&a->builds_asked) + head, b.len - head) != 0)) {
        source_send(a->source, &b);
        buf_clear(&a->builds_asked);
        buf_add(&a->builds_asked, b.p, b.len);
    }
    buf_release(&b);
}
