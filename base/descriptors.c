/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MOST 64

int descriptors_fill(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int got;

        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* the lowest free: fd */
        if (got < 0)
            got = open("/", O_RDONLY | O_DIRECTORY); /* there is no /dev */
        if (got != fd)
            return got < 0 ? -errno : -EBADF;
    }
    return 0;
}

int descriptors_left(int n, struct diag *d)
{
    int held[MOST], count = 0, error = 0;

    while (count < n && count < MOST && error == 0) {
        held[count] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        if (held[count] < 0)
            error = errno;
        else
            count++;
    }
    for (int i = 0; i < count; i++)
        close(held[i]);
    if (error == 0)
        return 0;
    return diag_set(d, -EMFILE,
        "only %d more files can be opened, %d are needed: %s; raise the limit with ulimit -n 1024",
        count, n, strerror(error));
}
