/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_RECT_H
#define KFARM_WIDGETS_RECT_H
/* Rectangles of the screen, in columns and rows. Pure arithmetic; sizes never go below 0. */

struct rect {
    int x, y, w, h;
};

static inline int rect_least(int a, int b)
{
    return a < b ? (a < 0 ? 0 : a) : (b < 0 ? 0 : b);
}

/* Cuts h rows off the top (or the bottom) of *r and returns them. */
static inline struct rect rect_top(struct rect *r, int h)
{
    struct rect cut = {r->x, r->y, r->w, rect_least(h, r->h)};

    r->y += cut.h;
    r->h -= cut.h;
    return cut;
}

static inline struct rect rect_bottom(struct rect *r, int h)
{
    struct rect cut = {r->x, 0, r->w, rect_least(h, r->h)};

    r->h -= cut.h;
    cut.y = r->y + r->h;
    return cut;
}

/* Cuts w columns off the left of *r and returns them. */
static inline struct rect rect_left(struct rect *r, int w)
{
    struct rect cut = {r->x, r->y, rect_least(w, r->w), r->h};

    r->x += cut.w;
    r->w -= cut.w;
    return cut;
}

/* A rectangle of at most w × h in the middle of r. */
static inline struct rect rect_middle(struct rect r, int w, int h)
{
    struct rect m = {0, 0, rect_least(w, r.w), rect_least(h, r.h)};

    m.x = r.x + (r.w - m.w) / 2;
    m.y = r.y + (r.h - m.h) / 2;
    return m;
}

#endif
