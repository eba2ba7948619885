/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/cmd.h"
#include "tui/keys.h"
#include "tui/logfind.h"

#define ON(view)    (1u << (view))
#define WITH_JOBS   (ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_BUILDS) | ON(VIEW_LOG))
#define WITH_NODES  (ON(VIEW_FARM) | ON(VIEW_NODES))
#define WITH_LOG    (ON(VIEW_FARM) | ON(VIEW_LOG))
#define WITH_ROWS   (ON(VIEW_FARM) | ON(VIEW_NODES) | ON(VIEW_QUEUE) | ON(VIEW_BUILDS) | ON(VIEW_LOG))
#define WITH_TABLES (ON(VIEW_FARM) | ON(VIEW_NODES) | ON(VIEW_QUEUE) | ON(VIEW_BUILDS))
#define ROW_PANES   (1u << PANE_NODES | 1u << PANE_QUEUE) /* rows to mark, to filter, to sort */
#define ASKS        (COMMAND_MUTATES | COMMAND_CONFIRMS)
#define QUIET       COMMAND_QUIET
#define LISTS       (COMMAND_QUIET | COMMAND_LISTS)

const struct command commands[] = {
    {.name = "take-back",
        .keys = "Esc",
        .hint = "takes it back",
        .help = "Take back what was confirmed and is not sent yet",
        .active = act_in_grace,
        .run = cmd_take_back},
    {.name = "send-now",
        .keys = "Enter",
        .hint = "does it now",
        .help = "Do not wait: send what was confirmed",
        .active = act_in_grace,
        .run = cmd_send_now},
    {.name = "stop",
        .keys = "Ctrl-C",
        .hint = "stops",
        .help = "Stop what is being sent to many, and what runs on nodes",
        .active = act_stoppable,
        .run = cmd_stop},

    {.name = "search-next",
        .keys = "n",
        .hint = "next",
        .help = "While a search is on: the next row that has it",
        .active = cmd_searching,
        .run = cmd_search_next,
        .argument = 1,
        .flags = QUIET},
    {.name = "search-previous",
        .keys = "N",
        .hint = "previous",
        .help = "While a search is on: the row before that has it",
        .active = cmd_searching,
        .run = cmd_search_next,
        .argument = -1,
        .flags = QUIET},

    {.name = "details",
        .keys = "Enter",
        .hint = "details",
        .help = "Every field of the job or node, as scontrol shows them",
        .views = WITH_ROWS,
        .run = cmd_details,
        .blocked = cmd_details_blocked},
    {.name = "view-log",
        .keys = "l 6",
        .hint = "log",
        .help = "The selected job's log, full screen",
        .run = cmd_view,
        .argument = VIEW_LOG},
    {.name = "job-submit",
        .keys = "s",
        .hint = "submit",
        .help = "Submit a batch script: what it asks for, and where that fits",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_submit,
        .blocked = cmd_submit_blocked,
        .take = cmd_submit_take},
    {.name = "job-resubmit",
        .keys = "b",
        .hint = "submit again",
        .help = "Submit the job's script once more, as a new job",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_resubmit,
        .blocked = cmd_resubmit_blocked},
    {.name = "job-cancel",
        .keys = "c F9",
        .hint = "cancel",
        .help = "Cancel the job",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_CANCEL},
    {.name = "job-requeue",
        .keys = "r",
        .hint = "requeue",
        .help = "Put the job back into the queue, to start from the top",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_REQUEUE},
    {.name = "job-requeue-hold",
        .keys = "R",
        .hint = "requeue and hold",
        .help = "Put the job back into the queue, and hold it there",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_REQUEUE_HOLD},
    {.name = "job-hold",
        .keys = "h",
        .hint = "hold",
        .help = "Do not start the job before it is released",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_HOLD,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "job-release",
        .keys = "H",
        .hint = "release",
        .help = "Let a held job start",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_RELEASE},
    {.name = "job-priority",
        .keys = "p",
        .hint = "priority",
        .help = "Set the priority of a waiting job",
        .views = WITH_JOBS,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_PRIORITY,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "job-priority-raise",
        .keys = "+",
        .hint = "raise",
        .help = "Raise the priority above that of the next job in the queue",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_priority_step,
        .blocked = cmd_priority_step_blocked,
        .argument = 1},
    {.name = "job-priority-lower",
        .keys = "-",
        .hint = "lower",
        .help = "Lower the priority below that of the next job in the queue",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_priority_step,
        .blocked = cmd_priority_step_blocked,
        .argument = -1},
    {.name = "job-priority-reset",
        .keys = "=",
        .hint = "reset priority",
        .help = "Let Slurm work out the priority of the job again",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_PRIORITY_RESET},
    {.name = "job-top",
        .keys = "t",
        .hint = "top",
        .help = "Move the job to the top of its user's jobs",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_TOP},
    {.name = "job-nice",
        .keys = "i",
        .hint = "nice",
        .help = "Set the nice value of a waiting job",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_NICE,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "job-time-limit",
        .keys = "T",
        .hint = "time limit",
        .help = "Set the time limit of the job, or change it by +30 or -10",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_TIME_LIMIT,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "job-signal",
        .keys = "K",
        .hint = "signal",
        .help = "Send a signal to the job's script and all it started",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_SIGNAL,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "job-suspend",
        .keys = "P",
        .hint = "suspend",
        .help = "Stop the job's processes and lend its CPUs to others",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_SUSPEND},
    {.name = "job-resume",
        .keys = "C",
        .hint = "resume",
        .help = "Let a suspended job go on",
        .views = WITH_JOBS,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_JOB_RESUME},
    {.name = "node-resume",
        .keys = "n",
        .hint = "resume node",
        .help = "Take the node back into service",
        .views = WITH_NODES,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_RESUME},
    {.name = "node-drain",
        .keys = "d",
        .hint = "drain",
        .help = "Start nothing new on the node; asks why",
        .views = WITH_NODES,
        .flags = ASKS,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_DRAIN,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "node-undrain",
        .keys = "D",
        .hint = "undrain",
        .help = "Take back a drain, whatever else is wrong with the node",
        .views = WITH_NODES,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_UNDRAIN},
    {.name = "node-down",
        .keys = "X",
        .hint = "down",
        .help = "Set the node down: its jobs are lost; asks why",
        .views = WITH_NODES,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_DOWN,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "node-power-up",
        .keys = "w",
        .hint = "power up",
        .help = "Wake the node (ResumeProgram)",
        .views = WITH_NODES,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_POWER_UP},
    {.name = "node-power-down",
        .keys = "W",
        .hint = "power down",
        .help = "Put the node to sleep (SuspendProgram)",
        .views = WITH_NODES,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_POWER_DOWN,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "node-reboot",
        .keys = "B",
        .hint = "reboot",
        .help = "Reboot the node, at once or when it is idle (RebootProgram)",
        .views = WITH_NODES,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_REBOOT,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "node-run",
        .keys = "x",
        .hint = "run",
        .help = "Run a command on the node (srun) and show its output",
        .views = WITH_NODES,
        .flags = ASKS | QUIET,
        .run = cmd_action,
        .blocked = cmd_action_blocked,
        .argument = ACTION_NODE_RUN,
        .take = cmd_action_take,
        .offer = cmd_action_offer},
    {.name = "node-shell",
        .keys = "!",
        .hint = "shell",
        .help = "Open a shell on the node; its exit brings the screen back",
        .views = WITH_NODES,
        .flags = QUIET,
        .run = cmd_shell,
        .blocked = cmd_shell_blocked},

    {.name = "mark",
        .keys = "Space Ins",
        .hint = "mark",
        .help = "Mark the row, or take its mark off; verbs work on all marked",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_mark,
        .flags = QUIET},
    {.name = "mark-range",
        .keys = "v",
        .hint = "mark range",
        .help = "Mark all rows from the one marked last to this one",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_mark_range,
        .flags = QUIET},
    {.name = "mark-all",
        .keys = "Ctrl-A",
        .hint = "mark all",
        .help = "Mark all rows that the filter shows",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_mark_all,
        .flags = QUIET},
    {.name = "mark-invert",
        .keys = "*",
        .hint = "invert marks",
        .help = "Mark the rows that are not marked, and only those",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_mark_all,
        .argument = 1,
        .flags = QUIET},
    {.name = "unmark-all",
        .keys = "U",
        .hint = "unmark all",
        .help = "Take all marks off",
        .views = WITH_TABLES,
        .run = cmd_unmark_all,
        .flags = QUIET},
    {.name = "array-fold",
        .keys = "a",
        .hint = "fold array",
        .help = "Unfold the array into its tasks, or fold them into one row",
        .views = ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_BUILDS),
        .run = cmd_fold,
        .blocked = cmd_fold_blocked,
        .flags = QUIET},
    {.name = "array-fold-all",
        .keys = "A",
        .hint = "fold arrays",
        .help = "Fold all arrays, or unfold them all if they are folded",
        .views = ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_BUILDS),
        .run = cmd_fold_all,
        .flags = QUIET},

    {.name = "command",
        .keys = ":",
        .hint = "command",
        .help = "Type a command's name, with its value; or a job's number",
        .run = cmd_command,
        .flags = QUIET},
    {.name = "view-farm",
        .keys = "1",
        .hint = "farm",
        .help = "Nodes, queue and log side by side",
        .run = cmd_view,
        .argument = VIEW_FARM,
        .flags = QUIET},
    {.name = "view-nodes",
        .keys = "2",
        .hint = "nodes",
        .help = "All nodes (sinfo)",
        .run = cmd_view,
        .argument = VIEW_NODES,
        .flags = QUIET},
    {.name = "view-queue",
        .keys = "3",
        .hint = "queue",
        .help = "All jobs (squeue)",
        .run = cmd_view,
        .argument = VIEW_QUEUE,
        .flags = QUIET},
    {.name = "view-partitions",
        .keys = "4",
        .hint = "partitions",
        .help = "All partitions",
        .run = cmd_view,
        .argument = VIEW_PARTITIONS,
        .flags = QUIET},
    {.name = "view-builds",
        .keys = "5",
        .hint = "builds",
        .help = "All builds: how far, how fast, what broke",
        .run = cmd_view,
        .argument = VIEW_BUILDS,
        .flags = QUIET},
    {.name = "view-messages",
        .keys = "m 7",
        .hint = "messages",
        .help = "What was done, what failed, and in which words",
        .run = cmd_view,
        .argument = VIEW_MESSAGES,
        .flags = QUIET},
    {.name = "view-output",
        .keys = "8",
        .hint = "output",
        .help = "What commands on nodes have written",
        .run = cmd_view,
        .argument = VIEW_OUTPUT,
        .flags = QUIET},

    {.name = "filter",
        .keys = "/ F4",
        .hint = "filter",
        .help = "Show only the rows that fit: state:pend user=ana age>1h",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_filter,
        .take = cmd_filter_take,
        .offer = cmd_filter_offer},
    {.name = "search",
        .keys = "F3",
        .hint = "search",
        .help = "Go to the row that has a pattern, while it is typed",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_search,
        .flags = QUIET,
        .take = cmd_search_take},
    {.name = "columns",
        .keys = "F2",
        .hint = "columns",
        .help = "Choose the columns, in their order; none: the usual ones",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_columns,
        .flags = QUIET,
        .take = cmd_columns_take,
        .offer = cmd_columns_offer,
        .separators = ","},
    {.name = "sort-by",
        .keys = "F6",
        .hint = "sort by",
        .help = "Choose the column to sort by",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_sort_by,
        .flags = QUIET,
        .take = cmd_sort_by_take,
        .offer = cmd_columns_offer},
    {.name = "sort",
        .keys = "o",
        .hint = "sort",
        .help = "Sort by the next column",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_sort,
        .flags = QUIET},
    {.name = "sort-reverse",
        .keys = "O",
        .hint = "reverse",
        .help = "Turn the order of rows round",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_sort_reverse,
        .flags = QUIET},
    {.name = "views",
        .keys = "V",
        .hint = "views",
        .help = "Choose a saved view: its rows, filter, columns and order",
        .run = cmd_views,
        .flags = QUIET,
        .take = cmd_views_take,
        .offer = cmd_views_offer},
    {.name = "view-save",
        .keys = "S",
        .hint = "save view",
        .help = "Save filter, columns and order of the table under a name",
        .views = WITH_TABLES,
        .panes = ROW_PANES,
        .run = cmd_view_save,
        .blocked = cmd_view_save_blocked,
        .flags = QUIET,
        .take = cmd_view_save_take,
        .offer = cmd_views_offer},
    {.name = "log-search",
        .keys = "/ F3",
        .hint = "search",
        .help = "Go to the line that has a pattern, while it is typed",
        .views = ON(VIEW_LOG),
        .run = cmd_log_search,
        .take = cmd_log_search_take},
    {.name = "log-pager",
        .keys = "L",
        .hint = "pager",
        .help = "Open the whole log in $PAGER, at the first root error",
        .views = ON(VIEW_FARM) | ON(VIEW_QUEUE) | ON(VIEW_BUILDS) | ON(VIEW_LOG),
        .run = cmd_pager,
        .blocked = cmd_pager_blocked,
        .flags = QUIET},
    {.name = "log-first-error",
        .keys = "F",
        .hint = "first error",
        .help = "Go to the first root error of the build",
        .views = ON(VIEW_LOG),
        .run = cmd_log_first},
    {.name = "log-error-next",
        .keys = "e",
        .hint = "error",
        .help = "Go to the next error in the log",
        .views = ON(VIEW_LOG),
        .run = cmd_log_find,
        .argument = 1 + LOGFIND_ERROR},
    {.name = "log-error-previous",
        .keys = "E",
        .hint = "error before",
        .help = "Go to the error before in the log",
        .views = ON(VIEW_LOG),
        .run = cmd_log_find,
        .argument = -1 - LOGFIND_ERROR,
        .flags = QUIET},
    {.name = "log-warning-next",
        .keys = "w",
        .hint = "warning",
        .help = "Go to the next warning in the log",
        .views = ON(VIEW_LOG),
        .run = cmd_log_find,
        .argument = 1 + LOGFIND_WARNING},
    {.name = "log-warning-previous",
        .keys = "W",
        .hint = "warning before",
        .help = "Go to the warning before in the log",
        .views = ON(VIEW_LOG),
        .run = cmd_log_find,
        .argument = -1 - LOGFIND_WARNING,
        .flags = QUIET},
    {.name = "log-diagnostics",
        .keys = "D",
        .hint = "errors",
        .help = "List errors and warnings, with the source around each",
        .views = ON(VIEW_LOG),
        .run = cmd_log_diagnostics},
    {.name = "log-edit",
        .keys = "v",
        .hint = "edit",
        .help = "Open $EDITOR where the chosen diagnostic points, or the log",
        .views = ON(VIEW_LOG),
        .run = cmd_log_edit,
        .blocked = cmd_log_edit_blocked,
        .flags = LISTS},
    {.name = "log-copy",
        .keys = "y",
        .hint = "copy place",
        .help = "Copy the place in the source, or in the log (OSC 52)",
        .views = ON(VIEW_LOG),
        .run = cmd_log_copy,
        .blocked = cmd_pager_blocked,
        .flags = LISTS},
    {.name = "log-save",
        .keys = ">",
        .hint = "save",
        .help = "Save the file, or the lines of it that are shown",
        .views = ON(VIEW_LOG),
        .run = cmd_log_save,
        .blocked = cmd_log_save_blocked,
        .flags = QUIET,
        .take = cmd_log_save_take},
    {.name = "log-output",
        .keys = "o",
        .hint = "stdout/stderr",
        .help = "Show standard output, standard error, or both",
        .views = ON(VIEW_LOG),
        .run = cmd_log_output,
        .flags = QUIET},
    {.name = "log-lines",
        .keys = "z",
        .hint = "fold",
        .help = "Show all lines, those without steps, or only trouble",
        .views = ON(VIEW_LOG),
        .run = cmd_log_lines,
        .flags = QUIET},
    {.name = "log-filter",
        .keys = "&",
        .hint = "only lines with",
        .help = "Show only the lines that have a pattern",
        .views = ON(VIEW_LOG),
        .run = cmd_log_filter,
        .flags = QUIET,
        .take = cmd_log_filter_take},
    {.name = "log-go",
        .keys = "J",
        .hint = "go to line",
        .help = "Go to a line by its number, or to a percentage",
        .views = ON(VIEW_LOG),
        .run = cmd_log_go,
        .blocked = cmd_pager_blocked,
        .flags = QUIET,
        .take = cmd_log_go_take},
    {.name = "log-wrap",
        .keys = "S",
        .hint = "wrap",
        .help = "Wrap long lines, or cut them at the edge",
        .views = ON(VIEW_LOG),
        .run = cmd_log_wrap,
        .flags = QUIET},
    {.name = "log-follow",
        .keys = "f",
        .hint = "follow",
        .help = "Keep the end of the log in sight, or stop doing so",
        .views = WITH_LOG,
        .run = cmd_follow,
        .flags = QUIET},
    {.name = "focus-next",
        .keys = "Tab",
        .hint = "next pane",
        .help = "Go to the next pane",
        .views = ON(VIEW_FARM),
        .run = cmd_focus,
        .argument = 1,
        .flags = QUIET},
    {.name = "focus-previous",
        .keys = "Shift-Tab",
        .hint = "previous pane",
        .help = "Go to the previous pane",
        .views = ON(VIEW_FARM),
        .run = cmd_focus,
        .argument = -1,
        .flags = QUIET},
    {.name = "zoom",
        .keys = "z",
        .hint = "zoom",
        .help = "Show the focused pane alone, or all again",
        .views = ON(VIEW_FARM),
        .run = cmd_zoom,
        .flags = QUIET},

    {.name = "up",
        .keys = "Up k",
        .hint = "up",
        .help = "One row up",
        .run = cmd_move,
        .argument = -1,
        .flags = QUIET},
    {.name = "down",
        .keys = "Down j",
        .hint = "down",
        .help = "One row down",
        .run = cmd_move,
        .argument = 1,
        .flags = QUIET},
    {.name = "page-up",
        .keys = "PgUp Ctrl-B",
        .hint = "page up",
        .help = "One page up",
        .run = cmd_page,
        .argument = -1,
        .flags = QUIET},
    {.name = "page-down",
        .keys = "PgDn Ctrl-F",
        .hint = "page down",
        .help = "One page down",
        .run = cmd_page,
        .argument = 1,
        .flags = QUIET},
    {.name = "first",
        .keys = "Home g",
        .hint = "first",
        .help = "The first row",
        .run = cmd_ends,
        .argument = -1,
        .flags = QUIET},
    {.name = "last",
        .keys = "End G",
        .hint = "last",
        .help = "The last row",
        .run = cmd_ends,
        .argument = 1,
        .flags = QUIET},
    {.name = "left",
        .keys = "Left",
        .hint = "left",
        .help = "Scroll text to the left",
        .run = cmd_pan,
        .argument = -8,
        .flags = QUIET},
    {.name = "right",
        .keys = "Right",
        .hint = "right",
        .help = "Scroll text to the right",
        .run = cmd_pan,
        .argument = 8,
        .flags = QUIET},
    {.name = "refresh",
        .keys = "F5",
        .hint = "refresh",
        .help = "Ask Slurm now",
        .run = cmd_refresh,
        .flags = QUIET},
    {.name = "redraw",
        .keys = "Ctrl-L",
        .hint = "redraw",
        .help = "Draw the whole screen again",
        .run = cmd_redraw,
        .flags = QUIET},
    {.name = "back",
        .keys = "Esc",
        .hint = "back",
        .help = "End the search, take the filter off, or go back",
        .run = cmd_back,
        .flags = QUIET},
    {.name = "help",
        .keys = "? F1",
        .hint = "help",
        .help = "All keys",
        .run = cmd_view,
        .argument = VIEW_HELP},
    {.name = "close",
        .keys = "q",
        .hint = "close",
        .help = "Close details, a list, log, messages, output or help",
        .active = cmd_closable,
        .run = cmd_close},
    {.name = "quit",
        .keys = "q F10 Ctrl-C",
        .hint = "quit",
        .help = "Leave kfarm-top; q where there is nothing to close",
        .run = cmd_quit},
};
const int command_count = (int)KF_LEN(commands);

