/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_REQUEST_H
#define KFARM_BACKEND_REQUEST_H
/*
 * What a batch job asks for, as sbatch(1) understands it: the options of its script, of the
 * environment (SBATCH_…) and of the command line, the later winning over the earlier; then the numbers
 * that decide where it fits. Options are those of 22.05 to 26.05; what an older sbatch does not know,
 * it says itself.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/batch.h"
#include "backend/findings.h"

/* Options that mean something here; the others are only known by name. */
enum request_key {
    REQUEST_OTHER,
    REQUEST_ARRAY,
    REQUEST_BEGIN,
    REQUEST_CHDIR,
    REQUEST_CONSTRAINT,
    REQUEST_CORES_PER_SOCKET,
    REQUEST_CPUS_PER_TASK,
    REQUEST_DEPENDENCY,
    REQUEST_ERROR,
    REQUEST_EXCLUDE,
    REQUEST_EXCLUSIVE,
    REQUEST_EXTRA_NODE_INFO,
    REQUEST_GRES, /* and all that asks for GPUs */
    REQUEST_HOLD,
    REQUEST_JOB_NAME,
    REQUEST_LICENSES,
    REQUEST_MEM,
    REQUEST_MEM_PER_CPU,
    REQUEST_MEM_PER_GPU,
    REQUEST_MINCPUS,
    REQUEST_NODELIST,
    REQUEST_NODES,
    REQUEST_NTASKS,
    REQUEST_NTASKS_PER_NODE,
    REQUEST_NTASKS_PER_TRES, /* and its newer name, --ntasks-per-gpu */
    REQUEST_OUTPUT,
    REQUEST_OVERCOMMIT,
    REQUEST_PARTITION,
    REQUEST_RESERVATION,
    REQUEST_SOCKETS_PER_NODE,
    REQUEST_THREADS_PER_CORE,
    REQUEST_TIME,
    REQUEST_TIME_MIN,
    REQUEST_TMP,
    REQUEST_WRAP,
    REQUEST_KEY_COUNT
};

enum request_source { REQUEST_FROM_SCRIPT, REQUEST_FROM_ENVIRONMENT, REQUEST_FROM_COMMAND_LINE };

/* An option as it was given. */
struct request_option {
    const char *name; /* "cpus-per-task"; static */
    char *value; /* "" for one that takes none, or was given without */
    enum request_key key;
    enum request_source source;
    uint32_t line; /* of the script; 0: not from there */
    bool overruled; /* a later one counts */
};

#define REQUEST_UNLIMITED UINT32_MAX

struct request {
    struct request_option *options; /* in the order in which sbatch reads them */
    uint32_t count;

    /* The numbers; 0: not asked for. */
    uint32_t ntasks, cpus_per_task, ntasks_per_node, ntasks_per_tres, min_cpus;
    uint32_t min_nodes, max_nodes; /* max 0: as many as it takes */
    uint32_t sockets, cores, threads;
    uint32_t time_min, time_least_min; /* minutes, or REQUEST_UNLIMITED; least: --time-min */
    uint64_t mem_mb, mem_per_cpu_mb, tmp_mb;
    bool mem_all; /* --mem=0: all memory of each node */
    bool exclusive, overcommit, has_array;
    uint32_t array_last; /* the highest index of the array */
};

/* Reads a script's options, those of an environment (NULL: none) and of a command line (argv, NULL at its
   end, without the script's name). What sbatch would refuse is added to `findings`, also in values that
   a later one overrules: sbatch reads each as it comes. */
void request_read(struct request *r, const struct batch *script, char *const *environment,
    const char *const *argv, struct findings *findings);
void request_release(struct request *r);

/* The value that counts; NULL if the option was not given. */
const char *request_value(const struct request *r, enum request_key key);
const struct request_option *request_option(const struct request *r, enum request_key key);

/* How many words of a command line an option takes that begins with argv[0]: 1, or 2 if its value is
   the next word; 0 if that is no option at all. */
int request_words(const char *const *argv);

#endif
