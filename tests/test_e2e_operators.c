/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two operators at two terminals, who confirm at the same moment: each is told the truth, nothing is
 * done twice without a word, and both are in the audit file.
 */
#include "tests/e2e_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static const char *number(uint32_t n, char out[16])
{
    snprintf(out, 16, "%u", n);
    return out;
}

/* Each operator's program, in turn e->vt; the queue's view. */
static void open_both(struct e2e *e)
{
    for (int i = 0; i < 2; i++) {
        e2e_top(e, &(struct e2e_top){.cols = 160});
        assert_true(vt_keys(e->vt, "3"));
        e2e_gone(e, "─ Nodes ");
        e2e_swap(e);
    }
}

static void quit_both(struct e2e *e)
{
    e2e_quit(e);
    e2e_swap(e);
    e2e_quit(e);
}

static void ask_job(struct e2e *e, uint32_t job, const char *key, const char *question)
{
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, key));
    e2e_see(e, question);
}

/* Both press their keys, without a wait in between. */
static void confirm_both(struct e2e *e, const char *first, const char *second)
{
    assert_true(vt_keys(e->vt, first));
    assert_true(vt_keys(e->other, second));
}

struct either {
    const char *done, *not_done;
    bool is_done;
};

static bool is_either(struct vt *vt, void *user)
{
    struct either *s = user;

    s->is_done = vt_find(vt, s->done, NULL, NULL);
    return s->is_done || vt_find(vt, s->not_done, NULL, NULL) ||
           vt_find(vt, "Slurm refused: ", NULL, NULL);
}

/* What the operator in e->vt is told: was it done? It must be said either way. */
static bool told_done(struct e2e *e, const char *done, const char *not_done)
{
    struct either s = {.done = done, .not_done = not_done};

    if (!vt_wait_match(e->vt, is_either, &s, E2E_MS))
        fail_msg("the operator is told neither \"%s\" nor \"%s\"", done, not_done);
    return s.is_done;
}

/* Guards opposite verbs: what the job is in the end is what one of them was told. */
static void test_hold_and_release(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    bool released, held;
    char id[16], text[48];

    open_both(e);
    ask_job(e, job, "h", "Who may release it?");
    e2e_output(e, "scontrol", "hold", number(job, id));
    e2e_swap(e);
    e2e_see(e, "held by an administrator");
    ask_job(e, job, "H", "Release job ");
    e2e_output(e, "scontrol", "release", id);
    confirm_both(e, "y", "<Enter>");
    e2e_swap(e); /* what the first is told stands there for seconds only */
    snprintf(text, sizeof(text), "job %u held", job);
    held = told_done(e, text, "nothing was done: ");
    assert_true(held); /* what was asked was true when it was answered */
    e2e_swap(e);
    released = told_done(e, " released", "nothing was done: ");
    if (!released) { /* it may be asked again, about the job as it is held now */
        e2e_see(e, "held by its user");
        assert_true(vt_keys(e->vt, "<Esc>"));
        e2e_gone(e, "Release job ");
    }
    assert_int_equal(strstr(e2e_job(e, job), "Priority=0 ") != NULL, !released);
    quit_both(e);
}

/* Guards the same for a node. */
static void test_drain_and_resume(void **state)
{
    struct e2e *e = *state;

    open_both(e);
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "Drain node node1");
    e2e_swap(e);
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=drain", "reason=theirs");
    e2e_select_node(e, "node1");
    e2e_see(e, "theirs");
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "Resume node node1");
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=resume");
    e2e_pause(e, 1100); /* Slurm's times are whole seconds */
    confirm_both(e, "y", "ours<Enter>");
    assert_false(told_done(e, "node node1 resumed", "nothing was done: "));
    e2e_swap(e);
    assert_true(told_done(e, "node node1 drained", "nothing was done: "));
    e2e_wait_node(e, "node1", "Reason=ours ", E2E_MS);
    e2e_swap(e);
    e2e_see(e, "ours"); /* if it came in time the other is asked again, about this drain */
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Resume node node1");
    e2e_wait_node(e, "node1", "Reason=ours ", E2E_MS);
    e2e_mend_nodes(e);
    quit_both(e);
}

