/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/input.h"

#include <string.h>

#include "base/alloc.h"
#include "tui/input_keys.h"
#include "tui/keys.h"

#define ESC 0x1b

/* What is done with a byte. */
enum act {
    ACT_DROP, /* it is taken, and whatever it belonged to is over or goes on in the next state */
    ACT_TEXT, /* a character, or a part of one */
    ACT_BEGIN, /* a sequence begins with it */
    ACT_KEEP, /* the sequence goes on */
    ACT_END, /* the sequence ends with it: which key is it? */
    ACT_CSI_END, /* the same, where some finals have bytes behind them */
    ACT_COUNT, /* one of those bytes */
    ACT_AGAIN, /* the sequence was none: the byte is taken again in the next state */
};

struct edge {
    enum input_state at;
    uint8_t from, to; /* the bytes, both included */
    enum act act;
    enum input_state next;
};

/* ECMA-48, 5.4 (CSI: parameters 0x30 to 0x3f, intermediates 0x20 to 0x2f, a final 0x40 to 0x7e), 5.6 (strings) and ECMA-35,
   13.2 (ESC with intermediates). The first row that fits counts. ESC begins anew everywhere but in strings, of whose end
   it is a part; other controls break off what they stand in, and are no keys there. */
static const struct edge edges[] = {
    {INPUT_GROUND, ESC, ESC, ACT_BEGIN, INPUT_ESCAPE},
    {INPUT_GROUND, 0x00, 0xff, ACT_TEXT, INPUT_GROUND},

    {INPUT_ESCAPE, ESC, ESC, ACT_BEGIN, INPUT_ESCAPE},
    {INPUT_ESCAPE, '[', '[', ACT_KEEP, INPUT_CSI},
    {INPUT_ESCAPE, 'O', 'O', ACT_KEEP, INPUT_SS3},
    {INPUT_ESCAPE, 'P', 'P', ACT_DROP, INPUT_STRING}, /* DCS */
    {INPUT_ESCAPE, 'X', 'X', ACT_DROP, INPUT_STRING}, /* SOS */
    {INPUT_ESCAPE, ']', '_', ACT_DROP, INPUT_STRING}, /* OSC, PM, APC */
    {INPUT_ESCAPE, 0x20, 0x2f, ACT_KEEP, INPUT_ESCAPE_MORE},
    {INPUT_ESCAPE, '?', '?', ACT_KEEP, INPUT_ESCAPE_MORE}, /* the keypad of a VT52 */
    {INPUT_ESCAPE, 0x00, 0x7f, ACT_END, INPUT_GROUND}, /* Alt and a key, and VT52's own */
    {INPUT_ESCAPE, 0x80, 0xff, ACT_TEXT, INPUT_META},

    {INPUT_ESCAPE_MORE, ESC, ESC, ACT_BEGIN, INPUT_ESCAPE},
    {INPUT_ESCAPE_MORE, 0x20, 0x2f, ACT_KEEP, INPUT_ESCAPE_MORE},
    {INPUT_ESCAPE_MORE, 0x00, 0xff, ACT_END, INPUT_GROUND},

    {INPUT_META, 0x80, 0xff, ACT_TEXT, INPUT_META},
    {INPUT_META, 0x00, 0x7f, ACT_AGAIN, INPUT_GROUND},

    /* No keyboard sends X (SOS) or ^ (PM); whoever types P or _ behind an Esc goes on with a letter. */
    {INPUT_DOUBT, '[', '[', ACT_KEEP, INPUT_CSI},
    {INPUT_DOUBT, 'O', 'O', ACT_KEEP, INPUT_SS3},
    {INPUT_DOUBT, 'P', 'P', ACT_DROP, INPUT_STRING_DOUBT},
    {INPUT_DOUBT, ']', ']', ACT_DROP, INPUT_STRING_DOUBT},
    {INPUT_DOUBT, '_', '_', ACT_DROP, INPUT_STRING_DOUBT},
    {INPUT_DOUBT, 0x00, 0xff, ACT_AGAIN, INPUT_GROUND},

    /* Every DCS and OSC that a terminal sends begins like this but the titles, OSC l and OSC L, and kitty's APC G. */
    {INPUT_STRING_DOUBT, 0x20, 0x3f, ACT_DROP, INPUT_STRING},
    {INPUT_STRING_DOUBT, 'l', 'l', ACT_DROP, INPUT_STRING},
    {INPUT_STRING_DOUBT, 'L', 'L', ACT_DROP, INPUT_STRING},
    {INPUT_STRING_DOUBT, 'G', 'G', ACT_DROP, INPUT_STRING},
    {INPUT_STRING_DOUBT, 0x00, 0xff, ACT_AGAIN, INPUT_GROUND},

    {INPUT_STRING, ESC, ESC, ACT_BEGIN, INPUT_STRING_ESCAPE},
    {INPUT_STRING, 0x07, 0x07, ACT_DROP,
        INPUT_GROUND}, /* BEL, as xterm ends what it was asked with one */
    {INPUT_STRING, 0x18, 0x18, ACT_DROP, INPUT_GROUND}, /* CAN */
    {INPUT_STRING, 0x1a, 0x1a, ACT_DROP, INPUT_GROUND}, /* SUB */
    {INPUT_STRING, 0x00, 0xff, ACT_DROP, INPUT_STRING},

    {INPUT_STRING_ESCAPE, '\\', '\\', ACT_DROP, INPUT_GROUND}, /* ST */
    {INPUT_STRING_ESCAPE, 0x00, 0xff, ACT_AGAIN, INPUT_ESCAPE},

    {INPUT_CSI, ESC, ESC, ACT_BEGIN, INPUT_ESCAPE},
    {INPUT_CSI, 0x20, 0x3f, ACT_KEEP, INPUT_CSI},
    {INPUT_CSI, 0x40, 0x7e, ACT_CSI_END, INPUT_GROUND},
    {INPUT_CSI, 0x00, 0xff, ACT_DROP, INPUT_GROUND},

    {INPUT_SS3, ESC, ESC, ACT_BEGIN, INPUT_ESCAPE},
    {INPUT_SS3, '0', ';', ACT_KEEP, INPUT_SS3}, /* some terminals put modifiers here */
    {INPUT_SS3, 0x00, 0xff, ACT_END, INPUT_GROUND},

    {INPUT_COUNTED, ESC, ESC, ACT_BEGIN, INPUT_ESCAPE},
    {INPUT_COUNTED, 0x20, 0xff, ACT_COUNT, INPUT_COUNTED},
    {INPUT_COUNTED, 0x00, 0x1f, ACT_DROP, INPUT_GROUND},
};

