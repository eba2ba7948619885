/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

int diag_set(struct diag *d, int err, const char *format, ...)
{
    va_list ap;

    if (d) {
        va_start(ap, format);
        vsnprintf(d->text, sizeof(d->text), format, ap);
        va_end(ap);
    }
    return err;
}

int diag_at(struct diag *d, int err, const char *file, int line, const char *format, ...)
{
    va_list ap;
    int n;

    if (d) {
        n = snprintf(d->text, sizeof(d->text), "%s:%d: ", file, line);
        if (n > 0 && (size_t)n < sizeof(d->text)) {
            va_start(ap, format);
            vsnprintf(d->text + n, sizeof(d->text) - (size_t)n, format, ap);
            va_end(ap);
        }
    }
    return err;
}
