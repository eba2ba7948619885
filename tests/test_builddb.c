/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Earlier builds and what is estimated by them: what is kept and read again, files that are none, and
 * estimates against builds whose times are known.
 */
#include "backend/builddb.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static char dir[] = "/tmp/kfarm-builddb.XXXXXX";

static int start(void **state)
{
    (void)state;
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    unlink("builds.sqlite");
    unlink("junk");
    return chdir("/") == 0 ? rmdir(dir) : -1;
}

static const struct builddb_kind any = {.config = "", .makes = ""};

/* Whose builds are compared: in these tests each key is an owner's only one. */
static const struct builddb_whose *whose(const char *key)
{
    static struct builddb_whose w;

    w = (struct builddb_whose){key, key};
    return &w;
}

static struct builddb *open_db(void)
{
    struct diag d = DIAG_INIT;
    struct builddb *db = builddb_open("builds.sqlite", &d);

    if (db == NULL)
        fail_msg("%s", d.text);
    return db;
}

static void test_kept(void **state)
{
    struct builddb_build b = {.steps = 900, .duration_s = 80, .has_curve = true};
    struct builddb_past past;
    struct builddb *db = open_db();
    struct diag d = DIAG_INIT;

    (void)state;
    builddb_past(db, whose("a"), &any, &past);
    assert_int_equal(past.count, 0);
    for (uint32_t i = 0; i < BUILDDB_POINTS; i++)
        b.curve_s[i] = i;
    for (uint32_t i = 0; i < BUILDDB_BUILDS + 3; i++) {
        b.steps = 900 + i;
        assert_int_equal(builddb_add(db, whose("a"), &any, i, 1000 + i, &b, &d), 0);
    }
    b.has_curve = false; /* read once more after its end: what was watched stays */
    assert_int_equal(
        builddb_add(db, whose("a"), &any, BUILDDB_BUILDS + 2, 1000 + BUILDDB_BUILDS + 2, &b, &d),
        0);
    b.steps = 7;
    assert_int_equal(builddb_add(db, whose("b'; DROP TABLE builds;"), &any, 1, 1, &b, &d), 0);
    b.steps = 8; /* the same run, told of once more */
    assert_int_equal(builddb_add(db, whose("b'; DROP TABLE builds;"), &any, 1, 1, &b, &d), 0);
    db = builddb_close(db);

    db = open_db();
    builddb_past(db, whose("a"), &any, &past);
    assert_int_equal(past.count, BUILDDB_BUILDS);
    assert_int_equal(past.v[0].steps, 900 + BUILDDB_BUILDS + 2); /* the latest first */
    assert_int_equal(past.v[0].duration_s, 80);
    assert_true(past.v[0].has_curve);
    assert_int_equal(past.v[0].curve_s[BUILDDB_POINTS - 1], BUILDDB_POINTS - 1);
    builddb_past(db, whose("b'; DROP TABLE builds;"), &any, &past);
    assert_int_equal(past.count, 1);
    assert_int_equal(past.v[0].steps, 8);
    assert_false(past.v[0].has_curve);
    builddb_close(db);
}

static int64_t total_of_kind(struct builddb *db, const struct builddb_kind *kind)
{
    struct builddb_past past;

    builddb_past(db, whose("kinds"), kind, &past);
    return past.count ? past.v[0].steps : 0;
}

static int builds_of_kind(struct builddb *db, const struct builddb_kind *kind)
{
    struct builddb_past past;

    builddb_past(db, whose("kinds"), kind, &past);
    return past.count;
}

static int64_t total_of(struct builddb *db, bool scratch, const char *config)
{
    return total_of_kind(db, &(struct builddb_kind){scratch, config, ""});
}

/* Guards kinds: another configuration and another beginning are told nothing by a build, nor an unknown one by a known
   one; and of an owner not more than so many stay. */
