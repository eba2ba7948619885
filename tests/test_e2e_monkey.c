/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A monkey at the keyboard: thousands of random keys, escape sequences, pastes and sizes of the terminal, on a recording
 * and on a real farm whose answers come meanwhile. The test fails when the program dies, when a sanitizer reports
 * something of it or of its helpers, and when it does not listen to keys any more.
 *
 *     KFARM_MONKEY_SECONDS=600   for each of the tests; the default is short
 *     KFARM_MONKEY_SEED=N        presses the keys of an earlier run, whose seed was printed
 *
 * It does no harm: what is on the farm without a dry run is nobody's, the commands that would run something on nodes or
 * submit a script are not Slurm's, pager and editor are true(1), and the home directory is the test's.
 */
#include "tests/e2e.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/parse.h"
#include "tui/command.h"

#define SECONDS      8
#define KEYS_A_CHECK 1500 /* after so many it must listen to a known one */
#define CHECKS       15 /* attempts at that */
#define FEED_MS      5000 /* between two changes of the farm */
#define LAST_BYTES   1500 /* keys that are printed when it fails */

struct monkey {
    struct e2e *e;
    const char *name;
    const char *const *args;
    bool nobody, recorded; /* no farm behind it */
    uint64_t random, keys, starts, checked;
    int64_t until_us, fed_us;
    struct buf last;
    unsigned feeds;
};

static int64_t seconds = SECONDS, seed;

/* ---- the farm, and commands that do nothing ---- */

static void make_command(struct e2e *e, const char *name, const char *text)
{
    char path[E2E_PATH], below_work[64];

    snprintf(below_work, sizeof(below_work), "bin/%s", name);
    e2e_file(e, path, below_work, text);
}

static int start(void **state)
{
    struct e2e *e;
    char path[E2E_PATH + 16];
    FILE *f;

    if (e2e_start(state, SOURCE_DIR, KFARM_TOP) != 0)
        return -1;
    e = *state;
    snprintf(path, sizeof(path), "%s/bin", e->work);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/home", e->work);
    mkdir(path, 0777);
    chmod(path, 0777);
    make_command(e, "srun",
        "#!/bin/bash\necho \"srun $*\"\nfor i in {1..30}; do echo \"line $i\"; done\n"
        "printf '\\033[31mred\\033[0m\\n' >&2\nexit $((RANDOM % 3))\n");
    make_command(e, "sbatch",
        "#!/bin/bash\ncase \" $* \" in *' --test-only '*) echo 'sbatch: Job 7 to start at "
        "2030-01-01T00:00:00 using 1 processors on nodes node1 in partition debug' >&2 ;;\n"
        "*) echo 7 ;; esac\n");
    make_command(e, "ssh", "#!/bin/sh\nexit 1\n");
    make_command(e, "salloc", "#!/bin/sh\nexit 1\n");
    f = fopen(e->conf, "ae");
    assert_non_null(f);
    fputs("SuspendProgram=/bin/true\nResumeProgram=/bin/true\nSuspendTime=36000\n"
          "SuspendTimeout=5\nResumeTimeout=60\nRebootProgram=/bin/true\n",
        f);
    assert_int_equal(fclose(f), 0);
    e2e_reconfigure(e);
    return 0;
}

/* A build that talks a lot, and breaks now and then. */
static void submit_some(struct monkey *m)
{
    static const char *const options[] = {
        "--array=1-5", "--hold", "--begin=now+1hour", "--mem=10", "--array=1-3%1", "--mem=20"};
    char script[E2E_PATH];
    struct e2e *e = m->e;

    e2e_file(e, script, "talks.sh",
        "#!/bin/bash\n#SBATCH --mem=10\n"
        "for i in {1..150}; do\n"
        "    for k in {1..20}; do echo \"  CC      drivers/net/file$i-$k.o\"; done\n"
        "    echo \"drivers/net/file$i.c:$i:5: warning: unused variable ‘x’ [-Wunused-variable]\" "
        ">&2\n"
        "    ((i % 30)) || echo \"drivers/net/file$i.c:$i:5: error: ‘y’ undeclared\" >&2\n"
        "    ((i % 30)) || echo \"make[2]: *** [Makefile:1: drivers/net/file$i.o] Error 1\"\n"
        "    printf '%0300d\\n' $i\n"
        "    read -rt 0.1 <> <(:)\n"
        "done\nexit $((RANDOM % 2))\n");
    for (int i = 0; i < 2; i++)
        e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--output=monkey-%j.out",
            options[(m->feeds * 2 + (unsigned)i) % KF_LEN(options)], script);
}

