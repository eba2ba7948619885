/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FOLLOWER_H
#define KFARM_BACKEND_FOLLOWER_H
/*
 * The process that follows the logs of one user's builds on one file server (builds.h): takes WIRE_LOG_BUILDS on fd,
 * and answers with WIRE_LOG_BUILD as they get on, and WIRE_LOG_ALIVE from the first on. About earlier builds it asks
 * the helper (buildpast.h).
 */
#include "backend/logrule.h"

/* What a reader does (reader.h); `rules` is a const struct logrule_set *. Returns the exit status when the other end is
   gone (0), or when the stream on fd is not ours (1). */
int follower_main(int fd, const void *rules);

#endif