static void test_kinds(void **state)
{
    struct builddb_build b = {.duration_s = 80};
    struct builddb *db = open_db();
    struct builddb_past past;
    struct diag d = DIAG_INIT;

    (void)state;
    b.steps = 900;
    assert_int_equal(
        builddb_add(db, whose("kinds"), &(struct builddb_kind){true, "tree 1", ""}, 1, 1, &b, &d),
        0);
    b.steps = 850;
    assert_int_equal(
        builddb_add(db, whose("kinds"), &(struct builddb_kind){false, "tree 1", ""}, 2, 2, &b, &d),
        0);
    b.steps = 4000;
    assert_int_equal(
        builddb_add(db, whose("kinds"), &(struct builddb_kind){true, "tree 2", ""}, 3, 3, &b, &d),
        0);
    assert_int_equal(total_of(db, true, "tree 1"), 900);
    assert_int_equal(total_of(db, false, "tree 1"), 850);
    assert_int_equal(total_of(db, true, "tree 2"), 4000);
    assert_int_equal(total_of(db, true, "tree 3"), 0);
    assert_int_equal(total_of(db, false, "tree 2"), 0);
    assert_int_equal(total_of(db, true, ""), 0);
    b.steps = 77;
    assert_int_equal(
        builddb_add(db, whose("kinds"), &(struct builddb_kind){true, "", ""}, 4, 4, &b, &d), 0);
    assert_int_equal(total_of(db, true, "tree 3"), 0);
    assert_int_equal(total_of(db, true, ""), 77);
    for (uint32_t i = 0; i < BUILDDB_KEPT + 5; i++)
        assert_int_equal(builddb_add(db, whose("many"), &any, i, i, &b, &d), 0);
    for (uint32_t i = 0; i < BUILDDB_KEPT; i++)
        assert_int_equal(builddb_add(db, whose("kinds"), &(struct builddb_kind){false, "new", ""},
                             10 + i, 10 + i, &b, &d),
            0);
    builddb_past(db, whose("kinds"), &(struct builddb_kind){true, "tree 1", ""}, &past);
    assert_int_equal(past.count, 0); /* older than the latest so many of the owner */
    builddb_close(db);
}

/* Guards builds of one kind that were submitted in different ways: they tell of each other, unless a part of their kind
   is not known, or they are another owner's. */
static void test_ways(void **state)
{
    static const struct builddb_whose first = {"ways", "script|/here"},
                                      second = {"ways", "copy|/there"},
                                      other = {"others", "script|/here"};
    static const struct builddb_kind known = {true, "tree", "image"}, makes = {true, "tree", ""},
                                     config = {true, "", "image"};
    struct builddb_build b = {.duration_s = 80, .steps = 900};
    struct builddb *db = open_db();
    struct builddb_past past;
    struct diag d = DIAG_INIT;

    (void)state;
    assert_int_equal(builddb_add(db, &first, &known, 1, 1, &b, &d), 0);
    b.steps = 70;
    assert_int_equal(builddb_add(db, &first, &config, 2, 2, &b, &d), 0);
    builddb_past(db, &second, &known, &past);
    assert_int_equal(past.count, 1);
    assert_int_equal(past.v[0].steps, 900);
    builddb_past(db, &other, &known, &past);
    assert_int_equal(past.count, 0);
    builddb_past(db, &second, &makes, &past);
    assert_int_equal(past.count, 0);
    builddb_past(db, &first, &makes, &past);
    assert_int_equal(past.count, 1);
    builddb_past(db, &second, &config, &past);
    assert_int_equal(past.count, 0);
    builddb_past(db, &first, &config, &past);
    assert_int_equal(past.count, 1);
    assert_int_equal(past.v[0].steps, 70);
    builddb_close(db);
}