static const char *const view_names[] = {
    [VIEW_FARM] = "farm",
    [VIEW_NODES] = "nodes",
    [VIEW_QUEUE] = "queue",
    [VIEW_PARTITIONS] = "partitions",
    [VIEW_BUILDS] = "builds",
    [VIEW_LOG] = "log",
    [VIEW_MESSAGES] = "messages",
    [VIEW_OUTPUT] = "output",
    [VIEW_HELP] = "help",
};
_Static_assert(KF_LEN(view_names) == VIEW_COUNT, "a name for every view");

const char *view_name(enum view_id view)
{
    return view_names[view];
}

/* Takes the next name off a list of keys; 0 at its end. */
static size_t next_key(const char **at, const char **ret_name)
{
    size_t n;

    *at += strspn(*at, " ");
    n = strcspn(*at, " ");
    *ret_name = *at;
    *at += n;
    return n;
}

static bool has_key(const struct command *c, uint32_t key)
{
    const char *at = c->keys, *name;
    size_t n;

    while ((n = next_key(&at, &name)) > 0)
        if (keys_parse(name, n) == key)
            return true;
    return false;
}

static const char *const pane_names[] = {
    [PANE_NODES] = "nodes",
    [PANE_QUEUE] = "queue",
    [PANE_LOG] = "log",
    [PANE_PARTITIONS] = "partitions",
    [PANE_MESSAGES] = "messages",
    [PANE_OUTPUT] = "output",
    [PANE_HELP] = "help",
};
_Static_assert(KF_LEN(pane_names) == PANE_COUNT, "a name for every pane");

