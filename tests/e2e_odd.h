/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_E2E_ODD_H
#define KFARM_TESTS_E2E_ODD_H
/* What the end-to-end tests of odd files have in common: kinds of things in the place of files (tests/kinds.h), and file
   servers that hang. */
#include "tests/e2e.h"
#include "tests/kinds.h"

#define ODD_STATE  ".local/state/kfarm-top"
#define ODD_KEY_MS 1000 /* a key is answered within */
#define ODD_PATH   (E2E_PATH * 2)

/* What is said of one kind. */
struct odd {
    enum kind kind;
    const char *words;
};

#define ODD_NO_FILE "this is a pipe, a socket or a device; a regular file is needed"

/* cmocka's fixture of a group, for tests that only root can make. */
int odd_start(void **state);

/* The path of a name in the farm's directory. */
const char *odd_path(const struct e2e *e, const char *name, char out[ODD_PATH]);
/* Keys are answered at once. */
void odd_keys(struct e2e *e);
/* All processes together hold little memory. */
void odd_memory(struct e2e *e);
/* It stands among the messages, whatever came behind it. */
void odd_messages_have(struct e2e *e, const char *text);

/* A job of nobody's that runs this until it is cancelled. */
uint32_t odd_submit(
    struct e2e *e, const char *name, const char *out, const char *err, const char *script);
/* A job that has failed, with "a line of it" in its log. */
uint32_t odd_ended_job(struct e2e *e);

/* Saves the view "again", and answers the question whether it is to be replaced. */
void odd_save_view(struct e2e *e);
void odd_forget_dialog(struct e2e *e);

/* Saves the log in the view to a file, by the keys of a person. */
void odd_save_log(struct e2e *e, const char *path);
/* That is refused, with these words about the path. */
void odd_refuses_copy(struct e2e *e, const char *path, const char *words);
/* The log of odd_ended_job() is saved there, for us alone. */
void odd_copies(struct e2e *e, const char *path);

/* ---- a file server that hangs ---- */

struct odd_server {
    char below[ODD_PATH], above[ODD_PATH]; /* its own directory, and where it is mounted */
    pid_t pid; /* of bindfs; 0: nothing is mounted */
};

/* One at a time. NULL where there is no FUSE: that is told. SIGSTOP for its pid makes it hang. */
const struct odd_server *odd_mount(struct e2e *e);
/* The teardown of each test that uses it. */
int odd_end_server(void **state);

#endif
