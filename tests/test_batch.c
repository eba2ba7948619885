/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a batch script is read, what its options mean, and the mistakes seen in its commands. */
#include "backend/batch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/batch_lint.h"
#include "backend/request.h"
#include "backend/verdict.h"
#include "base/alloc.h"
#include "base/hostlist.h"
#include "base/parse.h"
#include "tests/snapshots.h"

struct reading {
    struct batch batch;
    struct request request;
    struct findings findings;
};

static struct reading read_script(const char *text, const char *const *argv)
{
    struct reading r = {0};

    batch_read(&r.batch, text, strlen(text), &r.findings);
    request_read(&r.request, &r.batch, NULL, argv, &r.findings);
    return r;
}

static void release(struct reading *r)
{
    batch_release(&r->batch);
    request_release(&r->request);
    findings_release(&r->findings);
}

/* The findings as one line each. */
static void print(const struct findings *f, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < f->count && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s %u: %s\n", finding_level_name(f->v[i].level),
            f->v[i].line, f->v[i].text);

        used += n > 0 ? (size_t)n : 0;
    }
}

static void must_say(const struct findings *f, const char *expected)
{
    char said[4096];

    print(f, said, sizeof(said));
    assert_string_equal(said, expected);
}

/* ---- #SBATCH lines ---- */

static void test_arguments(void **state)
{
    static const char script[] = "#!/bin/bash\n"
                                 "# a comment\n"
                                 "#SBATCH --cpus-per-task=4  # comment\n"
                                 "#SBATCH -J \"a b\" --comment='it''s'\\ so\n"
                                 "\n"
                                 "#SBATCH\t--time=10 --mem 3G#x\n"
                                 "make\n"
                                 "#SBATCH --mem=9G\n";
    static const struct {
        const char *text;
        uint32_t line;
    } expected[] = {{"--cpus-per-task=4", 3}, {"-J", 4}, {"a b", 4}, {"--comment=its so", 4},
        {"--time=10", 6}, {"--mem", 6}, {"3G", 6}};
    struct reading r = read_script(script, NULL);

    (void)state;
    assert_int_equal(r.batch.count, KF_LEN(expected));
    for (uint32_t i = 0; i < r.batch.count; i++) {
        assert_string_equal(r.batch.arguments[i].text, expected[i].text);
        assert_int_equal(r.batch.arguments[i].line, expected[i].line);
    }
    assert_int_equal(r.batch.commands_from, 7);
    must_say(&r.findings, "warning 8: this #SBATCH line is not read: it stands behind the first "
                          "command\n");
    release(&r);
}

static void test_numbers(void **state)
{
    static const char *const argv[] = {"-c", "8", "--mem=7G", "-N1-2", "-t1:30:00", "--exclusive",
        "-a0-9,20%3", "-B", "2:4:*", NULL};
    struct reading r = read_script("#!/bin/sh\n#SBATCH -c4 --mem=1G -n 3\ntrue\n", argv);

    (void)state;
    must_say(&r.findings, "");
    assert_int_equal(r.request.cpus_per_task, 8);
    assert_int_equal(r.request.mem_mb, 7168);
    assert_int_equal(r.request.ntasks, 3);
    assert_int_equal(r.request.min_nodes, 1);
    assert_int_equal(r.request.max_nodes, 2);
    assert_int_equal(r.request.time_min, 90);
    assert_int_equal(r.request.array_last, 20);
    assert_int_equal(r.request.sockets, 2);
    assert_int_equal(r.request.cores, 4);
    assert_int_equal(r.request.threads, 0);
    assert_true(r.request.exclusive);
    assert_string_equal(request_value(&r.request, REQUEST_MEM), "7G");
    assert_null(request_value(&r.request, REQUEST_PARTITION));
    assert_int_equal(request_option(&r.request, REQUEST_NTASKS)->line, 2);
    release(&r);
}

