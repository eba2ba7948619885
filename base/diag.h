/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_DIAG_H
#define KFARM_BASE_DIAG_H
/*
 * The words of an error. Functions that can fail return a negative errno and, where a person will
 * read of it, take a struct diag * (may be NULL) for what happened, where, and what would be right.
 * Libraries fill it; who handles the error prints it, once.
 */
struct diag {
    char text[512]; /* one line, no newline at its end; "" if nothing was said */
};

#define DIAG_INIT                                                                                  \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* Sets the text; d may be NULL. Returns err, so that `return diag_set(d, -EINVAL, …)` reads well. */
int diag_set(struct diag *d, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As diag_set(), in the form "FILE:LINE: …" that editors understand. */
int diag_at(struct diag *d, int err, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
