/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings with numbers in them changed, shown in every view and used with a few keys. An input is a byte that
 * chooses the recording, one that says how many keys follow the changes, and changes of twelve bytes each:
 *
 *   u16 frame, u16 offset, u8 width (0..3: 1, 2, 4, 8 bytes; 4: the time of the frame), u8 which, u8[6] value
 *
 * `which` chooses a value at the edge of what numbers may be, or the bytes that follow.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/wire.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "tui/app.h"
#include "tui/keys.h"

#define CHANGE   12
#define KEYS_MAX 24

static const char *const recordings[] = {SOURCE_DIR "/tests/golden/farm.rec",
    SOURCE_DIR "/tests/golden/arrays.rec", SOURCE_DIR "/tests/golden/down.rec"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_recording(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    while (fd >= 0 && buf_reserve(out, 1 << 16) && (n = read(fd, out->p + out->len, 1 << 16)) > 0)
        out->len += (size_t)n;
    if (n != 0)
        abort();
    close(fd);
}

/* The nth frame, going round, or NULL. */
static char *frame_at(struct buf *b, unsigned n, struct wire_head *head)
{
    size_t at = 0;
    unsigned count = 0;

    while (b->len - at >= sizeof(*head)) {
        memcpy(head, b->p + at, sizeof(*head));
        if (b->len - at - sizeof(*head) < head->length)
            break;
        if (count++ == n)
            return b->p + at;
        at += sizeof(*head) + head->length;
    }
    return count ? frame_at(b, n % count, head) : NULL;
}

static void change(struct buf *b, const uint8_t *c)
{
    static const int64_t edges[] = {0, 1, -1, 0x7f, 0xff, 0x7fff, 0xffff, INT32_MAX, INT32_MIN,
        UINT32_MAX, UINT32_MAX - 1, INT64_MAX, INT64_MIN, INT64_MAX - 1, (int64_t)1 << 40,
        ((int64_t)1 << 40) + 1, (int64_t)1 << 52, -((int64_t)1 << 52), (int64_t)1 << 62,
        INT64_MAX / 1000, INT64_MAX / 1000 + 1};
    uint16_t frame, offset;
    struct wire_head head;
    int64_t value = 0;
    size_t width = (size_t)1 << c[4] % 4;
    char *at;

    memcpy(&frame, c, sizeof(frame));
    memcpy(&offset, c + 2, sizeof(offset));
    memcpy(&value, c + 6, 6);
    if (c[5] < KF_LEN(edges))
        value = edges[c[5]];
    at = frame_at(b, frame, &head);
    if (at == NULL)
        return;
    if (c[4] % 8 == 4) {
        memcpy(at + offsetof(struct wire_head, time_ms), &value, sizeof(value));
        return;
    }
    if (head.length < width)
        return;
    memcpy(at + sizeof(head) + offset % (head.length - width + 1), &value, width);
}

static void draw(struct app *a, struct canvas *c)
{
    app_apply(a);
    app_draw(a, c);
    a->reactions = 0;
}

static void press(struct app *a, struct canvas *c, const uint8_t *keys, size_t n)
{
    /* what looks at things; nothing of it opens a file or starts a process */
    static const uint32_t meant[] = {'1', '2', '3', '4', '5', '6', '7', '8', 'a', 'v', '*', 'o',
        'O', 'z', 'D', 'F', 'e', 'w', 'j', 'k', 'G', 'g', 'y', KEYCODE_ENTER, KEYCODE_TAB,
        KEYCODE_ESCAPE, KEYCODE_F1 + 2, KEYCODE_F1 + 5, KEYCODE_DOWN, KEYCODE_PAGE_DOWN,
        KEYCODE_RIGHT, '/', 'c', 'p', 'T', 'n', ' ', 'U'};

    for (size_t i = 0; i < n; i++) {
        app_key(a, meant[keys[i] % KF_LEN(meant)]);
        draw(a, c);
        source_advance(a->source, 200);
        app_tick(a);
    }
}

static void show(struct app *a, struct canvas *c)
{
    for (int view = 0; view < VIEW_COUNT; view++) {
        source_advance(a->source, 700);
        app_tick(a);
        app_show_view(a, (enum view_id)view);
        draw(a, c);
        app_due_ms(a);
    }
}

static void run(const char *path, const uint8_t *keys, size_t key_count)
{
    struct app_options options = {.refresh_ms = 2000, .dry_run = true};
    struct diag d = DIAG_INIT;
    struct canvas c;
    struct source *s;
    struct app *a;
    uv_loop_t loop;

    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    s = source_replay(path, &a->clock, &app_source_events, a, &d);
    if (s) {
        app_attach(a, s);
        canvas_init(&c, 110, 30);
        show(a, &c);
        app_show_view(a, VIEW_FARM);
        press(a, &c, keys, key_count);
        show(a, &c);
        canvas_release(&c);
    }
    app_free(a);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf b = BUF_INIT;
    char path[64];
    size_t keys;
    int fd;

    if (size < 2)
        return 0;
    setenv("HOME", "/nonexistent", 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    read_recording(recordings[data[0] % KF_LEN(recordings)], &b);
    keys = KF_MIN((size_t)data[1] % KEYS_MAX, size - 2);
    for (size_t at = 2; size - keys - at >= CHANGE; at += CHANGE)
        change(&b, data + at);
    fd = memfd_create("recording", MFD_CLOEXEC);
    if (fd < 0 || write(fd, b.p, b.len) != (ssize_t)b.len)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    run(path, data + size - keys, keys);
    close(fd);
    buf_release(&b);
    return 0;
}
