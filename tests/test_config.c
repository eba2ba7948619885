/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration: every key is read, every mistake is told by file, line and value, and a file
   counts as a whole or not at all. */
#include "tui/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/builtin.h"

static int read_text(struct config *c, const char *text, struct diag *d)
{
    return config_read(c, "c", text, strlen(text), d);
}

/* A configuration with this text on top of the built-in one. */
static struct config *with(const char *text)
{
    struct config *c = config_default();
    struct diag d = DIAG_INIT;

    if (read_text(c, text, &d) < 0)
        fail_msg("%s", d.text);
    return c;
}

static void test_builtin(void **state)
{
    static const char *const shell[] = {
        "srun", "--pty", "--nodelist={}", "--nodes=1", "--ntasks=1", "bash", "-l"};
    struct config *c = config_default();

    (void)state;
    assert_int_equal(c->refresh_ms, 2000);
    assert_int_equal(c->grace_ms, 3000);
    assert_string_equal(c->theme, "default");
    assert_false(c->ascii || c->read_only);
    assert_null(c->audit_file);
    assert_int_equal(c->audit_size, 10 << 20);
    assert_int_equal(c->audit_keep, 5);
    assert_false(c->audit_required);
    assert_int_equal(c->directory_count, 0);
    assert_string_equal(c->source_variable, "KERNEL_SOURCE_PATH");
    assert_string_equal(c->output_variable, "BUILD_OUTPUT_DIR");
    assert_string_equal(c->config_variable, "KERNEL_CONFIG");
    assert_int_equal(c->shell_count, KF_LEN(shell));
    for (size_t i = 0; i < KF_LEN(shell); i++)
        assert_string_equal(c->shell[i], shell[i]);
    assert_null(c->shell[KF_LEN(shell)]);
    assert_int_equal(c->preset_count, 2);
    assert_string_equal(c->presets[0].name, "node1");
    assert_string_equal(c->presets[0].values[PRESET_CPUS], "4");
    assert_string_equal(c->presets[0].values[PRESET_MEMORY], "3500M");
    assert_null(c->presets[0].values[PRESET_TIME]);
    assert_string_equal(c->presets[1].name, "node2");
    assert_string_equal(c->presets[1].values[PRESET_CPUS], "8");
    assert_string_equal(c->presets[1].values[PRESET_MEMORY], "7G");
    assert_true(c->view_count > 0);
    assert_null(config_free(c));
    assert_null(config_free(NULL));
}

/* Guards that the built-in file says of every key what it is, and lists no key that there is not. */
static void test_documented(void **state)
{
    struct config_key k;
    unsigned n = 0;

    (void)state;
    for (; config_key(n, &k); n++) {
        char line[2][64];
        const char *text = builtin_config.text;

        snprintf(line[0], sizeof(line[0]), "\n%s =", k.name);
        snprintf(line[1], sizeof(line[1]), "%s = ", k.name); /* behind "#" */
        if (!strstr(text, line[0]) && !strstr(text, line[1]))
            fail_msg("%s of [%s] is not in the built-in file", k.name, k.section);
        assert_true(k.takes[0] && k.section[0]);
    }
    assert_true(n > 20);
    assert_false(config_key(UINT32_MAX, &k));
}

static void test_general(void **state)
{
    struct config *c;

    (void)state;
    setenv("HOME", "/home/ana", 1);
    c = with("[general]\nrefresh = 0.25\ntheme = mono\nascii = on\nread-only = true\ngrace = 0\n"
             "[audit]\nfile = ~/log/audit.jsonl\nsize = 512K\nkeep = 0\nrequired = yes\n"
             "[node]\nshell = ssh -t {}\n  exec  bash\n");
    assert_int_equal(c->refresh_ms, 250);
    assert_string_equal(c->theme, "mono");
    assert_true(c->ascii && c->read_only);
    assert_int_equal(c->grace_ms, 0);
    assert_string_equal(c->audit_file, "/home/ana/log/audit.jsonl");
    assert_int_equal(c->audit_size, 512 << 10);
    assert_int_equal(c->audit_keep, 0);
    assert_true(c->audit_required);
    assert_int_equal(c->shell_count, 5);
    assert_string_equal(c->shell[2], "{}");
    assert_string_equal(c->shell[4], "bash");
    config_free(c);
    c = with("[audit]\nfile = none\n[general]\nascii = off\n");
    assert_string_equal(c->audit_file, "");
    config_free(c);
}

