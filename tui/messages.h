/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_MESSAGES_H
#define KFARM_TUI_MESSAGES_H
/* Everything done and everything that failed, newest last; the Messages view. A message that comes
   again and again is counted, not repeated. */
#include <stdint.h>

#include "base/clock.h"
#include "widgets/textview.h"

#define MESSAGES_MAX  1000
#define MESSAGE_BYTES 512

enum message_kind {
    MESSAGE_NOTE, /* something of interest */
    MESSAGE_DONE, /* an action succeeded */
    MESSAGE_WARNING,
    MESSAGE_FAILED, /* an action or a connection failed */
};

struct message {
    int64_t time_s;
    enum message_kind kind;
    unsigned count;
    char text[MESSAGE_BYTES];
};

struct messages {
    struct message *ring;
    uint64_t first, end; /* numbers of the oldest and of the one behind the newest */
    uint64_t shown; /* number of the one that is shown in the footer, … */
    int64_t shown_until_ms; /* … until then, in the steady time of … */
    const struct clock *clock; /* … this */
    char scratch[MESSAGE_BYTES + 64]; /* the line handed out last */
};

void messages_init(struct messages *m, const struct clock *clock);
void messages_release(struct messages *m);
/* now_ms is the wall time that the list shows. */
void messages_add(struct messages *m, int64_t now_ms, enum message_kind kind, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
/* The same of something that nobody has asked for just now: it does not take the place of a message that is being shown,
   which may be the answer to a key. */
void messages_add_aside(struct messages *m, int64_t now_ms, enum message_kind kind,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The one that is shown now, or NULL. */
const struct message *messages_shown(const struct messages *m);
/* The newest, or NULL. */
const struct message *messages_last(const struct messages *m);
enum role message_role(enum message_kind kind);
/* As lines for a textview. */
struct text_source messages_source(struct messages *m);

#endif
