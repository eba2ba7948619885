/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/owner.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"

#define NOGROUP 65534 /* of a user whom this machine does not know */

/* Capabilities go with the user. 0, or -EPERM. */
static int change_id(uid_t owner)
{
    const struct passwd *user = getpwuid(owner);
    capng_flags_t flags = CAPNG_CLEAR_BOUNDING | (user ? CAPNG_INIT_SUPP_GRP : CAPNG_DROP_SUPP_GRP);

    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_change_id((int)owner, user ? (int)user->pw_gid : NOGROUP, flags) != 0)
        return -EPERM;
    return geteuid() == owner && getuid() == owner ? 0 : -EPERM;
}

int owner_become(uid_t owner, struct diag *d)
{
    uid_t self = geteuid();
    int err = self == 0 ? change_id(owner) : 0;

    if (err && geteuid() != self) /* half of it was done */
        return diag_set(d, err, "cannot become user %u", owner);
    if (geteuid() != owner)
        file_serve(owner);
    /* what the process holds in its memory is not only the owner's */
    if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return diag_set(d, -errno, "cannot give up rights: %s", strerror(errno));
    return 0;
}