static bool in_view(const struct command *c, enum view_id view)
{
    return c->views == 0 || (c->views & ON(view));
}

/* "it is for the log view", "it is for the panes nodes, queue" */
static void list_places(
    const char *what, unsigned bits, const char *const *names, char *out, size_t size)
{
    bool one = (bits & (bits - 1)) == 0;
    size_t n = (size_t)snprintf(out, size, one ? "it is for the" : "it is for the %ss", what);
    const char *between = " ";

    for (int i = 0; bits >> i; i++)
        if (bits & 1u << i && n < size) {
            n += (size_t)snprintf(out + n, size - n, "%s%s", between, names[i]);
            between = ", ";
        }
    if (one && n < size)
        snprintf(out + n, size - n, " %s", what);
}

bool command_blocked(const struct app *a, const struct command *c, char why[COMMAND_WHY])
{
    const char *own;

    why[0] = '\0';
    if (!in_view(c, a->view))
        list_places("view", c->views, view_names, why, COMMAND_WHY);
    else if (c->panes && !(c->panes & 1u << app_focus(a)))
        list_places("pane", c->panes, pane_names, why, COMMAND_WHY);
    else if (c->blocked && (own = c->blocked(a, c->argument)) != NULL)
        snprintf(why, COMMAND_WHY, "%s", own);
    return why[0] != '\0';
}