/* sbatch takes what the environment says over the script, and the command line over both. */
static void test_environment(void **state)
{
    static char partition[] = "SBATCH_PARTITION=arm", limit[] = "SBATCH_TIMELIMIT=5",
                other[] = "SBATCH_PARTITIONS=x", memory[] = "SBATCH_MEM_PER_CPU=100";
    char *const environment[] = {partition, limit, other, memory, NULL};
    static const char *const argv[] = {"-t", "7", NULL};
    struct batch b;
    struct request r;
    struct findings f = {0};
    static const char script[] = "#!/bin/sh\n#SBATCH -p debug -t 3 --mem=1G\ntrue\n";

    (void)state;
    batch_read(&b, script, sizeof(script) - 1, &f);
    request_read(&r, &b, environment, argv, &f);
    assert_string_equal(request_value(&r, REQUEST_PARTITION), "arm");
    assert_int_equal(r.time_min, 7);
    assert_int_equal(r.mem_mb, 1024); /* the environment's --mem-per-cpu gives way */
    assert_int_equal(r.mem_per_cpu_mb, 0);
    must_say(&f, "");
    request_release(&r);
    batch_release(&b);
    findings_release(&f);
}

static void test_refused(void **state)
{
    static const struct {
        const char *line, *said;
    } rows[] = {
        {"--foo", "sbatch knows no option --foo"},
        {"-Z", "sbatch knows no option -Z"},
        {"--cpus=3", "--cpus could mean several options of sbatch"},
        {"--hold=yes", "--hold takes no value"},
        {"--mem", "--mem wants a value"},
        {"-c", "-c wants a value"},
        {"-c 0", "--cpus-per-task=0: a whole number from 1"},
        {"-c 99999999999", "--cpus-per-task=99999999999: a whole number from 1"},
        {"--mem=lots", "--mem=lots: a size: 3500M, 7G"},
        {"--mem=99999999999999999999999G", "--mem=99999999999999999999999G: a size: 3500M, 7G"},
        {"-t soon", "--time=soon: a time: minutes, H:MM:SS, D-HH:MM:SS, infinite"},
        {"-N 2-1", "--nodes=2-1: the most is less than the least"},
        {"-a 9-1", "--array=9-1: indices: 0-9, 1,3,5, 0-15:4, 0-99%4"},
        {"-a 1,x", "--array=1,x: indices: 0-9, 1,3,5, 0-15:4, 0-99%4"},
        {"-a 1-3:", "--array=1-3:: indices: 0-9, 1,3,5, 0-15:4, 0-99%4"},
        {"-a 1-", "--array=1-: indices: 0-9, 1,3,5, 0-15:4, 0-99%4"},
        {"-N 1-", "--nodes=1-: a number of nodes, or a range as 1-2"},
        {"-N 1-2x", "--nodes=1-2x: a number of nodes, or a range as 1-2"},
        {"-N 1k-2", "--nodes=1k-2: the most is less than the least"},
        {"--ntasks-per-tres=x", "--ntasks-per-tres=x: a whole number from 1"},
        {"--time-min=infinite", "--time-min is longer than any limit"},
        {"--mem=abc --mem=1G", "--mem=abc: a size: 3500M, 7G"},
        {"-c 0 -c 1", "--cpus-per-task=0: a whole number from 1"},
        {"-N x -N 1", "--nodes=x: a number of nodes, or a range as 1-2"},
        {"--exclusive=foo --exclusive", "--exclusive=foo: nothing, user, mcs or topo"},
        {"-J ''", "-J wants a value"},
        {"-B 1:x", "--extra-node-info=1:x: sockets[:cores[:threads]]"},
        {"--mem=1G --mem-per-cpu=1G", "--mem and --mem-per-cpu exclude each other"},
        {"more", "\"more\" is no option of sbatch"},
        {"-J\"a", "the quote \" is not closed"},
        {":-c 3", "#SBATCH is followed by a colon: a blank belongs there"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char script[256], expected[256];
        struct reading r;

        snprintf(script, sizeof(script), "#!/bin/sh\n\n#SBATCH%s%s\ntrue\n",
            rows[i].line[0] == ':' ? "" : " ", rows[i].line);
        snprintf(expected, sizeof(expected), "refused %d: %s\n",
            strstr(rows[i].said, "any limit") ? 0 : 3, rows[i].said);
        r = read_script(script, NULL);
        must_say(&r.findings, expected);
        release(&r);
    }
}

/* An option without a value is set by yes, a number or nothing, and by no other word. */
static void test_flags_of_the_environment(void **state)
{
    static const struct {
        const char *value;
        bool set;
    } rows[] = {{"", true}, {"yes", true}, {"YES", true}, {"1", true}, {"-1", true}, {"0", false},
        {"no", false}, {"set", false}, {"1x", false}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char variable[64];
        char *const environment[] = {variable, NULL};
        struct batch b = {0};
        struct request r;
        struct findings f = {0};

        snprintf(variable, sizeof(variable), "SBATCH_OVERCOMMIT=%s", rows[i].value);
        request_read(&r, &b, environment, NULL, &f);
        assert_int_equal(r.overcommit, rows[i].set);
        request_release(&r);
    }
}

/* What sbatch takes although it looks wrong. */
static void test_taken(void **state)
{
    static const char *const rows[] = {"-a 1,,3", "-a ,1", "-a 1,", "-a ,", "-a [1,,3]", "-a [1,3",
        "-a 1]", "-a 1-3%", "-a 1-3%x", "-a x -a 1", "-N 1-2k", "-N 0-1", "-N 1-0", "-N -2",
        "-N 1-99999999999", "-N 1-1000m", "--time=6000000", "--time=5000-0", "--ntasks-per-tres=2",
        "--mem=1G ''"};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char script[256];
        struct reading r;

        snprintf(script, sizeof(script), "#!/bin/sh\n#SBATCH %s\ntrue\n", rows[i]);
        r = read_script(script, NULL);
        must_say(&r.findings, "");
        release(&r);
    }
}

