/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that the program writes for its user: what another user may have put in their place, and what the
   user himself may have there. */
#include "base/ownfile.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/kinds.h"

#define SHARED_GROUP 1 /* daemon, on every Linux */
#define STRANGER     65534
#define RACES        30000

static char dir[] = "/tmp/kfarm-ownfile.XXXXXX";

static int start(void **state)
{
    (void)state;
    alarm(60); /* what waits for the other end of a FIFO waits for ever */
    umask(022);
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    return ftw->level == 0 ? 0 : remove(path);
}

static int clean(void **state)
{
    (void)state;
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int end(void **state)
{
    (void)state;
    return chdir("/") == 0 ? rmdir(dir) : -1;
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("only root can have files of another user\n");
        skip();
    }
}

static void put(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static void make_directory(const char *path, mode_t mode)
{
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void must_hold(const char *path, const char *text)
{
    char got[256] = "";
    FILE *f = fopen(path, "re");

    assert_non_null(f);
    assert_true(fread(got, 1, sizeof(got) - 1, f) < sizeof(got));
    fclose(f);
    assert_string_equal(got, text);
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static bool is_there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Opens it, writes "new", and closes it. */
static void write_new(const char *path, unsigned flags, enum ownfile_use use)
{
    struct diag d = DIAG_INIT;
    int fd = ownfile_open_path(path, flags, use, &d);

    if (fd < 0)
        fail_msg("%s", d.text);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(ownfile_write(fd, "new\n", 4), 0);
    close(fd);
}

/* It is refused in each of the three ways, with these words, and nothing has come of it. */
static void must_refuse(const char *path, unsigned flags, int error, const char *words)
{
    struct diag d[3] = {DIAG_INIT, DIAG_INIT, DIAG_INIT};
    struct buf text = BUF_INIT;
    struct ownfile f;
    int err[3];

    buf_adds(&text, "new\n");
    err[0] = ownfile_open_path(path, flags, OWNFILE_ANEW, &d[0]);
    err[1] = ownfile_open_path(path, flags, OWNFILE_APPEND, &d[1]);
    err[2] = ownfile_init(&f, path, flags, &d[2]);
    if (!err[2])
        err[2] = ownfile_make(&f, &d[2]);
    ownfile_release(&f);
    for (int i = 0; i < 3; i++) {
        if (err[i] != error || strstr(d[i].text, words) == NULL)
            fail_msg("%s, %d: %d, %s", path, i, err[i], d[i].text);
    }
    buf_release(&text);
}

static void must_not_replace(const char *path, unsigned flags, int error, const char *words)
{
    struct buf text = BUF_INIT;
    struct diag d = DIAG_INIT;

    buf_adds(&text, "new\n");
    assert_int_equal(ownfile_replace_path(path, flags, &text, 0600, &d), error);
    if (strstr(d.text, words) == NULL)
        fail_msg("%s", d.text);
    buf_release(&text);
}

static void replace(const char *path, unsigned flags, mode_t mode)
{
    struct buf text = BUF_INIT;
    struct diag d = DIAG_INIT;

    buf_adds(&text, "new\n");
    if (ownfile_replace_path(path, flags, &text, mode, &d) < 0)
        fail_msg("%s", d.text);
    buf_release(&text);
}

/* Guards what is right: new files are for their owner alone, whatever the umask is; one's own is emptied, or
   continued; others can no longer write it. */
static void test_own(void **state)
{
    (void)state;
    umask(0);
    write_new("made/on/the/way", OWNFILE_PARENTS, OWNFILE_APPEND);
    umask(022);
    must_hold("made/on/the/way", "new\n");
    assert_int_equal(mode_of("made/on/the/way"), 0600);
    assert_int_equal(mode_of("made/on"), 0700);
    put("old", "a rather long text\n", 0644);
    write_new("old", 0, OWNFILE_ANEW);
    must_hold("old", "new\n");
    assert_int_equal(mode_of("old"), 0600);
    put("open", "old\n", 0666);
    write_new("open", 0, OWNFILE_APPEND);
    must_hold("open", "old\nnew\n");
    assert_int_equal(mode_of("open"), 0644);
    replace("open", 0, 0700);
    must_hold("open", "new\n");
    assert_int_equal(mode_of("open"), 0700);
}

/* Guards each kind of thing that is no file, and that to find it out neither waits nor does anything. */
static void test_kinds(void **state)
{
    int reader;

    (void)state;
    put("victim", "mine\n", 0600);
    assert_int_equal(symlink("victim", "link"), 0);
    assert_int_equal(symlink("not there", "dangling"), 0);
    must_refuse("link", 0, -ELOOP, "/link is a symbolic link; name the file itself");
    must_refuse("dangling", 0, -ELOOP, "is a symbolic link");
    must_not_replace("link", 0, -ELOOP, "is a symbolic link");
    must_hold("victim", "mine\n");
    assert_false(is_there("not there"));
    assert_int_equal(mkfifo("fifo", 0600), 0);
    must_refuse("fifo", 0, -ENOTSUP, "/fifo is a FIFO; it must be a regular file");
    reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    must_refuse("fifo", 0, -ENOTSUP, "is a FIFO");
    must_not_replace("fifo", 0, -ENOTSUP, "is a FIFO");
    close(reader);
    make_directory("directory", 0700);
    must_refuse("directory", 0, -EISDIR, "/directory is a directory; it must be a regular file");
    must_refuse("directory/", 0, -EISDIR, "is a directory");
    must_refuse("directory/..", 0, -EISDIR, "is a directory");
    must_refuse("/", 0, -EISDIR, "/ is a directory");
    must_refuse("/dev/null", 0, -ENOTSUP, "/dev/null is a device");
    must_refuse("victim/x", 0, -ENOTDIR, "/victim: Not a directory");
    must_refuse("nowhere/x", 0, -ENOENT, "/nowhere: No such file or directory");
    must_refuse("", 0, -ENOENT, "there is no name");
    assert_int_equal(link("victim", "second name"), 0);
    must_refuse("victim", 0, -EMLINK, "/victim has 2 names (hard links); it must have one");
    must_hold("victim", "mine\n");
}

/* In each of the four ways; nothing that stands there is opened, and what was there is what it was. */
static void must_refuse_kind(const char *place, enum kind k, int error, const char *words)
{
    struct kind_place p;
    char path[sizeof(p.path)];

    snprintf(path, sizeof(path), "%s/%s", dir, place);
    kind_put(&p, k, path);
    must_refuse("kinds/file", 0, error, words);
    must_not_replace("kinds/file", 0, error, words);
    kind_take(&p);
    must_hold("kinds/file", "mine\n");
}

/* Guards each kind in the place of the file, and of the directory it lies in. */
static void test_every_kind(void **state)
{
    static const struct {
        enum kind kind;
        int error;
        const char *words;
        int directory_error; /* in the place of the directory; 0: not tried */
        const char *directory_words;
    } rows[] = {
        {KIND_FIFO, -ENOTSUP, "/kinds/file is a FIFO; it must be", -ENOTDIR, "/kinds: Not a dir"},
        {KIND_FED_FIFO, -ENOTSUP, "is a FIFO", -ENOTDIR, "/kinds: Not a directory"},
        {KIND_SOCKET, -ENOTSUP, "/file is a socket; it must be", -ENOTDIR,
            "/kinds: Not a directory"},
        {KIND_ZERO, -ENOTSUP, "/file is a device; it must be", -ENOTDIR, "/kinds: Not a directory"},
        {KIND_FULL, -ENOTSUP, "is a device", -ENOTDIR, "/kinds: Not a directory"},
        {KIND_PTMX, -ENOTSUP, "is a device", -ENOTDIR, "/kinds: Not a directory"},
        {KIND_TTY, -ENOTSUP, "is a device", -ENOTDIR, "/kinds: Not a directory"},
        {KIND_DIRECTORY, -EISDIR, "/file is a directory; it must be a regular file", 0, NULL},
        {KIND_LOOP, -ELOOP, "is a symbolic link", -ELOOP, "/kinds: Too many levels"},
        {KIND_DANGLING, -ELOOP, "is a symbolic link", -ENOENT, "/nonexistent: No such file"},
        {KIND_SECRET, -ELOOP, "is a symbolic link", -ENOTDIR, "/etc/shadow: Not a directory"},
        {KIND_FILE, 0, NULL, -ENOTDIR, "/kinds: Not a directory"},
        {KIND_ABSENT, 0, NULL, -ENOENT, "/kinds: No such file or directory"},
    };

    (void)state;
    make_directory("kinds", 0700);
    put("kinds/file", "mine\n", 0600);
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        if (kind_needs_root(rows[i].kind) && geteuid() != 0)
            continue;
        if (rows[i].error)
            must_refuse_kind("kinds/file", rows[i].kind, rows[i].error, rows[i].words);
        if (rows[i].directory_error)
            must_refuse_kind(
                "kinds", rows[i].kind, rows[i].directory_error, rows[i].directory_words);
    }
}

/* Guards a file that somebody else has put there: he would go on owning it, and could read and change it. */
static void test_strangers_file(void **state)
{
    (void)state;
    need_root();
    put("theirs", "theirs\n", 0666);
    assert_int_equal(chown("theirs", STRANGER, STRANGER), 0);
    must_refuse("theirs", 0, -EPERM, "/theirs belongs to user 65534; it must belong to user 0");
    must_not_replace("theirs", 0, -EPERM, "belongs to user 65534");
    must_hold("theirs", "theirs\n");
    assert_int_equal(mode_of("theirs"), 0666);
}

/* Guards the directories: who may write one of them can put another file, or another directory, in its place. */
static void test_directories(void **state)
{
    (void)state;
    make_directory("open", 0777);
    make_directory("open/below", 0700);
    must_refuse("open/file", 0, -EPERM, "everybody can replace files in the directory /tmp/kfarm-");
    must_refuse("open/file", 0, -EPERM, "/open (mode 0777); chmod go-w it, or choose another one");
    must_refuse("open/below/file", 0, -EPERM, "/open (mode 0777)");
    must_refuse("open/new/file", OWNFILE_PARENTS, -EPERM, "/open (mode 0777)");
    must_not_replace("open/file", 0, -EPERM, "/open (mode 0777)");
    assert_false(is_there("open/file") || is_there("open/below/file") || is_there("open/new"));
    assert_int_equal(chmod("open", 0770), 0); /* the group that everybody has to himself */
    write_new("open/file", 0, OWNFILE_ANEW);
    if (geteuid() == 0) {
        assert_int_equal(chown("open", 0, SHARED_GROUP), 0);
        must_refuse("open/file", 0, -EPERM, "group daemon can replace files in the directory ");
        assert_int_equal(chown("open", 0, 0), 0);
    }
    assert_int_equal(chmod("open", 0755), 0);
    remove("open/file");
    assert_int_equal(chmod("open", 01777), 0);
    must_refuse("open/file", OWNFILE_ALONE, -EPERM, "/open (mode 1777)");
    write_new("open/file", 0, OWNFILE_ANEW);
    write_new("open/below/file", OWNFILE_ALONE, OWNFILE_ANEW);
    assert_int_equal(chmod("open", 0755), 0);
    write_new("open/file", OWNFILE_ALONE, OWNFILE_APPEND);
}

static void test_strangers_directory(void **state)
{
    (void)state;
    need_root();
    make_directory("theirs", 0755);
    make_directory("theirs/mine", 0700);
    assert_int_equal(chown("theirs", STRANGER, STRANGER), 0);
    must_refuse("theirs/mine/file", 0, -EPERM, "the directory /tmp/kfarm-");
    must_refuse(
        "theirs/mine/file", 0, -EPERM, "/theirs belongs to user 65534; it must belong to user 0");
    must_refuse("theirs/mine/../../file", 0, -EPERM, "/theirs belongs to user 65534");
    assert_false(is_there("theirs/mine/file") || is_there("file"));
}

/* Guards links to directories: one's own lead on, wherever they stand and point to; a stranger's do not, even if
   what it leads to is one's own. */
static void test_linked_directories(void **state)
{
    struct ownfile f;
    char want[64];

    (void)state;
    make_directory("disk", 0700);
    make_directory("disk/state", 0700);
    assert_int_equal(symlink("disk/state", "relative"), 0);
    assert_int_equal(symlink("../relative/../state/.", "disk/twice"), 0);
    snprintf(want, sizeof(want), "%s//disk", dir);
    assert_int_equal(symlink(want, "absolute"), 0);
    write_new("relative/a", OWNFILE_PARENTS | OWNFILE_ALONE, OWNFILE_ANEW);
    write_new("absolute/state/b", OWNFILE_PARENTS, OWNFILE_APPEND);
    write_new("./disk/twice/new/c", OWNFILE_PARENTS, OWNFILE_APPEND);
    must_hold("disk/state/a", "new\n");
    must_hold("disk/state/b", "new\n");
    must_hold("disk/state/new/c", "new\n");
    assert_int_equal(ownfile_init(&f, "absolute/twice/c", 0, &(struct diag)DIAG_INIT), 0);
    snprintf(want, sizeof(want), "%s/disk/state/c", dir);
    assert_string_equal(f.path, want); /* SQLite wants none with a link in it */
    assert_string_equal(f.name, "c");
    ownfile_release(&f);
    assert_int_equal(symlink("circle", "circle"), 0);
    must_refuse("circle/x", 0, -ELOOP, "/circle: Too many levels of symbolic links");
    make_directory("open", 0777);
    assert_int_equal(symlink("open", "to-open"), 0);
    must_refuse("to-open/x", 0, -EPERM, "/open (mode 0777)");
    if (geteuid() != 0)
        return;
    assert_int_equal(chmod("open", 01777), 0);
    assert_int_equal(symlink("../disk", "open/theirs"), 0);
    write_new("open/theirs/d", 0, OWNFILE_ANEW);
    assert_int_equal(lchown("open/theirs", STRANGER, STRANGER), 0);
    must_refuse("open/theirs/d", 0, -EPERM, "the symbolic link /tmp/kfarm-");
    must_refuse(
        "open/theirs/d", 0, -EPERM, "/open/theirs belongs to user 65534; it must belong to user 0");
}

/* Guards a file that is a link on purpose, as those of people who keep their configuration elsewhere are. */
static void test_followed(void **state)
{
    (void)state;
    make_directory("dotfiles", 0700);
    make_directory("open", 01777);
    put("dotfiles/views", "old\n", 0644);
    assert_int_equal(symlink("dotfiles/views", "views"), 0);
    replace("views", OWNFILE_FOLLOW, 0600);
    must_hold("dotfiles/views", "new\n");
    assert_int_equal(unlink("dotfiles/views"), 0);
    replace("views", OWNFILE_FOLLOW, 0600); /* to where the link points, which stays one */
    must_hold("dotfiles/views", "new\n");
    assert_int_equal(readlink("views", (char[64]){0}, 63), strlen("dotfiles/views"));
    if (geteuid() != 0)
        return;
    put("dotfiles/views", "old\n", 0644);
    assert_int_equal(symlink("../dotfiles/views", "open/views"), 0);
    assert_int_equal(lchown("open/views", STRANGER, STRANGER), 0);
    must_not_replace("open/views", OWNFILE_FOLLOW, -EPERM, "the symbolic link /tmp/kfarm-");
    assert_int_equal(chown("dotfiles/views", STRANGER, STRANGER), 0);
    must_not_replace("views", OWNFILE_FOLLOW, -EPERM, "/dotfiles/views belongs to user 65534");
    must_hold("dotfiles/views", "old\n");
}

/* Guards a user without rights: what is root's above his directory is as good as his own. */
static void test_plain_user(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(chmod(dir, 0755), 0);
    make_directory("home", 0700);
    assert_int_equal(chown("home", STRANGER, STRANGER), 0);
    put("home/roots", "root's\n", 0666);
    put("home/view", "root's\n", 0444);
    assert_int_equal(seteuid(STRANGER), 0);
    write_new("home/.local/state/file", OWNFILE_PARENTS, OWNFILE_APPEND);
    must_refuse("home/roots", 0, -EPERM, "/roots belongs to user 0; it must belong to user 65534");
    replace("home/view", OWNFILE_FOLLOW, 0600);
    must_refuse("elsewhere", 0, -EACCES, "/elsewhere: Permission denied");
    assert_int_equal(seteuid(0), 0);
    must_hold("home/.local/state/file", "new\n");
    must_hold("home/roots", "root's\n");
    must_hold("home/view", "new\n");
    must_refuse("home/.local/state/file", 0, -EPERM, "/home belongs to user 65534");
}

/* Opens the place again and again while another process exchanges it with something else. */
static void race(const char *other)
{
    int opened = 0, refused = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (pid == 0)
        renameat2(AT_FDCWD, "place", AT_FDCWD, other, RENAME_EXCHANGE);
    for (int i = 0; i < RACES || opened == 0 || refused == 0; i++) {
        int fd = ownfile_open_path("place", 0, i % 2 ? OWNFILE_ANEW : OWNFILE_APPEND, NULL);
        struct stat st;

        if (fd < 0) {
            refused++;
            continue;
        }
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(S_ISREG(st.st_mode));
        assert_int_equal(ownfile_write(fd, "x", 1), 0);
        close(fd);
        opened++;
    }
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Guards the moment between the look and the opening. */
static void test_race(void **state)
{
    (void)state;
    put("victim", "mine\n", 0600);
    put("place", "", 0600);
    assert_int_equal(symlink("victim", "link"), 0);
    race("link");
    must_hold("victim", "mine\n");
    assert_int_equal(unlink(is_link("place") ? "place" : "link"), 0);
    if (!is_there("place"))
        assert_int_equal(rename("link", "place"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    race("fifo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_own, clean),
        cmocka_unit_test_teardown(test_kinds, clean),
        cmocka_unit_test_teardown(test_every_kind, clean),
        cmocka_unit_test_teardown(test_strangers_file, clean),
        cmocka_unit_test_teardown(test_directories, clean),
        cmocka_unit_test_teardown(test_strangers_directory, clean),
        cmocka_unit_test_teardown(test_linked_directories, clean),
        cmocka_unit_test_teardown(test_followed, clean),
        cmocka_unit_test_teardown(test_plain_user, clean),
        cmocka_unit_test_teardown(test_race, clean),
    };

    return cmocka_run_group_tests(tests, start, end);
}
