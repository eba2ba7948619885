/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/verdict.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/batch_lint.h"
#include "backend/logpath.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/file.h"

/* ---- the script ---- */

/* A negative errno of file_open_regular(), in words. */
static int say_unreadable(const char *path, int err, struct diag *d)
{
    if (err == -EISDIR)
        return diag_set(d, err, "%s is a directory; a batch script is wanted", path);
    if (err == -ENOTSUP)
        return diag_set(d, -EINVAL, "%s is no file; a batch script is wanted", path);
    return diag_set(d, err, "%s: %s", path, strerror(-err));
}

int verdict_read_file(
    const char *script, struct buf *ret_text, struct stat *ret_file, struct diag *d)
{
    struct buf text = {.max = BATCH_BYTES_MAX};
    char piece[65536];
    ssize_t n = 0;
    struct stat st;
    int fd = file_open_regular(script, &st), err = 0;

    if (fd < 0)
        return say_unreadable(script, fd, d);
    if (st.st_size > (off_t)BATCH_BYTES_MAX)
        err = diag_set(d, -EFBIG, "%s has %lld bytes; the controller takes scripts of up to %u",
            script, (long long)st.st_size, BATCH_BYTES_MAX);
    while (!err && (n = file_read_at(fd, piece, sizeof(piece), (int64_t)text.len)) > 0)
        if (!buf_add(&text, piece, (size_t)n))
            err = diag_set(d, -EFBIG, "%s grew while it was read", script);
    if (!err && n < 0)
        err = diag_set(d, (int)n, "%s: %s", script, strerror((int)-n));
    close(fd);
    if (err) {
        buf_release(&text);
        return err;
    }
    *ret_text = text;
    *ret_file = st;
    return 0;
}

int verdict_read(const char *script, struct buf *ret_text, struct diag *d)
{
    struct stat st;

    return verdict_read_file(script, ret_text, &st, d);
}

/* Outside quotes it ends a word of the shell. */
static bool ends_word(char c)
{
    return ascii_is_space(c) || c == ';' || c == '&' || c == '|';
}

/* The value of an assignment up to the end of the word, quotes taken away. */
static void copy_value(const char *at, const char *end, char *out, size_t size)
{
    size_t used = 0;
    char quote = '\0';

    for (; at < end && (quote || !ends_word(*at)) && used < size - 1; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? '\0' : *at;
        else
            out[used++] = *at;
    }
    out[used] = '\0';
}

/* Does the value begin with ${NAME}, ${NAME:-… or the like? Then the environment's counts. */
static bool is_own(const char *value, const char *name)
{
    size_t n = strlen(name);

    return strncmp(value, "${", 2) == 0 && strncmp(value + 2, name, n) == 0 &&
           !ascii_is_alnum(value[2 + n]) && value[2 + n] != '_';
}

uint32_t verdict_assigned(
    const char *text, size_t size, const char *name, char *out, size_t out_size)
{
    const char *end = text + size;
    size_t n = strlen(name);
    uint32_t line = 0;

    out[0] = '\0';
    for (const char *at = text, *next; n && at < end; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        stop = stop ? stop : end;
        next = stop + 1;
        line++;
        while (at < stop && ascii_is_space(*at))
            at++;
        if ((size_t)(stop - at) > 7 && memcmp(at, "export ", 7) == 0)
            at += 7;
        if ((size_t)(stop - at) <= n || memcmp(at, name, n) != 0 || at[n] != '=')
            continue;
        copy_value(at + n + 1, stop, out, out_size);
        if (!is_own(out, name))
            return line;
        out[0] = '\0';
        return 0;
    }
    return 0;
}

/* ---- files ---- */

/* Cuts the path at its last slash; "/" stays. */
static void to_parent(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash)
        slash[slash == path] = '\0';
}