static void test_large_numbers(void **state)
{
    static const char *const argv[] = {"-N1-2k", "-t5000-0", NULL};
    struct reading r = read_script("#!/bin/sh\n#SBATCH -N 1m\ntrue\n", argv);

    (void)state;
    assert_int_equal(r.request.min_nodes, 1);
    assert_int_equal(r.request.max_nodes, 2048);
    assert_int_equal(r.request.time_min, 7200000);
    must_say(&r.findings, "");
    release(&r);
    r = read_script("#!/bin/sh\n#SBATCH -N 1,2,4-8\n#SBATCH -t 99999999999\ntrue\n", NULL);
    must_say(&r.findings,
        "note 2: --nodes=1,2,4-8: a list of sizes is left to sbatch, and an older one refuses it\n"
        "warning 3: --time=99999999999: more minutes than sbatch can count; it makes some other "
        "time of it\n");
    release(&r);
}

/* sbatch's reader takes an empty argument for the end of the line, and goes on with the next one. */
static void test_empty_argument(void **state)
{
    struct reading r =
        read_script("#!/bin/sh\n#SBATCH '' --mem=9G\n#SBATCH -n 2 \"\" -c 4\n#SBATCH -c 3 ''\n"
                    "true\n",
            NULL);

    (void)state;
    assert_int_equal(r.request.mem_mb, 0);
    assert_int_equal(r.request.ntasks, 2);
    assert_int_equal(r.request.cpus_per_task, 3);
    must_say(&r.findings,
        "warning 2: sbatch does not read this line to its end: it stops at the empty argument\n"
        "warning 3: sbatch does not read this line to its end: it stops at the empty argument\n");
    release(&r);
}

static void test_words_of_a_command_line(void **state)
{
    static const char *const rows[][3] = {{"-c", "4", NULL}, {"-c4", "x", NULL},
        {"--mem", "4G", NULL}, {"--mem=4G", "x", NULL}, {"--hold", "x", NULL},
        {"script.sh", "x", NULL}, {"--exclusive", "x", NULL}, {"-Hc", "4", NULL}, {"--", "x", NULL},
        {"-", "x", NULL}, {"--cpus-per-t", "4", NULL}, {"-c", NULL, NULL}};
    static const int words[] = {2, 1, 2, 1, 1, 0, 1, 2, 0, 0, 2, 1};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        assert_int_equal(request_words(rows[i]), words[i]);
}

/* ---- commands ---- */

static void lint(const char *options, const char *commands, const char *expected)
{
    char script[4096];
    struct reading r;
    struct findings f = {0};

    snprintf(script, sizeof(script), "#!/bin/bash\n#SBATCH %s\n%s", options, commands);
    r = read_script(script, NULL);
    batch_lint(script, strlen(script), &r.request, &f);
    must_say(&f, expected);
    findings_release(&f);
    release(&r);
}

static void test_cut_commands(void **state)
{
    (void)state;
    lint("-c8",
        "set -e\nmake -j8 \\\n    ARCH=x86_64 \\\n    # CROSS=x \\ # y\n    Image modules dtbs\n",
        "fault 6: a comment in the middle of a command ends it: \"Image modules dtbs\" in the next "
        "line runs as a command of its own\n"
        "fault 7: the kernel has no target Image on x86_64: bzImage is its image there, and it has "
        "no dtbs\n");
    lint("-c8", "set -e\nmake -j8 \\ \n  bzImage\n",
        "fault 4: a blank behind the backslash ends the command here, and the next line runs by "
        "itself\n");
    lint("-c8", "set -e\nmake -j8 \\\n  bzImage\n", "");
    lint("-c8", "set -e\necho \\\n# end\n",
        "fault 5: a comment in the middle of a command ends it\n");
    lint("-c8", "set -e\ncat <<END\nmake \\\n# text\nEND\nmake -j8\n", "");
}

