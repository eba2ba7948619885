/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGVIEW_H
#define KFARM_BACKEND_LOGVIEW_H
/*
 * What the screen looks at of a whole file: the lines of a view, read on in the background and handed out by the
 * page, and the search that goes through them. Answers WIRE_LOG_VIEW, _PAGE_ASK, _SEEK and _SAVE of logproto.h.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "backend/logrule.h"
#include "backend/wire.h"

struct logview;

/* rules must outlive it; NULL: every line is text. */
struct logview *logview_new(const struct logrule_set *rules);
/* Takes NULL; returns NULL. */
struct logview *logview_free(struct logview *v);

/* Other files are followed from now on: no view is left. The paths are copied. */
void logview_follow(struct logview *v, uint32_t follow, const char *const paths[LOG_STREAM_COUNT]);
/* Takes one of the four frames; one of another follow or view is passed over. 0, or -EPROTO. `save_to` is the pipe
   that came with a WIRE_LOG_SAVE, else -1; it is closed here, and a save of another view is answered with ECANCELED. */
int logview_take(struct logview *v, const struct wire_frame *frame, int save_to);
/* A file has changed; it was begun anew, if `restart`. What stands behind the byte `sure` may be still to come
   (logtail_sure()). */
void logview_changed(struct logview *v, enum log_stream stream, bool restart, int64_t sure);

/* Works a step, and appends what there is to tell to out. True if there is more to do at once. */
bool logview_work(struct logview *v, int64_t now_ms, struct buf *out);
/* When there is something to tell later (same clock); INT64_MAX if nothing. */
int64_t logview_due(const struct logview *v);

#endif