/* The farm does not stand still. */
static void feed(struct monkey *m)
{
    if (m->recorded || clock_monotonic_us() - m->fed_us < FEED_MS * 1000)
        return;
    submit_some(m);
    if (m->feeds++ % 2)
        e2e_run(m->e, "scontrol", "update", "nodename=node2", "state=resume");
    else
        e2e_run(m->e, "scontrol", "update", "nodename=node2", "state=drain", "reason=monkey");
    m->fed_us = clock_monotonic_us();
}

/* ---- random numbers, by which a run can be repeated ---- */

static uint64_t next(struct monkey *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return m->random;
}

static unsigned below(struct monkey *m, unsigned n)
{
    return (unsigned)((next(m) >> 11) % n);
}

#define ANY(m, list) ((list)[below((m), KF_LEN(list))])

/* ---- what went wrong ---- */

static void remember(struct monkey *m, const char *what)
{
    buf_addc(&m->last, ' ');
    for (; *what; what++)
        if (isprint((unsigned char)*what))
            buf_addc(&m->last, *what);
        else
            buf_addf(&m->last, "\\x%02x", (unsigned)(unsigned char)*what);
    if (m->last.len > 2 * LAST_BYTES)
        buf_drop(&m->last, m->last.len - LAST_BYTES);
}

/* What sanitizers wrote of the program and its helpers; true if there is anything. */
static bool print_reports(struct monkey *m)
{
    char pattern[E2E_PATH + 16], line[1024];
    glob_t found = {0};
    bool any;

    snprintf(pattern, sizeof(pattern), "%s/report.*", m->e->work);
    any = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;
    for (size_t i = 0; any && i < found.gl_pathc; i++) {
        FILE *f = fopen(found.gl_pathv[i], "re");

        while (f && fgets(line, sizeof(line), f))
            fputs(line, stderr);
        if (f)
            fclose(f);
        unlink(found.gl_pathv[i]);
    }
    globfree(&found);
    return any;
}

static void give_up(struct monkey *m, const char *why)
{
    vt_dump(m->e->vt, stderr, why);
    print_reports(m);
    fprintf(stderr, "the last keys:%s\n", buf_str(&m->last));
    buf_release(&m->last);
    fail_msg("%s (%s, KFARM_MONKEY_SEED=%lld, key %llu of start %llu)", why, m->name,
        (long long)seed, (unsigned long long)m->keys, (unsigned long long)m->starts);
}

/* ---- the program ---- */

static void begin(struct monkey *m)
{
    char home[E2E_PATH + 16], path[E2E_PATH + 512], asan[E2E_PATH + 64], ubsan[E2E_PATH + 64],
        lsan[E2E_PATH + 64], file[E2E_PATH];
    const char *const env[] = {home, path, asan, ubsan, lsan, "EDITOR=true", "VISUAL=true",
        "PAGER=true", "SHELL=/bin/false", NULL};

    snprintf(home, sizeof(home), "HOME=%s/home", m->e->work);
    snprintf(path, sizeof(path), "PATH=%s/bin:%s", m->e->work, getenv("PATH"));
    snprintf(asan, sizeof(asan), "ASAN_OPTIONS=log_path=%s/report", m->e->work);
    snprintf(
        ubsan, sizeof(ubsan), "UBSAN_OPTIONS=print_stacktrace=1:log_path=%s/report", m->e->work);
    /* slurm_update_job2() keeps the controller's answer to itself (libslurm, job_update.c) */
    snprintf(lsan, sizeof(lsan), "LSAN_OPTIONS=print_suppressions=0:suppressions=%s",
        e2e_file(m->e, file, "leaks", "leak:slurm_unpack_received_msg\n"));
    e2e_top(m->e, &(struct e2e_top){.args = m->args, .env = env, .nobody = m->nobody});
    m->starts++;
}

