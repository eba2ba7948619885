/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SUBMIT_H
#define KFARM_TUI_SUBMIT_H
/*
 * Submitting a batch script, as a form: the script, what it asks for, and what is asked instead; below,
 * whether and where that fits (backend/verdict.h), anew with each key. Enter goes on to the next field, and behind the last one it
 * sends, as Ctrl-S does anywhere: asks sbatch --test-only for
 * a second opinion, then the operator, and then submits. sbatch does it, because it alone reads its
 * plugins and the site's as its release does: an argument vector, in the script's own directory.
 *
 * The form is a state of the app and has the keys while it is open, as a dialog has. What can hang in a
 * file server (the script, directories) is done by libuv's threads.
 *
 * A script that others may change (base/stranger.h) runs as the operator, who is often root, all the same: the form and
 * the question say whose it is and as whom it will run, and sbatch gets a copy of what was judged (scriptcopy.h).
 *
 *   submit.c        the form's fields: opening, presets, what sbatch gets, judging
 *   submit_read.c   the thread: reading the script, its directories, the files one could choose
 *   submit_offer.c  what Tab offers
 *   submit_form.c   keys and drawing
 *   submit_send.c   sbatch
 *   scriptcopy.c    what sbatch is to read
 *   resubmit.c      a job's script, from Slurm or as it was kept
 *   resubmit_fill.c what goes into the form with it, and what is not known of the job
 *   submitted.c     what is kept of a submission, beside its script
 *
 * Open it through act_ask_script() and act_resubmit() only.
 */
#include <limits.h>
#include <stdbool.h>

#include "backend/verdict.h"
#include "base/stranger.h"
#include "tui/history.h"
#include "tui/submitted.h"
#include "widgets/canvas.h"
#include "widgets/choices.h"
#include "widgets/lineedit.h"

struct app;
struct job;

/* In the order in which Down goes through them. */
enum submit_field {
    FIELD_SCRIPT,
    FIELD_PRESET,
    FIELD_PARTITION,
    FIELD_CPUS,
    FIELD_MEMORY,
    FIELD_TIME,
    FIELD_ARRAY,
    FIELD_NODES,
    FIELD_CONFIG,
    FIELD_SOURCE,
    FIELD_OUTPUT,
    FIELD_DIRECTORY, /* where the job works, and its log is written by default */
    FIELD_OPTIONS,
    FIELD_ARGUMENTS, /* of the script */
    FIELD_COUNT,
    FIELD_SEND = FIELD_COUNT /* behind them, where Enter sends: it holds no text */
};

struct submit {
    bool open;
    enum submit_field focus;
    struct lineedit fields[FIELD_COUNT];
    bool touched; /* something was typed or chosen in it */
    unsigned opened; /* how often: tells the form from a former one */
    char directory
        [PATH_MAX]; /* where sbatch is started if the field says nothing; "": always the script's own */
    char error[512]; /* what the last Enter met with */
    uint32_t resubmits; /* the job that is submitted anew; 0: none */
    bool fill_in; /* its values go into the fields once the script is read */
    struct submit_job { /* that job, as it was when it was chosen */
        char label[64]; /* "42", "44_3", "44_[0-9]" */
        char user[64], name[256], partition[128], output[1024], error[1024];
        char array[256]; /* its tasks; "" of none */
        char arguments[1024]; /* of its script, as Slurm has them: parted by blanks */
        char nodes[LINEEDIT_BYTES], constraint[256]; /* that were asked for */
        uint32_t cpus, time_limit_min; /* 0: not known */
        uint64_t mem_mb;
        char work_dir[PATH_MAX];
    } job;
    struct submitted submitted; /* what it was submitted with, if that was from here */
    struct buf unknown; /* what of that job is neither known nor in the fields: a sentence a line */

    bool has_preset; /* its values are in the fields; before: what they held */
    char before[FIELD_COUNT][LINEEDIT_BYTES];

    /* what Tab found: whole texts for the field with the focus, narrowed by what is typed there */
    struct choices choices;
    bool choose_first; /* Tab waits for them */

    struct buf text; /* the script as it was read last */
    char read_path[PATH_MAX]; /* what was read, or could not be: then read_error says why */
    char read_error[256];
    struct stranger stranger; /* who else decides what is in the script that was read */
    struct findings files; /* of verdict_files() */
    struct submit_reading *readings; /* under way: one that is wanted, and those that hang */
    bool read_again; /* something changed meanwhile */
    bool send_when_read; /* Enter came first; any other key takes it back */
    struct submit_scan *scan; /* of a directory, under way */
    bool scan_unwanted; /* what it finds is for a text that is gone */
    bool scan_again; /* and another one was asked for: for what is in the field then */

    struct verdict verdict;
    bool judged;
    int scroll; /* rows of the verdict above what is shown */

    struct submission *under_way; /* one at a time */
    struct writing *keeping; /* scripts that are being written down */
    struct resubmission *fetching;
    struct history scripts; /* submitted ones */
    struct history directories; /* they were submitted to, where the field gave one */
};

/* Lets go of what is under way: an sbatch that runs is not killed half-way, but not listened to any
   more. */
void submit_release(struct submit *s);

/* Opens the form; with a script (NULL: none is chosen yet) and where it is to be submitted (NULL: its own
   directory). */