static void makes(const char *commands, const char *expected)
{
    char script[1024];
    struct buf out = BUF_INIT;

    snprintf(script, sizeof(script), "#!/bin/bash\n%s", commands);
    batch_makes(script, strlen(script), &out);
    if (strcmp(buf_str(&out), expected) != 0)
        fail_msg("%s: %s", commands, buf_str(&out));
    buf_release(&out);
}

/* What a build is of, for telling builds apart: targets and variables, not how fast. */
static void test_makes(void **state)
{
    (void)state;
    makes(
        "ARCH=arm64\nTARGETS=\"Image dtbs\"\nmake -j8 ARCH=$ARCH O=/build/$SLURM_JOB_ID $TARGETS\n",
        "make ARCH=arm64 O=/build/$SLURM_JOB_ID Image dtbs\n");
    makes("srun make -j 8 \\\n  V=1 bzImage\n# make modules\n  make -j$(nproc) -k modules\necho "
          "make\n",
        "make V=1 bzImage\nmake modules\n"); /* V=1: other lines are counted */
    makes("make defconfig; make -j8 bzImage modules\n", "make defconfig\nmake bzImage modules\n");
    makes("cd linux && make bzImage 2>&1 | tee log\n", "make bzImage\n");
    makes("make bzImage || exit 1\n", "make bzImage\n");
    makes("V=1 make bzImage\nmake bzImage\n", "make V=1 bzImage\nmake bzImage\n");
    makes("export LLVM=1\nX=2\nmake bzImage\n", "make LLVM=1 bzImage\n");
    makes("make -kj8 -j $((2 * N)) -l4.5 -j$(nproc --all) --keep-going -O=sync bzImage\n",
        "make -O=sync bzImage\n");
    makes("make -j bzImage\n", "make bzImage\n");
    makes("make --jobs=4 -l 8 -s -C /src bzImage # all\n", "make -s -C /src bzImage\n");
    makes("if ! make -j bzImage; then exit 1; fi\n", "make bzImage\n");
    makes("cat <<END\nmake all\nEND\n", "");
    makes("exit 0\n", "");
}

static void test_here_documents(void **state)
{
    static const char said[] = "warning 4: make -j4 uses 4 of the 8 CPUs that are asked for\n";

    (void)state;
    lint("-c8", "x=$((1<<3))\nmake -j4\n", said);
    lint("-c8", "echo 'a <<b'\nmake -j4\n", said);
    lint("-c8", "x=1 # << y\nmake -j4\n", said);
    lint("-c8", "cat <<<word\nmake -j4\n", said);
    lint("-c8", "cat <<END\nmake -j4\n", said); /* no end: it was none */
    lint("-c8", "cat <<END\nmake -j4\nEND\n", "");
    lint("-c8", "cat <<-'END'\nmake -j4\n\tEND\n", "");
    lint("-c8", "x=\"$(cat <<END\nmake -j4\nEND\n)\"\n", "");
    lint("-c8", "x=$((1<<3)); cat <<END\nmake -j4\nEND\n", "");
}

