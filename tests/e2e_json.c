/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/e2e_json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/parse.h"

#define FIELD 4096
#define UNSET 4294967294 /* NO_VAL (slurm.h): scontrol prints some that are not there as this */

json_t *e2e_once(struct e2e *e, const char *view, const char *columns)
{
    const char *const argv[] = {
        e->top, "--once", view, "--format", "json", columns ? "--columns" : NULL, columns, NULL};
    const char *out = e2e_output_list(e, argv);
    json_error_t error;
    json_t *root = json_loads(out, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL)
        fail_msg("this is not JSON (line %d: %s): %s", error.line, error.text, out);
    assert_int_equal(json_integer_value(json_object_get(root, "schema")), 1);
    return root;
}

json_t *e2e_with_number(json_t *list, const char *key, int64_t value)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        json_t *v = json_object_get(item, key);

        if (json_is_integer(v) && json_integer_value(v) == value)
            return item;
    }
    return NULL;
}

json_t *e2e_with_text(json_t *list, const char *key, const char *value)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(json_object_get(item, key));

        if (text && strcmp(text, value) == 0)
            return item;
    }
    return NULL;
}

static void differs(struct e2e_compare *c, const char *key, const char *expected)
{
    json_t *value = json_object_get(c->object, key);
    char *said = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    print_error(
        "%s: \"%s\" is %s, Slurm says %s\n", c->what, key, said ? said : "missing", expected);
    free(said);
    c->wrong++;
}

void e2e_is_text(struct e2e_compare *c, const char *key, const char *expected)
{
    json_t *value = json_object_get(c->object, key);
    const char *text = json_string_value(value);

    if (expected ? text == NULL || strcmp(text, expected) != 0 : !json_is_null(value))
        differs(c, key, expected ? expected : "nothing");
}

void e2e_is_number(struct e2e_compare *c, const char *key, bool present, int64_t expected)
{
    json_t *value = json_object_get(c->object, key);
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, expected);
    if (present ? !json_is_integer(value) || json_integer_value(value) != expected
                : !json_is_null(value))
        differs(c, key, present ? text : "nothing");
}

void e2e_same_number(struct e2e_compare *c, const char *key, const char *field)
{
    char text[FIELD];
    int64_t value = 0;
    bool present = parse_i64(e2e_field(c->truth, field, false, text, sizeof(text)), INT64_MIN,
                       INT64_MAX, &value) == 0 &&
                   value != UNSET;

    e2e_is_number(c, key, present, value);
}

void e2e_same_time(struct e2e_compare *c, const char *key, const char *field)
{
    char text[FIELD];
    struct tm tm = {.tm_isdst = -1};
    const char *end =
        strptime(e2e_field(c->truth, field, false, text, sizeof(text)), "%Y-%m-%dT%H:%M:%S", &tm);

    e2e_is_number(c, key, end && *end == '\0', end ? (int64_t)mktime(&tm) : 0);
}

static bool says_nothing(const char *text)
{
    return text[0] == '\0' || strcmp(text, "(null)") == 0 || strcmp(text, "N/A") == 0;
}

void e2e_same_text(struct e2e_compare *c, const char *key, const char *field)
{
    char text[FIELD];

    e2e_field(c->truth, field, true, text, sizeof(text));
    e2e_is_text(c, key, says_nothing(text) ? NULL : text);
}

void e2e_same_list(struct e2e_compare *c, const char *key, const char *field)
{
    json_t *list = json_object_get(c->object, key);
    char text[FIELD], said[FIELD] = "";
    size_t i, used = 0;
    json_t *item;

    e2e_field(c->truth, field, false, text, sizeof(text));
    json_array_foreach(list, i, item)
    {
        int n = snprintf(said + used, sizeof(said) - used, "%s%s", i ? "," : "",
            json_is_string(item) ? json_string_value(item) : "?");

        assert_true(n > 0 && (size_t)n < sizeof(said) - used);
        used += (size_t)n;
    }
    if (!json_is_array(list) || strcmp(said, says_nothing(text) ? "" : text) != 0)
        differs(c, key, text);
}

int64_t e2e_span(const char *text)
{
    int days = 0, hours, minutes, seconds, used = 0;

    if (sscanf(text, "%d-%d:%d:%d%n", &days, &hours, &minutes, &seconds, &used) != 4 ||
        text[used] != '\0') {
        days = used = 0;
        if (sscanf(text, "%d:%d:%d%n", &hours, &minutes, &seconds, &used) != 3 ||
            text[used] != '\0')
            return -1;
    }
    return (int64_t)days * 86400 + hours * 3600 + minutes * 60 + seconds;
}

bool e2e_block(const char *shown, const char *head, struct buf *out)
{
    size_t n = strlen(head);
    const char *p = shown, *end;

    buf_clear(out);
    while ((p = strstr(p, head)) != NULL) {
        bool begins = p == shown || p[-1] == '\n', ends = p[n] == ' ' || p[n] == '\n';

        if (begins && ends) {
            /* a name may hold an empty line; the next record's first word ends this one */
            end = strstr(p, "\n\nJobId=");
            buf_add(out, p, end ? (size_t)(end - p) : strlen(p));
            return true;
        }
        p += n;
    }
    return false;
}

void e2e_agree(const struct e2e_compare *c)
{
    if (c->wrong)
        fail_msg("%d values of %s are not what Slurm says", c->wrong, c->what);
}
