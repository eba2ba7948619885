/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it all means. The result is what is said last: the image is ready, or make gives up; Slurm's own
 * word goes before. Of files that were written at the same time nobody knows whose last line came last:
 * then a failure counts, unless the image is there and the script itself is content.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/build_impl.h"
#include "base/alloc.h"

static const char *const result_names[] = {
    [BUILD_UNKNOWN] = "unknown",
    [BUILD_RUNNING] = "running",
    [BUILD_SUCCESS] = "success",
    [BUILD_FAILED] = "failed",
    [BUILD_CANCELLED] = "cancelled",
};
_Static_assert(KF_LEN(result_names) == BUILD_RESULT_COUNT, "a name for every result");

static const char *const phase_names[] = {
    [PHASE_NONE] = "none",
    [PHASE_CONFIG] = "config",
    [PHASE_PREPARE] = "prepare",
    [PHASE_COMPILE] = "compile",
    [PHASE_LINK] = "link",
    [PHASE_MODPOST] = "modpost",
    [PHASE_IMAGE] = "image",
    [PHASE_MODULES] = "modules",
    [PHASE_INSTALL] = "install",
    [PHASE_DONE] = "done",
};
_Static_assert(KF_LEN(phase_names) == BUILD_PHASE_COUNT, "a name for every phase");

static const char *const basis_names[] = {
    [BASIS_NONE] = "none",
    [BASIS_ERROR] = "error",
    [BASIS_MAKE] = "make",
    [BASIS_SLURM] = "slurm",
    [BASIS_LINE] = "line",
};
_Static_assert(KF_LEN(basis_names) == BUILD_BASIS_COUNT, "a name for every basis");

const char *build_result_name(enum build_result r)
{
    return result_names[r];
}

const char *build_phase_name(enum build_phase p)
{
    return phase_names[p];
}

const char *build_basis_name(enum build_basis b)
{
    return basis_names[b];
}

/* ---- the first root error ---- */

static const struct build_diag *first_of(
    const struct build *b, enum log_level level, bool echo, bool fatal)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct build_diag *d = &b->diags[i].d;

        if (d->level == level && d->echo == echo && (d->fatal || !fatal))
            return d;
    }
    return NULL;
}

/* Slurm's line about what it stopped the build for, or about a process that ran out of memory. */
static const struct build_diag *slurm_word(const struct build *b, enum log_cause cause)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->diags[i].d.level == LOG_SLURM && b->diags[i].d.cause == cause)
            return &b->diags[i].d;
    return NULL;
}

/* The last line of the file that has one no rule knows, the later file first: standard error. */
static const struct build_diag *last_line(struct build *b)
{
    struct build_diag *d = &b->made_up;

    for (int i = b->files - 1; i >= 0; i--) {
        const struct build_file *f = &b->file[i];

        if (f->last_text == NULL)
            continue;
        free(d->message);
        free(d->context);
        if (d->source == NULL) {
            d->source = xstrdup("");
            d->flag = xstrdup("");
            d->target = xstrdup("");
            d->tool = xstrdup("");
            d->unit = xstrdup("");
        }
        d->level = LOG_TEXT;
        d->cause = CAUSE_SCRIPT;
        d->file = i;
        d->line = f->last_text_line;
        d->count = 1;
        d->message = xstrdup(f->last_text);
        d->context = xstrdup(f->last_text);
        return d;
    }
    return NULL;
}

static void find_first(struct build *b, struct build_report *r)
{
    const struct build_diag *word = r->cause ? slurm_word(b, r->cause) : NULL;

    r->basis = BASIS_ERROR;
    r->first = first_of(b, LOG_ERROR, false, true);
    /* what comes behind Slurm's word comes of it */
    if (word &&
        (r->first == NULL || (r->first->file == word->file && r->first->line > word->line))) {
        r->first = word;
        r->basis = BASIS_SLURM;
    }
    if (r->first == NULL) {
        r->first = first_of(b, LOG_ERROR, false, false);
        r->basis = BASIS_ERROR;
    }
    if (r->first == NULL && slurm_word(b, CAUSE_OOM)) {
        r->first = slurm_word(b, CAUSE_OOM);
        r->basis = BASIS_SLURM;
    }
    if (r->first == NULL) {
        r->first = first_of(b, LOG_MAKE, false, false);
        r->basis = BASIS_MAKE;
    }
    if (r->first == NULL) {
        r->first = first_of(b, LOG_ERROR, true, false);
        r->basis = BASIS_ERROR;
    }
    if (r->first == NULL) {
        r->first = last_line(b);
        r->basis = r->first ? BASIS_LINE : BASIS_NONE;
    }
}

