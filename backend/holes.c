/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/holes.h"

#include <errno.h>
#include <unistd.h>

#define BLOCK 512 /* of st_blocks (stat(2)) */

bool holes_in(const struct stat *st)
{
    return (int64_t)st->st_blocks * BLOCK < (int64_t)st->st_size;
}

int64_t holes_data(int fd, const struct stat *st, int64_t offset)
{
    off_t data = lseek(fd, offset, SEEK_DATA);

    if (data < 0)
        return errno == ENXIO && offset < st->st_size ? st->st_size : offset;
    return data < st->st_size ? data : st->st_size; /* it may have grown since */
}

int64_t holes_end(int fd, const struct stat *st, int64_t offset)
{
    off_t hole = lseek(fd, offset, SEEK_HOLE);

    return hole > offset ? hole : st->st_size;
}
