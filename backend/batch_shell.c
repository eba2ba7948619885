/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/batch_shell.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"

#define COMMAND_MAX (64u << 10) /* bytes of one command, continued lines joined */
#define LOST_MAX    16 /* here-documents without an end that are looked for to the end of the script */

struct script {
    const struct batch_shell_visitor *visitor;
    void *user;
    struct buf command; /* lines joined */
    uint32_t line, command_line; /* being read; where the command began */
    char here[64]; /* the word that ends a here-document; "" outside one */
    unsigned lost; /* here-documents whose end never came */
};

/* ---- words ---- */

int batch_shell_split(char *text, char *words[BATCH_SHELL_WORDS])
{
    int n = 0;
    char *out = text, *at = text, quote = '\0';
    bool in_word = false;

    for (; *at && n < BATCH_SHELL_WORDS; at++) {
        if (!quote && (ascii_is_space(*at) || *at == ';')) {
            bool ends = *at == ';'; /* what is written may take its place */

            if (in_word)
                *out++ = '\0';
            in_word = false;
            if (ends)
                break;
            continue;
        }
        if (!in_word) {
            if (*at == '#')
                break;
            words[n++] = out;
            in_word = true;
        }
        if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        else
            *out++ = *at;
    }
    *out = '\0';
    return n;
}

/* ---- commands ---- */

/* The length of the command that the text begins with: up to a semicolon outside quotes and $( ). */
static size_t one_command(const char *text)
{
    char quote = '\0';
    int open = 0;
    size_t n = 0;

    for (; text[n]; n++) {
        if (text[n] == '\\' && quote != '\'' && text[n + 1])
            n++;
        else if (quote)
            quote = text[n] == quote ? '\0' : quote;
        else if (text[n] == '"' || text[n] == '\'' || text[n] == '`')
            quote = text[n];
        else if (text[n] == '#' && (n == 0 || ascii_is_space(text[n - 1])))
            return strlen(text);
        else if (text[n] == '(' && (open || (n && text[n - 1] == '$')))
            open++;
        else if (text[n] == ')' && open)
            open--;
        else if (text[n] == ';' && !open)
            break;
    }
    return n;
}

static void give_commands(struct script *s)
{
    const char *text = buf_str(&s->command);

    for (size_t n; *text; text += n + (text[n] == ';')) {
        n = one_command(text);
        s->visitor->command(s->user, text, n, s->command_line);
    }
}

/* The << of a here-document in a command, or NULL: not one in quotes or a comment, no <<<, and no shift
   in $((1 << 3)). A command in a double-quoted string, "$(cat <<END", is a command all the same. */
static const char *find_here(const char *command)
{
    char quote = '\0';
    int arithmetic = 0, inside = 0; /* of (( )), of "$( )" */

    for (const char *at = command; *at; at++) {
        if (*at == '\\' && quote != '\'' && at[1]) {
            at++;
        } else if (quote == '"' && at[0] == '$' && at[1] == '(' && at[2] != '(') {
            inside++;
            quote = '\0';
        } else if (quote) {
            quote = *at == quote ? '\0' : quote;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '#' && (at == command || ascii_is_space(at[-1]) || at[-1] == ';')) {
            return NULL;
        } else if (at[0] == '(' && at[1] == '(') {
            arithmetic++;
            at++;
        } else if (arithmetic && at[0] == ')' && at[1] == ')') {
            arithmetic--;
            at++;
        } else if (inside && *at == ')') {
            inside--;
            quote = '"';
        } else if (!arithmetic && strncmp(at, "<<<", 3) == 0) {
            at += 2;
        } else if (!arithmetic && strncmp(at, "<<", 2) == 0) {
            return at;
        }
    }
    return NULL;
}

/* Is this line the word, with or without tabs before it? */
static bool ends_here(const char *line, size_t n, const char *word)
{
    while (n && *line == '\t') {
        line++;
        n--;
    }
    return n == strlen(word) && memcmp(line, word, n) == 0;
}

/* A here-document's first line says by which word it ends. One whose end is not in `rest` was none: then
   the lines that follow are commands. */
static void look_for_here(struct script *s, const char *rest, size_t rest_len)
{
    const char *at = find_here(buf_str(&s->command)), *end = rest + rest_len;
    size_t n;

    if (at == NULL || s->lost == LOST_MAX)
        return;
    at += 2;
    at += *at == '-';
    at += strspn(at, " \"'\\");
    n = strcspn(at, " \"'\t;|&)>");
    snprintf(s->here, sizeof(s->here), "%.*s", (int)n, at);
    while (rest < end) {
        const char *stop = memchr(rest, '\n', (size_t)(end - rest));

        stop = stop ? stop : end;
        if (ends_here(rest, (size_t)(stop - rest), s->here))
            return;
        rest = stop < end ? stop + 1 : end;
    }
    s->here[0] = '\0';
    s->lost++;
}

static void end_command(struct script *s, const char *rest, size_t rest_len)
{
    if (s->command.len) {
        look_for_here(s, rest, rest_len);
        give_commands(s);
    }
    buf_clear(&s->command);
}

/* One line; `rest` is what follows it. */
static void take_line(struct script *s, const char *at, size_t n, const char *rest, size_t rest_len)
{
    size_t blanks = 0, end = n;
    bool continued;

    if (s->here[0]) {
        if (ends_here(at, n, s->here))
            s->here[0] = '\0';
        return;
    }
    while (blanks < n && ascii_is_space(at[blanks]))
        blanks++;
    if (blanks < n && at[blanks] == '#') {
        if (s->command.len) {
            const char *stop = memchr(rest, '\n', rest_len);

            s->visitor->cut(s->user, buf_str(&s->command), s->line, rest,
                stop ? (size_t)(stop - rest) : rest_len);
            end_command(s, rest, rest_len);
        }
        return;
    }
    while (end && ascii_is_space(at[end - 1]))
        end--;
    if (end < n && end && at[end - 1] == '\\')
        s->visitor->blank(s->user, s->line);
    continued = n && at[n - 1] == '\\';
    if (s->command.len == 0)
        s->command_line = s->line;
    if (s->command.len + n < COMMAND_MAX) {
        buf_add(&s->command, at, continued ? n - 1 : n);
        buf_addc(&s->command, ' ');
    }
    if (!continued)
        end_command(s, rest, rest_len);
}

bool batch_shell_read(
    const char *text, size_t size, const struct batch_shell_visitor *visitor, void *user)
{
    struct script s = {.visitor = visitor, .user = user};
    const char *end = text + size;

    if (size < 2 || memcmp(text, "#!", 2) != 0 || memchr(text, '\0', size))
        return false;
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;

        s.line++;
        take_line(&s, at, (size_t)((stop ? stop : end) - at), next, (size_t)(end - next));
        at = next;
    }
    end_command(&s, end, 0);
    buf_release(&s.command);
    return true;
}
