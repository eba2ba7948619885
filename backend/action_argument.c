/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/action_argument.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/parse.h"
#include "base/words.h"

#define PRIORITY_MAX 4294967293ll /* NO_VAL - 1 (slurm.h) */
#define NICE_MAX     2147483645ll /* NICE_OFFSET - 3 (slurm.h, update_job.c) */
#define MINUTES_MAX  PARSE_MINUTES_MAX

/* ---- signals, as scancel(1) takes them ---- */

static const struct {
    const char *name;
    int number;
} signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT}, {"HUP", SIGHUP}, {"USR1", SIGUSR1},
    {"USR2", SIGUSR2}, {"STOP", SIGSTOP}, {"CONT", SIGCONT}, {"KILL", SIGKILL}, {"QUIT", SIGQUIT},
    {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
    {"URG", SIGURG}};

static const char *read_signal(const char *text, char *out, size_t size)
{
    const char *name = ascii_ncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    int64_t number = 0;

    parse_i64(text, 1, 64, &number);
    for (size_t i = 0; i < KF_LEN(signals); i++)
        if (ascii_casecmp(name, signals[i].name) == 0 || number == signals[i].number) {
            snprintf(out, size, "%s", signals[i].name);
            return NULL;
        }
    return "a signal: TERM INT HUP USR1 USR2 STOP CONT KILL QUIT ABRT ALRM TSTP TTIN TTOU URG";
}

int action_signal_number(const char *argument)
{
    for (size_t i = 0; i < KF_LEN(signals); i++)
        if (strcmp(argument, signals[i].name) == 0)
            return signals[i].number;
    return 0;
}

/* ---- numbers ---- */

static const char *read_priority(const char *text, char *out, size_t size)
{
    int64_t value;

    if (parse_i64(text, 1, PRIORITY_MAX, &value) < 0)
        return "a whole number from 1 to 4294967293, please; the higher starts first";
    snprintf(out, size, "%lld", (long long)value);
    return NULL;
}

static const char *read_nice(const char *text, char *out, size_t size)
{
    int64_t value;

    if (parse_i64(text, -NICE_MAX, NICE_MAX, &value) < 0)
        return "a whole number from -2147483645 to 2147483645, please; the higher starts later, 0 "
               "is usual";
    snprintf(out, size, "%lld", (long long)value);
    return NULL;
}

/* ---- time limits ---- */

static const char *read_time_limit(const char *text, char *out, size_t size)
{
    const char *sign = *text == '+' || *text == '-' ? text : "";
    int64_t minutes;

    if (ascii_casecmp(text, "unlimited") == 0 || ascii_casecmp(text, "infinite") == 0) {
        snprintf(out, size, "unlimited");
        return NULL;
    }
    if (parse_minutes(*sign ? text + 1 : text, PARSE_MINUTES_MAX, &minutes) < 0 || minutes == 0)
        return "minutes, H:MM:SS, D-HH:MM or unlimited; with + or - in front a change by that much";
    snprintf(out, size, "%.*s%lld", *sign ? 1 : 0, sign, (long long)minutes);
    return NULL;
}

int action_time_limit(const char *argument, uint32_t now_min, uint32_t *ret_min)
{
    bool relative = *argument == '+' || *argument == '-';
    int64_t minutes;

    if (strcmp(argument, "unlimited") == 0) {
        *ret_min = ACTION_UNLIMITED;
        return 0;
    }
    if (parse_i64(argument + relative, 1, MINUTES_MAX, &minutes) < 0)
        return -EINVAL;
    if (relative && now_min == ACTION_UNLIMITED)
        return -ERANGE;
    if (relative)
        minutes = *argument == '+' ? now_min + minutes : now_min - minutes;
    if (minutes < 1 || minutes > MINUTES_MAX)
        return -ERANGE;
    *ret_min = (uint32_t)minutes;
    return 0;
}

/* ---- words ---- */

struct word {
    enum action_argument kind;
    const char *typed, *sent;
};

static const struct word words[] = {
    {ARGUMENT_HOLD, "user", "uhold"},
    {ARGUMENT_HOLD, "admin", "hold"},
    {ARGUMENT_POWER_DOWN, "now", "power_down"},
    {ARGUMENT_POWER_DOWN, "asap", "power_down_asap"},
    {ARGUMENT_POWER_DOWN, "force", "power_down_force"},
    {ARGUMENT_REBOOT, "idle", ""},
    {ARGUMENT_REBOOT, "asap", "asap"},
    {ARGUMENT_REBOOT, "idle-resume", "nextstate=resume"},
    {ARGUMENT_REBOOT, "asap-resume", "asap nextstate=resume"},
};

