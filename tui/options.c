/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "backend/request.h"
#include "base/alloc.h"
#include "base/parse.h"

static int set_mode(struct options *o, int mode, const char *value, struct diag *d)
{
    (void)value;
    if (o->mode != MODE_DASHBOARD && o->mode != (enum mode)mode)
        return diag_set(d, -EINVAL, "these options do not go together; see kfarm-top --help");
    o->mode = (enum mode)mode;
    return 0;
}

static int set_format(struct options *o, int unused, const char *value, struct diag *d)
{
    static const char *const names[] = {
        [FORMAT_TEXT] = "text", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};

    (void)unused;
    for (size_t i = 0; i < KF_LEN(names); i++)
        if (strcmp(value, names[i]) == 0) {
            o->format = (enum output_format)i;
            return 0;
        }
    return diag_set(d, -EINVAL, "--format %s: it is one of text, csv, json", value);
}

static int set_text(struct options *o, int offset, const char *value, struct diag *d)
{
    (void)d;
    *(const char **)((char *)o + offset) = value;
    return 0;
}

static int set_flag(struct options *o, int offset, const char *value, struct diag *d)
{
    (void)value;
    (void)d;
    *(bool *)((char *)o + offset) = true;
    return 0;
}

static int set_helper(struct options *o, int unused, const char *value, struct diag *d)
{
    (void)unused;
    o->helper = value;
    return set_mode(o, MODE_HELPER, value, d);
}

static int set_rules(struct options *o, int unused, const char *value, struct diag *d)
{
    (void)unused;
    o->rules = value;
    return set_mode(o, MODE_CHECK_RULES, value, d);
}

static int set_check_config(struct options *o, int unused, const char *value, struct diag *d)
{
    (void)unused;
    if (value)
        o->config_file = value;
    return set_mode(o, MODE_CHECK_CONFIG, value, d);
}

static int set_script(struct options *o, int unused, const char *value, struct diag *d)
{
    (void)unused;
    o->script = value;
    return set_mode(o, MODE_SCRIPT, value, d);
}

static int set_refresh(struct options *o, int unused, const char *value, struct diag *d)
{
    double seconds;

    (void)unused;
    if (parse_double(value, 0.2, 3600, &seconds) < 0)
        return diag_set(
            d, -EINVAL, "--refresh %s: it is a number of seconds from 0.2 to 3600", value);
    o->refresh_ms = (int64_t)(seconds * 1000 + 0.5);
    return 0;
}

static int set_size(struct options *o, int unused, const char *value, struct diag *d)
{
    int cols, rows, end = 0;

    (void)unused;
    if (sscanf(value, "%4dx%4d%n", &cols, &rows, &end) != 2 || value[end] != '\0' || cols < 1 ||
        rows < 1 || cols > 1000 || rows > 1000)
        return diag_set(d, -EINVAL, "--size %s: it is COLSxROWS, as 120x40", value);
    o->cols = cols;
    o->rows = rows;
    o->sized = true;
    return 0;
}

#define AT(field) ((int)offsetof(struct options, field))

