/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever strangers can write, on the way to the operator's terminal: every byte that the program sends there is kept
 * and must be its own. An ordinary user puts each sequence of tests/sequences.h into each field that Slurm lets him set,
 * into his logs, sources and scripts; root does so with the reasons of nodes. The operator looks at all of it.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/sequences.h"

#define COLS       250
#define ROWS       240
#define PATH_CHUNK 150 /* bytes of sequences in a file's name */
#define PART_BYTES 900 /* Slurm takes 1024 */
#define PARTS_MAX  8
#define PAGES      12

static struct sequence all[SEQUENCES_MAX];
static size_t count;
static struct buf record, whole; /* what the terminal got; all sequences in one line */
static struct buf parts[PARTS_MAX]; /* of `whole`, as long as Slurm takes a field */
static size_t part_count = 1;
static char chunk[PATH_CHUNK + 1]; /* as many of them as a file's name takes */

static int start(void **state)
{
    count = sequences_make(all);
    for (size_t i = 0; i < count; i++) {
        char one[SEQUENCE_BYTES + 8];

        if (all[i].bytes[0] == '\n')
            continue;
        snprintf(one, sizeof(one), SEQUENCES_OPEN "%s" SEQUENCES_CLOSE, all[i].bytes);
        buf_adds(&whole, one);
        if (parts[part_count - 1].len + strlen(one) > PART_BYTES)
            part_count++;
        assert_true(part_count <= PARTS_MAX);
        buf_adds(&parts[part_count - 1], one);
        if (strlen(chunk) + strlen(one) < sizeof(chunk) && i % 5 == 0)
            strncat(chunk, one, sizeof(chunk) - strlen(chunk) - 1);
    }
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static int end(void **state)
{
    buf_release(&record);
    buf_release(&whole);
    for (size_t i = 0; i < PARTS_MAX; i++)
        buf_release(&parts[i]);
    return e2e_end(state);
}

/* ---- the recording ---- */

static void print_around(const struct buf *b, size_t at)
{
    size_t from = at > 120 ? at - 120 : 0;

    for (size_t i = from; i < b->len && i < at + 60; i++) {
        unsigned char c = (unsigned char)b->p[i];

        if (i == at)
            print_error(" >>> ");
        if (c >= ' ' && c < 0x7f)
            print_error("%c", c);
        else
            print_error("\\x%02x", c);
    }
    print_error("\n");
}

/* Of how many sequences the marker of this channel is in what the terminal got. */
static size_t reached(const char *marker)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "%s%03zu" SEQUENCES_OPEN, marker, i);

        n += memmem(record.p, record.len, text, (size_t)len) != NULL;
    }
    return n;
}

/* Guards the test: a channel that the operator did not get to see is not clean but untried. A newline ends a line of
   a log and is in none. */
static void has_reached(const char *const *markers)
{
    for (; *markers; markers++)
        if (reached(*markers) + 1 < count)
            fail_msg("of %s only %zu were looked at", *markers, reached(*markers));
}
#define HAS_REACHED(...) has_reached((const char *const[]){__VA_ARGS__, NULL})

/* The same of a text. */
static void has_shown(const char *text)
{
    if (memmem(record.p, record.len, text, strlen(text)) == NULL)
        fail_msg("\"%s\" was not looked at", text);
}

/* Nothing of strangers is in what the terminal got; exactly so many copies to the clipboard are. */
static void terminal_is_clean(const char *where, bool ascii, unsigned copies)
{
    struct foreign f;
    unsigned found;

    assert_true(record.len > 0);
    if (foreign_find(&record, ascii, &f, &found)) {
        print_around(&record, f.at);
        fail_msg("%s: the terminal got %s", where, f.what);
    }
    assert_int_equal(found, copies);
    print_message("%s: %zu bytes are clean\n", where, record.len);
    buf_clear(&record);
}