static void test_submit(void **state)
{
    struct config *c;

    (void)state;
    setenv("HOME", "/home/ana", 1);
    c = with("[submit]\ndirectories = /srv/a, ~/b\n  /srv/c\nsource-variable = KSRC\n"
             "output-variable = _o1\nconfig-variable = kc\n");
    assert_int_equal(c->directory_count, 3);
    assert_string_equal(c->directories[0], "/srv/a");
    assert_string_equal(c->directories[1], "/home/ana/b");
    assert_string_equal(c->directories[2], "/srv/c");
    assert_null(c->directories[3]);
    assert_string_equal(c->source_variable, "KSRC");
    assert_string_equal(c->output_variable, "_o1");
    assert_string_equal(c->config_variable, "kc");
    assert_int_equal(read_text(c, "[submit]\ndirectories =\n", NULL), 0);
    assert_int_equal(c->directory_count, 0);
    config_free(c);
}

/* Guards the names of jobs that are builds: the script of the farm's own, and what is configured instead. */
static void test_builds(void **state)
{
    struct config *c = config_default();

    (void)state;
    assert_string_equal(c->build_names[0], "kernel_build*");
    assert_int_equal(
        read_text(c, "[builds]\nnames = nightly-*, linux?\n  kernel_build\n", NULL), 0);
    assert_int_equal(c->build_name_count, 3);
    assert_string_equal(c->build_names[1], "linux?");
    assert_null(c->build_names[3]);
    assert_int_equal(read_text(c, "[builds]\nnames =\n", NULL), 0);
    assert_int_equal(c->build_name_count, 0);
    config_free(c);
}

static void test_presets(void **state)
{
    static const char *const wanted[PRESET_FIELD_COUNT] = {[PRESET_PARTITION] = "big",
        [PRESET_CPUS] = "16",
        [PRESET_MEMORY] = "64000",
        [PRESET_TIME] = "1-12:30",
        [PRESET_NODES] = "node[3-4]",
        [PRESET_ARRAY] = "0-9,20%4",
        [PRESET_OPTIONS] = "--exclusive --mail-type=END",
        [PRESET_SOURCE] = "/home/ana/linux",
        [PRESET_OUTPUT] = "builds/x y",
        [PRESET_DIRECTORY] = "/home/ana/logs",
        [PRESET_CONFIG] = "tinyconfig"};
    struct config *c;
    const struct preset *p;

    (void)state;
    setenv("HOME", "/home/ana", 1);
    c = with("[preset all of it]\npartition = big\ncpus = 16\nmem = 64000\ntime = 1-12:30\n"
             "nodes = node[3-4]\narray = 0-9,20%4\noptions = --exclusive\n  --mail-type=END\n"
             "source = ~/linux\noutput = builds/x y\ndirectory = ~/logs\nconfig = tinyconfig\n"
             "[ preset\tnode1 ]\ntime = unlimited\n");
    assert_int_equal(c->preset_count, 3);
    p = config_preset(c, "all of it");
    assert_non_null(p);
    for (int i = 0; i < PRESET_FIELD_COUNT; i++)
        assert_string_equal(p->values[i], wanted[i]);
    p = config_preset(c, "node1"); /* nothing is left of the built-in one, but its place */
    assert_ptr_equal(p, &c->presets[0]);
    assert_string_equal(p->values[PRESET_TIME], "unlimited");
    assert_null(p->values[PRESET_CPUS]);
    assert_null(p->values[PRESET_MEMORY]);
    assert_non_null(config_preset(c, "node2")->values[PRESET_CPUS]);
    assert_null(config_preset(c, "node3"));
    config_free(c);
}

