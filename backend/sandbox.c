/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"

/* ---- Landlock ---- */

/* struct landlock_ruleset_attr of Linux 6.12; older headers have a shorter one, and older kernels take a longer one
   whose rest is 0. */
struct ruleset {
    uint64_t files, network, scopes;
};

#define ALL_OF(count)  ((UINT64_C(1) << (count)) - 1)
#define NETWORK_RIGHTS ALL_OF(2) /* to bind and to connect with TCP */
#define SCOPES         ALL_OF(2) /* abstract sockets and signals */

static int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return version < 0 ? 0 : (int)version;
}

/* All that a version can forbid; landlock(7), "VERSIONS". */
static struct ruleset ruleset_of(int version)
{
    int rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;

    return (struct ruleset){.files = ALL_OF(rights),
        .network = version >= 4 ? NETWORK_RIGHTS : 0,
        .scopes = version >= 6 ? SCOPES : 0};
}

static int enter_landlock(struct diag *d)
{
    struct ruleset all = ruleset_of(landlock_version());
    struct landlock_path_beneath_attr reading = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0), err = 0;

    if (rules < 0)
        return diag_set(d, -errno, "Landlock: %s", strerror(errno));
    reading.parent_fd = open("/", O_PATH | O_CLOEXEC);
    if (reading.parent_fd < 0 ||
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &reading, 0) < 0 ||
        syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        err = diag_set(d, -errno, "Landlock: %s", strerror(errno));
    if (reading.parent_fd >= 0)
        close(reading.parent_fd);
    close(rules);
    return err;
}

/* ---- seccomp ---- */

/* A system call that is allowed, whatever its arguments. Others are answered as if the kernel did not have them: the C
   library then takes an older one, as clone() for clone3(), whose flags cannot be looked at. */
static const int allowed[] = {
    /* files */
    SCMP_SYS(access), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(getcwd), SCMP_SYS(lseek),
    SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(pread64), SCMP_SYS(read), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(readv), SCMP_SYS(stat), SCMP_SYS(statfs), SCMP_SYS(statx),
    /* descriptors that it has */
    SCMP_SYS(eventfd2), SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_init),
    SCMP_SYS(inotify_init1), SCMP_SYS(inotify_rm_watch), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(pselect6), SCMP_SYS(recvmsg), SCMP_SYS(select), SCMP_SYS(write), SCMP_SYS(writev),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    /* threads, signals to itself, time */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(futex), SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getpid),
    SCMP_SYS(getppid), SCMP_SYS(getrandom), SCMP_SYS(gettid), SCMP_SYS(gettimeofday),
    SCMP_SYS(getuid), SCMP_SYS(nanosleep), SCMP_SYS(restart_syscall), SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield), SCMP_SYS(set_robust_list),
    SCMP_SYS(sigaltstack), SCMP_SYS(time)};

/* Allowed if argument number `argument` has, of these bits, these. */
struct limited {
    int call;
    unsigned argument;
    uint64_t bits, value;
};

#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)
#define WHOLE   UINT32_MAX
#define FCNTL(cmd)                                                                                 \
    {                                                                                              \
        SCMP_SYS(fcntl), 1, WHOLE, (cmd)                                                           \
    }

static const struct limited limited[] = {
    {SCMP_SYS(open), 1, WRITING, O_RDONLY},
    {SCMP_SYS(openat), 2, WRITING, O_RDONLY},
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(ioctl), 1, WHOLE, FIONREAD}, /* how much an inotify descriptor holds */
    {SCMP_SYS(ioctl), 1, WHOLE, TCGETS}, /* isatty() */
    FCNTL(F_GETFD),
    FCNTL(F_SETFD),
    FCNTL(F_GETFL),
    FCNTL(F_SETFL),
    {SCMP_SYS(prctl), 0, WHOLE, PR_SET_NAME},
};

static int allow(scmp_filter_ctx filter, const struct limited *l)
{
    struct scmp_arg_cmp holds = SCMP_CMP64(l->argument, SCMP_CMP_MASKED_EQ, l->bits, l->value);

    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, l->call, 1, &holds);
}

static int enter_seccomp(struct diag *d)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    /* abort() of a process that found itself broken */
    const struct limited self = {SCMP_SYS(tgkill), 0, WHOLE, (uint64_t)getpid()};
    int err = filter ? 0 : -ENOMEM;

    for (size_t i = 0; i < KF_LEN(allowed) && !err; i++)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < KF_LEN(limited) && !err; i++)
        err = allow(filter, &limited[i]);
    if (!err)
        err = allow(filter, &self);
    if (!err)
        err = seccomp_load(filter);
    seccomp_release(filter);
    return err ? diag_set(d, err, "seccomp: %s", strerror(-err)) : 0;
}

/* ---- both ---- */

unsigned sandbox_has(void)
{
    return (landlock_version() > 0 ? SANDBOX_LANDLOCK : 0u) |
           (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 ? SANDBOX_SECCOMP : 0u);
}

int sandbox_enter(unsigned means, struct diag *d)
{
    int err = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return diag_set(d, -errno, "cannot give up rights: %s", strerror(errno));
    if (means & SANDBOX_LANDLOCK)
        err = enter_landlock(d);
    if (!err && (means & SANDBOX_SECCOMP)) /* last: it forbids Landlock's calls, too */
        err = enter_seccomp(d);
    return err;
}
