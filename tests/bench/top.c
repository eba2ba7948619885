/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct vt *top_open(const char *program, const char *const *args)
{
    const char *argv[8] = {program};
    struct vt *vt;

    for (size_t i = 0; args && args[i] && i + 2 < KF_LEN(argv); i++)
        argv[i + 1] = args[i];
    vt = vt_spawn(&(struct vt_options){.argv = argv, .cols = 120, .rows = 40});
    if (vt == NULL)
        fprintf(stderr, "bench: %s: %s\n", program, strerror(errno));
    return vt;
}

/* Its number stands behind the sign of the selection, whether it is marked or not (the selected node's
   name is no number). */
bool top_selected(struct vt *vt, uint32_t *ret_job)
{
    static const char *const signs[] = {"▸", "◆"};

    for (int row = 0; row < vt_rows(vt); row++)
        for (size_t i = 0; i < KF_LEN(signs); i++) {
            const char *at = strstr(vt_row_text(vt, row), signs[i]);

            at = at ? at + strlen(signs[i]) : NULL;
            if (at && *at >= '0' && *at <= '9') {
                *ret_job = (uint32_t)strtoul(at, NULL, 10);
                return true;
            }
        }
    return false;
}

static bool job_is_selected(struct vt *vt, void *user)
{
    return top_selected(vt, user);
}

bool top_see_job(struct vt *vt, uint32_t *ret_job)
{
    return vt_wait_match(vt, job_is_selected, ret_job, TOP_WAIT_MS);
}

static bool is_selected(struct vt *vt, void *user)
{
    const uint32_t *wanted = user;
    uint32_t job;

    return top_selected(vt, &job) && job == *wanted;
}

/* The prompt comes and goes, so that no key is lost, or meant for the screen before. */
bool top_select(struct vt *vt, uint32_t job)
{
    char keys[32];

    snprintf(keys, sizeof(keys), "%u<Enter>", job);
    return vt_keys(vt, "3", ":") && vt_wait_text(vt, "Tab completes", TOP_WAIT_MS) &&
           vt_keys(vt, keys) && vt_wait_gone(vt, "Tab completes", TOP_WAIT_MS) &&
           vt_wait_match(vt, is_selected, &job, TOP_WAIT_MS);
}

bool top_quit(struct vt *vt)
{
    int status;

    vt_keys(vt, "q");
    return vt_wait_exit(vt, TOP_WAIT_MS, &status) && status == 0;
}
