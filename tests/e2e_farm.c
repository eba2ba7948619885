/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The farm's jobs and nodes, and the program on it. */
#include "tests/e2e.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/parse.h"

/* ---- jobs and nodes ---- */

#define SBATCH_ARGUMENTS 24

uint32_t e2e_submit_list(struct e2e *e, const char *const *arguments)
{
    const char *argv[SBATCH_ARGUMENTS + 3] = {"sbatch", "--parsable"};
    const char *out;
    int64_t id = 0;
    char number[32];

    for (int i = 0; arguments[i]; i++) {
        assert_true(i < SBATCH_ARGUMENTS);
        argv[i + 2] = arguments[i];
    }
    out = e2e_output_list(e, argv);
    snprintf(number, sizeof(number), "%.*s", (int)strspn(out, "0123456789"), out);
    if (parse_i64(number, 1, UINT32_MAX, &id) < 0)
        fail_msg("sbatch printed \"%s\"", out);
    return (uint32_t)id;
}

uint32_t e2e_submit_sleeper(struct e2e *e, const char *option)
{
    char script[E2E_PATH];

    e2e_file(e, script, "sleeper.sh", "#!/bin/sh\necho sleeping\nexec sleep 3600\n");
    return option ? e2e_submit(e, "--job-name=sleeper", option, script)
                  : e2e_submit(e, "--job-name=sleeper", script);
}

struct shown {
    const char *const *argv;
    const char *text;
    struct e2e_result last;
};

static bool is_shown(struct e2e *e, void *user)
{
    struct shown *s = user;

    s->last = e2e_command(e, &(struct e2e_command){.argv = s->argv});
    return s->last.status == 0 && strstr(s->last.out, s->text) != NULL;
}

static const char *wait_shown(
    struct e2e *e, const char *kind, const char *id, const char *text, int deadline_ms)
{
    const char *const argv[] = {"scontrol", "show", kind, id, NULL};
    struct shown s = {.argv = argv, .text = text};

    if (!e2e_wait(e, is_shown, &s, deadline_ms)) {
        if (e->vt)
            vt_dump(e->vt, stderr, "the screen meanwhile");
        fail_msg("%s %s is not \"%s\" but: %s%s", kind, id, text, s.last.out, s.last.err);
    }
    return s.last.out;
}

const char *e2e_wait_job(struct e2e *e, uint32_t job, const char *text, int deadline_ms)
{
    char id[32];

    snprintf(id, sizeof(id), "%u", job);
    return wait_shown(e, "job", id, text, deadline_ms);
}

const char *e2e_wait_node(struct e2e *e, const char *node, const char *text, int deadline_ms)
{
    return wait_shown(e, "node", node, text, deadline_ms);
}

const char *e2e_job(struct e2e *e, uint32_t job)
{
    char id[32];

    snprintf(id, sizeof(id), "%u", job);
    return e2e_output(e, "scontrol", "show", "job", id);
}

const char *e2e_field(const char *text, const char *key, bool line, char *out, size_t size)
{
    size_t n = strlen(key);

    out[0] = '\0';
    for (const char *p = text; (p = strstr(p, key)) != NULL; p += n) {
        if (p[n] != '=' || (p > text && !isspace((unsigned char)p[-1])))
            continue;
        snprintf(out, size, "%.*s", (int)strcspn(p + n + 1, line ? "\n" : " \n"), p + n + 1);
        break;
    }
    return out;
}

void e2e_mend_nodes(struct e2e *e)
{
    static const char *const names[] = {"node1", "node2"};
    char state[64];

    for (size_t i = 0; i < KF_LEN(names); i++) {
        char name[64];

        e2e_field(e2e_output(e, "scontrol", "show", "node", names[i]), "State", false, state,
            sizeof(state));
        snprintf(name, sizeof(name), "nodename=%s", names[i]);
        if (strstr(state, "DRAIN") || strstr(state, "DOWN"))
            e2e_output(e, "scontrol", "update", name, "state=resume");
    }
}

/* ---- the program ---- */

#define TOP_ARGUMENTS 16

/* Their number stands in the head. */
static bool has_nodes(struct vt *vt, void *user)
{
    const char *at = strstr(vt_screen_text(vt), "nodes ");

    (void)user;
    return at && strtol(at + strlen("nodes "), NULL, 10) > 0;
}

