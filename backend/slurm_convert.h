/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_CONVERT_H
#define KFARM_BACKEND_SLURM_CONVERT_H
/* From libslurm's records to the model's. Private to slurm_*.c. */
#include "backend/model.h"
#include "backend/slurm_compat.h"
#include "backend/strpool.h"

/* Names of users by uid, looked up once each. */
struct user_names;
struct user_names *user_names_new(void);
struct user_names *user_names_free(struct user_names *u);
/* The login name, or the number as text; valid until user_names_free(). */
const char *user_names_get(struct user_names *u, uint32_t uid);

/* `before` is the record converted last, NULL for the first: neighbours share most of their text. */
void convert_job(struct job *out, const struct job *before, const slurm_job_info_t *in,
    struct strpool *pool, struct user_names *users);
/* `partitions` is the comma separated list of those the node is in. */
void convert_node(struct node *out, const struct node *before, const node_info_t *in,
    uint32_t index, const char *partitions, struct strpool *pool, struct user_names *users);
void convert_partition(struct partition *out, const partition_info_t *in, struct strpool *pool);

#endif
