/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "backend/helper_act.h"
#include "backend/helper_builds.h"
#include "backend/helper_logs.h"
#include "backend/helper_slurm.h"
#include "backend/logrule.h"
#include "backend/process.h"
#include "backend/slurm_client.h"
#include "base/alloc.h"
#include "base/descriptors.h"
#include "base/harmless.h"
#include "tui/check.h"
#include "tui/column.h"
#include "tui/command.h"
#include "tui/config.h"
#include "tui/log.h"
#include "tui/loop.h"
#include "tui/once.h"
#include "tui/options.h"
#include "tui/print.h"
#include "tui/script.h"
#include "tui/theme.h"

static int run_helper(const char *role)
{
    static const struct {
        const char *role;
        int (*main)(int fd);
    } helpers[] = {{"slurm", helper_slurm_main}, {"logs", helper_logs_main},
        {"builds", helper_builds_main}, {"act", helper_act_main}};

    process_bind_to_parent();
    prctl(PR_SET_NAME, "kfarm-top"); /* for ps(1): it may have been started as /proc/self/exe */
    for (size_t i = 0; i < KF_LEN(helpers); i++)
        if (strcmp(role, helpers[i].role) == 0)
            return helpers[i].main(PROCESS_HELPER_FD);
    harmless_error("kfarm-top: no helper \"%s\"", role);
    return 2;
}

static void list_columns(struct buf *out)
{
    for (int set = 0; set < COLUMNS_COUNT; set++) {
        const struct column_set *s = column_set((enum column_set_id)set);

        for (int i = 0; i < s->count; i++)
            buf_addf(out, "%s\t%s\t%s\t%s\n", s->name, s->columns[i].name, s->columns[i].title,
                s->columns[i].help);
    }
}

/* The exit status. */
static int say_well(const char *path)
{
    int err = harmless_line(stdout, "%s: well", path);

    return err ? print_unwritten(err) : 0;
}

static int check_rules(const char *path)
{
    struct logrule_set *set = logrule_set_new();
    struct diag d = DIAG_INIT;
    int err = logrule_set_add_file(set, path, &d);

    if (err == 0)
        err = logrule_set_ready(set, &d);
    if (err < 0)
        harmless_error("kfarm-top: %s", d.text);
    logrule_set_free(set);
    return err < 0 ? 2 : say_well(path);
}

static void print_mistake(void *unused, const char *mistake)
{
    (void)unused;
    harmless_error("kfarm-top: %s", mistake);
}

static int check_config(const struct options *o)
{
    char usual[4096];
    const char *path = o->config_file;
    int err;

    config_path(usual, sizeof(usual));
    if (path == NULL)
        path = usual;
    if (o->config_file == NULL && !config_is_there(usual)) {
        err =
            harmless_line(stdout, "there is no file %s: the built-in configuration counts", usual);
        return err ? print_unwritten(err) : 0;
    }
    if (config_check(path, print_mistake, NULL) > 0)
        return 2;
    return say_well(path);
}

/* The ways to run that show the farm: with a configuration. */
static int run(struct options *o)
{
    struct config *c = NULL;
    struct diag d = DIAG_INIT;
    int status;

    if (config_load(&c, o->config_file, &d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        return 2;
    }
    options_use(o, c);
    if (o->replay == NULL)
        o->local_farm = localfarm_use(&o->local_farm_words);
    if (o->local_farm == LOCALFARM_REFUSED && o->mode != MODE_DASHBOARD)
        harmless_error("kfarm-top: %s", o->local_farm_words.text);
    status = o->mode == MODE_ONCE     ? once_main(o)
             : o->mode == MODE_SCRIPT ? script_main(o)
             : o->mode == MODE_CHECK  ? check_main(o)
                                      : loop_main(o);
    config_free(c);
    return status;
}

static int print_list(enum mode mode)
{
    struct buf out = BUF_INIT;
    char library[32];
    int err;

    switch (mode) {
    case MODE_LIST_COMMANDS:
        command_list(&out);
        break;
    case MODE_LIST_COLUMNS:
        list_columns(&out);
        break;
    case MODE_LIST_THEMES:
        for (unsigned i = 0; theme_builtin_name(i); i++)
            buf_addf(&out, "%s\n", theme_builtin_name(i));
        break;
    case MODE_VERSION:
        slurm_client_library(library, sizeof(library));
        buf_addf(&out, "kfarm-top %s, libslurm %s\n", KFARM_VERSION, library);
        break;
    default:
        options_help(&out);
    }
    err = harmless_write(&out, stdout);
    buf_release(&out);
    return err ? print_unwritten(err) : 0;
}

/* It ends in its sandbox, and so without exit handlers, among them those of libraries that would look for what that
   forbids. */
static _Noreturn void run_log(const struct options *o)
{
    int status = log_main(o);

    fflush(NULL);
    _exit(status);
}

static bool opens_files(enum mode mode)
{
    return mode < MODE_LIST_COMMANDS || mode == MODE_CHECK_RULES || mode == MODE_CHECK_CONFIG;
}

/* Files are opened by way of /proc (base/file.h), and helpers started from there. */
static bool has_proc(void)
{
    if (access("/proc/self/fd", X_OK) == 0)
        return true;
    harmless_error("kfarm-top: /proc/self/fd: %s; mount /proc", strerror(errno));
    return false;
}

int main(int argc, char **argv)
{
    struct options o;
    struct diag d = DIAG_INIT;

    if (descriptors_fill() < 0)
        return 2; /* and nowhere to say so */
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond RLIMIT_FSIZE fails instead */
    if (options_parse(&o, argc, argv, &d) < 0 || command_check(&d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        return 2;
    }
    if (opens_files(o.mode) && !has_proc())
        return 2;
    switch (o.mode) {
    case MODE_HELPER:
        return run_helper(o.helper);
    case MODE_DASHBOARD:
    case MODE_ONCE:
    case MODE_SCRIPT:
    case MODE_CHECK:
        return run(&o);
    case MODE_LOG:
        run_log(&o);
    case MODE_CHECK_RULES:
        return check_rules(o.rules);
    case MODE_CHECK_CONFIG:
        return check_config(&o);
    default:
        return print_list(o.mode);
    }
}
