/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a picture of a terminal program. The steps are done in the order given, then the screen is
 * written and the program is ended with SIGTERM. Exit status: 0, 1 if a step failed (the screen is
 * written all the same), 2 for wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/parse.h"
#include "tests/vt.h"
#include "tests/vt_svg.h"

static const char usage[] =
    "usage: shot [OPTION]... -- COMMAND [ARG]...\n"
    "Runs COMMAND in a terminal of its own and writes what is on its screen in the end.\n"
    "  --size COLSxROWS  the terminal's size; 80x24\n"
    "  --env NAME=VALUE  sets, --env NAME removes a variable of COMMAND; may be repeated\n"
    "  --clean-env       COMMAND gets PATH, TERM and --env only\n"
    "  --term NAME       TERM; xterm-256color\n"
    "  --timeout S       how long one step may take, seconds; 20\n"
    "Steps, in the order given:\n"
    "  --wait TEXT       until TEXT is on the screen\n"
    "  --gone TEXT       until TEXT is not on the screen\n"
    "  --keys KEYS       types KEYS: characters, \\r \\t \\e \\xNN, <Enter> <Tab> <Esc> <Up> <F1>\n"
    "                    <PgDn> <C-c> <M-x> <S-Tab> … <lt>\n"
    "  --paste TEXT      pastes TEXT\n"
    "  --click COL,ROW   clicks there, counted from 1\n"
    "  --resize CxR      changes the terminal's size\n"
    "  --settle MS       until nothing was drawn for MS milliseconds\n"
    "Output:\n"
    "  --text FILE       the screen as text; - is standard output\n"
    "  --svg FILE        the screen as a picture\n"
    "  --title TEXT      what the picture shows, for screen readers\n";

enum {
    OPT_SIZE = 256,
    OPT_ENV,
    OPT_CLEAN_ENV,
    OPT_TERM,
    OPT_TIMEOUT,
    OPT_TEXT,
    OPT_SVG,
    OPT_TITLE,
    OPT_HELP,
    OPT_WAIT, /* from here on: steps */
    OPT_GONE,
    OPT_KEYS,
    OPT_PASTE,
    OPT_CLICK,
    OPT_RESIZE,
    OPT_SETTLE,
};

static const struct option options[] = {
    {"size", required_argument, NULL, OPT_SIZE},
    {"env", required_argument, NULL, OPT_ENV},
    {"clean-env", no_argument, NULL, OPT_CLEAN_ENV},
    {"term", required_argument, NULL, OPT_TERM},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"text", required_argument, NULL, OPT_TEXT},
    {"svg", required_argument, NULL, OPT_SVG},
    {"title", required_argument, NULL, OPT_TITLE},
    {"help", no_argument, NULL, OPT_HELP},
    {"wait", required_argument, NULL, OPT_WAIT},
    {"gone", required_argument, NULL, OPT_GONE},
    {"keys", required_argument, NULL, OPT_KEYS},
    {"paste", required_argument, NULL, OPT_PASTE},
    {"click", required_argument, NULL, OPT_CLICK},
    {"resize", required_argument, NULL, OPT_RESIZE},
    {"settle", required_argument, NULL, OPT_SETTLE},
    {0},
};

struct step {
    int what; /* OPT_WAIT… */
    const char *text;
    int a, b; /* columns and rows, column and row, or milliseconds */
};

struct shot {
    struct vt_options terminal;
    const char **env; /* NULL at the end */
    size_t env_n;
    struct step *steps;
    size_t steps_n;
    int timeout_ms;
    const char *text_path, *svg_path, *title;
};

/* "120x34" or "7,12": two numbers of 1..1000. */
static bool parse_pair(const char *text, char between, int *ret_a, int *ret_b)
{
    const char *middle = strchr(text, between);
    char *first = middle ? xmemdup0(text, (size_t)(middle - text)) : NULL;
    int64_t a, b;
    bool ok =
        first && parse_i64(first, 1, 1000, &a) == 0 && parse_i64(middle + 1, 1, 1000, &b) == 0;

    if (ok) {
        *ret_a = (int)a;
        *ret_b = (int)b;
    }
    free(first);
    return ok;
}

static bool add_step(struct shot *shot, int what, const char *text)
{
    struct step step = {.what = what, .text = text};
    int64_t ms = 0;

    if (what == OPT_SETTLE && parse_i64(text, 1, 3600000, &ms) < 0)
        return false;
    if (what == OPT_RESIZE && !parse_pair(text, 'x', &step.a, &step.b))
        return false;
    if (what == OPT_CLICK && !parse_pair(text, ',', &step.a, &step.b))
        return false;
    if (what == OPT_SETTLE)
        step.a = (int)ms;
    shot->steps = xreallocarray(shot->steps, shot->steps_n + 1, sizeof(step));
    shot->steps[shot->steps_n++] = step;
    return true;
}

