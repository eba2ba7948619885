/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_VT_IMPL_H
#define KFARM_TESTS_VT_IMPL_H
/* What vt.c (the program and its pty), vt_screen.c (what it draws) and vt_keys.c (what it is sent)
   share. For these three files only. */
#include <vterm.h>

#include "base/buf.h"
#include "tests/vt.h"

enum vt_input_state { VT_INPUT_GROUND, VT_INPUT_ESC, VT_INPUT_CSI };

struct vt {
    VTerm *term;
    VTermScreen *screen;
    int cols, rows;
    struct vt_modes modes;

    pid_t pid;
    int pidfd; /* -1 where the kernel has none */
    int master; /* our side of the pty, non-blocking */
    bool closed; /* nobody holds the program's side any more */
    bool ended;
    int status; /* of vt_wait_exit(), once ended */
    bool quiet;
    struct buf *record;

    struct buf out; /* bytes on their way to the program */
    uint64_t bytes;
    int64_t last_byte_us;
    int64_t escape_us; /* when a lone Esc was sent; 0: none was */

    enum vt_input_state input_state;
    struct buf csi; /* the control sequence being read, without ESC [ */
    struct buf filtered; /* input as libvterm gets it */

    struct buf text; /* of vt_screen_text() */
    struct buf *row_text; /* of vt_row_text(), one per row */
};

/* vt_screen.c: the terminal of vt->cols × vt->rows; size follows these; end of it. */
void vt_screen_open(struct vt *vt);
void vt_screen_resize(struct vt *vt, int cols, int rows);
void vt_screen_close(struct vt *vt);
/* Draws n bytes from the program; answers to queries are appended to vt->out. */
void vt_screen_feed(struct vt *vt, const char *p, size_t n);

/* vt.c: sends what can be sent of vt->out now. */
void vt_flush(struct vt *vt);

#endif
