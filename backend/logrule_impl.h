/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGRULE_IMPL_H
#define KFARM_BACKEND_LOGRULE_IMPL_H
/* A set of rules from the inside: logrule_read.c fills it, logrule.c compiles it and matches, logrule_check.c holds
   it against its samples. Private to these three. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "backend/anchors.h"
#include "backend/logrule.h"
#include "base/buf.h"

#define SAMPLES_MAX 16
#define PATTERN_MAX 4096u
#define GROUPS_MAX  16
/* A line of 4 KiB matched in linear time needs far less; only a bad pattern gets there. */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 1000

_Static_assert(LOGRULE_MAX <= ANCHORS_IDS, "a rule's number is its anchors' id");
_Static_assert(LOG_SPAN_COUNT <= LOG_SPANS_MAX, "every group finds room in a match");

struct sample {
    char *text;
    char *expected[LOG_SPAN_COUNT]; /* NULL: the group must catch nothing */
    int line;
};

struct rule {
    char *name;
    const char *file;
    int line; /* of its first key */
    enum log_level level;
    bool has_level;
    bool trusted; /* comes with the program: what it costs was found out before */
    char *tool; /* NULL: not said */
    enum log_cause cause;
    enum log_part part;
    bool head;
    char *behind; /* NULL */
    char *start;
    size_t start_len;
    bool anchored;
    struct buf pattern;
    int pattern_line;
    struct sample sample[SAMPLES_MAX];
    size_t samples;
    pcre2_code *code;
    uint8_t groups; /* of those with a name: number and kind */
    struct {
        uint16_t number;
        enum log_span kind;
    } group[GROUPS_MAX];
};

struct logrule_set {
    struct rule *rules;
    int count;
    int heads; /* the rules before this one say that their head decides: nothing before them can differ */
    int lead; /* the first so many rules have no anchor: they are tried before the line is scanned */
    struct anchors_set always; /* the rules behind them that have none either */
    char *files[64];
    int file_count;
    struct anchors *anchors;
    pcre2_compile_context *compile_context;
    pcre2_match_context *match_context;
    pcre2_match_data *match_data;
};

/* "tag", "target", … */
extern const char *const logrule_span_names[LOG_SPAN_COUNT];

/* The number of a name in a table; -1. */
int logrule_find_name(const char *const names[], size_t n, const char *name);

/* Every rule of the set, compiled, against its own samples: that none before it takes them, what it catches in them,
   and that it does not run away. 0, or a negative errno with FILE:LINE and the reason in d. */
int logrule_check(const struct logrule_set *set, struct diag *d);

#endif
