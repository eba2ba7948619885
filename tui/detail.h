/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_DETAIL_H
#define KFARM_TUI_DETAIL_H
/*
 * Everything about one job or node: at once what the snapshot knows, in plain words, and below, as
 * soon as it has come, every field that scontrol(1) shows. scontrol is asked because it knows all
 * fields of its own release; it is run without a shell, and only for the screen.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tui/lines.h"
#include "widgets/textview.h"

struct app;
struct process;

struct detail {
    bool open;
    char kind[8]; /* "job" or "node" */
    uint32_t job_id; /* 0: a node */
    char id[96]; /* as Slurm is asked for it: "42", "44_3", "node1" */
    struct lines text;
    struct buf slurm; /* what scontrol said */
    struct process *asking; /* NULL: answered, or not asked */
    char failure[256]; /* why scontrol did not answer */
    struct textview view;
};

void detail_release(struct detail *d);
/* Opens it on the selected job or node. */
void detail_open(struct app *a);
void detail_close(struct detail *d);
/* Writes the text anew from the snapshot: elapsed times tick. */
void detail_rebuild(struct app *a);

#endif
