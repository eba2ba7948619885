/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_COMPAT_H
#define KFARM_BACKEND_SLURM_COMPAT_H
/*
 * Every difference between the releases of libslurm, 22.05 to 26.05, in one place. The rest of the
 * program is written against the newest form.
 */
#define SLURM_BACKWARD_COMPAT /* 26.05: keep the job id forms of slurm_load_job() and friends */
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* Exported by every libslurm, declared by none. */
extern char *slurm_node_state_string(uint32_t state) __attribute__((weak));
extern char *slurm_job_reason_string(unsigned reason) __attribute__((weak)); /* < 24.05 */
extern char *slurm_job_state_reason_string(unsigned reason) __attribute__((weak)); /* ≥ 24.05 */

static inline const char *compat_reason(uint32_t reason)
{
    if (slurm_job_state_reason_string)
        return slurm_job_state_reason_string(reason);
    return slurm_job_reason_string ? slurm_job_reason_string(reason) : NULL;
}

/* CPUs and MiB of memory that jobs have on a node. Up to 24.11 they come from the select plugin,
   which writes a uint64_t for the memory whatever its header says. */
static inline void compat_node_alloc(const node_info_t *n, uint32_t *ret_cpus, uint64_t *ret_mem)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 5, 0)
    *ret_cpus = n->alloc_cpus;
    *ret_mem = n->alloc_memory;
#else
    uint16_t cpus = 0;
    uint64_t mem = 0;

    slurm_get_select_nodeinfo(
        n->select_nodeinfo, SELECT_NODEDATA_SUBCNT, NODE_STATE_ALLOCATED, &cpus);
    slurm_get_select_nodeinfo(
        n->select_nodeinfo, SELECT_NODEDATA_MEM_ALLOC, NODE_STATE_ALLOCATED, &mem);
    *ret_cpus = cpus;
    *ret_mem = mem;
#endif
}

static inline void compat_free_conf(slurm_conf_t *conf)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
    slurm_free_conf(conf);
#else
    slurm_free_ctl_conf(conf);
#endif
}

/* The number of a job that was submitted. */
static inline uint32_t compat_submitted(const submit_response_msg_t *response)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
    return response->step_id.job_id;
#else
    return response->job_id;
#endif
}

/* Who drained a node; from 26.05 on the controller takes that from the credential. */
static inline void compat_set_reason_uid(update_node_msg_t *msg, uint32_t uid)
{
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(26, 5, 0)
    msg->reason_uid = uid;
#else
    (void)msg;
    (void)uid;
#endif
}

/* Errors after which it is certain that the request did not leave as a whole. */
static inline bool compat_not_sent(int error)
{
    switch (error) {
    case SLURM_COMMUNICATIONS_CONNECTION_ERROR:
    case SLURM_COMMUNICATIONS_SEND_ERROR:
    case SLURMCTLD_COMMUNICATIONS_CONNECTION_ERROR:
    case SLURMCTLD_COMMUNICATIONS_SEND_ERROR:
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

/* Errors after which a request may or may not have been carried out: it left, no answer came. Names of
   errors of the connection come and go with the releases, the ranges of their numbers stay. A
   controller that dies can leave the kernel's own number behind, too. */
static inline bool compat_outcome_unknown(int error)
{
    bool message = error > SLURM_COMMUNICATIONS_MISSING_SOCKET_ERROR &&
                   error < SLURM_NO_CHANGE_IN_DATA && !compat_not_sent(error);

    switch (error) {
    case SLURM_COMMUNICATIONS_RECEIVE_ERROR:
    case SLURM_COMMUNICATIONS_SHUTDOWN_ERROR:
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case ESHUTDOWN:
    case EPIPE:
    case ETIMEDOUT:
    case EAGAIN:
        return true;
    default:
        return message || (error >= 5000 && error < ESLURM_AUTH_CRED_INVALID);
    }
}

/* The bit of select_type_param that makes memory a consumable resource, which is the same in all releases. The names of
   these bits began with CR_, and begin with SELECT_ in 26.05. */
#define COMPAT_SELECT_MEMORY 0x10u
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
_Static_assert(SELECT_MEMORY == COMPAT_SELECT_MEMORY, "memory is a consumable resource");
#elif SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(25, 5, 0)
_Static_assert(CR_MEMORY == COMPAT_SELECT_MEMORY, "memory is a consumable resource");
#endif

/* 24.05 added the bit; older controllers never set it. */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 5, 0)
#define COMPAT_NODE_STATE_BLOCKED NODE_STATE_BLOCKED
#else
#define COMPAT_NODE_STATE_BLOCKED 0u
#endif

#endif