/* Every signal of the table above with its number, so that typing "2" finds INT (2) before USR2 (12). */
#define TEXT(number)         #number
#define SIGNAL(number, what) TEXT(number) what
static const char *const choices_signal[] = {"TERM: " SIGNAL(SIGTERM, ", end in an orderly way"),
    "INT: " SIGNAL(SIGINT, ", as Ctrl-C does; make stops and removes half-made targets"),
    "STOP: " SIGNAL(SIGSTOP, ", pause, keeps its CPUs"), "CONT: " SIGNAL(SIGCONT, ", go on"),
    "HUP: " SIGNAL(SIGHUP, ", as the end of a terminal"), "USR1: " SIGNAL(SIGUSR1, ""),
    "USR2: " SIGNAL(SIGUSR2, ""), "KILL: " SIGNAL(SIGKILL, ", end at once"),
    "QUIT: " SIGNAL(SIGQUIT, ", end, with a core dump"),
    "ABRT: " SIGNAL(SIGABRT, ", as abort() does"), "ALRM: " SIGNAL(SIGALRM, ", as a timer does"),
    "TSTP: " SIGNAL(SIGTSTP, ", as Ctrl-Z does"),
    "TTIN: " SIGNAL(SIGTTIN, ", read in the background"),
    "TTOU: " SIGNAL(SIGTTOU, ", written in the background"),
    "URG: " SIGNAL(SIGURG, ", urgent data"), NULL};
static const char *const choices_hold[] = {
    "user: its user may release it", "admin: only an operator may release it", NULL};
static const char *const choices_power_down[] = {"asap: drain, then power down",
    "now: power down once it is idle", "force: cancel its jobs and power down", NULL};
static const char *const choices_reboot[] = {"asap: drain, then reboot and resume as it was",
    "idle: once it happens to be idle", "asap-resume: drain, reboot, then back into service",
    "idle-resume: once idle, then back into service", NULL};

static const char *const *const choices[ARGUMENT_KIND_COUNT] = {
    [ARGUMENT_SIGNAL] = choices_signal,
    [ARGUMENT_HOLD] = choices_hold,
    [ARGUMENT_POWER_DOWN] = choices_power_down,
    [ARGUMENT_REBOOT] = choices_reboot,
};

const char *const *action_argument_choices(enum action_argument kind)
{
    return choices[kind];
}

static const char *read_word(
    enum action_argument kind, const char *text, size_t n, char *out, size_t size)
{
    for (size_t i = 0; i < KF_LEN(words); i++) {
        if (words[i].kind != kind)
            continue;
        if ((strlen(words[i].typed) == n && ascii_ncasecmp(text, words[i].typed, n) == 0) ||
            (n && strlen(words[i].sent) == n && strncmp(text, words[i].sent, n) == 0)) {
            snprintf(out, size, "%s", words[i].sent);
            return NULL;
        }
    }
    switch (kind) {
    case ARGUMENT_HOLD:
        return "user or admin: who may release it";
    case ARGUMENT_POWER_DOWN:
        return "now, asap or force";
    default:
        return "idle, asap, idle-resume or asap-resume";
    }
}

static const char *read_command(const char *text, char *out, size_t size)
{
    struct diag d = DIAG_INIT;
    char **argv = NULL;
    int count = words_split(text, &argv, &d);

    if (count < 0)
        return strstr(d.text, "quote") ? "a quote is not closed"
                                       : "a backslash at the end: write \\\\ if it is meant so";
    free(argv);
    if (count == 0)
        return "type a command and its arguments";
    if (strlen(text) >= size)
        return "it is too long";
    snprintf(out, size, "%s", text);
    return NULL;
}

const char *action_argument_read(
    enum action_argument kind, const char *text, char *out, size_t size)
{
    size_t n;

    text += strspn(text, " ");
    n = strcspn(text, ": ");
    switch (kind) {
    case ARGUMENT_NONE:
        snprintf(out, size, "%s", "");
        return text[0] ? "it takes no argument" : NULL;
    case ARGUMENT_SIGNAL: {
        char word[16];

        snprintf(word, sizeof(word), "%.*s", (int)n, text);
        return read_signal(word, out, size);
    }
    case ARGUMENT_PRIORITY:
        return read_priority(text, out, size);
    case ARGUMENT_NICE:
        return read_nice(text, out, size);
    case ARGUMENT_TIME_LIMIT:
        return read_time_limit(text, out, size);
    case ARGUMENT_REASON:
        if (text[0] == '\0')
            return "Slurm wants a reason, and so will whoever finds the node like that";
        snprintf(out, size, "%s", text);
        return NULL;
    case ARGUMENT_COMMAND:
        return read_command(text, out, size);
    case ARGUMENT_HOLD:
    case ARGUMENT_POWER_DOWN:
    case ARGUMENT_REBOOT:
        return read_word(kind, text, n, out, size);
    case ARGUMENT_KIND_COUNT:
        break;
    }
    return "no such argument";
}
