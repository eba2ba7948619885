/*
 * backlog FIRST STEP LAST: submits the pending jobs FIRST, FIRST+STEP, ... up to LAST to the partition "backlog" of
 * the farm that SLURM_CONF names. Compiled and run by backlog.sh.
 *
 * A program and not a loop over sbatch: sbatch costs 20 ms of CPU per job, most of it for starting; here a job costs
 * one message. Run by root it submits as several users.
 */
#include <errno.h>
#include <pwd.h>
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const name_stems[] = {
    "kernel_build",
    "allmodconfig",
    "drivers_net",
    "selftests",
    "docs_html",
    "arm64_defconfig",
};

struct owner {
    uid_t uid;
    gid_t gid;
};

/* Fills owners with whom to submit as: some users every Debian has, or only the caller where he may not choose. */
static size_t find_owners(struct owner *owners, size_t size)
{
    static const char *const users[] = {"root", "daemon", "nobody"};
    size_t count = 0;

    for (size_t i = 0; geteuid() == 0 && i < ARRAY_SIZE(users) && count < size; i++) {
        const struct passwd *user = getpwnam(users[i]);

        if (user != NULL)
            owners[count++] = (struct owner){user->pw_uid, user->pw_gid};
    }
    if (count == 0)
        owners[count++] = (struct owner){geteuid(), getegid()};
    return count;
}

/* Submits job number i. Returns 0 or -1 with errno set. */
static int submit(long i, struct owner owner)
{
    char name[64], comment[64];
    char script[] = "#!/bin/sh\nexit 0\n", partition[] = "backlog", dir[] = "/",
         null[] = "/dev/null";
    char path[] = "PATH=/usr/bin:/bin";
    char *environment[] = {path, NULL};
    submit_response_msg_t *response = NULL;
    job_desc_msg_t job;

    (void)snprintf(name, sizeof(name), "%s_%ld", name_stems[(size_t)i % ARRAY_SIZE(name_stems)], i);
    (void)snprintf(comment, sizeof(comment), "backlog %ld", i);
    slurm_init_job_desc_msg(&job);
    job.name = name;
    job.comment = comment;
    job.partition = partition;
    job.script = script;
    job.environment = environment;
    job.env_size = 1;
    job.work_dir = dir;
    job.std_in = job.std_out = job.std_err = null;
    job.user_id = owner.uid;
    job.group_id = owner.gid;
    job.num_tasks = 1;
    job.cpus_per_task = (uint16_t)(1 + i % 8);
    job.min_cpus = job.cpus_per_task;
    job.time_limit = (uint32_t)(10 + i * 13 % 600);
    job.nice = (uint32_t)(NICE_OFFSET + i * 7 % 1000);
    if (slurm_submit_batch_job(&job, &response) != SLURM_SUCCESS)
        return -1;
    slurm_free_submit_response_response_msg(response);
    return 0;
}

static int parse_number(const char *text, long *ret)
{
    char *end;

    errno = 0;
    *ret = strtol(text, &end, 10);
    return errno != 0 || end == text || *end != '\0' || *ret < 1 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct owner owners[8];
    long first, step, last;

    if (argc != 4 || parse_number(argv[1], &first) != 0 || parse_number(argv[2], &step) != 0 ||
        parse_number(argv[3], &last) != 0) {
        (void)fputs("usage: backlog FIRST STEP LAST\n", stderr);
        return 2;
    }
    const size_t count = find_owners(owners, ARRAY_SIZE(owners));

    slurm_init(NULL);
    for (long i = first; i <= last; i += step) {
        if (submit(i, owners[(size_t)i % count]) != 0) {
            (void)fprintf(stderr, "backlog: job %ld: %s\n", i, slurm_strerror(errno));
            return 1;
        }
    }
    slurm_fini();
    return 0;
}