static void test_views(void **state)
{
    struct config *c;
    const struct saved_view *v;

    (void)state;
    /* the rows may be said behind what depends on them */
    c = with("[view loaded]\nfilter = load>2\ncolumns = name,load,\n  free\nsort = -load\n"
             "rows = nodes\n[view mine]\nfilter = user=ana\n   state:pend\n[view failed]\n"
             "filter =\nsort = job\n");
    v = config_view(c, "loaded");
    assert_non_null(v);
    assert_int_equal(v->rows, COLUMNS_NODES);
    assert_string_equal(v->filter, "load>2");
    assert_string_equal(v->columns, "name,load,free");
    assert_string_equal(v->sort, "-load");
    assert_int_equal(read_text(c, "[view turned]\nsort = -\n", NULL), 0); /* our own order */
    assert_string_equal(config_view(c, "turned")->sort, "-");
    v = config_view(c, "mine");
    assert_int_equal(v->rows, COLUMNS_JOBS);
    assert_string_equal(v->filter, "user=ana state:pend");
    assert_string_equal(v->columns, "");
    assert_string_equal(v->sort, "");
    v = config_view(c, "failed");
    assert_string_equal(v->filter, "");
    assert_string_equal(v->columns, "");
    assert_string_equal(v->sort, "job");
    config_free(c);
}

#define SECTIONS                                                                                   \
    "the sections are [general], [audit], [submit], [builds], [node], [preset NAME], [view NAME]"
#define NAMED(word)                                                                                \
    "behind the word " word " comes a name: letters, digits, blanks and _ - . , at most 40"

