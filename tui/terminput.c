/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/terminput.h"

#include <langinfo.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tui/keys.h"

#define BYTES_MAX 1024 /* that are read for a key, at once */

void terminput_init(struct input *in, const char *(*capability)(const char *name))
{
    static const struct {
        const char *capability;
        uint32_t key;
    } keys[] = {{"kcuu1", KEYCODE_UP}, {"kcud1", KEYCODE_DOWN}, {"kcub1", KEYCODE_LEFT},
        {"kcuf1", KEYCODE_RIGHT}, {"khome", KEYCODE_HOME}, {"kend", KEYCODE_END},
        {"kpp", KEYCODE_PAGE_UP}, {"knp", KEYCODE_PAGE_DOWN}, {"kich1", KEYCODE_INSERT},
        {"kdch1", KEYCODE_DELETE}, {"kbs", KEYCODE_BACKSPACE}, {"kcbt", KEYCODE_BACKTAB},
        {"kent", KEYCODE_ENTER}, {"kf1", KEYCODE_F1}, {"kf2", KEYCODE_F1 + 1},
        {"kf3", KEYCODE_F1 + 2}, {"kf4", KEYCODE_F1 + 3}, {"kf5", KEYCODE_F1 + 4},
        {"kf6", KEYCODE_F1 + 5}, {"kf7", KEYCODE_F1 + 6}, {"kf8", KEYCODE_F1 + 7},
        {"kf9", KEYCODE_F1 + 8}, {"kf10", KEYCODE_F1 + 9}, {"kf11", KEYCODE_F1 + 10},
        {"kf12", KEYCODE_F12}};

    input_init(in, strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
    for (size_t i = 0; i < KF_LEN(keys); i++) {
        const char *sequence = capability(keys[i].capability);

        if (sequence)
            input_define(in, sequence, keys[i].key);
    }
}

uint32_t terminput_key(struct input *in)
{
    struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
    uint32_t key = 0;
    uint8_t byte;

    for (int i = 0; key == 0 && i < BYTES_MAX; i++) {
        if (poll(&terminal, 1, 0) != 1 || !(terminal.revents & POLLIN) ||
            read(STDIN_FILENO, &byte, 1) != 1)
            return input_wait(in, clock_monotonic_us() / 1000);
        key = input_take(in, byte, clock_monotonic_us() / 1000);
    }
    return key;
}

int64_t terminput_wait_ms(const struct input *in)
{
    int64_t due = input_due_ms(in);

    return due ? KF_MAX(due - clock_monotonic_us() / 1000, (int64_t)0) : -1;
}