static const struct option_row {
    const char *name;
    const char *value; /* what it takes, for the help; "[…]": if it likes; NULL: nothing */
    const char *help; /* NULL: not for people */
    int (*set)(struct options *o, int argument, const char *value, struct diag *d);
    int argument;
} rows[] = {
    {"once", NULL, "print and end: farm, nodes, jobs, partitions, builds or messages", set_mode,
        MODE_ONCE},
    {"format", "FORMAT", "with --once: text, csv or json", set_format, 0},
    {"columns", "A,B,C", "with --once: which columns, in this order", set_text, AT(columns)},
    {"sort", "COLUMN", "with --once: sort by it; -COLUMN turns the order round", set_text,
        AT(sort)},
    {"filter", "EXPR", "with --once: only rows that fit, as 'state:pend age>1h'", set_text,
        AT(filter)},
    {"config", "FILE", "read this instead of ~/.config/kfarm-top/config", set_text,
        AT(config_file)},
    {"read-only", NULL, "change nothing on the farm, whatever key is pressed", set_flag,
        AT(read_only)},
    {"dry-run", NULL, "show what would be asked of Slurm, and ask nothing", set_flag, AT(dry_run)},
    {"refresh", "SECONDS", "ask Slurm that often (2); less often if its answers are dear",
        set_refresh, 0},
    {"theme", "NAME", "colours: default, mono, or a file with a slash in its path", set_text,
        AT(theme)},
    {"ascii", NULL, "draw with ASCII only", set_flag, AT(ascii)},
    {"record", "FILE", "write everything that is seen to FILE", set_text, AT(record)},
    {"replay", "FILE", "show a recording instead of a farm", set_text, AT(replay)},
    {"script", "FILE", "press the keys that FILE says and print the screens it asks for",
        set_script, 0},
    {"size", "COLSxROWS", "with --script: size of the screen (80x24)", set_size, 0},
    {"list-commands", NULL, "every command: name, keys, views, help", set_mode, MODE_LIST_COMMANDS},
    {"list-columns", NULL, "every column: view, name, title, help", set_mode, MODE_LIST_COLUMNS},
    {"list-themes", NULL, "the built-in themes", set_mode, MODE_LIST_THEMES},
    {"check-rules", "FILE", "check a file of log rules like backend/rules/kernel.rules", set_rules,
        0},
    {"check-config", "[FILE]", "check a configuration file, the one that would be read by itself",
        set_check_config, 0},
    {"version", NULL, "versions of kfarm-top and of the libslurm it was built with", set_mode,
        MODE_VERSION},
    {"help", NULL, "this", set_mode, MODE_HELP},
    {"helper", "ROLE", NULL, set_helper, 0},
};

static const struct option_row *find_row(const char *name)
{
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static int check(const struct options *o, struct diag *d)
{
    bool once = o->mode == MODE_ONCE;

    if (!once && (o->columns || o->sort || o->filter || o->format != FORMAT_TEXT))
        return diag_set(d, -EINVAL, "--format, --columns, --sort and --filter go with --once");
    if (o->sized && o->mode != MODE_SCRIPT)
        return diag_set(d, -EINVAL, "--size goes with --script");
    if (o->record && o->replay)
        return diag_set(d, -EINVAL, "--record and --replay do not go together");
    return 0;
}

/* `check [OPTION] SCRIPT [OPTION]…`: what is not ours is sbatch's, before the script and behind it. */
static int parse_check(struct options *o, int argc, char **argv, struct diag *d)
{
    static const char *const own[] = {"format", "replay", "config"};
    int n = 0, err = 0;

    o->mode = MODE_CHECK;
    o->batch_options = (const char **)argv; /* the words are moved to its front */
    for (int i = 2, words; i < argc && !err; i += words) {
        const struct option_row *row = NULL;
        const char *value;

        words = request_words((const char *const *)argv + i);
        for (size_t k = 0; k < KF_LEN(own) && strncmp(argv[i], "--", 2) == 0 && !row; k++)
            if (strncmp(argv[i] + 2, own[k], strlen(own[k])) == 0 &&
                strchr("=", argv[i][2 + strlen(own[k])]))
                row = find_row(own[k]);
        if (row) {
            value = strchr(argv[i], '=') ? strchr(argv[i], '=') + 1 : argv[i + 1];
            words = strchr(argv[i], '=') ? 1 : 2;
            err = value ? row->set(o, row->argument, value, d)
                        : diag_set(d, -EINVAL, "%s wants a value", argv[i]);
        } else if (words == 0 && o->batch == NULL) {
            o->batch = argv[i];
            words = 1;
        } else if (words == 0) {
            err = diag_set(d, -EINVAL, "check: \"%s\" is no option of sbatch", argv[i]);
        } else {
            for (int k = 0; k < words; k++)
                o->batch_options[n++] = argv[i + k];
        }
    }
    o->batch_options[n] = NULL;
    if (!err && o->batch == NULL)
        err = diag_set(d, -EINVAL, "check: which script? kfarm-top check SCRIPT [SBATCH OPTION…]");
    if (!err && o->format == FORMAT_CSV)
        err = diag_set(d, -EINVAL, "check: --format is text or json");
    return err;
}

/* `log [--format text|json] [--follow] FILE…`; "--" ends the options. */
static int parse_log(struct options *o, int argc, char **argv, struct diag *d)
{
    bool options = true;
    int n = 0, err = 0;

    o->mode = MODE_LOG;
    o->logs = (const char **)argv; /* the files are moved to its front */
    for (int i = 2; i < argc && !err; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strcmp(argv[i], "--follow") == 0)
            o->follow = true;
        else if (options && strncmp(argv[i], "--format=", 9) == 0)
            err = set_format(o, 0, argv[i] + 9, d);
        else if (options && strcmp(argv[i], "--format") == 0 && i + 1 < argc)
            err = set_format(o, 0, argv[++i], d);
        else if (options && argv[i][0] == '-')
            err = diag_set(d, -EINVAL,
                "log: unknown option \"%s\": --format text|json, --follow, and the files", argv[i]);
        else
            o->logs[n++] = argv[i];
    }
    o->logs[n] = NULL;
    if (!err && n == 0)
        err = diag_set(d, -EINVAL, "log: which file? kfarm-top log [--follow] FILE…");
    if (!err && o->format == FORMAT_CSV)
        err = diag_set(d, -EINVAL, "log: --format is text or json");
    return err;
}