/* Guards the file of an earlier release, whose kinds had the directory of the objects in them: nothing of it is told. */
static void test_earlier_release(void **state)
{
    static const char old[] =
        "CREATE TABLE runs (key TEXT NOT NULL, job_id INTEGER NOT NULL, start_s INTEGER NOT NULL,"
        " scratch INTEGER NOT NULL, config TEXT NOT NULL, steps INTEGER NOT NULL,"
        " duration_s INTEGER NOT NULL, curve BLOB, PRIMARY KEY (key, start_s, job_id)) WITHOUT "
        "ROWID;"
        "INSERT INTO runs VALUES ('old', 1, 1, 1, '/out/1/obj 0123', 900, 80, NULL),"
        " ('old', 2, 2, 1, '', 900, 80, NULL);";
    struct builddb_build b = {.duration_s = 80, .steps = 77};
    struct builddb_past past;
    struct diag d = DIAG_INIT;
    struct builddb *h;
    sqlite3 *db;

    (void)state;
    unlink("builds.sqlite");
    builddb_close(open_db());
    assert_int_equal(sqlite3_open("builds.sqlite", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, old, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    h = open_db();
    builddb_past(h, whose("old"), &(struct builddb_kind){true, "/out/1/obj 0123", ""}, &past);
    assert_int_equal(past.count, 0);
    builddb_past(h, whose("old"), &(struct builddb_kind){true, "", ""}, &past);
    assert_int_equal(past.count, 0);
    assert_int_equal(builddb_add(h, whose("old"), &any, 3, 3, &b, &d), 0);
    builddb_past(h, whose("old"), &any, &past);
    assert_int_equal(past.count, 1);
    assert_int_equal(past.v[0].steps, 77);
    builddb_close(h);
}

/* Guards targets: two that differ are two kinds, also of one configuration; one that is not known is any. */
static void test_targets(void **state)
{
    static const struct builddb_kind image = {true, "tree", "image"},
                                     modules = {true, "tree", "modules"},
                                     unknown = {true, "tree", ""};
    struct builddb_build b = {.duration_s = 80, .steps = 900};
    struct builddb *db = open_db();
    struct diag d = DIAG_INIT;

    (void)state;
    assert_int_equal(builddb_add(db, whose("kinds"), &image, 101, 101, &b, &d), 0);
    b.steps = 4000;
    assert_int_equal(builddb_add(db, whose("kinds"), &modules, 102, 102, &b, &d), 0);
    assert_int_equal(total_of_kind(db, &image), 900);
    assert_int_equal(total_of_kind(db, &modules), 4000);
    assert_int_equal(total_of_kind(db, &unknown), 4000);
    b.steps = 77;
    assert_int_equal(builddb_add(db, whose("kinds"), &unknown, 103, 103, &b, &d), 0);
    assert_int_equal(total_of_kind(db, &image), 77);
    b.steps = 4000; /* read once more when its script is another one: it stays what it was */
    assert_int_equal(builddb_add(db, whose("kinds"), &unknown, 102, 102, &b, &d), 0);
    b.steps = 900;
    assert_int_equal(builddb_add(db, whose("kinds"), &image, 104, 104, &b, &d), 0);
    assert_int_equal(total_of_kind(db, &image), 900);
    assert_int_equal(builds_of_kind(db, &image), 3); /* 101, 103, 104 */
    builddb_close(db);
}

/* Guards a file that is no database, and one that cannot be written: told with its name. */
static void test_no_database(void **state)
{
    struct diag d = DIAG_INIT;
    FILE *f = fopen("junk", "we");

    (void)state;
    assert_non_null(f);
    fputs("this is no database, and long enough to be taken for one if nobody looks at its head\n",
        f);
    fclose(f);
    assert_null(builddb_open("junk", &d));
    assert_non_null(strstr(d.text, "junk: file is not a database"));
    assert_null(builddb_open("/proc/nothing/here/builds.sqlite", &d));
    assert_non_null(strstr(d.text, "/proc/nothing: No such file or directory"));
}

static void must_refuse(const char *path, const char *words)
{
    struct diag d = DIAG_INIT;

    assert_null(builddb_open(path, &d));
    if (strstr(d.text, words) == NULL)
        fail_msg("%s: %s", path, d.text);
}

/* Guards against what another user may have put there, where he may: a link to a database of the user's that is
   another program's, a file of his own, a journal that SQLite would play back. A directory that is a link of
   the user's own is as good as any. */
static void test_strangers(void **state)
{
    struct diag d = DIAG_INIT;
    struct builddb *db = builddb_open("home/state/builds.sqlite", &d);
    struct stat st;

    (void)state;
    assert_non_null(db);
    builddb_close(db);
    assert_int_equal(stat("home/state/builds.sqlite", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(symlink("home/state", "linked"), 0);
    db = builddb_open("linked/builds.sqlite", &d);
    assert_non_null(db);
    builddb_close(db);
    assert_int_equal(symlink("state/builds.sqlite", "home/link.sqlite"), 0);
    must_refuse("home/link.sqlite", "/home/link.sqlite is a symbolic link; name the file itself");
    assert_int_equal(mkfifo("home/fifo", 0600), 0);
    must_refuse("home/fifo", "/home/fifo is a FIFO; it must be a regular file");
    assert_int_equal(chmod("home/state", 01777), 0);
    must_refuse("home/state/builds.sqlite", "/home/state (mode 1777); chmod go-w ");
    must_refuse("home/state/new.sqlite", "/home/state (mode 1777); chmod go-w ");
    assert_int_equal(access("home/state/new.sqlite", F_OK), -1);
    assert_int_equal(chmod("home/state", 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown("home/state/builds.sqlite", 65534, 65534), 0);
        must_refuse("home/state/builds.sqlite",
            "/builds.sqlite belongs to user 65534; it must belong to user 0");
        assert_int_equal(chown("home/state", 65534, 65534), 0);
        must_refuse("home/state/new.sqlite", "/home/state belongs to user 65534");
    }
    unlink("home/state/builds.sqlite");
    unlink("home/link.sqlite");
    unlink("home/fifo");
    unlink("linked");
    rmdir("home/state");
    assert_int_equal(rmdir("home"), 0);
}

static void keep(struct builddb *db, uint32_t job_id)
{
    static const struct builddb_build build = {.steps = 100, .duration_s = 10};
    struct diag d = DIAG_INIT;

    if (builddb_add(
            db, whose("key"), &(struct builddb_kind){true, "", ""}, job_id, job_id, &build, &d) < 0)
        fail_msg("%s", d.text);
}

static int kept(struct builddb *db)
{
    struct builddb_past past;

    builddb_past(db, whose("key"), &(struct builddb_kind){true, "", ""}, &past);
    return past.count;
}

static struct builddb *must_renew(struct builddb *db, const char *path)
{
    struct diag d = DIAG_INIT;

    db = builddb_renew(db, path, &d);
    if (db == NULL)
        fail_msg("%s", d.text);
    return db;
}

/* Guards what SQLite opens beside the file, also of one that is open already: at a FIFO it would wait for ever. */
static void test_companions(void **state)
{
    static const char *const names[] = {
        "own/b.sqlite-journal", "own/b.sqlite-wal", "own/b.sqlite-shm"};
    struct diag d = DIAG_INIT;
    struct builddb *db;

    (void)state;
    alarm(20);
    assert_int_equal(mkdir("own", 0700), 0);
    for (size_t i = 0; i < KF_LEN(names); i++) {
        db = must_renew(NULL, "own/b.sqlite");
        keep(db, 1);
        assert_int_equal(mkfifo(names[i], 0600), 0);
        must_refuse("own/b.sqlite", "-");
        must_refuse("own/b.sqlite", " is a FIFO; it must be a regular file");
        assert_null(builddb_renew(db, "own/b.sqlite", &d));
        assert_non_null(strstr(d.text, names[i]));
        unlink(names[i]);
        assert_int_equal(symlink("elsewhere", names[i]), 0);
        must_refuse("own/b.sqlite", " is a symbolic link; name the file itself");
        unlink(names[i]);
        db = must_renew(NULL, "own/b.sqlite");
        assert_int_equal(kept(db), 1);
        builddb_close(db);
    }
    unlink("own/b.sqlite");
    assert_int_equal(rmdir("own"), 0);
    alarm(0);
}

/* Guards a file that is removed, replaced or emptied while it is open: builds are kept in the one that has the name. */
static void test_replaced(void **state)
{
    struct builddb *db = must_renew(NULL, "r.sqlite"), *same;
    struct diag d = DIAG_INIT;

    (void)state;
    keep(db, 1);
    same = must_renew(db, "r.sqlite");
    assert_ptr_equal(same, db);
    assert_int_equal(unlink("r.sqlite"), 0);
    db = must_renew(db, "r.sqlite");
    assert_int_equal(kept(db), 0);
    keep(db, 2);
    assert_int_equal(rename("r.sqlite", "old.sqlite"), 0);
    assert_int_equal(mkdir("r.sqlite", 0700), 0);
    assert_null(builddb_renew(db, "r.sqlite", &d));
    assert_non_null(strstr(d.text, "/r.sqlite is a directory; it must be a regular file"));
    assert_int_equal(rmdir("r.sqlite"), 0);
    assert_int_equal(rename("old.sqlite", "r.sqlite"), 0);
    db = must_renew(NULL, "r.sqlite");
    assert_int_equal(kept(db), 1);
    assert_int_equal(truncate("r.sqlite", 0), 0);
    assert_int_equal(kept(db), 0);
    db = must_renew(db, "r.sqlite");
    keep(db, 3);
    assert_int_equal(kept(db), 1);
    builddb_close(db);
    unlink("r.sqlite");
}

/* A build that compiles 90 % of its steps in the first half of its time, and links in the other. */
static struct builddb_build bent(int64_t steps, int64_t duration_s)
{
    struct builddb_samples *s = xcalloc(1, sizeof(*s));
    struct builddb_build b = {.steps = steps, .duration_s = duration_s};

    for (int64_t t = 0; t <= duration_s; t++) {
        double part = t * 2 < duration_s ? 1.8 * (double)t / (double)duration_s
                                         : 0.8 + 0.2 * (double)t / (double)duration_s;

        builddb_sample(s, t, (int64_t)(part * (double)steps));
    }
    assert_true(builddb_curve(s, &b));
    free(s);
    return b;
}

static void check_left(
    const struct builddb_past *past, int64_t steps, int64_t elapsed_s, int64_t want)
{
    struct builddb_estimate e = builddb_estimate(past, steps, elapsed_s);

    if (llabs(e.left_s - want) > want / 10 + 2)
        fail_msg("%lld steps in %lld s: %lld s left, not %lld", (long long)steps,
            (long long)elapsed_s, (long long)e.left_s, (long long)want);
}

static void test_estimate(void **state)
{
    struct builddb_past past = {0};
    struct builddb_estimate e = builddb_estimate(&past, 10, 10);

    (void)state;
    assert_int_equal(e.total, 0); /* nothing is known: nothing is told */
    assert_int_equal(e.left_s, -1);
    assert_int_equal(e.builds, 0);
    past.v[0] = bent(1000, 600);
    past.count = 1;
    e = builddb_estimate(&past, 450, 150);
    assert_int_equal(e.total, 1000);
    assert_int_equal(e.builds, 1);
    check_left(&past, 0, 0, 600);
    check_left(&past, 450, 150, 450); /* as fast as the one before, at a quarter of the time … */
    check_left(&past, 900, 300, 300); /* … and when it begins to link */
    check_left(&past, 900, 600, 600); /* half as fast */
    check_left(&past, 1000, 600, 0);
    check_left(&past, 2000, 700, 0); /* more than there were */
    past.v[0].has_curve = false; /* nobody watched the one before */
    check_left(&past, 500, 300, 300);
    past.v[0] = bent(1000, 600);
    past.v[1] = bent(1000, 1200); /* they differ: in the middle */
    past.count = 2;
    check_left(&past, 900, 300, 300);
    e = builddb_estimate(&past, 900, 300);
    assert_int_equal(e.builds, 2);
    past.v[2] = (struct builddb_build){.steps = 1000, .duration_s = 600};
    past.v[3] = past.v[2];
    past.count = 4; /* two that nobody watched: they know less than the others */
    check_left(&past, 900, 300, 300);
    assert_int_equal(builddb_estimate(&past, 900, 300).builds, 2);
}

/* Guards the curve of a long build, which has more samples than there is room for, and one that was watched
   from the middle on, which has none. */
static void test_curve(void **state)
{
    struct builddb_build b = bent(100000, 20000);
    struct builddb_samples *s = xcalloc(1, sizeof(*s));

    (void)state;
    for (int i = 1; i < BUILDDB_POINTS; i++)
        assert_true(b.curve_s[i] >= b.curve_s[i - 1]);
    assert_true(llabs((long long)b.curve_s[BUILDDB_POINTS / 2] - 5555) < 200);
    for (int64_t t = 100; t <= 200; t++)
        builddb_sample(s, t, t);
    builddb_sample(s, 150, 500); /* time does not go back */
    b = (struct builddb_build){.steps = 200, .duration_s = 200};
    assert_false(builddb_curve(s, &b));
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_earlier_release),
        cmocka_unit_test(test_no_database),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_companions),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_estimate),
        cmocka_unit_test(test_curve),
    };

    return cmocka_run_group_tests(tests, start, end);
}