/* Guards the same verb twice: the job is requeued once, and one of the two is told so. */
static void test_requeue_twice(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, "--mem=10");
    char requeued[48];
    int done = 0;

    snprintf(requeued, sizeof(requeued), "job %u requeued", job);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    open_both(e);
    for (int i = 0; i < 2; i++) {
        ask_job(e, job, "r", "Requeue job ");
        e2e_swap(e);
    }
    confirm_both(e, "y", "y");
    for (int i = 0; i < 2; i++) {
        done += told_done(e, requeued, "nothing was done: ");
        e2e_swap(e);
    }
    assert_int_equal(done, 1);
    e2e_wait_job(e, job, "Restarts=1", E2E_MS);
    quit_both(e);
}

#define FILLER 700 /* bytes of a line that fills the file */
#define CYCLES 4

/* An audit file that is about to be rotated: so many lines are in it. */
static int fill_audit(struct e2e *e)
{
    char path[E2E_PATH], pad[FILLER + 1];
    long size = 0;
    int n = 0;
    FILE *f;

    e2e_output(e, "mkdir", "-p", ".local/state/kfarm-top");
    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/audit.jsonl", e->work);
    f = fopen(path, "we");
    assert_non_null(f);
    memset(pad, 'x', FILLER);
    pad[FILLER] = '\0';
    for (; size < (10l << 20) - 3 * FILLER; n++)
        size += fprintf(f, "{\"event\":\"filler\",\"pad\":\"%s\"}\n", pad);
    assert_int_equal(fclose(f), 0);
    return n;
}

static int count_lines(json_t *lines, const char *event)
{
    int count = 0;

    for (size_t i = 0; i < json_array_size(lines); i++)
        count += strcmp(e2e_audit_text(json_array_get(lines, i), "event"), event) == 0;
    return count;
}

struct row {
    uint32_t job;
    bool held;
};

static bool is_row(struct vt *vt, void *user)
{
    const struct row *r = user;
    char marked[24];

    snprintf(marked, sizeof(marked), "▸%u ", r->job);
    for (int i = 0; i < vt_rows(vt); i++)
        if (strncmp(vt_row_text(vt, i), marked, strlen(marked)) == 0)
            return (strstr(vt_row_text(vt, i), "held by ") != NULL) == r->held;
    return false;
}

/* Guards the audit file of both, which is rotated meanwhile: every line is whole, none is lost. */
static void test_one_audit_file(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH + 64], text[48];
    uint32_t jobs[2];
    struct stat st;
    json_t *lines;
    int fillers;

    e2e_audit_forget(e);
    fillers = fill_audit(e);
    for (int i = 0; i < 2; i++)
        jobs[i] = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    open_both(e);
    for (int i = 0; i < 2 * CYCLES; i++) {
        bool hold = i % 2 == 0;

        for (int k = 0; k < 2; k++) {
            struct row before = {jobs[k], !hold};

            e2e_select_job(e, jobs[k]);
            if (!vt_wait_match(e->vt, is_row, &before, E2E_MS))
                fail_msg("the row of job %u is not what was done last", jobs[k]);
            ask_job(e, jobs[k], hold ? "h" : "H", hold ? "Who may release it?" : "Release job ");
            e2e_swap(e);
        }
        confirm_both(e, hold ? "<Enter>" : "y", hold ? "<Enter>" : "y");
        for (int k = 0; k < 2; k++) {
            snprintf(text, sizeof(text), "job %u %s", jobs[k], hold ? "held" : "released");
            assert_true(told_done(e, text, "nothing was done: "));
            e2e_swap(e);
        }
    }
    quit_both(e);
    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/audit.jsonl.1", e->work);
    assert_int_equal(stat(path, &st), 0);
    lines = e2e_audit_lines(e);
    assert_int_equal(count_lines(lines, "filler"), fillers);
    assert_int_equal(count_lines(lines, "request"), 2 * 2 * CYCLES);
    assert_int_equal(count_lines(lines, "result"), 2 * 2 * CYCLES);
    json_decref(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_hold_and_release),
        e2e_test(test_drain_and_resume),
        e2e_test(test_requeue_twice),
        e2e_test(test_one_audit_file),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