/* May new files be made in it? What stands in the way, or NULL. */
static const char *why_not_writable(const char *directory)
{
    struct stat st;

    if (stat(directory, &st) < 0)
        return errno == ENOENT ? "is not there" : strerror(errno);
    if (!S_ISDIR(st.st_mode))
        return "is no directory";
    return access(directory, W_OK | X_OK) < 0 ? "is not writable for you" : NULL;
}

/* Reports a directory in which this log cannot be made. Returns whether that is the working directory. */
static bool check_log(
    const struct request *r, enum request_key key, const char *work_dir, struct findings *findings)
{
    const struct request_option *o = request_option(r, key);
    struct logpath_job job = {.job_id = 1,
        .array_task_id = r->has_array ? 0 : LOGPATH_NO_TASK,
        .array_job_id = r->has_array,
        .name = "name",
        .user = "user",
        .batch_host = "node",
        .work_dir = work_dir,
        .std_out = o ? o->value : ""};
    char path[PATH_MAX];
    const char *why, *slash;

    if (key == REQUEST_ERROR && o == NULL) /* the same file as the output */
        return false;
    /* a directory whose name depends on the job cannot be there yet */
    slash = o ? strrchr(o->value, '/') : NULL;
    if (logpath_expand(&job, LOGPATH_STDOUT, path, sizeof(path)) < 0 ||
        (slash && memchr(o->value, '%', (size_t)(slash - o->value))))
        return false;
    if (strcmp(path, "/dev/null") == 0)
        return false;
    to_parent(path);
    why = why_not_writable(path);
    if (why)
        findings_add(findings, FINDING_FAULT, o ? o->line : 0,
            "the directory of its %s %s %s on this machine: without it the job fails at once "
            "(0:53)",
            key == REQUEST_OUTPUT ? "log" : "error log", path, why);
    return why && strcmp(path, work_dir) == 0;
}

/* Where the job works, if that was chosen. */
static void check_work_dir(const struct request *r, const char *work_dir, struct findings *findings)
{
    const struct request_option *o = request_option(r, REQUEST_CHDIR);
    const char *why = o ? why_not_writable(work_dir) : NULL;
    struct stat st;
    bool entered = stat(work_dir, &st) == 0 && S_ISDIR(st.st_mode) && access(work_dir, X_OK) == 0;

    if (why)
        findings_add(findings, FINDING_WARNING, o->line,
            "the working directory %s %s on this machine%s", work_dir, why,
            entered ? "" : ": Slurm would use /tmp");
}

/* The value of a variable for the script, and where it is from: the environment, unless the script sets
   it itself. */
static uint32_t find_variable(const struct verdict_job *job, const char *text, size_t size,
    const char *name, char *out, size_t out_size)
{
    uint32_t line = verdict_assigned(text, size, name, out, out_size);
    size_t n = strlen(name);

    for (size_t i = 0; !line && n && job->environment && job->environment[i]; i++)
        if (strncmp(job->environment[i], name, n) == 0 && job->environment[i][n] == '=')
            snprintf(out, out_size, "%s", job->environment[i] + n + 1);
    return line;
}

static void check_source(
    const struct verdict_job *job, const char *text, size_t size, struct findings *findings)
{
    char source[PATH_MAX], file[PATH_MAX + 16];
    const char *name = job->variables.source;
    uint32_t line = find_variable(job, text, size, name, source, sizeof(source));

    if (source[0] != '/' || strchr(source, '$'))
        return;
    snprintf(file, sizeof(file), "%s/Kconfig", source);
    if (access(source, F_OK) < 0)
        findings_add(
            findings, FINDING_WARNING, line, "%s=%s is not there on this machine", name, source);
    else if (access(file, F_OK) < 0)
        findings_add(findings, FINDING_WARNING, line,
            "%s=%s is no kernel source: it has no Kconfig", name, source);
}

