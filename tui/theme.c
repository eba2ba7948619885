/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/theme.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/conf.h"
#include "base/parse.h"
#include "tui/builtin.h"

static const struct {
    const char *name;
    const struct builtin *file;
} builtins[] = {
    {"default", &builtin_theme_default},
    {"mono", &builtin_theme_mono},
};

const char *theme_builtin_name(unsigned i)
{
    return i < KF_LEN(builtins) ? builtins[i].name : NULL;
}

static bool colour(const char *word, int16_t *ret_colour)
{
    static const char *const names[] = {
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
    bool bright = strncmp(word, "bright-", 7) == 0;
    int64_t number;

    if (strcmp(word, "default") == 0) {
        *ret_colour = THEME_DEFAULT_COLOUR;
        return true;
    }
    for (size_t i = 0; i < KF_LEN(names); i++)
        if (strcmp(word + (bright ? 7 : 0), names[i]) == 0) {
            *ret_colour = (int16_t)(i + (bright ? 8 : 0));
            return true;
        }
    if (parse_i64(word, 0, 255, &number) < 0)
        return false;
    *ret_colour = (int16_t)number;
    return true;
}

static bool attribute(const char *word, uint8_t *attrs)
{
    static const struct {
        const char *name;
        uint8_t attr;
    } names[] = {{"bold", THEME_BOLD}, {"dim", THEME_DIM}, {"italic", THEME_ITALIC},
        {"underline", THEME_UNDERLINE}, {"reverse", THEME_REVERSE}};

    for (size_t i = 0; i < KF_LEN(names); i++)
        if (strcmp(word, names[i].name) == 0) {
            *attrs |= names[i].attr;
            return true;
        }
    return false;
}

/* One word of a style. `ground` says which colour comes next: -1 the foreground, 0 the background
   (after "on"), 1 none any more. */
static bool take_word(const char *word, struct theme_style *style, bool *fg_given, int *ground)
{
    if (attribute(word, &style->attrs))
        return true;
    if (strcmp(word, "on") == 0) {
        bool first = *ground < 0;

        *ground = 0;
        return first;
    }
    if (*ground == 0) {
        *ground = 1;
        return colour(word, &style->bg);
    }
    if (*fg_given || *ground == 1)
        return false;
    *fg_given = true;
    return colour(word, &style->fg);
}

static int parse_style(const char *value, struct theme_style *ret_style, struct diag *d)
{
    struct theme_style style = {THEME_DEFAULT_COLOUR, THEME_DEFAULT_COLOUR, 0};
    bool fg_given = false;
    const char *at = value;
    int ground = -1;
    char word[32];

    while (at += strspn(at, " \t"), *at) {
        size_t n = strcspn(at, " \t");

        snprintf(word, sizeof(word), "%.*s", (int)KF_MIN(n, sizeof(word) - 1), at);
        at += n;
        if (!take_word(word, &style, &fg_given, &ground))
            return diag_set(d, -EINVAL,
                "\"%s\": a style is [COLOUR] [on COLOUR] and any of bold, dim, italic, underline, "
                "reverse; a colour is red, bright-red, 0-255, default",
                word);
    }
    if (ground == 0)
        return diag_set(d, -EINVAL, "\"on\" is followed by no colour");
    *ret_style = style;
    return 0;
}

static int on_pair(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d)
{
    struct theme *t = user;

    (void)line;
    if (strcmp(section, "roles") != 0)
        return diag_set(d, -EINVAL, "section [%s]: a theme has only [roles]", section);
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strcmp(key, role_name((enum role)i)) == 0)
            return parse_style(value, &t->styles[i], d);
    return diag_set(
        d, -EINVAL, "\"%s\" is no role; one of the roles is \"%s\"", key, role_name(ROLE_WARN));
}

int theme_load(struct theme *t, const char *name, struct diag *d)
{
    struct theme loaded;
    int err = -ENOENT;

    for (int i = 0; i < ROLE_COUNT; i++)
        loaded.styles[i] = (struct theme_style){THEME_DEFAULT_COLOUR, THEME_DEFAULT_COLOUR, 0};
    diag_set(d, 0,
        "there is no theme \"%s\"; the built-in ones are default and mono, a file of "
        "your own is given with a slash in its path",
        name);
    if (strchr(name, '/'))
        err = conf_parse_file(name, on_pair, &loaded, d);
    for (size_t i = 0; err == -ENOENT && !strchr(name, '/') && i < KF_LEN(builtins); i++)
        if (strcmp(name, builtins[i].name) == 0)
            err = conf_parse(builtins[i].file->name, builtins[i].file->text, builtins[i].file->size,
                on_pair, &loaded, d);
    if (err == 0)
        *t = loaded;
    return err;
}
