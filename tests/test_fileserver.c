/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose file server a path lies on, by a table of mounts and real symbolic links. */
#include "backend/fileserver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct fileservers *servers_of(const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct fileservers *f;

    assert_non_null(in);
    f = fileservers_read(in);
    fclose(in);
    return f;
}

static void server_is(const struct fileservers *f, const char *path, const char *server)
{
    char name[FILESERVER_MAX];

    fileserver_of(f, path, name);
    assert_string_equal(name, server);
}

static void test_names(void **state)
{
    struct fileservers *f = servers_of("/dev/sda1 / ext4 rw 0 0\n"
                                       "tmpfs /tmp tmpfs rw 0 0\n"
                                       "nfs1:/export/home /home nfs4 rw 0 0\n"
                                       "nfs1:/export/build /srv/build nfs rw 0 0\n"
                                       "[fe80::1]:/v6 /srv/v6 nfs4 rw 0 0\n"
                                       "//win/share /srv/win cifs rw 0 0\n"
                                       "10.0.0.1@tcp:/fs /lustre lustre rw 0 0\n"
                                       "mon1,mon2:/ /ceph ceph rw 0 0\n"
                                       "/srv/build/x /mnt/fuse fuse rw 0 0\n"
                                       "me@far:/data /mnt/ssh fuse.sshfs rw 0 0\n"
                                       "auto.home /auto autofs rw 0 0\n"
                                       "odd /odd strangefs rw 0 0\n"
                                       "nfs2:/b /srv/with\\040blank nfs rw 0 0\n");

    (void)state;
    server_is(f, "/var/log/x", "");
    server_is(f, "/tmp/x", "");
    server_is(f, "/home/me/kernel_build_1.out", "nfs1");
    server_is(f, "/homework/x", "");
    server_is(f, "/srv/build/x", "nfs1");
    server_is(f, "/srv/build", "nfs1");
    server_is(f, "/srv", "");
    server_is(f, "//srv//build/./x", "nfs1");
    server_is(f, "/srv/v6/x", "[fe80::1]");
    server_is(f, "/srv/win/x", "win");
    server_is(f, "/lustre/x", "10.0.0.1@tcp");
    server_is(f, "/ceph/x", "mon1,mon2");
    server_is(f, "/mnt/fuse/x", "/mnt/fuse");
    server_is(f, "/mnt/ssh/x", "/mnt/ssh");
    server_is(f, "/auto/me/x", "/auto");
    server_is(f, "/odd/x", "/odd");
    server_is(f, "/srv/with blank/x", "nfs2");
    server_is(f, "/srv/build/../../var/x", "nfs1"); /* what .. is there, only the server knows */
    server_is(f, "/var/../srv/build/x", "nfs1");
    server_is(f, "/..", "");
    server_is(f, "/", "");
    server_is(f, "", "");
    fileservers_free(f);
}

/* What is mounted last lies on top. */
static void test_over_each_other(void **state)
{
    struct fileservers *f =
        servers_of("/dev/sda1 / ext4 rw 0 0\nauto /home autofs rw 0 0\n"
                   "nfs1:/h /home nfs rw 0 0\ntmpfs /home/scratch tmpfs rw 0 0\n");

    (void)state;
    server_is(f, "/home/x", "nfs1"); /* the way to scratch leads through it */
    server_is(f, "/home/scratch/x", "nfs1");
    fileservers_free(f);
    f = servers_of("nfs0:/root / nfs rw 0 0\n");
    server_is(f, "/home/x", "nfs0");
    fileservers_free(f);
}

static void test_links(void **state)
{
    char dir[] = "/tmp/kfarm-test.XXXXXX", text[256], path[128];
    struct fileservers *f;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(mkdir("far", 0700) | mkdir("near", 0700), 0);
    assert_int_equal(symlink("../far/deeper", "near/relative"), 0);
    snprintf(path, sizeof(path), "%s/far", dir);
    assert_int_equal(symlink(path, "absolute"), 0);
    assert_int_equal(symlink("near/relative", "twice"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_int_equal(symlink("near", "harmless"), 0);
    snprintf(text, sizeof(text), "/dev/sda1 / ext4 rw 0 0\nnfs1:/ %s nfs rw 0 0\n", path);
    f = servers_of(text);
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {
            "near/relative", "absolute", "twice", "harmless/relative"};

        snprintf(path, sizeof(path), "%s/%s/1.out", dir, names[i]);
        server_is(f, path, "nfs1");
    }
    snprintf(path, sizeof(path), "%s/loop/1.out", dir);
    server_is(f, path, "");
    snprintf(path, sizeof(path), "%s/harmless/1.out", dir);
    server_is(f, path, "");
    fileservers_free(f);
    unlink("near/relative");
    unlink("absolute");
    unlink("twice");
    unlink("loop");
    unlink("harmless");
    rmdir("near");
    rmdir("far");
    assert_int_equal(chdir("/"), 0);
    rmdir(dir);
}

/* What an automounter has mounted is its server's; what it has not is told apart. */
static void test_automounted(void **state)
{
    struct fileservers *f = servers_of("/dev/sda1 / ext4 rw 0 0\nauto.home /home autofs rw 0 0\n"
                                       "nfs1:/h/alice /home/alice nfs4 rw 0 0\n"
                                       "nfs2:/h/bob /home/bob nfs4 rw 0 0\n");
    char name[FILESERVER_MAX];

    (void)state;
    assert_true(fileserver_of(f, "/home/alice/x/1.out", name));
    assert_string_equal(name, "nfs1");
    assert_true(fileserver_of(f, "/home/bob/1.out", name));
    assert_string_equal(name, "nfs2");
    assert_false(fileserver_of(f, "/home/carol/1.out", name));
    assert_string_equal(name, "/home");
    fileservers_free(f);
}

/* The real table can be read, and this machine's root is in it. */
static void test_own(void **state)
{
    struct fileservers *f = fileservers_read(NULL);

    (void)state;
    server_is(f, "/proc/self/status", "");
    fileservers_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_over_each_other),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_automounted),
        cmocka_unit_test(test_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