static void test_targets(void **state)
{
    (void)state;
    lint("-c8", "make -j8 ARCH=arm64 Image dtbs\n", "");
    lint("-c8", "ARCH=x86_64\nmake -j8 ARCH=$ARCH dtbs\n",
        "fault 4: the kernel has no target dtbs on x86_64: bzImage is its image there, and it has "
        "no "
        "dtbs\n");
    lint("-c8", "make -j8 ARCH=x86 bzImage modules\n", "");
    lint("-c8", "set -e\nmake -j8 ARCH=x86 bzImage; echo dtbs\n", "");
    /* each of several commands in a line */
    lint("-c8", "set -e\necho 'a; b'; ARCH=x86_64; make -j8 zImage; echo \"; make dtbs\"\n",
        "fault 4: the kernel has no target zImage on x86_64: bzImage is its image there, and it "
        "has "
        "no dtbs\n");
    lint("-c8", "cd linux && make -j8 ARCH=x86 zImage\n",
        "fault 3: the kernel has no target zImage on x86: bzImage is its image there, and it has "
        "no dtbs\n");
    lint("-c8", "set -e\nV=$(cd linux; make kernelversion)\nmake -j8\n", "");
    lint("-c8", "if cd linux; then make -j8; fi\n", "");
    lint("-c8", "make -j8 ARCH=arm64 Image.gz dtbs vmlinuz.efi\n", "");
    lint("-c8", "make -j8 ARCH=arm bzImage zImage uImage\n", ""); /* it is called so there, too */
    lint("-c8", "make -j8 ARCH=arm64 bzImage\n",
        "fault 3: the kernel has no target bzImage on arm64: Image.gz is its image there\n");
    lint("-c8", "export ARCH=riscv\nmake -j8 zImage\n",
        "fault 4: the kernel has no target zImage on riscv: Image.gz is its image there\n");
    lint("-c8", "make -j8 ARCH=s390 dtbs\n", ""); /* not judged */
    lint("-c8", "ARCH=x86 make -j8 dtbs\n",
        "fault 3: the kernel has no target dtbs on x86: bzImage is its image there, and it has no "
        "dtbs\n");
}

static void test_parallel_jobs(void **state)
{
    (void)state;
    lint("-c8", "make -j8\n", "");
    lint("-c8", "make\n", "warning 3: make without -j uses one of the 8 CPUs that are asked for\n");
    lint("-c8", "make -j4\n", "warning 3: make -j4 uses 4 of the 8 CPUs that are asked for\n");
    lint("-c2", "make -j 16\n", "warning 3: make -j16 with 2 CPUs asked for\n");
    lint("-c4", "make -j5\n", ""); /* a few more than CPUs is what many do */
    lint("-c8", "make -j\n",
        "warning 3: make -j without a number starts as many compilers as there are files\n");
    lint("-c8", "N=${SLURM_CPUS_PER_TASK}\nmake -j\"${N}\"\n", "");
    lint("--mem=1G", "N=${SLURM_CPUS_PER_TASK}\nmake -j\"${N}\"\n",
        "warning 4: SLURM_CPUS_PER_TASK is only set with --cpus-per-task: make -j gets no number, "
        "and has no limit then\n");
    lint("--mem=1G", "make -j\"${SLURM_CPUS_PER_TASK:-1}\"\n", "");
    lint("-c8", "make -j$(nproc)\n",
        "warning 3: nproc may count all CPUs of the node: -j\"$SLURM_CPUS_ON_NODE\" counts those "
        "of "
        "the job\n");
    lint("--exclusive", "make -j$(nproc)\n", "");
    lint("-c8", "make defconfig\nmake -j8\n", "");
    lint("-c8 -N2", "make -j8\n",
        "warning 3: make runs on the first of the 2 nodes: the others stay "
        "idle\n");
    lint("-c 65536 -n 65536", "make\n",
        "warning 3: make without -j uses one of the 4294967296 CPUs that are asked for\n");
    lint("-c8", "echo make\nmakepkg\ngit make\n", "");
}

static void test_hidden_failure(void **state)
{
    static const char said[] =
        "warning 3: if this make fails the script goes on, and Slurm shows the "
        "job as COMPLETED: set -e, or exit with make's status\n";

    (void)state;
    lint("-c8", "make -j8\necho done\n", said);
    lint("-c8", "make -j8 | tee log\n", said);
    lint("-c8", "make -j8 || exit 1\necho done\n", "");
    lint("-c8", "make -j8\nexit $?\n", "");
    lint("-c8", "if ! make -j8; then exit 1; fi\necho\n", "");
    lint("-c8", "exec make -j8\n", "");
}

static void test_assigned(void **state)
{
    static const char script[] = "#!/bin/sh\nexport A=\"/x y\" # z\n  B=/b\nC=${C:-/c}\nAA=1\n";
    char value[64];

    (void)state;
    assert_int_equal(verdict_assigned(script, sizeof(script) - 1, "A", value, sizeof(value)), 2);
    assert_string_equal(value, "/x y");
    assert_int_equal(verdict_assigned(script, sizeof(script) - 1, "B", value, sizeof(value)), 3);
    assert_string_equal(value, "/b");
    assert_int_equal(verdict_assigned(script, sizeof(script) - 1, "C", value, sizeof(value)), 0);
    assert_string_equal(value, "");
    assert_int_equal(verdict_assigned(script, sizeof(script) - 1, "D", value, sizeof(value)), 0);
}

