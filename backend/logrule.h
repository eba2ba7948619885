/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGRULE_H
#define KFARM_BACKEND_LOGRULE_H
/*
 * What a line of a build log is, decided by rules that are data (rules/kernel.rules, or a user's
 * own file). A rule is a section of an INI file, its name is free; the first rule that matches wins:
 *
 *     [gcc-error]
 *     level   = error                 text step context progress warning make slurm error
 *     start   = "  "                  the line begins with this …
 *     anchor  = error:                … and has this in it (one of these, if there are several)
 *     pattern = ^(?<source>\S+?:\d+): error: (?<message>.*)
 *     sample  = a.c:1: error: x       at least one, each with what its groups must catch:
 *     source  = a.c:1
 *     message = x
 *     tool    = cc                    and, all of them optional: who says it,
 *     cause   = compile               why the build failed, if that is what it failed of,
 *     part    = last                  what the line is to others (enum log_part)
 *     head    = yes                   what stands before the target decides alone: any other line that
 *                                     begins so and goes on with no blank is the same but for the target
 *     behind  = " -o "                with head, instead: a line that has this in it and begins as far as the
 *                                     first blank behind the tag, and by eight bytes at least, as one before is
 *                                     the same but for the target, the word behind the last of them
 *
 *  - Patterns are PCRE2, on bytes. Named groups become spans: tag, target, source, message, flag.
 *    A pattern may go on in an indented line; the pieces are joined as they are.
 *  - A rule has a start or an anchor, so that the pattern is only tried where a plain literal has
 *    been found. All anchors of all rules together cost one pass over the line.
 *  - Blanks at either end of a value are lost unless it stands in double quotes.
 *
 * A set is refused, with FILE:LINE and the reason, if anything in it is unknown, if a pattern does
 * not compile, or if a rule has no sample, does not match its own samples, catches in them something
 * else than they say, is kept from them by an earlier rule, or runs away: on a long line made of a
 * sample its pattern tries more ways than there is time for.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "base/diag.h"

#define LOGRULE_MAX 256 /* rules of a set */

struct logrule_set;

/* Why a build failed; the names are those of rules files and of JSON. */
enum log_cause {
    CAUSE_NONE,
    CAUSE_COMPILE,
    CAUSE_LINK,
    CAUSE_MODPOST,
    CAUSE_CONFIG,
    CAUSE_MAKE,
    CAUSE_MISSING_TOOL,
    CAUSE_OOM,
    CAUSE_DISK_FULL,
    CAUSE_QUOTA,
    CAUSE_TIME_LIMIT,
    CAUSE_CANCELLED,
    CAUSE_NODE_FAIL,
    CAUSE_PREEMPTED,
    CAUSE_INTERNAL_COMPILER_ERROR,
    CAUSE_IO_ERROR,
    CAUSE_SCRIPT,
    CAUSE_COUNT
};

/* What a line is to the build and to other lines. */
enum log_part {
    PART_ITSELF,
    PART_NEXT, /* "next": belongs to the diagnostic that follows ("In file included from") */
    PART_LAST, /* "last": belongs to the one before (the source line, the caret, a note) */
    PART_ECHO, /* "echo": an error that only follows from another ("ld returned 1 exit status") */
    PART_SUCCESS, /* "success": the build has come to a good end, if nothing else follows */
    PART_FAILURE, /* "failure": to a bad one */
    PART_STOPPED, /* "stopped": Slurm has ended it, for `cause` */
    PART_REQUEUED, /* "requeued": the run ends, and another one follows */
    PART_BEGINS, /* "begins": what stands before is of an earlier run */
    PART_ENDED, /* "ended": the script is over, however it went */
    PART_PLACE, /* "place": names (as source) a directory that sources are relative to */
    PART_TARGETS, /* "targets": names (as target) what make is told to make */
    PART_COUNT
};

/* What a rule says besides the level. */
struct logrule_info {
    const char *name, *tool; /* tool "": not said */
    enum log_cause cause;
    enum log_part part;
    bool head; /* what stands before the target decides alone … */
    const char *behind; /* … or up to the tag, if this is in the line; NULL */
};

struct log_match_span {
    uint32_t start; /* byte offset in the line */
    uint32_t len;
    enum log_span kind;
};

struct log_match {
    enum log_level level;
    uint8_t spans;
    struct log_match_span span[LOG_SPANS_MAX]; /* by start, the longer first */
    int rule; /* its number in the set, for logrule_name(); -1 if none matched */
    enum log_part part; /* of that rule */
};

struct logrule_set *logrule_set_new(void);
/* Takes NULL and half-built sets; returns NULL. */
struct logrule_set *logrule_set_free(struct logrule_set *set);

/* Adds the rules of a text behind those already there; `name` stands for it in errors. */
int logrule_set_add(
    struct logrule_set *set, const char *name, const char *text, size_t len, struct diag *d);
/* The same from a file. */
int logrule_set_add_file(struct logrule_set *set, const char *path, struct diag *d);
/* Compiles and checks everything; nothing can be added after it. */
int logrule_set_ready(struct logrule_set *set, struct diag *d);

/* The rules that come with the program, ready. */
struct logrule_set *logrule_set_builtin(struct diag *d);
/* Those behind the user's own, $XDG_CONFIG_HOME/kfarm-top/rules/NAME.rules in the order of their names,
   ready. NULL with the reason in d if one of them is not well. */
struct logrule_set *logrule_set_load(struct diag *d);

/*
 * What the len bytes of a line (without its newline) are; only the first LOG_LINE_MAX are looked at.
 * A pattern that would take too long counts as not matching. Not for two threads at once.
 */
void logrule_match(
    const struct logrule_set *set, const char *text, size_t len, struct log_match *out);

/* The span of this kind; NULL if the line has none. */
const struct log_match_span *log_match_span(const struct log_match *m, enum log_span kind);

/* The name of a rule of the set; "" for -1. */
const char *logrule_name(const struct logrule_set *set, int rule);
/* The rest of it; valid as long as the set. For -1 all is empty. */
struct logrule_info logrule_info(const struct logrule_set *set, int rule);
int logrule_count(const struct logrule_set *set);

const char *log_level_name(enum log_level level);
const char *log_cause_name(enum log_cause cause); /* "none" for CAUSE_NONE */

#endif
