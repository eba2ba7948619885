/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever a user can write into Slurm's fields, on the way to the operator's terminal: every byte that the program sends
 * there is kept and must be its own. An ordinary user puts each sequence of tests/sequences.h into each field that Slurm lets
 * him set, and into his scripts; root does so with nodes, reservations and partitions. The operator looks at all of it, and
 * what he does about it is in the audit file.
 */
#include "tests/e2e_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/channels.h"
#include "tests/channels_farm.h"

#define FIELDS 3 /* that are looked for at once */
#define PANS   40
#define DETAIL 400 /* bytes of sequences in a row of the details */
#define ROWS   CHANNELS_ROWS
#define COLS   CHANNELS_COLS

static struct channels ch;

static int start(void **state)
{
    channels_init(&ch);
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static int end(void **state)
{
    channels_release(&ch);
    return e2e_end(state);
}

/* ---- what strangers write ---- */

/* Guards the check itself: each sequence, planted among the bytes of a clean screen, is found. */
static void test_planted(void **state)
{
    struct e2e *e = *state;
    struct buf planted = BUF_INIT;
    struct foreign f;

    e2e_top(e, &(struct e2e_top){.record = &ch.record});
    e2e_quit(e);
    assert_false(foreign_find(&ch.record, false, &f, NULL));
    for (size_t i = 0; i < ch.count; i++) {
        buf_clear(&planted);
        buf_add(&planted, ch.record.p, ch.record.len / 2);
        while (planted.len && planted.p[planted.len - 1] != 'm') /* not within a sequence of ours */
            planted.len--;
        buf_addf(&planted, SEQUENCES_OPEN "%s" SEQUENCES_CLOSE, ch.all[i].bytes);
        if (!ch.all[i].drawn && !foreign_find(&planted, false, &f, NULL))
            fail_msg("sequence %zu (%s) goes unnoticed", i, ch.all[i].kind);
    }
    buf_release(&planted);
    channels_clean(&ch, "an empty farm", false, 0);
}

/* One job for each sequence, with it in every field that may hold it. */
static void submit_one(struct e2e *e, size_t i)
{
    static const char *const fields[] = {"--job-name=nm", "--account=ac", "--comment=cm",
        "--wckey=wc", "--chdir=/wd", "--output=/so", "--error=/se", "--input=/si", "--qos=qo",
        "--mail-user=mu", "--container=/co", "--cluster-constraint=cc", "--bb=bb", "--network=ne",
        "--mcs-label=ml"};
    char options[KF_LEN(fields)][SEQUENCE_BYTES + 64], name[SEQUENCE_BYTES + 16], path[E2E_PATH];
    const char *argv[KF_LEN(fields) + 12] = {E2E_NOBODY, "sbatch", "--parsable", "--hold"};
    size_t n = 0;

    while (argv[n])
        n++;
    for (size_t k = 0; k < KF_LEN(fields); k++) {
        snprintf(options[k], sizeof(options[k]), "%s%03zu" SEQUENCES_OPEN "%s" SEQUENCES_CLOSE "e",
            fields[k], i, ch.all[i].bytes);
        argv[n++] = options[k];
    }
    snprintf(
        name, sizeof(name), "sc%03zu" SEQUENCES_OPEN "%s" SEQUENCES_CLOSE "e", i, ch.all[i].bytes);
    argv[n++] = e2e_file(e, path, name, "#!/bin/sh\n");
    argv[n++] = name; /* an argument, too */
    e2e_output_list(e, argv);
}

/* A job with some of them behind an option's value; Slurm's word if it refuses them there. */
static void try_option(struct e2e *e, const char *option)
{
    char text[CHANNELS_NAME + 64];
    struct e2e_result r;
    const char *words;

    snprintf(text, sizeof(text), "%s%s", option, ch.name);
    r = e2e_run(e, E2E_NOBODY, "sbatch", "--parsable", "--hold", text, "--wrap=exec true");
    words = strstr(r.err, "sbatch: error: Batch");
    words = words ? words : r.err;
    print_message("%s: %s", option, r.status ? "refused: " : "taken");
    for (const char *at = words; r.status && *at && *at != '\n' && at < words + 90; at++)
        print_message("%c", *at >= ' ' && *at < 0x7f ? *at : '?');
    print_message("\n");
}

static void try_the_others(struct e2e *e)
{
    static const char *const options[] = {"--dependency=afterok:1", "--array=1-2",
        "--begin=now+1hour", "--deadline=now+1hour", "--constraint=x", "--prefer=x", "--licenses=x",
        "--gres=x", "--reservation=x", "--partition=debug", "--nodelist=node1", "--exclude=node1",
        "--batch=x", "--cpu-freq=low", "--acctg-freq=1", "--signal=USR1",
        "--export=ALL,X=", "--time=10"};

    for (size_t i = 0; i < KF_LEN(options); i++)
        try_option(e, options[i]);
}

/* Fields that the details show, and what stands there before the sequences. The workload characterization key and the quality of service
   show only with accounting: submit_one() has them. */
static const struct {
    const char *option, *mark;
} detailed[] = {{"--job-name=", "nw{"}, {"--account=", "aw{"}, {"--comment=", "cw{"},
    {"--chdir=/", "dw{"}, {"--output=/", "ow{"}, {"--error=/", "ew{"}, {"--input=/", "iw{"},
    {"--mail-user=", "mw{"}, {"--container=/", "tw{"}, {"--cluster-constraint=", "uw{"},
    {"--bb=", "bw{"}, {"--network=", "kw{"}, {"--mcs-label=", "lw{"}};

/* The job whose details and questions are looked at. */
static uint32_t submit_held(struct e2e *e, size_t part)
{
    char name[CHANNELS_NAME + 32], path[E2E_PATH * 2];
    const char *argv[KF_LEN(detailed) + 12] = {
        E2E_NOBODY, "sbatch", "--parsable", "--hold", "--mem=10", "--mail-type=TIME_LIMIT_50"};
    struct buf options[KF_LEN(detailed)] = {0}, script = BUF_INIT;
    uint32_t job;
    size_t n = 0;

    while (argv[n])
        n++;
    for (size_t i = 0; i < KF_LEN(detailed); i++) {
        buf_addf(&options[i], "%s%.2s%s", detailed[i].option, detailed[i].mark,
            buf_str(&ch.parts[part]));
        argv[n++] = buf_str(&options[i]);
    }
    buf_adds(&script, "#!/bin/bash\n");
    channels_add_lines(&ch, "#SBATCH --comment=\"sb#e\"\n", &script);
    channels_add_lines(&ch, "echo #e\n", &script);
    snprintf(name, sizeof(name), "held%zu%s", part, ch.name);
    snprintf(path, sizeof(path), "%s/%s", e->work, name);
    channels_write(path, &script);
    argv[n++] = path;
    argv[n++] = name;
    job = (uint32_t)strtoul(e2e_output_list(e, argv), NULL, 10);
    for (size_t i = 0; i < KF_LEN(detailed); i++)
        buf_release(&options[i]);
    buf_release(&script);
    return job;
}

/* Root's own words about nodes: pasted from somewhere. */
static void spoil_nodes(struct e2e *e)
{
    static const char *const fields[] = {"Reason", "Comment", "Extra"};
    struct buf b = BUF_INIT;

    buf_addf(&b, "ReservationName=V%s", ch.name);
    e2e_output(e, "scontrol", "create", "reservation", buf_str(&b), "Users=root", "Nodes=node1",
        "StartTime=now+10hours", "Duration=10");
    for (size_t i = 0; i < KF_LEN(fields); i++) {
        buf_clear(&b);
        buf_addf(&b, "%s=R%s", fields[i], buf_str(&ch.parts[i % ch.part_count]));
        if (i == 0)
            e2e_output(e, "scontrol", "update", "NodeName=node1", "State=drain", buf_str(&b));
        else
            e2e_output(e, "scontrol", "update", "NodeName=node1", buf_str(&b));
    }
    buf_release(&b);
}

static void look_at_details(struct e2e *e)
{
    channels_press(e, "<Enter>", "Esc closes");
    for (int i = 0; i < 3; i++)
        channels_press(e, "<PgDn>", NULL);
    channels_press(e, "<Right>", NULL);
    channels_press(e, "<Esc>", NULL);
    e2e_gone(e, "Esc closes");
}

/* A question, answered by Esc. */
static void ask(struct e2e *e, const char *key, const char *seen)
{
    channels_press(e, key, seen);
    channels_press(e, "<Esc>", NULL);
    e2e_gone(e, seen);
}

/* Each job's marker stands on the screen, so that what was behind it was sent. */
static void all_are_shown(struct e2e *e, const char *marker)
{
    for (size_t i = 0; i < ch.count; i++) {
        char text[32];

        snprintf(text, sizeof(text), "%s%03zu" SEQUENCES_OPEN, marker, i);
        e2e_see(e, text);
    }
}

static void look_at_queue(struct e2e *e)
{
    static const struct {
        const char *columns, *markers[3];
    } passes[] = {{"job,name,account,stdout", {"nm", "ac", "so"}},
        {"job,work_dir,stderr,user", {"wd", "se"}},
        {"job,command,reason,why,dependency,features,node_list,batch_host", {"sc"}}};
    char keys[200];

    channels_press(e, "3", "Queue ");
    for (size_t i = 0; i < KF_LEN(passes); i++) {
        snprintf(keys, sizeof(keys), ":columns %s<Enter>", passes[i].columns);
        channels_press(e, keys, NULL);
        for (size_t k = 0; k < KF_LEN(passes[i].markers) && passes[i].markers[k]; k++)
            all_are_shown(e, passes[i].markers[k]);
        vt_resize(e->vt, 120, ROWS);
        vt_wait_quiet(e->vt, 60, 2000);
        vt_resize(e->vt, COLS, ROWS);
        vt_wait_quiet(e->vt, 60, 2000);
    }
    channels_press(e, ":columns job,name,user,st,why<Enter>", "NODE/WHY");
    channels_press(e, "<F2>", NULL);
    channels_press(e, "<Esc>", NULL);
}

/* Names that Tab offers, in a filter, a search and a command. */
static void complete_names(struct e2e *e)
{
    static const char *const typed[] = {"/name:", "/name=nm01",
        "/account:", "/command:", "/work_dir=", "/stdout:", "<F3>name:", ":filter name:"};

    for (size_t i = 0; i < KF_LEN(typed); i++) {
        channels_press(e, typed[i], NULL);
        for (int k = 0; k < 6; k++)
            channels_press(e, "<Tab>", NULL);
        channels_press(e, "<Esc>", NULL);
        channels_press(e, "<Esc>", NULL);
        channels_press(e, "3", "Queue ");
    }
    channels_press(e, "<F3>nm<Enter>", NULL);
    channels_press(e, "nnN", NULL);
    channels_press(e, "<Esc>", NULL);
}

static void ask_about_job(struct e2e *e, bool ascii, uint32_t job)
{
    channels_go_to_job(e, ascii, job);
    look_at_details(e);
    ask(e, "c", "Cancel job");
    ask(e, "T", "Set the time limit of job");
    for (const char *key = "pHitR"; *key; key++) {
        channels_press(e, (char[]){*key, '\0'}, NULL);
        channels_press(e, "<Esc>", NULL);
    }
    channels_press(e, "b", "Submit the script of job");
    channels_press(e, "<PgDn>", NULL);
    channels_press(e, "<Esc>", NULL);
    e2e_gone(e, "Submit the script of job");
}

static void look_at_nodes(struct e2e *e, bool ascii)
{
    channels_press(e, "2", "node1 ");
    channels_go_to(e, ascii, "node1");
    e2e_see(e, "R{");
    look_at_details(e);
    channels_press(e, "n", NULL);
    channels_press(e, "<Esc>", NULL);
    channels_press(e, "/reason:", NULL);
    channels_press(e, "<Tab><Tab>", NULL);
    channels_press(e, "<Esc>", NULL);
    channels_press(e, "<Esc>", NULL);
    channels_press(e, "4", "Partitions ");
}

static void look_at_form(struct e2e *e)
{
    char keys[E2E_PATH * 2];

    channels_press(e, "3", "Queue ");
    channels_press(e, "s", "Submit a batch script");
    channels_press(e, "<Tab>", NULL);
    for (int i = 0; i < 5; i++)
        channels_press(e, "<Down>", NULL);
    channels_press(e, "<Esc>", NULL);
    snprintf(keys, sizeof(keys), "%s/held0", e->work);
    channels_press(e, "3", NULL);
    if (!vt_find(e->vt, "Submit a batch script", NULL, NULL))
        channels_press(e, "s", "Submit a batch script");
    channels_press(e, "<C-u>", NULL);
    channels_press(e, keys, NULL);
    channels_press(e, "<Tab>", "as sbatch reads it"); /* there is but one */
    channels_press(e, "<Enter><Enter>", NULL);
    vt_run(e->vt, 400);
    channels_press(e, "<PgDn>", NULL);
    channels_press(e, "<C-s>", "sbatch says");
    channels_press(e, "n", NULL);
    e2e_leave_form(e);
}

/* Without the screen, on a terminal. */
static void print_all(struct e2e *e)
{
    static const char *const what[] = {"jobs", "nodes", "partitions", "builds", "farm"};
    static const char *const formats[] = {"text", "csv", "json"};

    for (size_t i = 0; i < KF_LEN(what) * KF_LEN(formats); i++) {
        int status = -1;
        const char *args[] = {
            "--once", what[i / KF_LEN(formats)], "--format", formats[i % KF_LEN(formats)], NULL};

        e2e_top(e, &(struct e2e_top){.record = &ch.record, .args = args, .quiet = true});
        assert_true(vt_wait_exit(e->vt, E2E_MS, &status));
        assert_int_equal(status, 0);
    }
    channels_reached(&ch, "nm", "wd", "so", "se");
    channels_shown(&ch, "R{");
    channels_clean(&ch, "--once", false, 0);
}

static void look_at_all(struct e2e *e, bool ascii, const uint32_t *held)
{
    channels_open(e, &ch.record, ascii);
    look_at_queue(e);
    complete_names(e);
    for (size_t i = 0; i < ch.part_count; i++)
        ask_about_job(e, ascii, held[i]);
    look_at_nodes(e, ascii);
    look_at_form(e);
    for (size_t i = 0; i < KF_LEN(detailed); i++)
        channels_shown(&ch, detailed[i].mark);
    channels_shown(&ch, "R{");
    channels_shown(&ch, "held0{");
    channels_reached(&ch, "nm", "ac", "wd", "so", "se", "sc");
    channels_press(e, "3", NULL);
    e2e_quit(e);
    channels_clean(&ch,
        ascii ? "tables, questions, forms in ASCII" : "tables, questions, forms in UTF-8", ascii,
        0);
}

static void test_farm(void **state)
{
    struct e2e *e = *state;
    uint32_t held[CHANNELS_PARTS_MAX];

    for (size_t i = 0; i < ch.count; i++)
        submit_one(e, i);
    try_the_others(e);
    for (size_t i = 0; i < ch.part_count; i++)
        held[i] = submit_held(e, i);
    spoil_nodes(e);
    look_at_all(e, false, held);
    look_at_all(e, true, held);
    print_all(e);
}

/* ---- what root writes ---- */

struct field {
    const char *name, *marker;
};

/* Several sequences in each of these fields; the next one to go on with. */
static size_t update(
    struct e2e *e, const char *what, const struct field *fields, size_t count, size_t from)
{
    struct buf text = BUF_INIT, option = BUF_INIT;
    size_t next = from;

    for (size_t i = 0; i < count; i++) {
        next = channels_some(&ch, CHANNELS_ALL, fields[i].marker, from, DETAIL, &text);
        buf_clear(&option);
        buf_addf(&option, "%s=%s", fields[i].name, buf_str(&text));
        e2e_output(e, "scontrol", "update", what, buf_str(&option));
    }
    buf_release(&text);
    buf_release(&option);
    return next;
}

/* A reservation whose name has some of them, for the job. */
static void reserve(struct e2e *e, const char *job, size_t from)
{
    struct buf text = BUF_INIT, name = BUF_INIT;

    channels_some(&ch, CHANNELS_ALL, "vr", from, DETAIL, &text);
    buf_addf(&name, "ReservationName=%s", buf_str(&text));
    e2e_output(e, "scontrol", "create", "reservation", buf_str(&name), "Users=root", "Nodes=node1",
        "StartTime=now+10hours", "Duration=10", "Flags=OVERLAP");
    e2e_output(e, "scontrol", "update", job, buf_str(&name));
    buf_release(&text);
    buf_release(&name);
}

/* How many of these sequences of a marker are on the screen or have been: bits of *seen. */
static size_t count_seen(struct e2e *e, const char *marker, size_t from, size_t to, uint64_t *seen)
{
    const char *screen = vt_screen_text(e->vt);
    size_t n = 0;

    for (size_t i = from; i < to; i++) {
        char text[32];

        snprintf(text, sizeof(text), "%s%03zu" SEQUENCES_OPEN, marker, i);
        if (channels_newline(&ch, i) || strstr(screen, text))
            *seen |= UINT64_C(1) << (i - from);
        n += *seen >> (i - from) & 1;
    }
    return n;
}

/* The details, moved to the right until all of these sequences of each marker were on the screen. */
static void look_for(struct e2e *e, const char *const markers[FIELDS], size_t from, size_t to)
{
    char first[32];
    uint64_t seen[FIELDS] = {0};
    size_t missing = 1;

    assert_true(to - from < 64);
    snprintf(first, sizeof(first), "%s%03zu" SEQUENCES_OPEN, markers[FIELDS - 1],
        from + channels_newline(&ch, from));
    channels_press(e, "<Enter>", "Esc closes");
    e2e_see(e, first); /* Slurm has answered */
    for (int pan = 0; pan < PANS && missing; pan++) {
        missing = 0;
        for (size_t f = 0; f < FIELDS; f++)
            missing += to - from - count_seen(e, markers[f], from, to, &seen[f]);
        if (missing)
            channels_press(e, "<Right><Right><Right><Right>", NULL);
    }
    if (missing)
        fail_msg("%zu of %s and others were not in the details", missing, markers[0]);
    channels_press(e, "<Esc>", NULL);
    e2e_gone(e, "Esc closes");
}

/* Guards the words about nodes and jobs that only root may write, and may have copied from somewhere. */
static void test_root(void **state)
{
    static const struct field of_node[] = {{"Reason", "nr"}, {"Comment", "nc"}, {"Extra", "nx"}};
    static const struct field of_job[] = {{"Comment", "jc"}, {"AdminComment", "ja"}};
    struct e2e *e = *state;
    uint32_t id = e2e_submit_sleeper(e, "--hold");
    char job[32];

    snprintf(job, sizeof(job), "JobId=%u", id);
    e2e_output(e, "scontrol", "update", "NodeName=node1", "State=drain", "Reason=x");
    channels_open(e, &ch.record, false);
    for (size_t i = 0, next; i < ch.count; i = next) {
        next = update(e, "NodeName=node1", of_node, KF_LEN(of_node), i);
        update(e, job, of_job, KF_LEN(of_job), i);
        reserve(e, job, i);
        channels_press(e, "2", "node1 ");
        channels_go_to(e, false, "node1");
        look_for(e, (const char *const[]){"nr", "nc", "nx"}, i, next);
        channels_press(e, "3", "Queue ");
        channels_go_to_job(e, false, id);
        look_for(e, (const char *const[]){"jc", "ja", "vr"}, i, next);
    }
    e2e_quit(e);
    channels_clean(&ch, "words of root", false, 0);
    e2e_mend_nodes(e);
}

/* ---- the audit file ---- */

static size_t marked_jobs(struct e2e *e)
{
    static const char before[] = "Type ";
    int row, col;

    assert_true(vt_find(e->vt, " to confirm:", &row, NULL));
    assert_true(vt_find(e->vt, before, &row, &col));
    return strtoul(strstr(vt_row_text(e->vt, row), before) + strlen(before), NULL, 10);
}

/* Root by way of sudo, whose name is no better, cancels all jobs. */
static size_t cancel_all(struct e2e *e)
{
    char sudo[CHANNELS_PART * CHANNELS_PARTS_MAX], keys[32];
    const char *const env[] = {sudo, NULL};
    size_t jobs;

    snprintf(sudo, sizeof(sudo), "SUDO_USER=%s", buf_str(&ch.whole));
    e2e_top(e, &(struct e2e_top){.cols = COLS, .rows = ROWS, .record = &ch.record, .env = env});
    channels_press(e, "3", "Queue ");
    channels_press(e, "<C-a>", " marked");
    channels_press(e, "c", " to confirm:");
    jobs = marked_jobs(e);
    snprintf(keys, sizeof(keys), "%zu<Enter>", jobs);
    channels_press(e, keys, "job-cancel: ");
    channels_press(e, "<Enter>", NULL); /* now */
    e2e_see(e, " cancelled");
    json_decref(e2e_audit_line(e, "result", "job-cancel", jobs));
    channels_press(e, "m", "Messages ");
    e2e_quit(e);
    channels_clean(&ch, "an action", false, 0);
    return jobs;
}

/* Every byte of the file itself: whoever shows it with cat has no more than text. */
static void file_is_clean(struct e2e *e)
{
    char path[E2E_PATH + 64], piece[4096];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/audit.jsonl", e->work);
    f = fopen(path, "re");
    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_add(&ch.record, piece, n);
    fclose(f);
    for (size_t i = 0; i < ch.record.len; i++)
        if ((unsigned char)ch.record.p[i] < ' ' && ch.record.p[i] != '\n') {
            channels_print_around(&ch.record, i);
            fail_msg("the audit file has a control character");
        }
    channels_reached(&ch, "nm");
    channels_clean(&ch, "the audit file", false, 0);
}

/* Guards that the file means what it was told: names that are UTF-8, and not longer than what is kept, are read
   back as they were. */
static void names_are_kept(struct e2e *e, size_t jobs)
{
    json_t *line = e2e_audit_line(e, "request", "job-cancel", jobs), *target;
    struct buf names = BUF_INIT;
    size_t at;

    assert_string_equal(e2e_audit_text(line, "user"), "root");
    json_array_foreach(json_object_get(line, "targets"), at, target)
        buf_addf(&names, "%s\n", e2e_audit_text(target, "name"));
    for (size_t i = 0; i < ch.count; i++) {
        char one[CHANNELS_ONE];
        json_t *text = json_string(channels_one(&ch, "nm", i, one)); /* NULL: no UTF-8 */

        if (text && channels_is(&ch, CHANNELS_SHORT, i) && !strstr(buf_str(&names), one))
            fail_msg("the name of sequence %zu (%s) is not in the audit file", i, ch.all[i].kind);
        json_decref(text);
    }
    buf_release(&names);
    json_decref(line);
}

/* Guards what the program writes of an action on jobs with such names, and how it shows that. */
static void test_audit(void **state)
{
    static const char *const formats[] = {"text", "csv", "json"};
    struct e2e *e = *state;
    size_t jobs;

    e2e_audit_forget(e);
    for (size_t i = 0; i < ch.count; i++)
        submit_one(e, i);
    jobs = cancel_all(e);
    file_is_clean(e);
    names_are_kept(e, jobs);
    for (size_t i = 0; i < KF_LEN(formats); i++) {
        const char *const args[] = {"--once", "messages", "--format", formats[i], NULL};
        int status = -1;

        e2e_top(e, &(struct e2e_top){.record = &ch.record, .args = args, .quiet = true});
        assert_true(vt_wait_exit(e->vt, E2E_MS, &status));
        assert_int_equal(status, 0);
        channels_reached(&ch, "nm");
        channels_clean(&ch, formats[i], false, 0);
    }
}

static void test_partitions(void **state)
{
    struct e2e *e = *state;
    char name[CHANNELS_ONE + 32], one[CHANNELS_ONE];

    for (size_t i = 0; i < ch.count; i++) {
        snprintf(name, sizeof(name), "PartitionName=%s", channels_one(&ch, "pn", i, one));
        e2e_output(e, "scontrol", "create", name, "Nodes=node1");
    }
    for (int ascii = 0; ascii < 2; ascii++) {
        channels_open(e, &ch.record, ascii);
        channels_press(e, "4", "Partitions ");
        all_are_shown(e, "pn");
        channels_press(e, "2", "node1 ");
        channels_press(e, ":columns name,partitions<Enter>", "PARTITIONS");
        channels_go_to(e, ascii, "node1");
        look_at_details(e);
        channels_press(e, "/partitions:", NULL);
        channels_press(e, "<Tab><Tab><Tab>", NULL);
        channels_press(e, "<Esc>", NULL);
        channels_press(e, "<Esc>", NULL);
        channels_press(e, "3", NULL);
        e2e_quit(e);
        channels_clean(&ch, "partitions", ascii, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_planted),
        e2e_test(test_farm),
        e2e_test(test_audit),
        e2e_test(test_root),
        e2e_test(test_partitions),
    };

    return cmocka_run_group_tests(tests, start, end);
}