static const struct {
    const char *text, *said; /* behind "c:" */
} mistakes[] = {
    /* sections and keys */
    {"refresh = 2\n", "1: no section comes before it; " SECTIONS},
    {"[genral]\nrefresh = 2\n", "2: there is no section [genral]; " SECTIONS},
    {"[general x]\nrefresh = 2\n", "2: there is no section [general x]; " SECTIONS},
    {"[preset]\ncpus = 2\n", "2: [preset]: " NAMED("preset")},
    {"[preset a/b]\ncpus = 2\n", "2: [preset a/b]: " NAMED("preset")},
    {"[view 01234567890123456789012345678901234567890]\nsort = job\n",
        "2: [view 01234567890123456789012345678901234567890]: " NAMED("view")},
    {"[general]\n\nrefesh = 2\n", "3: \"refesh\" is no key of [general]; its keys are refresh, "
                                  "theme, ascii, read-only, grace"},
    {"[audit]\nrefresh = 2\n",
        "2: \"refresh\" is no key of [audit]; its keys are file, size, keep, required"},
    {"[preset x]\nmemory = 2G\n",
        "2: \"memory\" is no key of [preset NAME]; its keys are partition, cpus, mem, time, nodes, "
        "array, options, source, output, directory, config"},
    {"[general]\nrefresh\n", "2: neither \"[section]\" nor \"key = value\" nor a comment"},
    {"[general]\nrefresh = 2\nascii = no\nrefresh = 3\n",
        "4: refresh = 3: it has a value already, of line 2"},
    {"[general]\nrefresh = 2\n  3\n", "3: refresh = 3: it has a value already, of line 2"},
    {"[preset x]\noptions = -v\ncpus = 2\noptions = -Q\n",
        "4: options = -Q: it has a value already, of line 2"},
    {"[preset x]\noptions = \033[31m\n", "2: options: there is a control character in its value"},
    /* [general] */
    {"[general]\nrefresh = 0.1\n", "2: refresh = 0.1: it is a number of seconds from 0.2 to 3600"},
    {"[general]\nrefresh = 2s\n", "2: refresh = 2s: it is a number of seconds from 0.2 to 3600"},
    {"[general]\nrefresh =\n", "2: refresh = : it is a number of seconds from 0.2 to 3600"},
    {"[general]\ngrace = 61\n", "2: grace = 61: it is a number of seconds from 0 to 60"},
    {"[general]\ngrace = -1\n", "2: grace = -1: it is a number of seconds from 0 to 60"},
    {"[general]\nascii = maybe\n", "2: ascii = maybe: it is yes or no"},
    {"[general]\nread-only =\n", "2: read-only = : it is yes or no"},
    {"[general]\ntheme = nosuch\n",
        "2: theme = nosuch: there is no theme \"nosuch\"; the built-in ones are default and mono, "
        "a file of your own is given with a slash in its path"},
    {"[general]\ntheme = /nonexistent/x\n",
        "2: theme = /nonexistent/x: /nonexistent/x: No such file or directory"},
    /* [audit] */
    {"[audit]\nfile = audit.jsonl\n",
        "2: file = audit.jsonl: it is an absolute path of a file (~/ is the home directory), or "
        "none"},
    {"[audit]\nfile =\n",
        "2: file = : it is an absolute path of a file (~/ is the home directory), or none"},
    {"[audit]\nfile = /var/log/\n",
        "2: file = /var/log/: it is an absolute path of a file (~/ is the home directory), or "
        "none"},
    {"[audit]\nsize = 10MB\n", "2: size = 10MB: it is a size from 1K to 1T, as 10M"},
    {"[audit]\nsize = 100\n", "2: size = 100: it is a size from 1K to 1T, as 10M"},
    {"[audit]\nkeep = 101\n", "2: keep = 101: it is a whole number from 0 to 100"},
    {"[audit]\nrequired = please\n", "2: required = please: it is yes or no"},
    {"[audit]\nkeep = some\n", "2: keep = some: it is a whole number from 0 to 100"},
    /* [submit] */
    {"[submit]\ndirectories = /a b\n", "2: directories = /a b: \"b\" is no absolute path"},
    {"[submit]\nsource-variable = 1A\n",
        "2: source-variable = 1A: it is the name of an environment variable"},
    {"[submit]\noutput-variable = A=B\n",
        "2: output-variable = A=B: it is the name of an environment variable"},
    {"[submit]\nconfig-variable =\n",
        "2: config-variable = : it is the name of an environment variable"},
    /* [node] */
    {"[node]\nshell = ssh node1\n", "2: shell = ssh node1: the node's name, {}, is missing in it"},
    {"[node]\nshell =\n", "2: shell = : it is a command, its words parted by blanks"},
    /* [preset] */
    {"[preset x]\npartition = a b\n", "2: partition = a b: it is one word"},
    {"[preset x]\npartition = --wrap=x\n", "2: partition = --wrap=x: it is one word"},
    {"[preset x]\ncpus = 0\n", "2: cpus = 0: it is a whole number from 1 to 65535"},
    {"[preset x]\ncpus = 4.5\n", "2: cpus = 4.5: it is a whole number from 1 to 65535"},
    {"[preset x]\nmem = 7GB\n", "2: mem = 7GB: it is a size as sbatch takes it: 3500M, 7G"},
    {"[preset x]\ntime = +30\n", "2: time = +30: it is minutes, H:MM:SS, D-HH:MM or unlimited"},
    {"[preset x]\ntime = soon\n", "2: time = soon: it is minutes, H:MM:SS, D-HH:MM or unlimited"},
    {"[preset x]\nnodes = node1 node2\n",
        "2: nodes = node1 node2: it is a node list without blanks: node1, node[1-4]"},
    {"[preset x]\narray = all\n",
        "2: array = all: it is task numbers as sbatch takes them: 0-9, 1,3,5, 0-99%4"},
    {"[preset x]\narray = -1\n",
        "2: array = -1: it is task numbers as sbatch takes them: 0-9, 1,3,5, 0-99%4"},
    {"[preset x]\noptions =\n", "2: options = : it is options of sbatch"},
    {"[preset x]\nsource =\n", "2: source = : it is a path; ~/ is the home directory"},
    {"[preset x]\nconfig =\n",
        "2: config = : it is a configuration target, or a path; ~/ is the home directory"},
    /* [view] */
    {"[view x]\nrows = partitions\n", "2: rows = partitions: it is jobs or nodes"},
    {"[view x]\nfilter = state:\n", "2: filter = state:: state is compared with nothing"},
    {"[view x]\nfilter = load>2\n",
        "2: filter = load>2: there is no column \"load\" of jobs; some are state user name node "
        "age mem cpus"},
    {"[view x]\nrows = jobs\ncolumns = job,load\n",
        "3: columns = job,load: there is no column \"load\" of jobs; kfarm-top --list-columns "
        "names them all"},
    {"[view x]\nrows = nodes\nsort = -job\n",
        "3: sort = -job: there is no column \"job\" of nodes; kfarm-top --list-columns names them "
        "all"},
    {"[view x]\nsort = --job\n",
        "2: sort = --job: there is no column \"-job\" of jobs; kfarm-top --list-columns names them "
        "all"},
};

/* Guards the words of every refusal, and that nothing of a refused file counts: not even what stands
   before the mistake. */