/* The script makes it if it is not there: what is there of its path must be writable. */
static void check_output(
    const struct verdict_job *job, const char *text, size_t size, struct findings *findings)
{
    char output[PATH_MAX];
    const char *name = job->variables.output, *why;
    uint32_t line = find_variable(job, text, size, name, output, sizeof(output));
    char *variable = strchr(output, '$');
    struct stat st;

    if (output[0] != '/')
        return;
    if (variable) { /* ".../${SLURM_JOB_ID}" */
        *variable = '\0';
        to_parent(output);
    }
    while (output[1] && stat(output, &st) < 0 && errno == ENOENT)
        to_parent(output);
    why = why_not_writable(output);
    if (why)
        findings_add(findings, FINDING_WARNING, line, "%s lies in %s, which %s on this machine",
            name, output, why);
}

/* A setting that the script does not listen to. */
static void check_heard(
    const struct verdict_job *job, const char *text, size_t size, struct findings *findings)
{
    const char *const names[] = {
        job->variables.source, job->variables.output, job->variables.config};

    for (size_t i = 0; i < KF_LEN(names); i++) {
        char own[PATH_MAX];
        uint32_t line = verdict_assigned(text, size, names[i], own, sizeof(own));
        size_t n = strlen(names[i]);

        for (size_t k = 0; n && job->environment && job->environment[k]; k++) {
            const char *variable = job->environment[k];

            if (strncmp(variable, names[i], n) != 0 || variable[n] != '=')
                continue;
            if (line)
                findings_add(findings, FINDING_WARNING, line,
                    "the script sets %s itself, whatever you set", names[i]);
            else if (!memmem(text, size, names[i], n))
                findings_add(findings, FINDING_WARNING, 0, "the script does not read %s", names[i]);
        }
    }
}

void verdict_files(
    const struct verdict_job *job, const char *text, size_t size, struct findings *findings)
{
    struct findings ignored = {0};
    struct batch b;
    struct request r;
    const char *chdir;
    char work_dir[PATH_MAX];
    bool said;

    batch_read(&b, text, size, &ignored);
    request_read(&r, &b, job->environment, job->argv, &ignored);
    chdir = request_value(&r, REQUEST_CHDIR);
    if (chdir && chdir[0] == '/')
        snprintf(work_dir, sizeof(work_dir), "%s", chdir);
    else
        snprintf(
            work_dir, sizeof(work_dir), "%s%s%s", job->cwd, chdir ? "/" : "", chdir ? chdir : "");
    said = check_log(&r, REQUEST_OUTPUT, work_dir, findings);
    said = check_log(&r, REQUEST_ERROR, work_dir, findings) || said;
    if (!said)
        check_work_dir(&r, work_dir, findings);
    check_source(job, text, size, findings);
    check_output(job, text, size, findings);
    check_heard(job, text, size, findings);
    request_release(&r);
    batch_release(&b);
    findings_release(&ignored);
}

/* ---- the verdict ---- */

void verdict_judge(struct verdict *v, const struct verdict_job *job, const char *text, size_t size,
    const struct snapshot *s, const struct findings *files)
{
    struct batch b;

    *v = (struct verdict){0};
    batch_read(&b, text, size, &v->findings);
    request_read(&v->request, &b, job->environment, job->argv, &v->findings);
    fit_try(&v->fit, s, &v->request, &v->findings);
    batch_lint(text, size, &v->request, &v->findings);
    for (uint32_t i = 0; files && i < files->count; i++)
        findings_add(&v->findings, files->v[i].level, files->v[i].line, "%s", files->v[i].text);
    findings_sort(&v->findings);
    v->accepted = v->findings.levels[FINDING_REFUSED] == 0 && v->fit.answer != FIT_NO;
    v->runs = v->accepted && v->findings.levels[FINDING_FAULT] == 0;
    batch_release(&b);
}

void verdict_release(struct verdict *v)
{
    request_release(&v->request);
    fit_release(&v->fit);
    findings_release(&v->findings);
}

const char *verdict_but(const struct verdict *v)
{
    if (v->fit.answer == FIT_NO || v->runs)
        return "";
    return v->findings.levels[FINDING_REFUSED] ? ", but sbatch would refuse it"
                                               : ", but cannot do its work";
}
