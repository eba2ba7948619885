/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_FMT_H
#define KFARM_BASE_FMT_H
/* Numbers as people read them. Every function writes a NUL-terminated string of at most FMT_SIZE
   bytes into out and returns out. */
#include <stdint.h>

#define FMT_SIZE 32

/* Seconds as Slurm writes a time span, "[D-]HH:MM:SS" (squeue(1), %M); negative becomes 0. */
char *fmt_span(char out[FMT_SIZE], int64_t seconds);
/* A shorter one for a long span: "364d 23h" from 100 days on; "2982616d" from a million on. */
char *fmt_span_short(char out[FMT_SIZE], int64_t seconds);
/* A number in at most so many columns (4 and more always do): its digits, else rounded with a sign for thousands,
   millions and so on: "4.2G". */
char *fmt_count(char out[FMT_SIZE], int64_t n, int columns);
/* Seconds as a short age with one unit: "0.8s" only from fmt_age_ms, "45s", "3m", "2h", "5d". */
char *fmt_age(char out[FMT_SIZE], int64_t seconds);
char *fmt_age_ms(char out[FMT_SIZE], int64_t ms);
/* MiB as GiB with one decimal, "7.5"; below 0.05 GiB "0.0". The unit stands in the header. */
char *fmt_gib(char out[FMT_SIZE], uint64_t mib);
/* Bytes with a binary unit: "512", "1.5K", "20M", "3.2G". */
char *fmt_bytes(char out[FMT_SIZE], uint64_t bytes);
/* A wall time for now_s: "14:41" on the same day, "Mon 14:41" within six days, else "11-22 14:41", or without the time
   and with the year, "2027-11-22", where 300 days or more lie between. */
char *fmt_when(char out[FMT_SIZE], int64_t when_s, int64_t now_s);
/* A wall time in full, "2026-11-22T14:41:07", as scontrol(1) writes it. */
char *fmt_time(char out[FMT_SIZE], int64_t when_s);

#endif