static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(mistakes); i++) {
        struct config *c = config_default();
        struct diag d = DIAG_INIT;
        char text[512];

        snprintf(text, sizeof(text), "%s[preset node1]\ncpus = 1\n", mistakes[i].text);
        if (read_text(c, text, &d) >= 0)
            fail_msg("accepted: %s", text);
        assert_int_equal(strncmp(d.text, "c:", 2), 0);
        assert_string_equal(d.text + 2, mistakes[i].said);
        snprintf(text, sizeof(text),
            "[preset node2]\ntime = 1\n[preset new]\ntime = 1\n[view new]\nsort = job\n%s",
            mistakes[i].text);
        if (mistakes[i].text[0] == '[')
            assert_true(read_text(c, text, &d) < 0);
        assert_int_equal(c->preset_count, 2);
        assert_string_equal(c->presets[0].values[PRESET_CPUS], "4");
        assert_string_equal(c->presets[1].values[PRESET_CPUS], "8");
        assert_null(config_view(c, "new"));
        assert_int_equal(c->refresh_ms, 2000);
        config_free(c);
    }
}

static void test_no_home(void **state)
{
    struct config *c = config_default();
    struct diag d = DIAG_INIT;

    (void)state;
    unsetenv("HOME");
    assert_true(read_text(c, "[audit]\nfile = ~/a\n", &d) < 0);
    assert_string_equal(
        d.text, "c:2: file = ~/a: ~ stands for the home directory, and HOME does not name one");
    config_free(c);
}

static void test_too_many(void **state)
{
    struct config *c = config_new();
    struct diag d = DIAG_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    for (int i = 0; i < CONFIG_PRESETS_MAX; i++)
        buf_addf(&b, "[preset %d]\ncpus = 1\n", i);
    assert_int_equal(read_text(c, buf_str(&b), &d), 0);
    assert_int_equal(c->preset_count, CONFIG_PRESETS_MAX);
    assert_int_equal(read_text(c, "[preset 0]\ncpus = 2\n", &d), 0); /* one of them */
    assert_int_equal(read_text(c, "[preset more]\ncpus = 1\n", &d), -E2BIG);
    assert_string_equal(d.text, "c:2: more than 50 sections [preset NAME]");
    buf_clear(&b);
    for (int i = 0; i <= CONFIG_VIEWS_MAX; i++)
        buf_addf(&b, "[view %d]\nsort = job\n", i);
    assert_int_equal(read_text(c, buf_str(&b), &d), -E2BIG);
    assert_string_equal(d.text, "c:202: more than 100 sections [view NAME]");
    assert_int_equal(c->view_count, 0);
    buf_clear(&b);
    buf_adds(&b, "[preset x]\noptions =");
    for (int i = 0; i < 500; i++)
        buf_adds(&b, " --exclusive\n");
    assert_true(read_text(c, buf_str(&b), &d) < 0);
    assert_non_null(strstr(d.text, ": the value is longer than 4000 bytes"));
    buf_clear(&b);
    for (int i = 0; i < 1001; i++)
        buf_addf(&b, "[preset %d]\ncpus = 1\n", i);
    assert_int_equal(read_text(c, buf_str(&b), &d), -E2BIG);
    assert_string_equal(d.text, "c:2002: more than 1000 values");
    buf_release(&b);
    config_free(c);
}