/* C1 controls (ECMA-48, 8.2.2), which stand for ESC and the byte that is less by 0x40. */
static bool is_introducer(uint32_t cp)
{
    return cp == 0x8f || cp == 0x90 || cp == 0x98 || (cp >= 0x9b && cp <= 0x9f && cp != 0x9c);
}

void input_init(struct input *in, bool utf8)
{
    *in = (struct input){.utf8 = utf8, .delay_ms = INPUT_ESC_MS};
}

void input_define(struct input *in, const char *sequence, uint32_t key)
{
    size_t n = strlen(sequence);

    if (n == 0 || n >= sizeof(in->keys[0].sequence) || in->key_count == INPUT_KEYS_MAX ||
        (sequence[0] != ESC && (n > 1 || (uint8_t)sequence[0] >= 0x20)) ||
        strcmp(sequence, "\r") == 0 || strcmp(sequence, "\t") == 0 || strcmp(sequence, "\033") == 0)
        return;
    memcpy(in->keys[in->key_count].sequence, sequence, n + 1);
    in->keys[in->key_count++].key = key;
}

void input_reset(struct input *in)
{
    in->state = INPUT_GROUND;
    in->text = (mbstate_t){0};
}

/* ---- a byte ---- */

static void keep(struct input *in, uint8_t byte)
{
    if (in->length < sizeof(in->sequence))
        in->sequence[in->length] = (char)byte;
    in->length++;
}

static void begin(struct input *in, int64_t now_ms)
{
    in->meta = in->state == INPUT_ESCAPE; /* ESC ESC: Alt and a key that has a sequence */
    in->text = (mbstate_t){0};
    in->length = 0;
    in->escape_ms = now_ms;
    keep(in, ESC);
}

static uint32_t defined(const struct input *in, const char *sequence, size_t n)
{
    for (size_t i = 0; i < in->key_count; i++)
        if (strlen(in->keys[i].sequence) == n && memcmp(in->keys[i].sequence, sequence, n) == 0)
            return in->keys[i].key;
    return 0;
}

/* A key whose first two bytes came as far apart as this: the next Esc waits as long as this line needs. */
static void learn(struct input *in)
{
    if (2 * in->apart_ms > in->delay_ms)
        in->delay_ms = KF_MIN(2 * in->apart_ms, INPUT_ESC_MAX_MS);
    else if (in->apart_ms < INPUT_ESC_MS / 2)
        in->delay_ms = in->delay_ms / 2;
    in->delay_ms = KF_MAX(in->delay_ms, INPUT_ESC_MS);
}

/* The key of a sequence that is whole; 0: it is none. */
static uint32_t key_of(struct input *in)
{
    uint32_t key = 0;

    if (in->length > sizeof(in->sequence))
        return 0;
    key = defined(in, in->sequence, in->length);
    if (key == 0)
        key = input_key_of(in->sequence, in->length);
    if (key)
        learn(in);
    return in->meta ? 0 : key;
}

/* A control of one byte that stands for ESC and a letter. */
static uint32_t take_c1(struct input *in, uint32_t cp, int64_t now_ms)
{
    begin(in, now_ms);
    in->state = INPUT_ESCAPE;
    return input_take(in, (uint8_t)(cp - 0x40), now_ms);
}

