/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logpath.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_MAX 10
/* What slurmstepd prints for %a in a job that is of no array: its NO_VAL, as a number. */
#define NO_VAL_TEXT 0xFFFFFFFEu

struct out {
    char *p;
    size_t len;
    size_t size;
    bool full;
};

static void put(struct out *o, const char *p, size_t n)
{
    if (o->full || n >= o->size - o->len) {
        o->full = true;
        return;
    }
    memcpy(o->p + o->len, p, n);
    o->len += n;
    o->p[o->len] = '\0';
}

static void put_number(struct out *o, uint32_t value, int width)
{
    char text[WIDTH_MAX + 2]; /* UINT32_MAX has ten digits, too */
    int n = snprintf(text, sizeof(text), "%0*" PRIu32, width, value);

    put(o, text, (size_t)n);
}

/* A name that is part of the path but not known (yet) makes the path unknown. */
static int put_name(struct out *o, const char *name)
{
    if (name == NULL || *name == '\0')
        return -ENODATA;
    put(o, name, strlen(name));
    return 0;
}

/* The record that stands for the tasks of an array which have not been split off yet: their numbers
   and job ids come into being one by one, later. */
static bool is_pending_array(const struct logpath_job *job)
{
    return job->array_job_id != 0 && job->array_task_id == LOGPATH_NO_TASK;
}

static int put_task(struct out *o, const struct logpath_job *job, int width, bool last_digit)
{
    uint32_t task = job->array_task_id;

    if (is_pending_array(job))
        return -ENODATA;
    if (task == LOGPATH_NO_TASK)
        task = NO_VAL_TEXT;
    put_number(o, last_digit ? task % 10 : task, width);
    return 0;
}

/* One specifier; returns 0, -ENODATA, or -ENOENT if there is no such specifier. */
static int put_specifier(struct out *o, const struct logpath_job *job, char specifier, int width)
{
    switch (specifier) {
    case 'A':
        put_number(o, job->array_job_id ? job->array_job_id : job->job_id, width);
        return 0;
    case 'a':
        return put_task(o, job, width, false);
    case 'b':
        return put_task(o, job, width, true);
    case 'J': /* jobid.stepid; the batch step is written without its number */
    case 'j':
        if (is_pending_array(job))
            return -ENODATA;
        put_number(o, job->job_id, width);
        return 0;
    case 'N':
        return put_name(o, job->batch_host);
    case 'n': /* a batch script runs on the first node, as the first task */
    case 't':
        put_number(o, 0, width);
        return 0;
    case 'r':
        put_number(o, job->restarts, width);
        return 0;
    case 'S': /* a 25.11 SLUID, which no job record tells us */
        return -ENODATA;
    case 's':
        put(o, "batch", 5);
        return 0;
    case 'u':
        return put_name(o, job->user);
    case 'x':
        return put_name(o, job->name);
    default:
        return -ENOENT;
    }
}

/* Reads the digits of a width; returns how many there are. */
static size_t read_width(const char *p, int *ret_width)
{
    size_t n = 0;
    int width = 0;

    for (; p[n] >= '0' && p[n] <= '9'; n++)
        width = width > WIDTH_MAX ? width : width * 10 + (p[n] - '0');
    *ret_width = width > WIDTH_MAX ? WIDTH_MAX : width;
    return n;
}

static int expand(struct out *o, const struct logpath_job *job, const char *p)
{
    while (*p) {
        int width, err;
        size_t digits;

        if (*p != '%') {
            put(o, p++, 1);
            continue;
        }
        if (p[1] == '%') {
            put(o, "%", 1);
            p += 2;
            continue;
        }
        digits = read_width(p + 1, &width);
        err = put_specifier(o, job, p[1 + digits], width);
        if (err == 0) {
            p += digits + 2;
        } else if (err != -ENOENT) {
            return err;
        } else if (digits == 0) {
            put(o, p++, 1);
        } else { /* as slurmstepd: of "%12z" only "2z" stays */
            put(o, p + digits, 1);
            p += digits + 1;
        }
    }
    return 0;
}

/* A backslash anywhere means that the user wants nothing expanded; doubled it is a backslash. */
static void unescape(struct out *o, const char *p)
{
    for (; *p; p++) {
        if (*p == '\\' && *++p != '\\') {
            p--;
            continue;
        }
        put(o, p, 1);
    }
}

int logpath_expand(const struct logpath_job *job, enum logpath_which which, char *out, size_t size)
{
    struct out o = {.p = out, .size = size};
    const char *pattern = which == LOGPATH_STDERR ? job->std_err : NULL;
    int err = 0;

    if (size == 0)
        return -ENAMETOOLONG;
    out[0] = '\0';
    if (pattern == NULL || *pattern == '\0')
        pattern = job->std_out;
    if (pattern == NULL || *pattern == '\0')
        pattern = job->array_job_id ? "slurm-%A_%a.out" : "slurm-%j.out";

    if (*pattern != '/') {
        size_t n = job->work_dir ? strlen(job->work_dir) : 0;

        /* its user sets both as he likes (scontrol update WorkDir=): a relative one means nothing to anybody */
        if (n == 0 || job->work_dir[0] != '/')
            return -EINVAL;
        put(&o, job->work_dir, n);
        if (job->work_dir[n - 1] != '/')
            put(&o, "/", 1);
    }
    if (strchr(pattern, '\\'))
        unescape(&o, pattern);
    else
        err = expand(&o, job, pattern);
    if (!err && o.full)
        err = -ENAMETOOLONG;
    if (err)
        out[0] = '\0';
    return err;
}
