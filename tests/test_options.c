/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: what is understood, what is refused and in which words. */
#include "tui/options.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

/* The words of a line; free() the first of them. */
static int parse(const char *line, struct options *o, struct diag *d, char **ret_line)
{
    char *argv[32] = {"kfarm-top"}, *at = *ret_line = xstrdup(line);
    int argc = 1;

    while (*at) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = '\0';
    }
    optind = 0; /* getopt(3): begin anew */
    return options_parse(o, argc, argv, d);
}

static void test_defaults(void **state)
{
    struct options o;
    struct diag d = DIAG_INIT;
    char *line;

    (void)state;
    assert_int_equal(parse("", &o, &d, &line), 0);
    assert_int_equal(o.mode, MODE_DASHBOARD);
    assert_int_equal(o.cols, 80);
    assert_int_equal(o.rows, 24);
    assert_null(o.config_file);
    assert_false(o.read_only || o.ascii || o.dry_run);
    assert_null(o.replay);
    free(line);
}

/* Guards that the command line has the last word, and that the configuration has it otherwise. */
static void test_configuration(void **state)
{
    static const char text[] =
        "[general]\nrefresh = 5\ntheme = mono\nascii = yes\nread-only = yes\ngrace = 0.5\n";
    struct config *c = config_default();
    struct app_options app;
    struct options o;
    struct diag d = DIAG_INIT;
    char *line;

    (void)state;
    assert_int_equal(parse("", &o, &d, &line), 0);
    options_use(&o, c);
    app = options_app(&o);
    assert_string_equal(o.theme, "default");
    assert_false(o.ascii);
    assert_int_equal(app.refresh_ms, 2000);
    assert_int_equal(app.grace_ms, 3000);
    assert_false(app.read_only);
    assert_ptr_equal(app.config, c);
    free(line);
    assert_int_equal(config_read(c, "c", text, strlen(text), &d), 0);
    assert_int_equal(parse("", &o, &d, &line), 0);
    options_use(&o, c);
    app = options_app(&o);
    assert_string_equal(o.theme, "mono");
    assert_true(o.ascii);
    assert_int_equal(app.refresh_ms, 5000);
    assert_int_equal(app.grace_ms, 500);
    assert_true(app.read_only);
    free(line);
    assert_int_equal(parse("--refresh 1 --theme default", &o, &d, &line), 0);
    options_use(&o, c);
    assert_string_equal(o.theme, "default");
    assert_int_equal(o.refresh_ms, 1000);
    free(line);
    config_free(c);
}

static void test_config_files(void **state)
{
    static const struct {
        const char *line;
        enum mode mode;
        const char *file;
    } rows[] = {
        {"--config a", MODE_DASHBOARD, "a"},
        {"--once --config=a", MODE_ONCE, "a"},
        {"--check-config", MODE_CHECK_CONFIG, NULL},
        {"--check-config a", MODE_CHECK_CONFIG, "a"},
        {"--check-config=a", MODE_CHECK_CONFIG, "a"},
        {"--check-config --config a", MODE_CHECK_CONFIG, "a"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct options o;
        struct diag d = DIAG_INIT;
        char *line;

        assert_int_equal(parse(rows[i].line, &o, &d, &line), 0);
        assert_int_equal(o.mode, rows[i].mode);
        if (rows[i].file)
            assert_string_equal(o.config_file, rows[i].file);
        else
            assert_null(o.config_file);
        free(line);
    }
}

static void test_understood(void **state)
{
    struct options o;
    struct diag d = DIAG_INIT;
    char *line;

    (void)state;
    assert_int_equal(
        parse("--once jobs --format json --columns job,name --sort -job", &o, &d, &line), 0);
    assert_int_equal(o.mode, MODE_ONCE);
    assert_string_equal(o.view, "jobs");
    assert_int_equal(o.format, FORMAT_JSON);
    assert_string_equal(o.columns, "job,name");
    assert_string_equal(o.sort, "-job");
    free(line);
    assert_int_equal(parse("nodes --format=csv --once", &o, &d, &line), 0);
    assert_string_equal(o.view, "nodes");
    assert_int_equal(o.format, FORMAT_CSV);
    free(line);
    assert_int_equal(parse("--once", &o, &d, &line), 0);
    assert_string_equal(o.view, "farm");
    free(line);
    assert_int_equal(parse("--script s --size 120x34 --replay r --read-only --dry-run "
                           "--theme mono --ascii",
                         &o, &d, &line),
        0);
    assert_int_equal(o.mode, MODE_SCRIPT);
    assert_int_equal(o.cols, 120);
    assert_int_equal(o.rows, 34);
    assert_string_equal(o.replay, "r");
    assert_true(o.read_only && o.ascii && o.dry_run);
    free(line);
    assert_int_equal(parse("--refresh 0.5", &o, &d, &line), 0);
    assert_int_equal(o.refresh_ms, 500);
    free(line);
    assert_int_equal(parse("-h", &o, &d, &line), 0);
    assert_int_equal(o.mode, MODE_HELP);
    free(line);
}

static void test_refused(void **state)
{
    static const struct {
        const char *line, *said;
    } rows[] = {
        {"--nosuch", "--nosuch"},
        {"-x", "-x"},
        {"jobs", "\"jobs\""},
        {"--once jobs nodes", "\"nodes\""},
        {"--once --format xml", "xml"},
        {"--once --format", "--format"},
        {"--format json", "--once"},
        {"--columns job", "--once"},
        {"--sort job", "--once"},
        {"--filter job", "--once"},
        {"--refresh 0", "0.2"},
        {"--refresh -1", "0.2"},
        {"--refresh nan", "0.2"},
        {"--refresh 1e9", "0.2"},
        {"--refresh 2s", "0.2"},
        {"--refresh", "--refresh"},
        {"--script s --size 80", "COLSxROWS"},
        {"--script s --size 80x", "COLSxROWS"},
        {"--script s --size 0x24", "COLSxROWS"},
        {"--script s --size 80x24x2", "COLSxROWS"},
        {"--script s --size 5000x24", "COLSxROWS"},
        {"--script s --size -80x24", "COLSxROWS"},
        {"--size 80x24", "--script"}, /* would do nothing */
        {"--once --version", "together"},
        {"--script s --once", "together"},
        {"--record a --replay b", "together"},
        {"--read-only=yes", "--read-only"},
        {"--config", "--config"},
        {"--check-config a b", "\"b\""},
        {"--check-config --once", "together"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct options o;
        struct diag d = DIAG_INIT;
        char *line;
        int err = parse(rows[i].line, &o, &d, &line);

        if (err != -EINVAL || strstr(d.text, rows[i].said) == NULL)
            fail_msg("%s: %d \"%s\"", rows[i].line, err, d.text);
        free(line);
    }
}

static void test_help(void **state)
{
    static const char *const names[] = {"--once", "--format", "--columns", "--sort", "--filter",
        "--read-only", "--refresh", "--theme", "--ascii", "--config", "--check-config", "--record",
        "--replay", "--script", "--size", "--list-commands", "--list-columns", "--list-themes",
        "--version", "--help"};
    struct buf b = BUF_INIT;

    (void)state;
    options_help(&b);
    for (size_t i = 0; i < KF_LEN(names); i++)
        if (strstr(buf_str(&b), names[i]) == NULL)
            fail_msg("--help does not name %s", names[i]);
    assert_null(strstr(buf_str(&b), "--helper ")); /* not for people */
    for (const char *at = buf_str(&b); *at; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\n") <= 100);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_config_files),
        cmocka_unit_test(test_understood),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