const struct command *command_for_key(const struct app *a, uint32_t key)
{
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];

        if (in_view(c, a->view) && has_key(c, key) && (c->active == NULL || c->active(a)))
            return c;
    }
    return NULL;
}

void command_run(struct app *a, const struct command *c)
{
    char why[COMMAND_WHY];

    if (command_blocked(a, c, why)) {
        bool about_rows = c->run == cmd_action && act_forbidden(a) == NULL;
        uint32_t marked = about_rows ? targets_marked(a, (enum action_verb)c->argument) : 0;

        if (marked) /* they may be out of sight */
            messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
                "%s: %s (%u marked; U takes the marks off)", c->name, why, marked);
        else
            messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING, "%s: %s", c->name, why);
        a->reactions |= REACT_PAINT;
        return;
    }
    a->reactions |= c->run(a, c->argument);
}

void command_first_key(const struct command *c, char *out, size_t size)
{
    const char *at = c->keys, *name;
    size_t n = next_key(&at, &name);

    snprintf(out, size, "%.*s", (int)n, name);
}

void command_list(struct buf *out)
{
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        bool first = true;

        buf_addf(out, "%s\t%s\t", c->name, c->keys);
        for (int v = 0; v < VIEW_COUNT; v++)
            if (in_view(c, (enum view_id)v)) {
                buf_addf(out, "%s%s", first ? "" : ",", view_name((enum view_id)v));
                first = false;
            }
        buf_addf(out, "\t%s\n", c->help);
    }
}

