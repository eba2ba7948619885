/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/localfarm.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/slurm_client.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/path.h"
#include "base/stranger.h"

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

/* Would Slurm's own commands find a configuration? One from the DNS is not asked for: that can take long. */
static bool is_configured(void)
{
    return is_set("SLURM_CONF") || is_set("SLURM_CONF_SERVER") ||
           access(SLURM_CLIENT_CONF, F_OK) == 0 || access(SLURM_CLIENT_FETCHED, F_OK) == 0;
}

/* Is the file the user's own, all the way to it? */
static enum localfarm check(const char *path, const struct stat *st, struct diag *d)
{
    struct stranger s = stranger_of(path, st);
    char words[256];

    if (s.way == STRANGER_NONE)
        return LOCALFARM_USED;
    stranger_words(&s, path, words, sizeof(words));
    diag_set(d, 0, "the farm of farm/quickstart is not used: %s: %.240s", words, path);
    return LOCALFARM_REFUSED;
}

/* What farm/quickstart wrote down; for free(). NULL: it did not. */
static char *read_note(enum localfarm *ret, struct diag *d)
{
    char path[PATH_MAX], *text;
    struct stat st;
    size_t size;
    int error;

    path_xdg("XDG_STATE_HOME", ".local/state", "kfarm-top/quickstart", path, sizeof(path));
    text = path[0] ? file_read_all(path, PATH_MAX, &st, &size, &error) : NULL;
    if (text == NULL)
        return NULL;
    text[strcspn(text, "\n")] = '\0';
    if (text[0] == '/')
        *ret = check(path, &st, d);
    return text;
}

enum localfarm localfarm_use(struct diag *d)
{
    enum localfarm found = LOCALFARM_NONE;
    char *conf;
    struct stat st;
    int fd;

    if (is_configured())
        return LOCALFARM_NONE;
    conf = read_note(&found, d);
    if (found == LOCALFARM_USED) {
        fd = file_open_regular(conf, &st);
        found = fd < 0 ? LOCALFARM_NONE : check(conf, &st, d); /* that farm may be gone */
        if (fd >= 0)
            close(fd);
    }
    if (found == LOCALFARM_USED) {
        setenv("SLURM_CONF", conf, 1);
        diag_set(d, 0, "SLURM_CONF is not set: this is the farm of farm/quickstart, %s", conf);
    }
    free(conf);
    return found;
}
