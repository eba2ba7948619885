/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SOURCE_IMPL_H
#define KFARM_BACKEND_SOURCE_IMPL_H
/* What a kind of source brings along. Private to source*.c. */
#include "backend/source.h"

struct source_ops {
    void (*send)(struct source *s, const struct buf *frame);
    void (*kill)(struct source *s, enum source_role role); /* may be NULL */
    void (*advance)(struct source *s, int64_t ms); /* NULL: time is real */
    void (*free)(struct source *s);
};

/* First member of each kind. */
struct source {
    const struct source_ops *ops;
    struct source_events events;
    void *user;
    struct recorder *recorder; /* NULL: not recording */
};

/* Records a frame and hands it to the owner. */
int source_deliver(struct source *s, const struct wire_frame *frame);

#endif
