/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/fatal.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"

/* In the sanitizers' runtime, if one is linked. */
void __sanitizer_set_death_callback(void (*fn)(void)) __attribute__((weak));

static struct {
    struct termios modes;
    char screen[256];
    size_t screen_len;
    int captured, saved;
    volatile pid_t lent_to;
    volatile sig_atomic_t active;
} fatal = {.captured = -1, .saved = -1};

/* Without a byte that means something to a terminal: libraries quote strangers. */
static void print_errors(void)
{
    char chunk[1024];
    ssize_t n;

    if (fatal.captured < 0 || fatal.saved < 0 || lseek(fatal.captured, 0, SEEK_SET) < 0)
        return;
    while ((n = read(fatal.captured, chunk, sizeof(chunk))) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (chunk[i] != '\n' && (chunk[i] < ' ' || chunk[i] > '~'))
                chunk[i] = '?';
        (void)!write(fatal.saved, chunk, (size_t)n);
    }
}

/* Nothing but what a signal handler may call. */
static void give_back(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    pid_t group = fatal.lent_to;
    bool ours;

    if (!fatal.active)
        return;
    fatal.active = 0;
    ours = group > 0 || tcgetpgrp(STDIN_FILENO) == getpgrp();
    /* the kernel stops a process in the background that changes the terminal, unless it ignores this */
    sigaction(SIGTTOU, &ignore, NULL);
    if (group > 0) {
        tcsetpgrp(STDIN_FILENO, getpgrp());
        kill(-group, SIGHUP);
        kill(-group, SIGCONT);
    }
    if (ours) {
        fatal_write_screen();
        tcsetattr(STDIN_FILENO, TCSANOW, &fatal.modes);
    }
    print_errors();
}

static void on_fatal(int signal)
{
    give_back();
    raise(signal); /* SA_RESETHAND: now the default action, a core dump */
}

void fatal_keep_modes(void)
{
    tcgetattr(STDIN_FILENO, &fatal.modes);
    fatal.screen_len = 0;
}

void fatal_add_screen(const char *bytes)
{
    size_t n = bytes ? strlen(bytes) : 0;

    if (n > 0 && fatal.screen_len + n < sizeof(fatal.screen)) {
        memcpy(fatal.screen + fatal.screen_len, bytes, n);
        fatal.screen_len += n;
    }
}

void fatal_keep_errors(int captured, int saved)
{
    fatal.captured = captured;
    fatal.saved = saved;
}

void fatal_arm(void)
{
    static const struct {
        int number;
        bool explained; /* by a sanitizer, which has a handler of its own */
    } signals[] = {{SIGSEGV, true}, {SIGBUS, true}, {SIGFPE, true}, {SIGILL, true},
        {SIGABRT, false}, {SIGQUIT, false}};
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_NODEFER};

    fatal.active = 1;
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(give_back);
    for (size_t i = 0; i < KF_LEN(signals); i++)
        if (!signals[i].explained || !__sanitizer_set_death_callback)
            sigaction(signals[i].number, &action, NULL);
}

void fatal_disarm(void)
{
    fatal.active = 0;
    fatal_keep_errors(-1, -1);
}

void fatal_lent_to(pid_t group)
{
    fatal.lent_to = group;
}

void fatal_write_screen(void)
{
    (void)!write(STDOUT_FILENO, fatal.screen, fatal.screen_len);
}
