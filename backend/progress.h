/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_PROGRESS_H
#define KFARM_BACKEND_PROGRESS_H
/*
 * What the logs say of the jobs of a snapshot, and what that and Slurm's own word together come to: Slurm's
 * state comes first, the log explains it.
 */
#include "backend/buildinfo.h"
#include "backend/snapshot.h"

/* A node on which one build after the other fails of what is not the source's fault. */
struct suspect {
    char node[64];
    uint32_t failed; /* in a row, up to the latest */
    enum log_cause cause; /* of the latest */
};

#define SUSPECT_AFTER 3 /* failures in a row */
#define SUSPECTS_MAX  64

struct progress {
    struct buildinfo *v; /* by job number */
    uint32_t count, room;
    bool changed; /* since progress_suspect() */
    /* Names of jobs that are builds whatever their logs say: patterns of fnmatch(3), NULL behind the last; NULL: none.
       Borrowed. */
    char *const *names;
    struct suspect suspects[SUSPECTS_MAX];
    int suspect_count;
};

void progress_release(struct progress *p);
/* Takes a WIRE_LOG_BUILD. 0 or -EBADMSG. */
int progress_take(struct progress *p, const struct wire_frame *f);
/* Forgets the builds of jobs that Slurm no longer knows. */
void progress_retain(struct progress *p, const struct snapshot *s);
/* What is known of the present run of a job; NULL: nothing. */
const struct buildinfo *progress_of(const struct snapshot *s, const struct job *j);

/* It runs or has run, on a node, and writes a log: that is followed. */
bool job_has_log(const struct job *j);

enum is_build {
    IS_NO_BUILD,
    IS_PERHAPS_BUILD, /* its log was not read yet, or cannot be: only Slurm's word is known */
    IS_BUILD
};

/* A build is a job whose name says so, or whose log has steps in it, or make's or a compiler's word on why there are none. */
enum is_build job_is_build(const struct snapshot *s, const struct job *j);

/* Finds the suspects anew: from the builds that ended, the latest first, on one node each. */
void progress_suspect(struct progress *p, const struct snapshot *s);
/* NULL if nothing speaks against the node. */
const struct suspect *suspect_of(const struct snapshot *s, const char *node);

struct outcome {
    enum build_result result;
    enum log_cause cause; /* CAUSE_NONE: not known, or it did not fail */
    bool hidden; /* Slurm takes it for completed, but the log has a build that failed */
};

/* info may be NULL: then Slurm's word is all there is. */
struct outcome outcome_of(const struct job *j, const struct buildinfo *info);

#endif