struct vt *e2e_top(struct e2e *e, const struct e2e_top *options)
{
    static const char *const nobody[] = {E2E_NOBODY};
    const char *argv[KF_LEN(nobody) + TOP_ARGUMENTS + 2];
    size_t n = 0;
    struct vt_options o = {.argv = argv,
        .env = options->env,
        .cwd = e->dir,
        .term = options->term,
        .record = options->record,
        .cols = options->cols ? options->cols : 120,
        .rows = options->rows ? options->rows : 34};

    for (; options->nobody && n < KF_LEN(nobody); n++)
        argv[n] = nobody[n];
    argv[n++] = e->top;
    for (int i = 0; options->args && options->args[i]; i++) {
        assert_true(i < TOP_ARGUMENTS);
        argv[n++] = options->args[i];
    }
    argv[n] = NULL;
    e->vt = vt_free(e->vt);
    e->vt = vt_spawn(&o);
    assert_non_null(e->vt);
    if (!options->quiet) {
        e2e_see(e, "s ago");
        if (!vt_wait_match(e->vt, has_nodes, NULL, E2E_MS)) /* they come behind the queue */
            fail_msg("the program knows of no nodes");
    }
    return e->vt;
}

void e2e_see_within(struct e2e *e, const char *text, int deadline_ms)
{
    if (!vt_wait_text(e->vt, text, deadline_ms)) {
        vt_keys(e->vt, "m"); /* what it says it did */
        vt_run(e->vt, 500);
        vt_dump(e->vt, stderr, "its messages, if there was no question");
        fail_msg("\"%s\" did not come to the screen", text);
    }
}

void e2e_see(struct e2e *e, const char *text)
{
    e2e_see_within(e, text, E2E_MS);
}

void e2e_leave_form(struct e2e *e)
{
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "Leave the form?");
    assert_true(vt_keys(e->vt, "y"));
    e2e_gone(e, "Submit ");
}

uint32_t e2e_submit_yes(struct e2e *e)
{
    static const char words[] = "submitted as job ";
    char number[24];
    const char *p;
    int64_t id = 0;
    int row, col;

    e2e_see(e, "sbatch says: Job ");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, words);
    vt_wait_quiet(e->vt, 60, 2000); /* a row may come in two pieces */
    assert_true(vt_find(e->vt, words, &row, &col));
    p = strstr(vt_row_text(e->vt, row), words) + strlen(words);
    snprintf(number, sizeof(number), "%.*s", (int)strspn(p, "0123456789"), p);
    assert_int_equal(parse_i64(number, 1, UINT32_MAX, &id), 0);
    return (uint32_t)id;
}

void e2e_gone(struct e2e *e, const char *text)
{
    if (!vt_wait_gone(e->vt, text, E2E_MS))
        fail_msg("\"%s\" did not leave the screen", text);
}

void e2e_never(struct e2e *e, const char *text, int ms)
{
    int64_t until = clock_monotonic_us() + (int64_t)ms * 1000;

    do {
        vt_run(e->vt, 20);
        if (!vt_find(e->vt, text, NULL, NULL))
            continue;
        vt_dump(e->vt, stderr, "this must not be");
        fail_msg("\"%s\" came to the screen", text);
    } while (clock_monotonic_us() < until);
}

double e2e_key_ms(struct e2e *e, const char *key, const char *text)
{
    int64_t begin;

    vt_run(e->vt, 0);
    if (vt_find(e->vt, text, NULL, NULL)) {
        vt_dump(e->vt, stderr, "the screen before the key");
        fail_msg("\"%s\" is on the screen before %s is pressed", text, key);
    }
    begin = clock_monotonic_us();
    assert_true(vt_keys(e->vt, key));
    e2e_see(e, text);
    return (double)(clock_monotonic_us() - begin) / 1000;
}

#define ROWS_MAX 400 /* of a table that is walked through */
#define AGAIN    100 /* rows after which it is begun anew */
#define MOVED_MS 2000 /* for a key to move the marker: at the end of a table it does not */

void e2e_swap(struct e2e *e)
{
    struct vt *vt = e->vt;

    e->vt = e->other;
    e->other = vt;
}

/* The row that the marker stands before, without what a task below its array is indented by; "" if there is none. */
static const char *marked_row(struct vt *vt)
{
    static const char marker[] = "▸";

    for (int row = 0; row < vt_rows(vt); row++) {
        const char *text = vt_row_text(vt, row);

        if (strncmp(text, marker, sizeof(marker) - 1) == 0) {
            text += sizeof(marker) - 1;
            return text + strspn(text, " ");
        }
    }
    return "";
}