/* Guards the check itself: each sequence, planted among the bytes of a clean screen, is found. */
static void test_planted(void **state)
{
    struct e2e *e = *state;
    struct buf planted = BUF_INIT;
    struct foreign f;

    e2e_top(e, &(struct e2e_top){.record = &record});
    e2e_quit(e);
    assert_false(foreign_find(&record, false, &f, NULL));
    for (size_t i = 0; i < count; i++) {
        buf_clear(&planted);
        buf_add(&planted, record.p, record.len / 2);
        while (planted.len && planted.p[planted.len - 1] != 'm') /* not within a sequence of ours */
            planted.len--;
        buf_addf(&planted, SEQUENCES_OPEN "%s" SEQUENCES_CLOSE, all[i].bytes);
        if (!all[i].drawn && !foreign_find(&planted, false, &f, NULL))
            fail_msg("sequence %zu (%s) goes unnoticed", i, all[i].kind);
    }
    buf_release(&planted);
    terminal_is_clean("an empty farm", false, 0);
}

/* ---- what strangers write ---- */

static void write_bytes(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(buf_str(text), 1, text->len, f), text->len);
    assert_int_equal(fchmod(fileno(f), 0755), 0);
    assert_int_equal(fclose(f), 0);
}

/* Logs have them in every kind of line; a source, too. */
static void add_lines(struct buf *out, const char *form)
{
    for (size_t i = 0; i < count; i++)
        for (const char *at = form; *at; at++)
            if (*at == '#')
                buf_addf(out, "%03zu" SEQUENCES_OPEN "%s" SEQUENCES_CLOSE, i, all[i].bytes);
            else
                buf_addc(out, *at);
}

static void write_logs(struct e2e *e)
{
    static const char *const forms[] = {"lp#e\n", "  CC      lc#e.o\n",
        "In file included from li#e.h:1,\n", "ld#e.c:3:1: error: le#e\n",
        "source.c:8:1: error: lm#e [-Wx#e]\n", "source.c:22:2: warning: lw#e [-Wx#e]\n",
        "make[2]: *** [Makefile:1: lt#e.o] Error 1\n", "make[1]: Entering directory 'lx#e'\n",
        "slurmstepd: error: *** JOB 1 ON lj#e CANCELLED ***\n"};
    struct buf b = BUF_INIT;
    char path[E2E_PATH * 2];

    for (size_t i = 0; i < KF_LEN(forms); i++)
        add_lines(&b, forms[i]);
    buf_add(&b, "lz\0e\na letter before\0and behind\n", 31);
    buf_add(&b, buf_str(&whole), whole.len);
    buf_adds(&b, "\nthe end of it\n\033[");
    snprintf(path, sizeof(path), "%s/log.bytes", e->work);
    write_bytes(path, &b);
    buf_clear(&b);
    add_lines(&b, "err#e\n");
    buf_adds(&b, "the end of errors\n");
    snprintf(path, sizeof(path), "%s/errors.bytes", e->work);
    write_bytes(path, &b);
    buf_clear(&b);
    for (size_t i = 0; i < count; i++)
        buf_addf(&b, "src%03zu" SEQUENCES_OPEN "%s" SEQUENCES_CLOSE "e%s", i, all[i].bytes,
            i % 7 == 6 ? "\n" : " ");
    snprintf(path, sizeof(path), "%s/source.c", e->work);
    write_bytes(path, &b);
    buf_release(&b);
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
            fields[k], i, all[i].bytes);
        argv[n++] = options[k];
    }
    snprintf(
        name, sizeof(name), "sc%03zu" SEQUENCES_OPEN "%s" SEQUENCES_CLOSE "e", i, all[i].bytes);
    argv[n++] = e2e_file(e, path, name, "#!/bin/sh\n");
    argv[n++] = name; /* an argument, too */
    e2e_output_list(e, argv);
}