void submit_open(struct app *a, const char *script, const char *directory);
void submit_close(struct app *a);
/* Takes the values of a preset into the fields. false: there is none of this name. */
bool submit_use_preset(struct app *a, const char *name);
/* The field's text became another one: reads and judges what that concerns. */
void submit_changed(struct app *a, enum submit_field field);
/* The farm became another one. */
void submit_judge(struct app *a);
/* Whatever was read is here: nothing is being waited for. For scripts, which must not outrun it. */
bool submit_is_settled(const struct app *a);
/* The script of the form is being read. */
bool submit_is_reading(const struct app *a);

void submit_key(struct app *a, uint32_t key);
void submit_draw(struct app *a, struct canvas *c, struct rect r);
/* The keys of the form, for the last line of the screen. */
void submit_draw_keys(const struct app *a, struct canvas *c, struct rect r);

/* ---- between the files of the form ---- */

struct submit_label {
    const char *name; /* "CPUs" */
    const char *option; /* sbatch's, that the field stands for; NULL: none */
    enum request_key key;
    int preset; /* enum preset_field; -1: none */
};
const struct submit_label *submit_label(enum submit_field field);
const char *submit_text(const struct app *a, enum submit_field field);
/* The script's absolute path; "" if none is chosen, or it has none: no argument of sbatch's begins with what was typed.
   The directory the job is to work in, absolute, if the form gives one: likewise. And the directory sbatch is to be
   started in. */
void submit_script(const struct app *a, char *out, size_t size);
void submit_work_dir(const struct app *a, char *out, size_t size);
void submit_directory(const struct app *a, char *out, size_t size);

/* A variable of the batch script's environment that has a field. */
struct submit_variable {
    const char *name;
    enum submit_field field;
};

/* What sbatch is given: options, what stands behind the script, and its environment, NULL at the end of each.
   submit_vectors_release() it. -EINVAL and why in d if they cannot be split, or a word of the options is none. */
struct submit_vectors {
    char **argv, **arguments, **environment;
    int own; /* of the environment, the first that are the form's */
};
int submit_vectors(const struct app *a, struct submit_vectors *ret_vectors, struct diag *d);
void submit_vectors_release(struct submit_vectors *v);

void submit_read(struct app *a);
/* What is being read is not wanted any more. */
void submit_forget_reading(struct submit *s);
/* A directory has been read. */
void submit_choices_came(struct app *a);
/* Offers what Tab offers in the field with the focus (submit_offer.c). */
void submit_offer_all(struct app *a);
/* Tab: opens the list of the field with the focus, or takes its chosen row, or the next one. */
void submit_complete(struct app *a);
/* Takes the row so many further down into the field; and the one that is chosen, if there is one. */
void submit_choose(struct app *a, int by);
void submit_take_chosen(struct app *a);
/* Before a key is typed into the field with the focus: letters find a preset without Tab, too. And after it: the list that is
   open shows what fits the text. */
void submit_suggest(struct app *a, uint32_t key);
void submit_narrow(struct app *a);
/* Up and Down go through the list; not below a path that is being typed: it may be that of any file. */
bool submit_in_list(const struct app *a);
/* Closes the list in which a row is chosen, with what was typed of a preset's name; false: there is none. */
bool submit_close_list(struct app *a);
/* Draws the list from the corner of r on, as large as it is, within `all`. */
void submit_draw_choices(const struct app *a, struct canvas *c, struct rect r, struct rect all);
/* Adds what the text before the cursor could become: files and directories. */
void submit_offer_files(struct app *a, const char *text, bool directories_only);
void submit_forget_choices(struct submit *s);
/* Asks sbatch, then the operator. */
void submit_send(struct app *a);
void submit_release_reading(struct submit *s);
void submit_release_sending(struct submit *s);
/* The program is left: takes back what was confirmed and waits for its line in the audit file. */
void submit_leave(struct app *a);
/* Asks the operator, once sbatch has no objection and no other question is open. */
void submit_ask(struct app *a);
/* The form is left: nobody waits for sbatch's opinion any more; what was confirmed goes on. */
void submit_forget_opinion(struct submit *s);
/* The form holds something else now: what sbatch was asked about before is not submitted, unless it was confirmed. */
void submit_ask_anew(struct submit *s);

/* ---- resubmit.c ---- */

/* Fetches the script of a job, or of the array that is folded into its row: from Slurm, which holds it as long as it
   knows the job, else the copy that was kept when it was submitted here, else the file it was submitted from; then opens
   the form with it, and with what the job had asked for beside its #SBATCH lines. Its environment Slurm does not tell: that
   is filled in if the job was submitted from here, and else named as not known. */
void resubmit(struct app *a, const struct job *j);
/* Time passed: says that the script is not there yet, if the file server of the kept ones does not answer. */
void resubmit_tick(struct app *a);
/* The script of the form is read: puts into the fields what its job had and the script does not say. */
void resubmit_fill_in(struct app *a);
/* Keeps a copy of what was submitted, and the record of it (submitted.h; NULL: none). */
void resubmit_keep(
    struct app *a, uint32_t job_id, const struct buf *text, const struct buf *record);
/* Is this the path of such a copy? It bears a number in the place of a name. */
bool resubmit_is_copy(const char *path);
/* A copy is being written down. */
bool resubmit_busy(const struct submit *s);
void resubmit_release(struct submit *s);

#endif
