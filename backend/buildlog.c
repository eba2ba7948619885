/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/buildlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct file {
    struct buildlog *log;
    int number;
    char *path;
    struct logtail *tail; /* NULL: nothing to read */
    char *rest; /* the unfinished last line; NULL */
    size_t rest_len;
};

struct buildlog {
    const struct logrule_set *rules;
    struct logtail_conf conf;
    struct build *build;
    struct file file[BUILD_FILES_MAX];
    int files;
    struct buildlog_news news; /* of the look that is going on */
};

struct buildlog *buildlog_new(const struct logrule_set *rules, const struct logtail_conf *conf)
{
    struct buildlog *l = xcalloc(1, sizeof(*l));

    l->rules = rules;
    l->conf = *conf;
    l->conf.tail_max = SIZE_MAX;
    l->build = build_new(rules);
    return l;
}

struct buildlog *buildlog_free(struct buildlog *l)
{
    if (l == NULL)
        return NULL;
    for (int i = 0; i < l->files; i++) {
        logtail_free(l->file[i].tail);
        free(l->file[i].rest);
        free(l->file[i].path);
    }
    build_free(l->build);
    free(l);
    return NULL;
}

/* ---- lines ---- */

static void take(struct file *f, const char *text, size_t len)
{
    struct log_match m;

    logrule_match(f->log->rules, text, len, &m);
    build_line(f->log->build, f->number, text, len, &m);
}

static void on_line(void *user, const struct logtail_line *line)
{
    struct file *f = user;

    f->log->news.heard = true;
    free(f->rest);
    f->rest = NULL;
    if (line->flags & LOG_LINE_RESTART) {
        f->log->news.restarted = true;
        build_restart(f->log->build, f->number);
    } else if (line->flags & LOG_LINE_PARTIAL) {
        f->rest = xmemdup0(line->text, f->rest_len = line->len);
    } else if (!(line->flags & LOG_LINE_SKIPPED)) {
        take(f, line->text, line->len);
    }
}

static size_t on_quick(void *user, const char *p, size_t n)
{
    struct file *f = user;
    size_t took = build_quick(f->log->build, f->number, p, n);

    f->log->news.heard |= took > 0;
    return took;
}

/* ---- files ---- */

static const struct file *of_path(const struct buildlog *l, const char *path)
{
    for (int i = 0; i < l->files; i++)
        if (strcmp(l->file[i].path, path) == 0)
            return &l->file[i];
    return NULL;
}

int buildlog_add(struct buildlog *l, const char *path, bool remote)
{
    int number = build_add_file(l->build);
    struct file *f;

    if (number < 0)
        return -1;
    f = &l->file[number];
    *f = (struct file){.log = l, .number = number, .path = xstrdup(path)};
    if (path[0] && of_path(l, path) == NULL) {
        f->tail = logtail_new(path, &l->conf);
        logtail_set_remote(f->tail, remote);
        logtail_set_quick(f->tail, on_quick, f);
    }
    l->files++;
    /* the same file under another name is read once */
    if (number > 0 && f->tail && l->file[0].tail)
        logtail_set_twin(f->tail, l->file[0].tail);
    return number;
}

struct buildlog_news buildlog_look(struct buildlog *l, int64_t now_ms)
{
    l->news = (struct buildlog_news){0};
    for (int i = 0; i < l->files; i++)
        if (l->file[i].tail)
            l->news.more |= logtail_poll(l->file[i].tail, now_ms, on_line, &l->file[i]);
    return l->news;
}

void buildlog_end(struct buildlog *l)
{
    for (int i = 0; i < l->files; i++) {
        struct file *f = &l->file[i];

        if (f->rest)
            take(f, f->rest, logsplit_strip(f->rest, f->rest_len));
        free(f->rest);
        f->rest = NULL;
    }
}

struct build *buildlog_build(struct buildlog *l)
{
    return l->build;
}

int buildlog_files(const struct buildlog *l)
{
    return l->files;
}

const struct logtail_state *buildlog_file(const struct buildlog *l, int number)
{
    return l->file[number].tail ? logtail_state(l->file[number].tail) : NULL;
}

bool buildlog_behind(const struct buildlog *l)
{
    for (int i = 0; i < l->files; i++)
        if (l->file[i].tail && logtail_state(l->file[i].tail)->state == LOG_OPEN &&
            logtail_behind(l->file[i].tail) > 0)
            return true;
    return false;
}