/* A job with some of them behind an option's value; Slurm's word if it refuses them there. */
static void try_option(struct e2e *e, const char *option)
{
    char text[PATH_CHUNK + 64];
    struct e2e_result r;
    const char *words;

    snprintf(text, sizeof(text), "%s%s", option, chunk);
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
    char name[PATH_CHUNK + 32], path[E2E_PATH * 2];
    const char *argv[KF_LEN(detailed) + 12] = {
        E2E_NOBODY, "sbatch", "--parsable", "--hold", "--mem=10", "--mail-type=TIME_LIMIT_50"};
    struct buf options[KF_LEN(detailed)] = {0}, script = BUF_INIT;
    uint32_t job;
    size_t n = 0;

    while (argv[n])
        n++;
    for (size_t i = 0; i < KF_LEN(detailed); i++) {
        buf_addf(
            &options[i], "%s%.2s%s", detailed[i].option, detailed[i].mark, buf_str(&parts[part]));
        argv[n++] = buf_str(&options[i]);
    }
    buf_adds(&script, "#!/bin/bash\n");
    add_lines(&script, "#SBATCH --comment=\"sb#e\"\n");
    add_lines(&script, "echo #e\n");
    snprintf(name, sizeof(name), "held%zu%s", part, chunk);
    snprintf(path, sizeof(path), "%s/%s", e->work, name);
    write_bytes(path, &script);
    argv[n++] = path;
    argv[n++] = name;
    job = (uint32_t)strtoul(e2e_output_list(e, argv), NULL, 10);
    for (size_t i = 0; i < KF_LEN(detailed); i++)
        buf_release(&options[i]);
    buf_release(&script);
    return job;
}

static uint32_t submit_running(struct e2e *e)
{
    char option[E2E_PATH * 2], errors[E2E_PATH * 2], name[E2E_PATH], path[E2E_PATH];
    uint32_t job;

    write_logs(e);
    e2e_file(e, path, "run.sh",
        "#!/bin/bash\ncat log.bytes\ncat errors.bytes >&2\necho later\nexec sleep 3600\n");
    snprintf(option, sizeof(option), "--output=%s/lo%s", e->work, chunk);
    snprintf(errors, sizeof(errors), "--error=%s/lr%s", e->work, chunk);
    snprintf(name, sizeof(name), "--job-name=running%s", chunk);
    job = (uint32_t)strtoul(
        e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--mem=10", option, errors, name, path),
        NULL, 10);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    return job;
}

/* Root's own words about nodes: pasted from somewhere. */
static void spoil_nodes(struct e2e *e)
{
    static const char *const fields[] = {"Reason", "Comment", "Extra"};
    struct buf b = BUF_INIT;

    buf_addf(&b, "ReservationName=V%s", chunk);
    e2e_output(e, "scontrol", "create", "reservation", buf_str(&b), "Users=root", "Nodes=node1",
        "StartTime=now+10hours", "Duration=10");
    for (size_t i = 0; i < KF_LEN(fields); i++) {
        buf_clear(&b);
        buf_addf(&b, "%s=R%s", fields[i], buf_str(&parts[i % part_count]));
        if (i == 0)
            e2e_output(e, "scontrol", "update", "NodeName=node1", "State=drain", buf_str(&b));
        else
            e2e_output(e, "scontrol", "update", "NodeName=node1", buf_str(&b));
    }
    buf_release(&b);
}

/* ---- the operator looks ---- */

static void press(struct e2e *e, const char *keys, const char *seen)
{
    assert_true(vt_keys(e->vt, keys));
    if (seen)
        e2e_see(e, seen);
    vt_wait_quiet(e->vt, 40, 1000);
}

/* The row that begins with this, in the table on the screen. */
static void go_to(struct e2e *e, bool ascii, const char *name)
{
    char text[64];

    snprintf(text, sizeof(text), ":%s<Enter>", name);
    press(e, text, NULL);
    snprintf(text, sizeof(text), "%s%s ", ascii ? ">" : "▸", name);
    e2e_see(e, text);
}

static void go_to_job(struct e2e *e, bool ascii, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    go_to(e, ascii, id);
}

