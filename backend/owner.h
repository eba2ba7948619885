/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_OWNER_H
#define KFARM_BACKEND_OWNER_H
/*
 * Reading for a job's user. The names of a job's logs, and of the sources that its logs mention, come from that user. A
 * process that opened them with root's rights would show, by a link, what the user may not read. So the process that
 * reads them is the user's: the kernel, and a file server, then decide as they do for the user.
 */
#include <sys/types.h>

#include "base/diag.h"

/*
 * Becomes `owner` for good: user, the groups that the system has for that user, and no capability, even if that is
 * root; nobody but root may look into the process's memory. Where the system does not let this process do that
 * (the operator is not root), it stays what it is, and serves `owner` (base/file.h).
 *
 * To be called with one thread. Asks the system's list of users, which may take its time. 0, or a negative errno with
 * the reason in d: then nothing must be opened.
 */
int owner_become(uid_t owner, struct diag *d);

#endif
