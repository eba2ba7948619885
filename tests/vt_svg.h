/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_VT_SVG_H
#define KFARM_TESTS_VT_SVG_H
/*
 * A picture of a terminal's screen: SVG on a dark ground, for the README and for looking at what a
 * test saw. Boxes (U+2500..257F) and blocks (U+2580..259F) are drawn as shapes on a grid of whole
 * pixels, so that they join; all else is text, each run held to its columns.
 */
#include "base/buf.h"
#include "tests/vt.h"

/* Appends the picture to out, which needs some 100 bytes per word on the screen. `title` (may be
   NULL) is what a screen reader says of it; it is not drawn. A visible cursor is a reversed cell. */
void vt_svg(const struct vt *vt, const char *title, struct buf *out);

#endif