static void look_at_details(struct e2e *e)
{
    press(e, "<Enter>", "Esc closes");
    for (int i = 0; i < 3; i++)
        press(e, "<PgDn>", NULL);
    press(e, "<Right>", NULL);
    press(e, "<Esc>", NULL);
    e2e_gone(e, "Esc closes");
}

/* A question, answered by Esc. */
static void ask(struct e2e *e, const char *key, const char *seen)
{
    press(e, key, seen);
    press(e, "<Esc>", NULL);
    e2e_gone(e, seen);
}

/* Each job's marker stands on the screen, so that what was behind it was sent. */
static void all_are_shown(struct e2e *e, const char *marker)
{
    for (size_t i = 0; i < count; i++) {
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

    press(e, "3", "Queue ");
    for (size_t i = 0; i < KF_LEN(passes); i++) {
        snprintf(keys, sizeof(keys), ":columns %s<Enter>", passes[i].columns);
        press(e, keys, NULL);
        for (size_t k = 0; k < KF_LEN(passes[i].markers) && passes[i].markers[k]; k++)
            all_are_shown(e, passes[i].markers[k]);
        vt_resize(e->vt, 120, ROWS);
        vt_wait_quiet(e->vt, 60, 2000);
        vt_resize(e->vt, COLS, ROWS);
        vt_wait_quiet(e->vt, 60, 2000);
    }
    press(e, ":columns job,name,user,st,why<Enter>", "NODE/WHY");
    press(e, "<F2>", NULL);
    press(e, "<Esc>", NULL);
}

/* Names that Tab offers, in a filter, a search and a command. */
static void complete_names(struct e2e *e)
{
    static const char *const typed[] = {"/name:", "/name=nm01",
        "/account:", "/command:", "/work_dir=", "/stdout:", "<F3>name:", ":filter name:"};

    for (size_t i = 0; i < KF_LEN(typed); i++) {
        press(e, typed[i], NULL);
        for (int k = 0; k < 6; k++)
            press(e, "<Tab>", NULL);
        press(e, "<Esc>", NULL);
        press(e, "<Esc>", NULL);
        press(e, "3", "Queue ");
    }
    press(e, "<F3>nm<Enter>", NULL);
    press(e, "nnN", NULL);
    press(e, "<Esc>", NULL);
}

static void ask_about_job(struct e2e *e, bool ascii, uint32_t job)
{
    go_to_job(e, ascii, job);
    look_at_details(e);
    ask(e, "c", "Cancel job");
    ask(e, "T", "Set the time limit of job");
    for (const char *key = "pHitR"; *key; key++) {
        press(e, (char[]){*key, '\0'}, NULL);
        press(e, "<Esc>", NULL);
    }
    press(e, "b", "Submit the script of job");
    press(e, "<PgDn>", NULL);
    press(e, "<Esc>", NULL);
    e2e_gone(e, "Submit the script of job");
}

static void look_at_nodes(struct e2e *e, bool ascii)
{
    press(e, "2", "node1 ");
    go_to(e, ascii, "node1");
    e2e_see(e, "R{");
    look_at_details(e);
    press(e, "n", NULL);
    press(e, "<Esc>", NULL);
    press(e, "/reason:", NULL);
    press(e, "<Tab><Tab>", NULL);
    press(e, "<Esc>", NULL);
    press(e, "<Esc>", NULL);
    press(e, "4", "Partitions ");
}

static void page_through(struct e2e *e)
{
    press(e, "g", NULL);
    for (int i = 0; i < PAGES; i++)
        press(e, "<PgDn>", NULL);
    press(e, "<Right><Right>", NULL);
    press(e, "<Left><Left>", NULL);
    press(e, "G", NULL);
}

static void look_at_log(struct e2e *e, bool ascii, uint32_t job)
{
    press(e, "3", "Queue ");
    go_to_job(e, ascii, job);
    press(e, "l", "the end of it");
    e2e_see(e, "the end of errors");
    page_through(e);
    press(e, "z", NULL);
    page_through(e);
    press(e, "z", NULL);
    page_through(e);
    press(e, "z", NULL);
    press(e, "S", NULL);
    page_through(e);
    press(e, "S", NULL);
    press(e, ":log-filter l[a-z]<Enter>", NULL);
    page_through(e);
    press(e, "<Esc>", NULL);
    press(e, ":log-search l.1<Enter>", NULL);
    press(e, "nnnNN", NULL);
    press(e, "<Esc>", NULL);
    press(e, "FeeEww", NULL);
}

static void look_at_diagnostics(struct e2e *e, bool ascii, uint32_t job)
{
    press(e, "3", "Queue ");
    go_to_job(e, ascii, job);
    press(e, "l", "Log of ");
    press(e, "D", "error");
    press(e, "g", NULL);
    for (int i = 0; i < 8; i++)
        press(e, "<PgDn>", NULL);
    press(e, "/", NULL);
    press(e, "<Esc>", NULL);
    for (int i = 0; i < 30; i++)
        press(e, "k", NULL);
    press(e, "y", NULL);
    press(e, ">", NULL);
    press(e, "<Tab><Esc>", NULL);
    press(e, "<Esc>", NULL);
    press(e, "o", NULL);
    press(e, "oo", NULL);
}

static void look_elsewhere(struct e2e *e, bool ascii)
{
    char keys[E2E_PATH * 2];

    press(e, "1", "Nodes ");
    press(e, "5", "Builds ");
    press(e, ":columns job,name,build,cause,first_error,last_step,why<Enter>", NULL);
    vt_run(e->vt, 300);
    press(e, "m", "Messages ");
    press(e, "?", "Help ");
    press(e, "<Esc>", NULL);
    press(e, "V", NULL);
    press(e, "<Esc>", NULL);
    snprintf(keys, sizeof(keys), "cat %s/errors.bytes<Enter>", e->work);
    press(e, "2", "node2 ");
    go_to(e, ascii, "node2");
    press(e, "x", "Run a command on node ");
    press(e, keys, "Output ");
    e2e_see(e, "the end of errors");
    press(e, "gG", NULL);
}

static void look_at_form(struct e2e *e)
{
    char keys[E2E_PATH * 2];

    press(e, "3", "Queue ");
    press(e, "s", "Submit a batch script");
    press(e, "<Tab>", NULL);
    for (int i = 0; i < 5; i++)
        press(e, "<Down>", NULL);
    press(e, "<Esc>", NULL);
    snprintf(keys, sizeof(keys), "%s/held1", e->work);
    press(e, "3", NULL);
    if (!vt_find(e->vt, "Submit a batch script", NULL, NULL))
        press(e, "s", "Submit a batch script");
    press(e, "<C-u>", NULL);
    press(e, keys, NULL);
    press(e, "<Tab>", NULL); /* there is but one */
    press(e, "<Enter><Enter>", NULL);
    vt_run(e->vt, 400);
    press(e, "<PgDn>", NULL);
    press(e, "<Enter>", NULL);
    vt_run(e->vt, 400);
    for (int i = 0; i < 4; i++)
        press(e, "<Esc>", NULL);
}

static void open_top(struct e2e *e, bool ascii, const char *const *args)
{
    static const char *const plain[] = {"LANG=C", "EDITOR=true", NULL};
    static const char *const utf8[] = {"EDITOR=true", NULL};

    e2e_top(e, &(struct e2e_top){.cols = COLS,
                   .rows = ROWS,
                   .record = &record,
                   .args = args,
                   .env = ascii ? plain : utf8});
}

static void look_at_all(struct e2e *e, bool ascii, const uint32_t *held, uint32_t running)
{
    const char *how = ascii ? "ASCII" : "UTF-8";
    char where[64];

    open_top(e, ascii, NULL);
    look_at_queue(e);
    complete_names(e);
    for (size_t i = 0; i < part_count; i++)
        ask_about_job(e, ascii, held[i]);
    look_at_nodes(e, ascii);
    look_at_form(e);
    for (size_t i = 0; i < KF_LEN(detailed); i++)
        has_shown(detailed[i].mark);
    has_shown("R{");
    has_shown("held1{");
    HAS_REACHED("nm", "ac", "wd", "so", "se", "sc");
    snprintf(where, sizeof(where), "tables, questions, forms in %s", how);
    terminal_is_clean(where, ascii, 0);
    look_at_log(e, ascii, running);
    HAS_REACHED("lp", "lc", "li", "ld", "le", "lm", "lw", "lt", "lx", "lj", "err");
    snprintf(where, sizeof(where), "log in %s", how);
    terminal_is_clean(where, ascii, 0);
    look_at_diagnostics(e, ascii, running);
    HAS_REACHED("ld", "le", "lm", "lw", "src");
    snprintf(where, sizeof(where), "diagnostics in %s", how);
    terminal_is_clean(where, ascii, 1);
    look_elsewhere(e, ascii);
    HAS_REACHED("err");
    snprintf(where, sizeof(where), "builds, messages, output in %s", how);
    terminal_is_clean(where, ascii, 0);
    press(e, "3", NULL);
    e2e_quit(e);
    snprintf(where, sizeof(where), "the end in %s", how);
    terminal_is_clean(where, ascii, 0);
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

        e2e_top(e, &(struct e2e_top){.record = &record, .args = args, .quiet = true});
        assert_true(vt_wait_exit(e->vt, E2E_MS, &status));
        assert_int_equal(status, 0);
    }
    HAS_REACHED("nm", "wd", "so", "se");
    has_shown("R{");
    terminal_is_clean("--once", false, 0);
}

