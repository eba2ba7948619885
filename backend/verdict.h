/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_VERDICT_H
#define KFARM_BACKEND_VERDICT_H
/*
 * Would this script run on this farm? All that can be said of it before sbatch is asked: its options,
 * where they fit, the mistakes in its commands, and the files it reads and writes.
 *
 * Reading files can hang in a file server, so that part is apart (verdict_files(), for a thread of its
 * own); the rest only computes, and is done anew whenever an option or the farm changes.
 */
#include <stdbool.h>
#include <sys/stat.h>

#include "backend/batch.h"
#include "backend/findings.h"
#include "backend/fit.h"
#include "backend/request.h"
#include "base/buf.h"
#include "base/diag.h"

/* Names of the environment's variables by which a script is told what to build; "" for none. */
struct verdict_variables {
    const char *source, *output, *config;
};

/* What is to be submitted. */
struct verdict_job {
    const char *script; /* path */
    const char *cwd; /* where sbatch is started; absolute */
    const char *const *argv; /* options for sbatch; NULL at the end; NULL: none */
    char *const *environment; /* of sbatch; NULL at the end; NULL: none */
    struct verdict_variables variables;
};

struct verdict {
    struct request request;
    struct fit fit;
    struct findings findings; /* sorted */
    /* Slurm would take it, and the farm has nodes for it. When is another question: in a partition that
       is down it waits, and with a time limit beyond its partition's it never starts. Both are warnings,
       and count neither here nor in `runs`. */
    bool accepted;
    bool runs; /* and nothing was found that keeps it from doing its work, once it starts */
};

/* Reads the script: a regular file of at most BATCH_BYTES_MAX bytes. Blocks. 0, or a negative errno with what
   is wrong in d. A NUL stands behind the text. */
int verdict_read(const char *script, struct buf *ret_text, struct diag *d);
/* The same, with what fstat(2) says of the file that was read. */
int verdict_read_file(
    const char *script, struct buf *ret_text, struct stat *ret_file, struct diag *d);
/* The directories of its output files, its working directory, and what the variables name: are they
   there, may we write to them? Blocks. */
void verdict_files(
    const struct verdict_job *job, const char *text, size_t size, struct findings *findings);

/* Judges the text; `files` are the findings of verdict_files(). verdict_release() it. */
void verdict_judge(struct verdict *v, const struct verdict_job *job, const char *text, size_t size,
    const struct snapshot *s, const struct findings *files);
void verdict_release(struct verdict *v);
/* What stands in the way although it fits, as the end of a sentence: ", but sbatch would refuse it"; "" if
   nothing does, or it does not fit. */
const char *verdict_but(const struct verdict *v);

/* The value that a script's first plain assignment gives this variable, its quotes taken away: "" and
   0 if there is none, else its line. It ends at a blank, ;, & or |. One of the form ${NAME:-…} is none:
   it lets others choose. */
uint32_t verdict_assigned(
    const char *text, size_t size, const char *name, char *out, size_t out_size);

#endif