/* ---- result and cause ---- */

/* What make says of a recipe that failed without a word. */
static enum log_cause cause_of_make(const char *message)
{
    static const struct {
        const char *start;
        enum log_cause cause;
    } rows[] = {
        {"Error 127", CAUSE_MISSING_TOOL},
        {"Error 126", CAUSE_MISSING_TOOL},
        {"Error 137", CAUSE_OOM},
        {"Killed", CAUSE_OOM},
        {"Error 139", CAUSE_INTERNAL_COMPILER_ERROR}, /* of a wrapper; 128 + SIGSEGV */
        {"Error 134", CAUSE_INTERNAL_COMPILER_ERROR},
        {"Segmentation fault", CAUSE_INTERNAL_COMPILER_ERROR},
        {"Aborted", CAUSE_INTERNAL_COMPILER_ERROR},
        {"Bus error", CAUSE_INTERNAL_COMPILER_ERROR},
        {"Illegal instruction", CAUSE_INTERNAL_COMPILER_ERROR},
        {"Error 143", CAUSE_CANCELLED},
        {"Terminated", CAUSE_CANCELLED},
        {"Interrupt", CAUSE_CANCELLED},
    };

    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (strncmp(message, rows[i].start, strlen(rows[i].start)) == 0)
            return rows[i].cause;
    return CAUSE_MAKE;
}

static enum log_cause find_cause(const struct build *b, const struct build_report *r)
{
    enum log_cause cause = r->first ? r->first->cause : CAUSE_NONE;

    if (r->cause)
        return r->cause;
    if (r->basis == BASIS_MAKE && slurm_word(b, CAUSE_OOM))
        return CAUSE_OOM;
    if (r->basis == BASIS_MAKE)
        return cause_of_make(r->first->message);
    return cause == CAUSE_NONE ? CAUSE_SCRIPT : cause;
}

static bool is_build(const struct build *b)
{
    for (int i = 0; i < b->files; i++)
        for (int level = LOG_STEP; level < LOG_LEVEL_COUNT; level++)
            if (b->file[i].count.level[level])
                return true;
    return false;
}

static enum build_result find_result(const struct build *b, const struct build_report *r)
{
    bool success = false, failure = false, steps = false, sure = false;

    for (int i = 0; i < b->files; i++) {
        success |= b->file[i].event == PART_SUCCESS;
        failure |= b->file[i].event == PART_FAILURE;
        steps |= b->file[i].count.level[LOG_STEP] > 0;
        sure |= b->file[i].event == PART_SUCCESS && b->file[i].image && b->file[i].praised;
    }
    if (r->cause)
        return r->cause == CAUSE_CANCELLED ? BUILD_CANCELLED : BUILD_FAILED;
    if (failure && !sure)
        return BUILD_FAILED;
    if (success)
        return BUILD_SUCCESS;
    if (r->ended && first_of(b, LOG_ERROR, false, false))
        return BUILD_FAILED;
    if (r->ended && steps)
        return BUILD_SUCCESS;
    return is_build(b) ? BUILD_RUNNING : BUILD_UNKNOWN;
}

/* What the files say for themselves. */
static void gather(const struct build *b, struct build_report *r)
{
    for (int i = 0; i < b->files; i++) {
        const struct build_file *f = &b->file[i];

        r->phase = KF_MAX(r->phase, f->phase);
        r->image = f->image ? f->image : r->image;
        r->clean |= f->clean;
        r->scratch |= f->scratch;
        r->ended |= f->ended;
        r->cause = f->stopped ? f->stopped : r->cause;
    }
    r->last_step = b->file[b->last_file].last_step;
}

struct build_report build_judge(struct build *b)
{
    struct build_report r = {
        .forgotten = b->forgotten, .full = b->full, .errors = b->lost[0], .warnings = b->lost[1]};

    build_settle(b);
    gather(b, &r);
    r.result = find_result(b, &r);
    for (size_t i = 0; i < b->count; i++) {
        r.warnings += b->diags[i].d.level == LOG_WARNING;
        r.errors += b->diags[i].d.level == LOG_ERROR && !b->diags[i].d.echo;
    }
    if (r.result == BUILD_SUCCESS)
        r.phase = PHASE_DONE;
    if (r.result == BUILD_FAILED || r.result == BUILD_CANCELLED) {
        find_first(b, &r);
        r.cause = find_cause(b, &r);
    }
    return r;
}
