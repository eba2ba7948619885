/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_CLIENT_H
#define KFARM_BACKEND_SLURM_CLIENT_H
/*
 * Reads a farm through libslurm and writes what it finds as wire frames. Only for a helper process:
 * every call here can block for a minute, and libslurm may end the process.
 */
#include <stddef.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "base/buf.h"
#include "base/diag.h"

/* Where libslurm looks for its configuration if SLURM_CONF is not set: SLURM_CLIENT_CONF, which the build finds out, then what
   a slurmd has fetched from its controller, then the controller that the DNS names. */
#define SLURM_CLIENT_FETCHED "/run/slurm/conf/slurm.conf"

struct slurm_client;

/*
 * Initialises libslurm. Returns NULL with the reason in d where that can be known beforehand
 * (SLURM_CONF names a file that is not there: libslurm would look for it for a minute).
 */
struct slurm_client *slurm_client_new(struct diag *d);
struct slurm_client *slurm_client_free(struct slurm_client *c);

/* Called with each finished frame; 0 or a negative errno, which ends the refresh. */
typedef int slurm_client_emit(void *user, const struct buf *frame);

/*
 * Loads the sections of `want` (enum refresh_want) that changed since the last refresh and emits
 * their frames, then WIRE_HEALTH. Returns 0 even if the controller failed, which is data; or what
 * emit returned. Source of the incremental contract: slurmctld/proc_req.c, _slurm_rpc_dump_jobs.
 */
int slurm_client_refresh(
    struct slurm_client *c, uint32_t want, uint32_t sequence, slurm_client_emit *emit, void *user);

/* Version of the libslurm this was built against, "22.05.8". */
void slurm_client_library(char *out, size_t size);

#endif