static bool is_marked(struct vt *vt, const char *name)
{
    return strncmp(marked_row(vt), name, strlen(name)) == 0;
}

/* The marker stands before another row; nowhere, while half of the screen has come. */
static bool has_moved(struct vt *vt, void *user)
{
    const char *row = marked_row(vt), *before = user;
    size_t n = strcspn(row, " ");

    return n > 0 && (n != strlen(before) || strncmp(row, before, n) != 0);
}

/* Presses j until the marker stands before this; no further j before the last one has moved it. */
void e2e_select(struct e2e *e, const char *name)
{
    const char *row;
    char before[64];

    e2e_see(e, name);
    assert_true(vt_keys(e->vt, "g"));
    vt_wait_quiet(e->vt, 60, 2000);
    for (int i = 0; i < ROWS_MAX; i++) {
        if (is_marked(e->vt, name))
            return;
        row = marked_row(e->vt);
        snprintf(before, sizeof(before), "%.*s", (int)strcspn(row, " "), row);
        assert_true(vt_keys(e->vt, i % AGAIN == AGAIN - 1 ? "g" : "j"));
        vt_wait_match(e->vt, has_moved, before, MOVED_MS);
    }
    vt_dump(e->vt, stderr, name);
    fail_msg("%s cannot be selected", name);
}

/* By its name: wherever the marker stood, and however many keys are under way, the next key is for this row. */
static void go_to(struct e2e *e, const char *name)
{
    char text[64];

    snprintf(text, sizeof(text), "%s ", name);
    e2e_see(e, text);
    snprintf(text, sizeof(text), ":%s<Enter>", name);
    assert_true(vt_keys(e->vt, text));
    snprintf(text, sizeof(text), "▸%s ", name);
    e2e_see(e, text);
}

void e2e_select_job(struct e2e *e, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    go_to(e, id);
}

void e2e_select_node(struct e2e *e, const char *node)
{
    assert_true(vt_keys(e->vt, "2"));
    e2e_gone(e, "Queue ─");
    go_to(e, node);
}

/* ---- its helpers ---- */

struct helper {
    const char *role;
    pid_t pid;
};

/* Reads a file of /proc, NULs made blanks; the number of bytes. */
static size_t read_proc(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t n = 0;

    if (f) {
        n = fread(out, 1, size - 1, f);
        fclose(f);
    }
    for (size_t i = 0; i < n; i++)
        if (out[i] == '\0')
            out[i] = ' ';
    out[n] = '\0';
    return n;
}

static bool has_helper(struct e2e *e, void *user)
{
    struct helper *h = user;
    char path[96], list[4096], words[4096], wanted[64];
    int pid = (int)vt_pid(e->vt);

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    read_proc(path, list, sizeof(list));
    snprintf(wanted, sizeof(wanted), " --helper %s ", h->role);
    for (char *end = NULL, *p = list; *p; p = end) {
        long child = strtol(p, &end, 10);

        if (end == p || child <= 0)
            break;
        snprintf(path, sizeof(path), "/proc/%ld/cmdline", child);
        read_proc(path, words, sizeof(words));
        if (strstr(words, wanted)) {
            h->pid = (pid_t)child;
            return true;
        }
    }
    return false;
}

pid_t e2e_helper(struct e2e *e, const char *role, int deadline_ms)
{
    struct helper h = {.role = role};

    if (!e2e_wait(e, has_helper, &h, deadline_ms))
        fail_msg("the program has no helper \"%s\"", role);
    return h.pid;
}

void e2e_quit(struct e2e *e)
{
    int status = -1;
    bool ended = false;

    /* q closes a log or help first; a key right behind a pager's end counts for nothing, and is pressed again */
    for (int i = 0; !ended && i < 3; i++) {
        assert_true(vt_keys(e->vt, "<F10>"));
        ended = vt_wait_exit(e->vt, E2E_MS / 3, &status);
    }
    assert_true(ended);
    if (status != 0 || !vt_restored(e->vt)) { /* a sanitizer's last words are on the screen */
        vt_dump(e->vt, stderr, "the program's end");
        fail_msg("the program ended with %d, its terminal %srestored", status,
            vt_restored(e->vt) ? "" : "not ");
    }
}