static void test_names(void **state)
{
    static const char *const good[] = {
        "a", "node 1", "A_b-c.9", "0123456789012345678901234567890123456789"};
    static const char *const bad[] = {"", " a", "a ", "a]", "a/b", "a\tb", "gr\303\266\303\237e",
        "01234567890123456789012345678901234567890"};

    (void)state;
    for (size_t i = 0; i < KF_LEN(good); i++)
        assert_true(config_name_ok(good[i]));
    for (size_t i = 0; i < KF_LEN(bad); i++)
        assert_false(config_name_ok(bad[i]));
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void note(void *user, const char *mistake)
{
    buf_addf(user, "%s\n", mistake);
}

/* Guards that all mistakes of a file are told at once, each once, by their lines, and that a file without one is well. */
static void test_check(void **state)
{
    char path[] = "/tmp/kfarm-test-config-XXXXXX";
    int fd = mkstemp(path);
    struct buf told = BUF_INIT, expected = BUF_INIT;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    write_file(path,
        "[general]\nrefresh = 0\nfoo = 1\n  2\nneither\n[view x]\nfilter = state>1\n  or\n"
        "sort = nope\n[audit]\nkeep = 2\n[generall]\n[zz]\na = 1\nb = 2\n");
    assert_int_equal(config_check(path, note, &told), 7);
    buf_addf(&expected, "%s:2: refresh = 0: it is a number of seconds from 0.2 to 3600\n", path);
    buf_addf(&expected,
        "%s:3: \"foo\" is no key of [general]; its keys are refresh, theme, ascii, read-only, "
        "grace\n",
        path);
    buf_addf(&expected, "%s:5: neither \"[section]\" nor \"key = value\" nor a comment\n", path);
    buf_addf(&expected,
        "%s:7: filter = state>1 or: state is text: it takes : = or ~, not < and >\n", path);
    buf_addf(&expected,
        "%s:9: sort = nope: there is no column \"nope\" of jobs; kfarm-top --list-columns names "
        "them all\n",
        path);
    for (int i = 0; i < 2; i++) /* also one with nothing in it */
        buf_addf(&expected,
            "%s:%d: there is no section [%s]; the sections are [general], [audit], [submit], "
            "[builds], "
            "[node], [preset NAME], [view NAME]\n",
            path, 12 + i, i ? "zz" : "generall");
    assert_string_equal(buf_str(&told), buf_str(&expected));
    buf_clear(&told);
    write_file(path, "[general]\nrefresh = 3\n");
    assert_int_equal(config_check(path, note, &told), 0);
    assert_string_equal(buf_str(&told), "");
    unlink(path);
    assert_int_equal(config_check(path, note, &told), 1);
    buf_release(&told);
    buf_release(&expected);
}

/* Guards where the file is looked for, that there need be none, but the one that is named. */
static void test_load(void **state)
{
    char dir[] = "/tmp/kfarm-test-config-XXXXXX", below[64], usual[128], other[128];
    struct diag d = DIAG_INIT;
    struct config *c = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(below, sizeof(below), "%s/kfarm-top", dir);
    assert_int_equal(mkdir(below, 0700), 0);
    snprintf(other, sizeof(other), "%s/other", dir);
    setenv("XDG_CONFIG_HOME", dir, 1);
    config_path(usual, sizeof(usual));
    assert_int_equal(strncmp(usual, below, strlen(below)), 0);
    assert_string_equal(usual + strlen(below), "/config");

    assert_int_equal(config_load(&c, NULL, &d), 0);
    assert_int_equal(c->refresh_ms, 2000);
    config_free(c);
    c = NULL;
    assert_int_equal(config_load(&c, other, &d), -ENOENT);
    assert_non_null(strstr(d.text, other));
    assert_null(c);
    write_file(usual, "[general]\nrefresh = 7\n");
    write_file(other, "[general]\nrefresh = 8\n");
    assert_int_equal(config_load(&c, NULL, &d), 0);
    assert_int_equal(c->refresh_ms, 7000);
    config_free(c);
    assert_int_equal(config_load(&c, other, &d), 0); /* instead of the other, not on top of it */
    assert_int_equal(c->refresh_ms, 8000);
    assert_int_equal(c->preset_count, 2);
    config_free(c);
    c = NULL;
    write_file(usual, "[general]\nrefresh = soon\n");
    assert_true(config_load(&c, NULL, &d) < 0);
    assert_non_null(strstr(d.text, "/kfarm-top/config:2: refresh = soon: "));
    assert_null(c);
    unlink(usual);
    /* saved views come on top; what is wrong with them is no reason not to start */
    config_views_path(usual, sizeof(usual));
    assert_string_equal(usual + strlen(below), "/views");
    write_file(usual, "[view failed]\nsort = job\n");
    assert_int_equal(config_load(&c, other, &d), 0);
    assert_string_equal(config_view(c, "failed")->sort, "job");
    assert_string_equal(config_view(c, "failed")->filter, "");
    assert_null(c->views_wrong);
    config_free(c);
    write_file(usual, "[view failed]\nsort = nosuch\n");
    assert_int_equal(config_load(&c, other, &d), 0);
    assert_string_equal(config_view(c, "failed")->sort, "-end_time");
    assert_non_null(strstr(c->views_wrong, "/views:2: sort = nosuch: "));
    config_free(c);
    unlink(usual);
    unlink(other);
    rmdir(below);
    rmdir(dir);
    unsetenv("XDG_CONFIG_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_general),
        cmocka_unit_test(test_submit),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_no_home),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
