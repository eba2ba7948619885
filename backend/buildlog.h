/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDLOG_H
#define KFARM_BACKEND_BUILDLOG_H
/* A build (build.h) and the files that tell of it: reads what is new in each of them, from the first byte on. */
#include "backend/build.h"
#include "backend/logtail.h"

struct buildlog;

/* conf as in logtail.h, whose tail_max is not asked. rules must outlive it. */
struct buildlog *buildlog_new(const struct logrule_set *rules, const struct logtail_conf *conf);
/* Takes NULL; returns NULL. */
struct buildlog *buildlog_free(struct buildlog *l);

/* Another file; "" or the path of an earlier one keeps its number without anything to read. Its number, as in
   build.h; -1 if there are BUILD_FILES_MAX. `remote`: it may be on a network file system (logtail.h). */
int buildlog_add(struct buildlog *l, const char *path, bool remote);

struct buildlog_news {
    bool heard; /* something came */
    bool restarted; /* a file was begun anew */
    bool more; /* there is more to be read at once */
};

/* Reads on, a step of each file. now_ms is any clock that only goes forward. */
struct buildlog_news buildlog_look(struct buildlog *l, int64_t now_ms);
/* Nothing more can come: last lines without a newline are complete. */
void buildlog_end(struct buildlog *l);

/* What the lines come to. */
struct build *buildlog_build(struct buildlog *l);
int buildlog_files(const struct buildlog *l);
/* Of the file with this number; NULL if there is nothing to read under it. */
const struct logtail_state *buildlog_file(const struct buildlog *l, int number);
/* There is something that has not been read: held back, as NFS may not have sent it yet, or not readable. */
bool buildlog_behind(const struct buildlog *l);

#endif