/* If a key has left the program, it begins anew; any other end is a fault. */
static void look(struct monkey *m)
{
    siginfo_t info = {0};
    int status = -1;
    char why[64];

    if (print_reports(m))
        give_up(m, "a sanitizer has reported this");
    if (waitid(P_PID, (id_t)vt_pid(m->e->vt), &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
        info.si_pid == 0)
        return;
    vt_wait_exit(m->e->vt, 1000, &status);
    snprintf(why, sizeof(why), "the program ended with %d%s", status,
        vt_restored(m->e->vt) ? "" : ", its terminal not restored");
    if (status != 0 || !vt_restored(m->e->vt) || print_reports(m))
        give_up(m, why);
    begin(m);
}

/* The program has nothing to say for a moment. */
static void settle(struct monkey *m)
{
    uint64_t before;

    for (int i = 0; i < 20; i++) {
        before = vt_bytes(m->e->vt);
        vt_run(m->e->vt, 20);
        if (vt_bytes(m->e->vt) == before)
            return;
    }
}

static bool shows_help(struct vt *vt)
{
    return vt_find(vt, "─ Help ", NULL, NULL);
}

/* Esc leaves prompts and lists, and a form with something in it once that is confirmed. */
static void escape(struct monkey *m)
{
    vt_keys(m->e->vt, "<Esc>");
    vt_run(m->e->vt, 60);
    if (vt_find(m->e->vt, "Leave the form?", NULL, NULL))
        vt_keys(m->e->vt, "y");
}

/* It is brought back from wherever it is: a lost paste is over after a second without a key, which may begin late, for
   there may be keys that it has not read yet; Enter leaves what a pager that failed has left. */
static void check(struct monkey *m)
{
    settle(m);
    vt_resize(m->e->vt, 120, 34);
    for (int i = 0; i < CHECKS; i++) {
        vt_run(m->e->vt, 1200 + i * 200);
        look(m);
        for (int k = 0; k < 4; k++)
            escape(m);
        vt_keys(m->e->vt, "?");
        for (int k = 0; k < 20 && !shows_help(m->e->vt); k++)
            vt_run(m->e->vt, 20 + i * 5);
        if (shows_help(m->e->vt)) {
            vt_keys(m->e->vt, "1");
            m->checked++;
            return;
        }
        if (i % 4 == 3)
            vt_keys(m->e->vt, "<Enter>");
    }
    look(m);
    give_up(m, "the program does not listen to keys");
}

/* ---- keys ---- */

static void press(struct monkey *m, const char *keys)
{
    remember(m, keys);
    vt_press(m->e->vt, keys);
    m->keys++;
}

static void press_bytes(struct monkey *m, const char *bytes)
{
    remember(m, bytes);
    vt_type(m->e->vt, bytes);
    m->keys++;
}

/* One of the keys that leave the program is pressed seldom: each costs a start. */
static bool leaves(const char *key)
{
    return strcmp(key, "q") == 0 || strcmp(key, "<F10>") == 0 || strcmp(key, "<C-c>") == 0;
}

static void press_named(struct monkey *m)
{
    static const char *const keys[] = {"<Enter>", "<Enter>", "<Tab>", "<Tab>", "<S-Tab>", "<Esc>",
        "<Esc>", "<Esc>", "<Up>", "<Down>", "<Down>", "<Left>", "<Right>", "<Home>", "<End>",
        "<PgUp>", "<PgDn>", "<Ins>", "<Del>", "<BS>", "<F1>", "<F2>", "<F3>", "<F4>", "<F5>",
        "<F6>", "<F9>", "<F10>", "<F12>", "<C-a>", "<C-b>", "<C-c>", "<C-e>", "<C-f>", "<C-k>",
        "<C-l>", "<C-u>", "<C-w>", "<M-x>", "y"};
    const char *key = ANY(m, keys);

    if (!leaves(key) || below(m, 100) == 0)
        press(m, key);
}

static void press_character(struct monkey *m)
{
    char key[2] = {(char)(' ' + below(m, 95)), '\0'};

    if (key[0] == '<')
        press(m, "<lt>");
    else if (!leaves(key) || below(m, 100) == 0)
        press(m, key);
}

/* A command by its name, with and without something behind it. */
static void press_command(struct monkey *m)
{
    static const char *const behind[] = {"", "", "", " 1", " 50%", " state:pend", " file", " name",
        " +30", " error", " (", " 99999999999999999999", " USR1", " user"};
    const struct command *c = &commands[below(m, (unsigned)command_count)];
    char line[128];

    snprintf(line, sizeof(line), ":%s%s<Enter>", c->name, ANY(m, behind));
    if (strcmp(c->name, "quit") != 0 && strcmp(c->name, "log-save") != 0)
        press(m, line);
}

static void press_words(struct monkey *m)
{
    static const char *const words[] = {"1", "42", "7_3", "error", "state:pend", "user=nobody",
        "node1", "!", "(", "[", "\\\\", "name~a", "100", "+30", "now", "USR1", "job,name",
        "warning|error", "…é名", "time>1", "0", "-1", "4294967295"};

    press(m, ANY(m, words));
}

/* What a terminal does not send, and half of what it does. */
static void press_garbage(struct monkey *m)
{
    static const char *const bytes[] = {"\033[", "\033[999~", "\033[M !!", "\033O", "\033[200~",
        "\033[201~", "\033]0;title\007", "\033[<0;10;10M", "\033[I", "\033[O", "\033P1$r\033\\",
        "\033[1;5A", "\033[38;2;1;2;3m", "\033[6n", "\xff\xfe", "\xc3", "\xe2\x94",
        "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\302\23331m", "\016", "\017", "\001", "\177", "\b"};

    press_bytes(m, ANY(m, bytes));
}

static void paste(struct monkey *m)
{
    char text[400];
    unsigned n = below(m, sizeof(text) - 1);

    for (unsigned i = 0; i < n; i++)
        text[i] = (char)(below(m, 20) ? ' ' + (int)below(m, 95) : '\r');
    text[n] = '\0';
    remember(m, "PASTE");
    vt_paste(m->e->vt, text);
    m->keys++;
}

static void resize(struct monkey *m)
{
    /* libvterm 0.1 crashes on a wide character in a single column, … */
    static const int cols[] = {2, 20, 40, 80, 109, 120, 200, 300},
                     rows[] = {2, 5, 10, 24, 34, 60, 100};
    int c = ANY(m, cols), r = ANY(m, rows);
    char what[32];

    if (below(m, 3)) { /* most sizes are usable ones */
        c = 80 + (int)below(m, 80);
        r = 20 + (int)below(m, 30);
    }
    snprintf(what, sizeof(what), "SIZE%dx%d", c, r);
    remember(m, what);
    settle(m); /* … and on a scroll of rows that are gone, under way when the size changes */
    vt_resize(m->e->vt, c, r);
    settle(m);
}

static void act(struct monkey *m)
{
    unsigned what = below(m, 1000);

    if (what < 420)
        press_character(m);
    else if (what < 840)
        press_named(m);
    else if (what < 880)
        press_words(m);
    else if (what < 940)
        press_command(m);
    else if (what < 965)
        press_garbage(m);
    else if (what < 975)
        paste(m);
    else if (what < 995)
        resize(m);
    else
        vt_run(m->e->vt, (int)below(m, 400)); /* what was asked for comes */
}

static void play(struct monkey *m)
{
    uint64_t check_at = KEYS_A_CHECK;

    m->random = (uint64_t)seed * 2 + 1;
    m->until_us = clock_monotonic_us() + seconds * 1000000;
    feed(m);
    begin(m);
    while (clock_monotonic_us() < m->until_us) {
        unsigned n = 1 + below(m, 12);

        for (unsigned i = 0; i < n; i++)
            act(m);
        vt_run(m->e->vt, (int)below(m, 10));
        look(m);
        feed(m);
        if (m->keys >= check_at) {
            check(m);
            check_at = m->keys + KEYS_A_CHECK;
        }
    }
    check(m);
    vt_keys(m->e->vt, "<Esc>");
    vt_run(m->e->vt, 100);
    e2e_quit(m->e);
    if (print_reports(m))
        give_up(m, "a sanitizer has reported this");
    print_message("%s: KFARM_MONKEY_SEED=%lld, %llu keys in %lld s, %llu starts, %llu checks\n",
        m->name, (long long)seed, (unsigned long long)m->keys, (long long)seconds,
        (unsigned long long)m->starts, (unsigned long long)m->checked);
    buf_release(&m->last);
}

/* ---- tests ---- */

static void test_recording(void **state)
{
    struct e2e *e = *state;
    char copy[E2E_PATH + 16]; /* the source may be closed to nobody */
    const char *const args[] = {"--dry-run", "--replay", copy, NULL};

    snprintf(copy, sizeof(copy), "%s/farm.rec", e->work);
    e2e_output(e, "install", "-m", "644", SOURCE_DIR "/tests/golden/farm.rec", copy);
    play(&(struct monkey){
        .e = e, .name = "recording", .args = args, .recorded = true, .nobody = true});
}

/* Nobody's jobs are held, cancelled, changed in earnest. */
static void test_farm(void **state)
{
    play(&(struct monkey){.e = *state, .name = "farm", .nobody = true});
}

/* All questions about nodes are asked, and nothing is sent. */
static void test_dry_run(void **state)
{
    static const char *const args[] = {"--dry-run", NULL};

    play(&(struct monkey){.e = *state, .name = "dry run", .args = args});
}

static int64_t setting(const char *name, int64_t usual)
{
    const char *text = getenv(name);
    int64_t value;

    return text && parse_i64(text, 1, INT32_MAX, &value) == 0 ? value : usual;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_recording),
        e2e_test(test_farm),
        e2e_test(test_dry_run),
    };

    seconds = setting("KFARM_MONKEY_SECONDS", SECONDS);
    seed = setting("KFARM_MONKEY_SEED", clock_monotonic_us() % 1000000 + 1);
    print_message("KFARM_MONKEY_SEED=%lld\n", (long long)seed);
    return cmocka_run_group_tests(tests, start, e2e_end);
}
