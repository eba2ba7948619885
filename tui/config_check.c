/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is wrong in a configuration file, told at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/conf.h"
#include "base/given.h"
#include "tui/config_impl.h"

struct mistake {
    int line; /* 0: the file cannot be read */
    char *text;
};

struct checker {
    struct reader reader;
    const char *path;
    struct mistake *mistakes;
    int count;
    int line; /* of the last one in collecting, and its key: */
    char key[64];
};

static void add_mistake(struct checker *c, int line, const char *text)
{
    c->mistakes = xreallocarray(c->mistakes, (size_t)c->count + 1, sizeof(*c->mistakes));
    c->mistakes[c->count++] = (struct mistake){line, xstrdup(text)};
}

/* Goes on behind a mistake. The further lines of a value that is one already are none. */
static int collect_all(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d)
{
    struct checker *c = user;
    struct diag why = DIAG_INIT, at;
    char name[CONFIG_NAME + 1];
    enum part part;

    (void)d;
    if (section[0] && config_find_section(section, &part, name, &why) < 0)
        return 0; /* that is told of its own line: check_sections() */
    if (config_collect(&c->reader, section, key, value, line, &why) == 0)
        return 0;
    if (c->line != line - 1 || strncmp(c->key, key, sizeof(c->key) - 1) != 0) {
        diag_at(&at, 0, c->path, line, "%s", why.text);
        add_mistake(c, line, at.text);
    }
    c->line = line;
    snprintf(c->key, sizeof(c->key), "%s", key);
    return 0;
}

/* One without a key in it is a mistake, too, and inih does not tell of it. */
static void check_sections(struct checker *c, char *text)
{
    char *line, *begin, *end;

    for (int number = 1; (line = strsep(&text, "\n")) != NULL; number++) {
        struct diag why = DIAG_INIT, at;
        char name[CONFIG_NAME + 1];
        enum part part;

        begin = line + strspn(line, CONFIG_BLANKS);
        end = *begin == '[' ? strchr(begin, ']') : NULL;
        if (end == NULL)
            continue;
        *end = '\0';
        if (config_find_section(begin + 1, &part, name, &why) == 0)
            continue;
        diag_at(&at, 0, c->path, number, "%s", why.text);
        add_mistake(c, number, at.text);
    }
}

static int by_line(const void *a, const void *b)
{
    const struct mistake *x = a, *y = b;

    return (x->line > y->line) - (x->line < y->line);
}

int config_check(const char *path, void (*tell)(void *user, const char *mistake), void *user)
{
    struct config *config = config_default();
    struct checker c = {.path = path};
    struct diag d = DIAG_INIT;
    struct buf text = BUF_INIT;

    if (given_read(path, CONF_FILE_MAX, &text, &d) < 0) {
        add_mistake(&c, 0, d.text);
    } else if (conf_parse(path, buf_str(&text), text.len, collect_all, &c, &d) < 0) {
        int line = 0; /* "PATH:LINE: …" */

        sscanf(d.text + KF_MIN(strlen(path), strlen(d.text)), ":%d:", &line);
        add_mistake(&c, line, d.text);
    }
    if (text.p)
        check_sections(&c, text.p);
    for (int i = 0; i < c.reader.count; i++)
        if (config_set_entry(config, &c.reader, &c.reader.entries[i], path, &d) < 0)
            add_mistake(&c, c.reader.entries[i].line, d.text);
    if (c.count > 0)
        qsort(c.mistakes, (size_t)c.count, sizeof(*c.mistakes), by_line);
    for (int i = 0; i < c.count; i++) {
        tell(user, c.mistakes[i].text);
        free(c.mistakes[i].text);
    }
    free(c.mistakes);
    buf_release(&text);
    config_release(&c.reader);
    config_free(config);
    return c.count;
}