static uint32_t take_text(struct input *in, uint8_t byte, int64_t now_ms)
{
    bool meta = in->state == INPUT_META, begun = !mbsinit(&in->text);
    char c = (char)byte;
    wchar_t wide = 0;
    size_t n = mbrtowc(&wide, &c, 1, &in->text);
    uint32_t cp, key;

    if (n == (size_t)-2) /* more of it is to come */
        return 0;
    in->state = INPUT_GROUND;
    if (n == (size_t)-1) {
        in->text = (mbstate_t){0};
        if (begun) /* a character was broken off: the byte may begin another */
            return input_take(in, byte, now_ms);
    }
    cp = n != (size_t)-1 ? (uint32_t)wide : in->utf8 ? byte : 0;
    if (is_introducer(cp))
        return take_c1(in, cp, now_ms);
    if (meta || n == (size_t)-1 || (cp >= 0x80 && cp < 0xa0))
        return 0;
    key = cp < 0x20 ? defined(in, &c, 1) : 0;
    if (key)
        return key;
    if (cp == '\n')
        return KEYCODE_ENTER;
    return cp == 0x7f || cp == '\b' ? KEYCODE_BACKSPACE : cp;
}

/* A final byte of CSI. Mouse reports without parameters have bytes behind it (xterm's ctlseqs, "Mouse Tracking"), the
   Linux console has a letter behind [, and rxvt ends with $ where Shift is held. */
static uint32_t end_csi(struct input *in, uint8_t byte)
{
    static const struct {
        char final;
        uint8_t bytes;
    } counted[] = {{'M', 3}, {'t', 2}, {'T', 6}, {'[', 1}};

    keep(in, byte);
    if (in->length == 3 && defined(in, in->sequence, in->length) == 0)
        for (size_t i = 0; i < KF_LEN(counted); i++)
            if (counted[i].final == byte) {
                in->state = INPUT_COUNTED;
                in->counted = counted[i].bytes;
                return 0;
            }
    return key_of(in);
}

/* A coordinate is one byte, or in xterm's UTF-8 mode (1005) one character of two. */
static uint32_t take_counted(struct input *in, uint8_t byte)
{
    bool first_of_two = in->utf8 && byte >= 0xc2 && byte <= 0xdf;

    keep(in, byte);
    in->counted -= !first_of_two;
    if (in->counted > 0)
        return 0;
    in->state = INPUT_GROUND;
    return key_of(in);
}

static const struct edge *edge_of(const struct input *in, uint8_t byte)
{
    const struct edge *e = edges;

    while (e->at != in->state || byte < e->from || byte > e->to)
        e++;
    return e;
}

static bool is_rxvt_shift(const struct input *in, uint8_t byte)
{
    if (in->state != INPUT_CSI || byte != '$' || in->length < 3 || in->length > 4)
        return false;
    for (size_t i = 2; i < in->length; i++)
        if (in->sequence[i] < '0' || in->sequence[i] > '9')
            return false;
    return true;
}

uint32_t input_take(struct input *in, uint8_t byte, int64_t now_ms)
{
    const struct edge *e;
    enum input_state was;

    if (is_rxvt_shift(in, byte)) {
        in->state = INPUT_GROUND;
        return 0;
    }
    e = edge_of(in, byte);
    was = in->state;
    in->since_ms = now_ms;
    if (in->length == 1)
        in->apart_ms = now_ms - in->escape_ms;
    if (e->act == ACT_BEGIN)
        begin(in, now_ms);
    if (e->act != ACT_TEXT || was != INPUT_GROUND)
        in->state = e->next;
    switch (e->act) {
    case ACT_TEXT:
        return take_text(in, byte, now_ms);
    case ACT_KEEP:
        keep(in, byte);
        return 0;
    case ACT_END:
        keep(in, byte);
        return key_of(in);
    case ACT_CSI_END:
        return end_csi(in, byte);
    case ACT_COUNT:
        return take_counted(in, byte);
    case ACT_AGAIN:
        return input_take(in, byte, now_ms);
    default:
        return 0;
    }
}

/* ---- time ---- */

/* How long a state waits for its next byte; 0: for ever, since its next byte or the one after that ends it. */
static int64_t patience(const struct input *in)
{
    switch (in->state) {
    case INPUT_ESCAPE:
    case INPUT_ESCAPE_MORE:
        return in->delay_ms;
    case INPUT_DOUBT:
    case INPUT_STRING_DOUBT:
    case INPUT_STRING_ESCAPE:
        return INPUT_DOUBT_MS;
    case INPUT_STRING:
        return INPUT_STRING_MS;
    default:
        return 0;
    }
}

int64_t input_due_ms(const struct input *in)
{
    int64_t ms = patience(in);

    return ms ? in->since_ms + ms : 0;
}

uint32_t input_wait(struct input *in, int64_t now_ms)
{
    int64_t due = input_due_ms(in);
    bool escape = in->state == INPUT_ESCAPE;

    if (due == 0 || now_ms < due)
        return 0;
    in->state = escape ? INPUT_DOUBT : INPUT_GROUND;
    in->since_ms = now_ms;
    return escape ? KEYCODE_ESCAPE : 0;
}
