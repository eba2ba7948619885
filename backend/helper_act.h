/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HELPER_ACT_H
#define KFARM_BACKEND_HELPER_ACT_H

/* Carries out the one WIRE_ACTION that comes on fd, target by target, answers with
   WIRE_ACTION_RESULT frames (action.h) and returns the exit status. */
int helper_act_main(int fd);

#endif
