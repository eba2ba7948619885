/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILD_IMPL_H
#define KFARM_BACKEND_BUILD_IMPL_H
/* What build.c gathers and build_judge.c judges. Private to these two. */
#include "backend/build.h"
#include "backend/phase.h"
#include "base/buf.h"

struct kept_diag {
    struct build_diag d;
    uint64_t hash;
};

#define STEP_HEADS 127 /* kinds of steps that are remembered */
#define STEP_SLOTS 128

_Static_assert(STEP_HEADS < STEP_SLOTS, "a search ends at a free slot");

/* What steps of one kind begin with. */
struct step_head {
    uint64_t start; /* the first bytes of text */
    uint64_t rest, rest_mask; /* the bytes behind them, as far as they are part of it */
    const char *behind; /* of the rule (logrule.h); NULL: the target follows */
    char text[64];
    uint8_t len, tag, tag_len; /* all of it; where in it the tag is */
    struct phase_rows rows;
};

/* What follows from a tag alone. */
struct step_tag {
    char name[LOGCOUNT_TAG];
    size_t len; /* 0: none yet */
    struct phase_rows rows;
};

struct build_file {
    int64_t lines; /* so far */
    struct logcount count;
    int64_t quick[STEP_HEADS]; /* steps of each kind that are not in `count` yet */
    struct buf pending; /* lines that wait for their diagnostic */
    char *unit; /* the file that those lines lead to; NULL */
    int last; /* the diagnostic that lines may still belong to; -1 */
    size_t after_make; /* the first diagnostic behind the last line of make's */
    int depth; /* of the deepest make that gave up */
    enum build_phase phase; /* the furthest */
    char *image;
    char last_step[BUILD_STEP_MAX]; /* its target; "" */
    bool clean; /* what `make clean` removes first was made */
    bool scratch; /* what only `make mrproper` removes was made */
    bool ended; /* the script says so */
    enum log_cause stopped; /* by Slurm; CAUSE_NONE: it was not */
    bool dying; /* the run before was ended, and its makes may still say so */
    bool praised; /* the script itself says that it went well */
    enum log_part event; /* the last of PART_SUCCESS and PART_FAILURE; PART_ITSELF: none */
    char *last_text; /* the last line that is not blank and that no rule knows; NULL */
    int64_t last_text_line;
};

struct build {
    const struct logrule_set *rules;
    struct build_file file[BUILD_FILES_MAX];
    int files;
    struct kept_diag *diags;
    size_t count, room;
    size_t diags_max, context_max;
    uint16_t slots[2 * BUILD_DIAGS_MAX]; /* by hash: number of a diagnostic, from 1; 0 free */
    uint64_t lost[2]; /* errors and warnings beyond what is kept */
    bool full;
    unsigned forgotten; /* times */
    struct step_head heads[STEP_HEADS];
    uint8_t head_slots[STEP_SLOTS]; /* by the first bytes: number of a head, from 1; 0 free */
    int head_count;
    struct step_tag
        tag; /* of the last step that a rule has matched: with V=1 mostly that of the next, too */
    char *places[BUILD_PLACES_MAX]; /* the first ones that were named */
    int place_count;
    char *targets; /* the first that were named; NULL */
    int last_file; /* the one that the last step stood in */
    struct build_diag made_up; /* of a first error that is no diagnostic */
};

/* A step that the rule has matched. */
void build_step(struct build *b, int file, const char *text, const struct log_match *m,
    const struct logrule_info *info);
void build_settle(struct build *b);

#endif