int options_parse(struct options *o, int argc, char **argv, struct diag *d)
{
    struct option longs[KF_LEN(rows) + 1] = {0};
    int row, err = 0;

    *o = (struct options){.view = "farm", .cols = 80, .rows = 24};
    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return parse_check(o, argc, argv, d);
    if (argc > 1 && strcmp(argv[1], "log") == 0)
        return parse_log(o, argc, argv, d);
    for (size_t i = 0; i < KF_LEN(rows); i++)
        longs[i] = (struct option){rows[i].name,
            rows[i].value == NULL     ? no_argument
            : rows[i].value[0] == '[' ? optional_argument
                                      : required_argument,
            NULL, (int)i + 1};
    opterr = 0;
    while (!err && (row = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (row == ':')
            err = diag_set(d, -EINVAL, "%s wants a value; see kfarm-top --help", argv[optind - 1]);
        else if (row == '?')
            err = diag_set(d, -EINVAL, "unknown option %s; see kfarm-top --help", argv[optind - 1]);
        else if (row == 'h')
            err = set_mode(o, MODE_HELP, NULL, d);
        else
            err = rows[row - 1].set(o, rows[row - 1].argument, optarg, d);
    }
    if (!err && optind < argc && o->mode == MODE_ONCE)
        o->view = argv[optind++];
    if (!err && optind < argc && o->mode == MODE_CHECK_CONFIG)
        o->config_file = argv[optind++]; /* getopt takes "=FILE" alone for an optional value */
    if (!err && optind < argc)
        err = diag_set(d, -EINVAL, "unknown argument \"%s\"; see kfarm-top --help", argv[optind]);
    return err ? err : check(o, d);
}

void options_use(struct options *o, const struct config *c)
{
    o->config = c;
    if (o->theme == NULL)
        o->theme = c->theme;
    if (o->refresh_ms == 0)
        o->refresh_ms = c->refresh_ms;
    o->ascii |= c->ascii;
    o->read_only |= c->read_only;
}

struct app_options options_app(const struct options *o)
{
    return (struct app_options){.read_only = o->read_only,
        .dry_run = o->dry_run,
        .refresh_ms = o->refresh_ms,
        .grace_ms = o->config->grace_ms,
        .config = o->config};
}

void options_help(struct buf *out)
{
    char left[64];

    buf_adds(out,
        "kfarm-top: see and steer a Slurm compile farm\n\n"
        "  kfarm-top [OPTION…]                the dashboard\n"
        "  kfarm-top --once [VIEW] [OPTION…]  one snapshot to standard output\n"
        "  kfarm-top check SCRIPT [SBATCH OPTION…] [--format json]\n"
        "                                     would this batch script run on this farm?\n"
        "  kfarm-top log FILE… [--format json] [--follow]\n"
        "                                     how did this build go, and what broke first?\n\n");
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        if (rows[i].help == NULL)
            continue;
        snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].value ? " " : "",
            rows[i].value ? rows[i].value : "");
        buf_addf(out, "  %-21s %s\n", left, rows[i].help);
    }
    buf_adds(out,
        "\nExit status: 0 well, 1 a test script failed, check says no, or the build of a log "
        "failed,\n"
        "2 wrong usage, no terminal, or a file that cannot be read, 3 Slurm does not answer,\n"
        "4 the build of a log has not finished.\n"
        "SLURM_CONF names the farm's slurm.conf if it is not in Slurm's usual place.\n");
}
