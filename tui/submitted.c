/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/submitted.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parse.h"

#define NAME_MAX_BYTES 64 /* of a variable's name */
#define NAMES_MAX      200 /* variables of one script */
#define LATE_S         65 /* sbatch may take a minute to tell a job's number; clocks differ a little */

/* ---- which variables a script uses ---- */

struct names {
    char v[NAMES_MAX][NAME_MAX_BYTES];
    size_t count;
};

static void add_name(struct names *n, const char *name, size_t len)
{
    if (len == 0 || len >= NAME_MAX_BYTES || n->count == NAMES_MAX)
        return;
    for (size_t i = 0; i < n->count; i++)
        if (strlen(n->v[i]) == len && memcmp(n->v[i], name, len) == 0)
            return;
    memcpy(n->v[n->count], name, len);
    n->v[n->count++][len] = '\0';
}

/* Slurm and the shell set these anew for each job. */
static bool is_the_jobs(const char *name, size_t len)
{
    static const char *const own[] = {"SLURM", "BASH", "HOSTNAME", "HOME", "PWD", "OLDPWD", "PATH",
        "USER", "SECONDS", "RANDOM", "TMPDIR", "SHLVL"};

    for (size_t i = 0; i < KF_LEN(own); i++) {
        size_t n = strlen(own[i]);

        if (len >= n && memcmp(name, own[i], n) == 0 && (i < 2 || len == n))
            return true;
    }
    return false;
}

/* Of $NAME and ${NAME…}, those in capitals: what a script takes from outside is called so. */
static void find_names(const char *script, struct names *n)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_", behind[] = "0123456789";

    for (const char *p = script; (p = strchr(p, '$')) != NULL;) {
        size_t len = 0;

        p += p[1] == '{' ? 2 : 1;
        while (p[len] && (strchr(capitals, p[len]) || (len && strchr(behind, p[len]))))
            len++;
        if (!is_the_jobs(p, len))
            add_name(n, p, len);
        p += len;
    }
}

/* ---- writing ---- */

static void put(struct buf *out, const char *kind, const char *name, const char *value)
{
    if (strchr(name, '\n') == NULL && strchr(value, '\n') == NULL)
        buf_addf(out, "%s %s%s%s\n", kind, name, value[0] && name[0] ? " " : "", value);
}

static void put_variable(struct buf *out, const char *name, char *const *environment)
{
    size_t len = strlen(name);

    for (; *environment; environment++)
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=') {
            const char *value = *environment + len + 1;

            put(out, strchr(value, '\n') ? "lost" : "set", name, strchr(value, '\n') ? "" : value);
            return;
        }
    put(out, "unset", name, "");
}

void submitted_write(const struct submitted_facts *f, struct buf *out)
{
    struct names *names = xcalloc(1, sizeof(*names));

    for (const char *const *v = f->variables; *v; v++)
        add_name(names, *v, strlen(*v));
    find_names(f->script, names);
    put(out, "cluster", "", f->cluster);
    buf_addf(out, "time %lld\n", (long long)f->time_s);
    put(out, "options", "", f->options);
    put(out, "arguments", "", f->arguments);
    for (size_t i = 0; i < names->count; i++)
        put_variable(out, names->v[i], f->environment);
    if (out->len > SUBMITTED_MAX)
        buf_clear(out);
    free(names);
}

/* ---- reading ---- */

static void take_line(struct submitted *s, char *line)
{
    bool named = strncmp(line, "set ", 4) == 0 || strncmp(line, "unset ", 6) == 0 ||
                 strncmp(line, "lost ", 5) == 0;
    char *behind = strchr(line, ' '), *value = behind;

    if (behind == NULL)
        return;
    *behind++ = '\0';
    value = named ? strchr(behind, ' ') : behind;
    if (named && value)
        *value++ = '\0';
    s->items = xreallocarray(s->items, s->count + 1, sizeof(*s->items));
    s->items[s->count++] = (struct submitted_item){line, named ? behind : "", value ? value : ""};
}

void submitted_read(struct submitted *s, const char *text, size_t size)
{
    *s = (struct submitted){.text = xmemdup0(text, size)};
    for (char *line = s->text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        take_line(s, line);
    }
}

void submitted_release(struct submitted *s)
{
    free(s->text);
    free(s->items);
    *s = (struct submitted){0};
}

const char *submitted_text(const struct submitted *s, const char *kind)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i].kind, kind) == 0)
            return s->items[i].value;
    return "";
}

bool submitted_is_of(
    const struct submitted *s, const char *cluster, int64_t submit_s, bool requeued)
{
    const char *time = submitted_text(s, "time");
    int64_t time_s = strtoll(time, NULL, 10);

    return time[0] && strcmp(submitted_text(s, "cluster"), cluster) == 0 &&
           submit_s >= time_s - LATE_S && (requeued || submit_s <= time_s + LATE_S);
}

const struct submitted_item *submitted_variable(const struct submitted *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].name[0] && strcmp(s->items[i].name, name) == 0)
            return &s->items[i];
    return NULL;
}
