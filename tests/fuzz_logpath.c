/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/logpath.h. The input: byte 0 is the size of the result, byte 1 says which
 * fields the job lacks, the rest is the pattern. Aborts if a promise of logpath.h is broken.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logpath.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct logpath_job job = {.job_id = 42, .restarts = 1};
    size_t room;
    char *pattern, *out;
    int err;

    if (size < 2)
        return 0;
    room = data[0] + 1u;
    job.array_task_id = data[1] & 1 ? LOGPATH_NO_TASK : 7;
    job.array_job_id = data[1] & 2 ? 0 : 40;
    job.name = data[1] & 4 ? NULL : "na%jme";
    job.user = data[1] & 8 ? "" : "user";
    job.work_dir = data[1] & 16 ? "+dir" : "/dir";
    job.batch_host = data[1] & 32 ? NULL : "node1";
    pattern = xmemdup0(data + 2, size - 2);
    out = xcalloc(room, 1);
    job.std_out = data[1] & 64 ? NULL : pattern;
    job.std_err = data[1] & 64 ? pattern : NULL;
    err = logpath_expand(&job, LOGPATH_STDERR, out, room);
    must(err <= 0);
    must(memchr(out, '\0', room) != NULL);
    must(err ? out[0] == '\0' : out[0] == '/');
    free(pattern);
    free(out);
    return 0;
}
