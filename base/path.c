/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/utf8.h"

/* What a variable says, if that is an absolute path. */
static const char *absolute(const char *variable)
{
    const char *path = getenv(variable);

    return path && path[0] == '/' ? path : NULL;
}

int path_expand(const char *text, char *out, size_t size)
{
    const char *home = "";

    if (text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
        home = absolute("HOME");
        text++;
        if (home == NULL)
            return -ENOENT;
    }
    if (strlen(home) + strlen(text) >= size)
        return -ENAMETOOLONG;
    snprintf(out, size, "%s%s", home, text);
    return 0;
}

void path_xdg(const char *variable, const char *usual, const char *below, char *out, size_t size)
{
    const char *directory = absolute(variable), *home = absolute("HOME");
    int n = 0;

    if (directory)
        n = snprintf(out, size, "%s/%s", directory, below);
    else if (home)
        n = snprintf(out, size, "%s/%s/%s", home, usual, below);
    if (n <= 0 || (size_t)n >= size) /* another file's name would be worse than none */
        out[0] = '\0';
}

void path_make_parents(const char *path)
{
    char part[4096];

    for (const char *at = strchr(path + (path[0] == '/'), '/'); at; at = strchr(at + 1, '/')) {
        snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
        mkdir(part, 0700);
    }
}

/* The word that is a path, and the `/` in front of its last part; NULL: there is none. */
static const char *path_in(const char *text, const char **ret_name)
{
    for (const char *word = text; *word; word += strspn(word, " ")) {
        size_t n = strcspn(word, " "), path = strcspn(word, ": ");
        const char *slash = memrchr(word, '/', path);

        if (slash && (word == text || *word == '/' || (word - text >= 2 && word[-2] == ':'))) {
            *ret_name = slash;
            return word;
        }
        word += n;
    }
    return NULL;
}

const char *path_fit(const char *text, int columns, char *out, size_t size)
{
    const char *name, *word = path_in(text, &name), *from;
    int head, total = utf8_columns(text, strlen(text));

    snprintf(out, size, "%s", text);
    if (word == NULL || total <= columns)
        return out;
    head = utf8_columns(text, (size_t)(word - text));
    from = word;
    do /* the next directory less */
        from = memchr(from + 1, '/', (size_t)(name - from));
    while (from && from < name && head + 1 + utf8_columns(from, strlen(from)) > columns);
    if (from && head + 1 + utf8_columns(from, strlen(from)) < total)
        snprintf(out, size, "%.*s…%s", (int)(word - text), text, from);
    return out;
}

const char *path_last(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