static void test_farm(void **state)
{
    struct e2e *e = *state;
    uint32_t held[PARTS_MAX], running;

    for (size_t i = 0; i < count; i++)
        submit_one(e, i);
    try_the_others(e);
    for (size_t i = 0; i < part_count; i++)
        held[i] = submit_held(e, i);
    spoil_nodes(e);
    running = submit_running(e);
    look_at_all(e, false, held, running);
    look_at_all(e, true, held, running);
    print_all(e);
}

/* ---- recordings and configurations ---- */

#define VICTIM "kernel_build"

static void test_recordings(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH * 2];
    const char *const args[] = {"--replay", path, NULL};
    FILE *f = fopen(SOURCE_DIR "/tests/golden/farm.rec", "re");
    struct buf original = BUF_INIT, changed = BUF_INIT;
    char piece[4096];
    size_t n;

    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_add(&original, piece, n);
    fclose(f);
    snprintf(path, sizeof(path), "%s/changed.rec", e->work);
    for (size_t i = 0; i < count; i += 7) {
        char name[sizeof(VICTIM)] = "{xxxxxxxxxxx";
        size_t len = strlen(all[i].bytes);

        if (len + 2 > strlen(VICTIM))
            continue;
        memcpy(name + 1, all[i].bytes, len);
        name[len + 1] = '}';
        buf_clear(&changed);
        buf_add(&changed, original.p, original.len);
        for (char *at = changed.p;
             (at = memmem(at, changed.len - (size_t)(at - changed.p), VICTIM, strlen(VICTIM)));)
            memcpy(at, name, strlen(VICTIM));
        write_bytes(path, &changed);
        e2e_top(e, &(struct e2e_top){.record = &record, .args = args, .quiet = true});
        e2e_see(e, "recording");
        e2e_see(e, "{");
        press(e, "3", "{");
        press(e, "l", "{");
        press(e, "5", "{");
        e2e_quit(e);
    }
    terminal_is_clean("recordings", false, 0);
    buf_release(&original);
    buf_release(&changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_planted),
        e2e_test(test_farm),
        e2e_test(test_recordings),
    };

    return cmocka_run_group_tests(tests, start, end);
}