static void test_assigned_ends_with_the_word(void **state)
{
    static const struct {
        const char *script, *value;
    } rows[] = {{"OUT=/usr; export X\n", "/usr"}, {"OUT=/usr&\n", "/usr"},
        {"OUT=/usr|cat\n", "/usr"}, {"OUT='/a;b|c&d'\n", "/a;b|c&d"},
        {"OUT=${OUT_BASE}/x\n", "${OUT_BASE}/x"}, {"OUT=${OUT}\n", ""}, {"OUT=${OUT:-/x}\n", ""},
        {"OUT=${OUT-/x}\n", ""}};
    char value[64];

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        assert_int_equal(
            verdict_assigned(rows[i].script, strlen(rows[i].script), "OUT", value, sizeof(value)),
            rows[i].value[0] ? 1 : 0);
        assert_string_equal(value, rows[i].value);
    }
}

/* ---- where it fits ---- */

/* Two nodes, the second half in use, in partitions of every kind. */
static struct snapshot *farm(uint32_t node_count)
{
    static const struct partition kinds[] = {
        {.flags = PARTITION_DEFAULT, .state = 3},
        {.state = 2}, /* PARTITION_DRAIN */
        {.state = 3, .has = PARTITION_HAS_MAX_TIME, .max_time_min = 30},
        {.state = 3, .has = PARTITION_HAS_MAX_CPUS, .max_cpus_per_node = 6},
    };
    static const char *const names[] = {"debug", "draining", "short", "six"};
    struct draft nodes = draft_new(sizeof(struct node)),
                 partitions = draft_new(sizeof(struct partition));
    struct snapshot *s;

    for (uint32_t i = 1; i <= node_count; i++) {
        struct node n = {.cpus = i == 1 ? 4 : 8,
            .cpus_usable = i == 1 ? 4 : 8,
            .cpus_alloc = i == 2 ? 4 : 0,
            .mem_mb = 7682,
            .sockets = 8,
            .cores = 1};
        char name[16];

        n.mem_spec_mb = i == 1 ? 8000 : 0; /* more than there is */
        snprintf(name, sizeof(name), "node%u", i);
        n.state = NODE_STATE_IDLE_;
        n.name = draft_str(&nodes, name);
        n.partitions = draft_str(&nodes, "debug,draining,short,six");
        draft_add(&nodes, &n);
    }
    for (size_t i = 0; i < KF_LEN(names); i++) {
        struct partition p = kinds[i];

        p.name = draft_str(&partitions, names[i]);
        draft_add(&partitions, &p);
    }
    s = snapshot_of(NULL, &nodes, &partitions);
    draft_release(&nodes);
    draft_release(&partitions);
    return s;
}

/* The words of the answer, those for node2, and the findings, for a script with these options. */
static void judge(const struct snapshot *s, const char *options, const char *expected)
{
    char script[256], node[256], said[2048], whole[4096];
    struct reading r;
    struct fit f;

    snprintf(script, sizeof(script), "#!/bin/sh\n#SBATCH %s\ntrue\n", options);
    r = read_script(script, NULL);
    fit_try(&f, s, &r.request, &r.findings);
    node[0] = '\0';
    if (f.partition)
        fit_node_text(&f, s, &r.request, 1, node, sizeof(node));
    for (uint32_t i = 0; i < f.count; i++)
        assert_int_equal(f.nodes[i].node, i);
    print(&r.findings, said, sizeof(said));
    snprintf(whole, sizeof(whole), "%s\n%s\n%s", f.words, node, said);
    assert_string_equal(whole, expected);
    fit_release(&f);
    release(&r);
}

