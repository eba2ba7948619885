/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDDB_H
#define KFARM_BACKEND_BUILDDB_H
/*
 * Earlier builds, kept in SQLite, and what they tell of one that runs: how many steps it will be, and how
 * long it will take. Only clean builds that went well are kept, and only clean builds are told of: nobody
 * knows how many steps an incremental one will be.
 *
 * Steps do not take the same time: compiling goes on side by side, linking does not. So a build is kept
 * with the moments at which it had made each part of its steps, and the time that is left is what the
 * earlier ones took from there on, times how much slower this one has been so far.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define BUILDDB_POINTS 50
#define BUILDDB_BUILDS 5 /* the latest so many are asked */
#define BUILDDB_KEPT   500 /* of one owner */

/* Whose a build is. Builds of one owner are compared with each other only. */
struct builddb_whose {
    const char *owner; /* cluster and user */
    const char *
        key; /* and how it was submitted: what stands for the parts of its kind that are not known */
};

/* Builds of one owner make the same steps if these are the same, wherever their trees and objects lie. A part that is
   not known of a build says nothing of others, except of those of the same key: of them an unknown `makes` stands for
   any, an unknown `config` for one that is not known either. */
struct builddb_kind {
    bool scratch; /* it made the build's own tools first, which `make clean` leaves alone */
    const char *config, *makes; /* buildkind.h; "": not known */
};

/* A build that has ended. */
struct builddb_build {
    int64_t steps, duration_s;
    bool has_curve;
    uint32_t curve_s
        [BUILDDB_POINTS]; /* seconds after its start at which it had made i / POINTS of them */
};

/* What earlier builds of the same kind were like. */
struct builddb_past {
    struct builddb_build v[BUILDDB_BUILDS]; /* the latest first */
    int count;
};

struct builddb_estimate {
    int64_t total; /* steps; 0: not known */
    int64_t left_s; /* -1: not known */
    int builds; /* it rests on so many, … */
    int64_t spread_s; /* … whose words differ by so much from it; 0 with one */
};

struct builddb;

/* Opens the file, or makes it: as one of the user's own, in a directory that nobody else may write (base/ownfile.h), as
   SQLite plays back any journal it finds beside it. A journal that is no regular file is refused, as the file itself
   would be. NULL with the reason in d. */
struct builddb *builddb_open(const char *path, struct diag *d);
/* Before each use of one that is kept open for long: the same, as long as its file has the name and can be used; else it
   is closed, and the file of that name is opened, if it can be. h may be NULL. NULL with the reason in d. */
struct builddb *builddb_renew(struct builddb *h, const char *path, struct diag *d);
/* Takes NULL; returns NULL. */
struct builddb *builddb_close(struct builddb *h);
/* Keeps a build; of the same job and start it replaces what was kept, but a curve, a configuration and
   commands stay if there is nothing new. Of an owner the latest BUILDDB_KEPT stay. 0, or -EIO with the reason in d. */
int builddb_add(struct builddb *h, const struct builddb_whose *whose,
    const struct builddb_kind *kind, uint32_t job_id, int64_t start_s,
    const struct builddb_build *b, struct diag *d);
/* The owner's latest builds of a kind; none if it cannot be read. */
void builddb_past(struct builddb *h, const struct builddb_whose *whose,
    const struct builddb_kind *kind, struct builddb_past *ret);

/* What they tell of a build that has made so many steps in so many seconds. */
struct builddb_estimate builddb_estimate(
    const struct builddb_past *past, int64_t steps, int64_t elapsed_s);

/* ---- the curve of a build that is watched ---- */

#define BUILDDB_SAMPLES 512

struct builddb_samples {
    struct {
        uint32_t s; /* after its start */
        int64_t steps;
    } v[BUILDDB_SAMPLES];
    int count;
    uint32_t gap_s; /* at least, between two of them */
};

/* Time only goes forward. When there is no room every second one is dropped, and from then on they come half
   as often. */
void builddb_sample(struct builddb_samples *h, int64_t elapsed_s, int64_t steps);
/* The curve of a build that ended with so many steps; false if it was not watched from near its start. */
bool builddb_curve(const struct builddb_samples *h, struct builddb_build *b);

#endif