/* One option; false if its argument is wrong. */
static bool take_option(struct shot *shot, int opt, const char *arg)
{
    double seconds;

    switch (opt) {
    case OPT_SIZE:
        return parse_pair(arg, 'x', &shot->terminal.cols, &shot->terminal.rows);
    case OPT_ENV:
        shot->env = xreallocarray(shot->env, shot->env_n + 2, sizeof(*shot->env));
        shot->env[shot->env_n++] = arg;
        shot->env[shot->env_n] = NULL;
        return true;
    case OPT_CLEAN_ENV:
        shot->terminal.clean_env = true;
        return true;
    case OPT_TERM:
        shot->terminal.term = arg;
        return true;
    case OPT_TIMEOUT:
        if (parse_double(arg, 0.001, 86400, &seconds) < 0)
            return false;
        shot->timeout_ms = (int)(seconds * 1000);
        return true;
    case OPT_TEXT:
        shot->text_path = arg;
        return true;
    case OPT_SVG:
        shot->svg_path = arg;
        return true;
    case OPT_TITLE:
        shot->title = arg;
        return true;
    default:
        return opt >= OPT_WAIT && add_step(shot, opt, arg);
    }
}

static bool do_step(struct vt *vt, const struct step *step, int timeout_ms)
{
    switch (step->what) {
    case OPT_WAIT:
        return vt_wait_text(vt, step->text, timeout_ms);
    case OPT_GONE:
        return vt_wait_gone(vt, step->text, timeout_ms);
    case OPT_KEYS:
        if (vt_keys(vt, step->text))
            return true;
        fprintf(stderr, "shot: %s: no such key\n", step->text);
        return false;
    case OPT_PASTE:
        vt_paste(vt, step->text);
        return true;
    case OPT_CLICK:
        vt_mouse(vt, step->b - 1, step->a - 1, 1);
        return true;
    case OPT_RESIZE:
        vt_resize(vt, step->a, step->b);
        return true;
    default:
        return vt_wait_quiet(vt, step->a, timeout_ms);
    }
}

static bool write_file(const char *path, const char *p, size_t n)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    bool ok = f && fwrite(p, 1, n, f) == n;

    if (f)
        ok = (f == stdout ? fflush(f) : fclose(f)) == 0 && ok;
    if (!ok)
        fprintf(stderr, "shot: %s: %s\n", path, strerror(errno));
    return ok;
}

static bool write_results(const struct shot *shot, struct vt *vt)
{
    struct buf svg = BUF_INIT;
    bool ok = true;

    if (shot->text_path) {
        const char *text = vt_screen_text(vt);

        ok = write_file(shot->text_path, text, strlen(text));
    }
    if (shot->svg_path) {
        vt_svg(vt, shot->title, &svg);
        ok = write_file(shot->svg_path, buf_str(&svg), svg.len) && ok;
        buf_release(&svg);
    }
    return ok;
}

static int run(const struct shot *shot)
{
    struct vt *vt = vt_spawn(&shot->terminal);
    bool ok = true;

    if (!vt) {
        fprintf(stderr, "shot: %s: %s\n", shot->terminal.argv[0], strerror(errno));
        return 1;
    }
    for (size_t i = 0; ok && i < shot->steps_n; i++)
        ok = do_step(vt, &shot->steps[i], shot->timeout_ms);
    ok = write_results(shot, vt) && ok;
    vt_kill(vt, SIGTERM);
    ok = vt_wait_exit(vt, 5000, NULL) && ok;
    vt_free(vt);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct shot shot = {.timeout_ms = 20000};
    int result = 2;
    int opt;

    while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        if (opt == OPT_HELP) {
            fputs(usage, stdout);
            result = 0;
            goto out;
        }
        if (opt == '?')
            goto wrong;
        if (!take_option(&shot, opt, optarg)) {
            fprintf(stderr, "shot: %s: not understood\n", optarg);
            goto wrong;
        }
    }
    if (optind == argc)
        goto wrong;
    shot.terminal.argv = (const char *const *)argv + optind;
    shot.terminal.env = shot.env;
    result = run(&shot);
    goto out;
wrong:
    fputs(usage, stderr);
out:
    free(shot.env);
    free(shot.steps);
    return result;
}