static void test_fit_later(void **state)
{
    struct snapshot *s = farm(2);

    (void)state;
    judge(s, "-c4", "fits now on node1 and node2\nyes\n");
    judge(s, "-c5",
        "fits on node2, once more of it is free\n"
        "yes, when more is free: 4 of 8 CPUs are free\n");
    judge(s, "-c5 --exclusive",
        "fits on node2, once it is idle\n"
        "yes, when it is idle: 4 of 8 CPUs are in use\n");
    judge(s, "-N2 --exclusive",
        "fits on node1 and node2, once they are idle\n"
        "yes, when it is idle: 4 of 8 CPUs are in use\n");
    judge(s, "-n12", "fits on node1 and node2, once more of them is free\nyes\n");
    /* the partition's limit is one on its jobs: it does not shrink by what others use */
    judge(s, "-p six -c4 -w node2", "fits now on node2\nyes\n");
    judge(s, "-p six -c5 -w node2",
        "fits on node2, once more of it is free\n"
        "yes, when more is free: 4 of 8 CPUs are free\n");
    judge(s, "-p six -c7 -w node2 -N1",
        "fits nowhere: node2: CPUs of a node of the partition 7 > 6\n"
        "no: CPUs of a node of the partition 7 > 6\n");
    judge(s, "--mem=9G -w node1", "fits nowhere: node1: memory 9216 > 0\nno: memory 9216 > 7682\n");
    judge(s, "-N 2000m --ntasks-per-node=2000000000",
        "fits nowhere: node1: CPUs 2000000000 > 4\nno: CPUs 2000000000 > 8\n");
    snapshot_free(s);
}

static void test_fit_partitions(void **state)
{
    static const char late[] = "asks for more time, and partition short allows 30 minutes: the job "
                               "is taken, and never starts (PartitionTimeLimit)";
    struct snapshot *s = farm(2);
    char text[512];

    (void)state;
    judge(s, "-p draining,debug", "fits now on node1 and node2\nyes\n");
    judge(s, "-p debug,", "fits now on node1 and node2\nyes\n");
    judge(s, "-p ,,debug,draining", "fits now on node1 and node2\nyes\n");
    judge(s, "-p ,", "fits nowhere: no such partition\n\nrefused 2: --partition=, names none\n");
    judge(s, "-p draining",
        "fits nowhere: partition draining takes no jobs: its state is DRAIN\n"
        "no: partition draining takes no jobs: its state is DRAIN\n"
        "refused 2: partition draining takes no jobs: its state is DRAIN\n");
    snprintf(text, sizeof(text), "fits now on node1 and node2\nyes\nwarning 0: %s\n", late);
    judge(s, "-p short -t 60", text);
    judge(s, "-p short,debug -t 60", "fits now on node1 and node2\nyes\n");
    judge(s, "-p short --time=1000 --time-min=10", "fits now on node1 and node2\nyes\n");
    judge(s, "-p short --time=1000 --time-min=40",
        "fits nowhere: --time-min is more than the 30 minutes that partition short allows\n"
        "no: --time-min is more than the 30 minutes that partition short allows\n"
        "refused 2: --time-min is more than the 30 minutes that partition short allows\n");
    snapshot_free(s);
}

/* Short lists can name ten thousand million nodes, and a farm may have thousands. */
static void test_fit_lists(void **state)
{
    struct snapshot *s = farm(2), *large = farm(5000);

    (void)state;
    judge(s, "-x node1", "fits now on node2\nyes\n");
    judge(s, "-w node2,node2 -N1", "fits now on node2\nyes\n");
    judge(s, "-x 'x[0-99999][0-99999]'",
        "fits now on node1 and node2\nyes\n"
        "refused 2: --exclude=x[0-99999][0-99999] names more nodes than Slurm takes\n");
    judge(s, "-x 'node2,x[0-9999][0-99999]'",
        "fits now on node1 and node2\nyes\n"
        "refused 2: --exclude=node2,x[0-9999][0-99999] names more nodes than Slurm takes\n");
    judge(s, "-w 'node[1-3]'",
        "fits now on node1 and node2\nyes\n"
        "refused 2: --nodelist=node[1-3]: no node is called node3\n");
    judge(s, "-x 'node['",
        "fits now on node1 and node2\nyes\n"
        "refused 2: --exclude=node[ is no list of nodes\n");
    judge(large, "-N1 -x 'node[2-5000]'", "fits now on node1\nno: excluded\n");
    judge(large, "-w 'node[1-5000]'", "fits now on 5000 nodes\nyes\n");
    snapshot_free(s);
    snapshot_free(large);
}

/* ---- what they are made of ---- */

static bool collect(void *user, const char *name)
{
    char *out = user;
    size_t n = strlen(out);

    snprintf(out + n, 256 - n, "%s ", name);
    return true;
}