static int check_keys(const struct command *c, int row, struct diag *d)
{
    const char *at = c->keys, *name;
    size_t n;

    while ((n = next_key(&at, &name)) > 0) {
        uint32_t key = keys_parse(name, n);

        if (key == 0)
            return diag_set(d, -EINVAL, "command %s: \"%.*s\" is no key", c->name, (int)n, name);
        for (int i = 0; i < row && !c->active; i++) {
            bool together =
                commands[i].active == NULL &&
                (commands[i].views == 0 || c->views == 0 || (commands[i].views & c->views));

            if (together && has_key(&commands[i], key))
                return diag_set(d, -EINVAL, "command %s: key \"%.*s\" means %s already", c->name,
                    (int)n, name, commands[i].name);
        }
    }
    return 0;
}

int command_check(struct diag *d)
{
    int err = 0;

    for (int i = 0; i < command_count && !err; i++) {
        const struct command *c = &commands[i];

        err = check_keys(c, i, d);
        if (!err && (c->flags & COMMAND_MUTATES) && !(c->flags & COMMAND_CONFIRMS))
            err = diag_set(d, -EINVAL, "command %s changes the farm and does not ask", c->name);
        for (int k = 0; k < i && !err; k++)
            if (strcmp(commands[k].name, c->name) == 0)
                err = diag_set(d, -EINVAL, "command %s is there twice", c->name);
    }
    return err;
}