static void test_hostlists(void **state)
{
    static const struct {
        const char *list, *names;
        int result;
    } rows[] = {
        {"node1", "node1 ", 0},
        {"node[1-2,5],c[008-010]", "node1 node2 node5 c008 c009 c010 ", 0},
        {"r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2 ", 0},
        {"a[1]b", "a1b ", 0},
        {",a,,b,", "a b ", 0},
        {"", "", 0},
        {"a[", "", -EINVAL},
        {"a[]", "", -EINVAL},
        {"a[2-1]", "", -EINVAL},
        {"a[1-]", "", -EINVAL},
        {"a[x]", "", -EINVAL},
        {"a[1-999999999]", "", -ERANGE},
        {"a[0-65536]", "", -ERANGE},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char names[256] = "";

        assert_int_equal(hostlist_each(rows[i].list, collect, names), rows[i].result);
        assert_string_equal(names, rows[i].names);
    }
}

static bool count_name(void *user, const char *name)
{
    unsigned *count = user;

    (*count)++;
    return name[0] != '!';
}

static void test_hostlist_is_bounded(void **state)
{
    static const struct {
        const char *list;
        int result;
        unsigned count;
    } rows[] = {{"a[0-65535]", 0, 65536}, {"a[0-255][0-255]", 0, 65536},
        {"a[0-9999][0-9999]", -ERANGE, 60000}, {"a[0-65535],b", -ERANGE, 65536},
        {"a[0-9],b[0-65535]", -ERANGE, 10}, {"!,a[0-9999][0-9999]", 0, 1}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        unsigned count = 0;

        assert_int_equal(hostlist_each(rows[i].list, count_name, &count), rows[i].result);
        assert_int_equal(count, rows[i].count);
    }
}

static void test_sizes_and_times(void **state)
{
    static const struct {
        const char *text;
        int64_t minutes; /* -1: refused */
    } times[] = {{"90", 90}, {"1:30", 2}, {"1:30:00", 90}, {"2-12", 3600}, {"2-12:30", 3630},
        {"1-0:0:1", 1441}, {"0", 0}, {"", -1}, {"-5", -1}, {"+5", -1}, {"1:2:3:4", -1}, {"x", -1},
        {"1-", -1}, {"9999999999999999999", -1}, {"3660-0", 5270400}, {"3661-0", -1},
        {"5270401", -1}};
    static const struct {
        const char *text;
        uint64_t mib; /* UINT64_MAX: refused */
    } sizes[] = {{"3500", 3500}, {"3500M", 3500}, {"7G", 7168}, {"1t", 1048576}, {"1K", 1},
        {"7GB", 7168}, {"1.5G", UINT64_MAX}, {"", UINT64_MAX}, {"G", UINT64_MAX},
        {"7GG", UINT64_MAX}, {"-1", UINT64_MAX}};
    int64_t minutes;
    uint64_t mib;

    (void)state;
    for (size_t i = 0; i < KF_LEN(times); i++) {
        minutes = -1;
        assert_int_equal(
            parse_minutes(times[i].text, PARSE_MINUTES_MAX, &minutes) < 0, times[i].minutes < 0);
        assert_int_equal(minutes, times[i].minutes);
    }
    assert_int_equal(parse_minutes("2147483647", INT32_MAX, &minutes), 0);
    assert_int_equal(minutes, INT32_MAX);
    assert_int_equal(parse_minutes("2147483648", INT32_MAX, &minutes), -ERANGE);
    assert_int_equal(parse_minutes("99999999999999999999-0", INT32_MAX, &minutes), -ERANGE);
    assert_int_equal(parse_minutes("99999999999-x", INT32_MAX, &minutes), -EINVAL);
    for (size_t i = 0; i < KF_LEN(sizes); i++) {
        mib = UINT64_MAX;
        assert_int_equal(parse_mib(sizes[i].text, &mib) < 0, sizes[i].mib == UINT64_MAX);
        assert_true(mib == sizes[i].mib);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_flags_of_the_environment),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_large_numbers),
        cmocka_unit_test(test_empty_argument),
        cmocka_unit_test(test_words_of_a_command_line),
        cmocka_unit_test(test_cut_commands),
        cmocka_unit_test(test_makes),
        cmocka_unit_test(test_here_documents),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_parallel_jobs),
        cmocka_unit_test(test_hidden_failure),
        cmocka_unit_test(test_assigned),
        cmocka_unit_test(test_assigned_ends_with_the_word),
        cmocka_unit_test(test_fit_later),
        cmocka_unit_test(test_fit_partitions),
        cmocka_unit_test(test_fit_lists),
        cmocka_unit_test(test_hostlists),
        cmocka_unit_test(test_hostlist_is_bounded),
        cmocka_unit_test(test_sizes_and_times),
    };

    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
