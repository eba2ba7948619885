/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/builddb.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ownfile.h"

#define FLAGS   (SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW)
#define BUSY_MS 200 /* another kfarm-top may be writing */
#define EARLY   0.2 /* of the time: before it, how fast this build is counts only in part */

struct builddb {
    sqlite3 *db;
    sqlite3_stmt *add, *past, *prune;
    dev_t device; /* of the file, … */
    ino_t inode; /* … when it was opened */
    bool failed; /* SQLite could not do what it was told to: it is to be opened anew */
};

/* What SQLite opens beside the file, by name, and without a look at what it is: it would wait for ever at a FIFO. */
static const char *const companions[] = {"-journal", "-wal", "-shm"};

/* `runs` is the table of earlier releases. Its kinds have the directory of a build's objects in them, which is another
   one for each job as a rule: nothing can be compared with them. */
static const char schema[] =
    "DROP TABLE IF EXISTS runs;"
    "CREATE TABLE IF NOT EXISTS builds ("
    " owner TEXT NOT NULL, key TEXT NOT NULL, job_id INTEGER NOT NULL, start_s INTEGER NOT NULL,"
    " scratch INTEGER NOT NULL, config TEXT NOT NULL, makes TEXT NOT NULL,"
    " steps INTEGER NOT NULL, duration_s INTEGER NOT NULL, curve BLOB,"
    " PRIMARY KEY (owner, start_s, job_id)) WITHOUT ROWID;";
static const char sql_add[] =
    "INSERT INTO builds"
    " (owner, job_id, start_s, scratch, config, makes, steps, duration_s, curve, key)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " ON CONFLICT DO UPDATE SET key = excluded.key,"
    " scratch = excluded.scratch," /* what was known stays so */
    " config = coalesce(nullif(excluded.config, ''), config),"
    " makes = coalesce(nullif(excluded.makes, ''), makes),"
    " steps = excluded.steps, duration_s = excluded.duration_s,"
    " curve = coalesce(excluded.curve, curve)";
static const char sql_past[] =
    "SELECT steps, duration_s, curve FROM builds WHERE owner = ?1 AND scratch = ?2"
    " AND config = ?3 AND (config <> '' OR key = ?6)"
    " AND ((makes = ?4 AND makes <> '') OR ((makes = ?4 OR makes = '' OR ?4 = '') AND key = ?6))"
    " ORDER BY start_s DESC LIMIT ?5";
static const char sql_prune[] =
    "DELETE FROM builds WHERE owner = ?1 AND start_s <="
    " (SELECT start_s FROM builds WHERE owner = ?1 ORDER BY start_s DESC LIMIT 1 OFFSET ?2)";

static int check_companions(const struct ownfile *f, struct diag *d)
{
    int err = 0;

    for (size_t i = 0; i < KF_LEN(companions) && !err; i++)
        err = ownfile_check_beside(f, companions[i], d);
    return err;
}

/* Walks to the file, makes it if it is not there, and looks at all that SQLite would open. f->path is then to be used. */
static int find_file(const char *path, struct ownfile *f, struct builddb *h, struct diag *d)
{
    int err = ownfile_init(f, path, OWNFILE_PARENTS | OWNFILE_ALONE, d);
    struct stat st;

    if (!err)
        err = ownfile_make(f, d);
    if (!err)
        err = check_companions(f, d);
    ownfile_release(f);
    if (!err && stat(f->path, &st) < 0)
        err = diag_set(d, -errno, "%s: %s", f->path, strerror(errno));
    if (!err) {
        h->device = st.st_dev;
        h->inode = st.st_ino;
    }
    return err;
}

struct builddb *builddb_open(const char *path, struct diag *d)
{
    struct builddb *h = xcalloc(1, sizeof(*h));
    struct ownfile f;

    if (find_file(path, &f, h, d) < 0)
        return builddb_close(h);
    if (sqlite3_open_v2(f.path, &h->db, FLAGS, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(h->db, BUSY_MS) != SQLITE_OK ||
        sqlite3_exec(h->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(h->db, sql_add, -1, &h->add, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(h->db, sql_past, -1, &h->past, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(h->db, sql_prune, -1, &h->prune, NULL) != SQLITE_OK) {
        diag_set(d, -EIO, "%s: %s", path, h->db ? sqlite3_errmsg(h->db) : "out of memory");
        return builddb_close(h);
    }
    return h;
}

/* Still the file of that name, and nothing beside it that SQLite should not open. */
static bool is_usable(const struct builddb *h, const char *path)
{
    struct ownfile f;
    struct diag why = DIAG_INIT;
    struct stat st;
    bool usable;

    if (h->failed || ownfile_init(&f, path, OWNFILE_ALONE, &why) < 0)
        return false;
    usable = check_companions(&f, &why) == 0 && lstat(f.path, &st) == 0 && st.st_dev == h->device &&
             st.st_ino == h->inode;
    ownfile_release(&f);
    return usable;
}

struct builddb *builddb_renew(struct builddb *h, const char *path, struct diag *d)
{
    if (h && is_usable(h, path))
        return h;
    builddb_close(h);
    return builddb_open(path, d);
}

struct builddb *builddb_close(struct builddb *h)
{
    if (h) {
        sqlite3_finalize(h->add);
        sqlite3_finalize(h->past);
        sqlite3_finalize(h->prune);
        sqlite3_close(h->db);
    }
    free(h);
    return NULL;
}

static int run(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc;
}

int builddb_add(struct builddb *h, const struct builddb_whose *whose,
    const struct builddb_kind *kind, uint32_t job_id, int64_t start_s,
    const struct builddb_build *b, struct diag *d)
{
    sqlite3_bind_text(h->add, 1, whose->owner, -1, SQLITE_STATIC);
    sqlite3_bind_text(h->add, 10, whose->key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(h->add, 2, job_id);
    sqlite3_bind_int64(h->add, 3, start_s);
    sqlite3_bind_int(h->add, 4, kind->scratch);
    sqlite3_bind_text(h->add, 5, kind->config, -1, SQLITE_STATIC);
    sqlite3_bind_text(h->add, 6, kind->makes, -1, SQLITE_STATIC);
    sqlite3_bind_int64(h->add, 7, b->steps);
    sqlite3_bind_int64(h->add, 8, b->duration_s);
    if (b->has_curve)
        sqlite3_bind_blob(h->add, 9, b->curve_s, sizeof(b->curve_s), SQLITE_STATIC);
    else
        sqlite3_bind_null(h->add, 9);
    sqlite3_bind_text(h->prune, 1, whose->owner, -1, SQLITE_STATIC);
    sqlite3_bind_int(h->prune, 2, BUILDDB_KEPT);
    if (run(h->add) == SQLITE_DONE && run(h->prune) == SQLITE_DONE)
        return 0;
    h->failed = true;
    return diag_set(d, -EIO, "%s: %s", sqlite3_db_filename(h->db, NULL), sqlite3_errmsg(h->db));
}

/* What is in the file may be anybody's: a curve that does not rise is none. */
static bool take_curve(struct builddb_build *b, const void *blob, int size)
{
    if (blob == NULL || size != (int)sizeof(b->curve_s))
        return false;
    memcpy(b->curve_s, blob, sizeof(b->curve_s));
    for (int i = 0; i < BUILDDB_POINTS; i++)
        if (b->curve_s[i] > b->duration_s || (i > 0 && b->curve_s[i] < b->curve_s[i - 1]))
            return false;
    return true;
}

void builddb_past(struct builddb *h, const struct builddb_whose *whose,
    const struct builddb_kind *kind, struct builddb_past *ret)
{
    int rc = SQLITE_DONE;

    *ret = (struct builddb_past){0};
    sqlite3_bind_text(h->past, 1, whose->owner, -1, SQLITE_STATIC);
    sqlite3_bind_text(h->past, 6, whose->key, -1, SQLITE_STATIC);
    sqlite3_bind_int(h->past, 2, kind->scratch);
    sqlite3_bind_text(h->past, 3, kind->config, -1, SQLITE_STATIC);
    sqlite3_bind_text(h->past, 4, kind->makes, -1, SQLITE_STATIC);
    sqlite3_bind_int(h->past, 5, BUILDDB_BUILDS);
    while (ret->count < BUILDDB_BUILDS && (rc = sqlite3_step(h->past)) == SQLITE_ROW) {
        struct builddb_build *b = &ret->v[ret->count];

        b->steps = sqlite3_column_int64(h->past, 0);
        b->duration_s = sqlite3_column_int64(h->past, 1);
        b->has_curve =
            take_curve(b, sqlite3_column_blob(h->past, 2), sqlite3_column_bytes(h->past, 2));
        if (b->steps > 0 && b->duration_s > 0)
            ret->count++;
    }
    h->failed |= rc != SQLITE_ROW && rc != SQLITE_DONE;
    sqlite3_reset(h->past);
    sqlite3_clear_bindings(h->past);
}

/* ---- the estimate ---- */

/* Seconds that the earlier build took for its share `part` of steps. */
static double seconds_at(const struct builddb_build *b, double part)
{
    double at = part * BUILDDB_POINTS, next;
    int i = (int)at;

    if (!b->has_curve)
        return part * (double)b->duration_s;
    if (i >= BUILDDB_POINTS - 1) { /* from the last point to the last step */
        double last = b->curve_s[BUILDDB_POINTS - 1];

        return KF_MIN(last + (at - (BUILDDB_POINTS - 1)) * ((double)b->duration_s - last),
            (double)b->duration_s);
    }
    next = b->curve_s[i + 1];
    return b->curve_s[i] + (at - i) * (next - b->curve_s[i]);
}

static double left_by(const struct builddb_build *b, int64_t steps, int64_t elapsed_s)
{
    double part = KF_MIN((double)steps / (double)b->steps, 1.0);
    double then = seconds_at(b, part), whole = (double)b->duration_s;
    double sure = KF_MIN(then / (EARLY * whole), 1.0);
    double slower = then > 0 ? (double)elapsed_s / then : 1;

    return (whole - then) * (1 + (slower - 1) * sure);
}

struct builddb_estimate builddb_estimate(
    const struct builddb_past *past, int64_t steps, int64_t elapsed_s)
{
    struct builddb_estimate e = {.left_s = -1};
    double sum = 0, least = 0, most = 0;
    bool curves = false;

    if (past->count == 0)
        return e;
    e.total = past->v[0].steps;
    for (int i = 0; i < past->count; i++)
        curves |= past->v[i].has_curve;
    e.builds = 0;
    for (int i = 0; i < past->count; i++) {
        double left = left_by(&past->v[i], steps, elapsed_s);

        if (curves && !past->v[i].has_curve) /* it knows less than the others */
            continue;
        least = e.builds == 0 ? left : KF_MIN(least, left);
        most = e.builds == 0 ? left : KF_MAX(most, left);
        sum += left;
        e.builds++;
    }
    sum /= e.builds;
    e.left_s = (int64_t)KF_MAX(sum, 0.0);
    e.spread_s = (int64_t)KF_MAX(most - sum, sum - least);
    return e;
}

/* ---- the curve ---- */

void builddb_sample(struct builddb_samples *h, int64_t elapsed_s, int64_t steps)
{
    if (elapsed_s < 0 || elapsed_s > UINT32_MAX ||
        (h->count > 0 && (elapsed_s < h->v[h->count - 1].s || steps < h->v[h->count - 1].steps)))
        return;
    if (h->count == BUILDDB_SAMPLES) {
        for (int i = 0; i < BUILDDB_SAMPLES / 2; i++)
            h->v[i] = h->v[2 * i];
        h->count = BUILDDB_SAMPLES / 2;
        h->gap_s = KF_MAX(2 * h->gap_s, 2u);
    }
    if (h->count > 0 && elapsed_s < h->v[h->count - 1].s + (int64_t)h->gap_s)
        return;
    h->v[h->count].s = (uint32_t)elapsed_s;
    h->v[h->count++].steps = steps;
}

bool builddb_curve(const struct builddb_samples *h, struct builddb_build *b)
{
    int at = 0;

    b->has_curve = h->count > 1 && h->v[0].steps * 10 <= b->steps;
    for (int i = 0; i < BUILDDB_POINTS && b->has_curve; i++) {
        int64_t want = b->steps * i / BUILDDB_POINTS;

        while (at < h->count - 1 && h->v[at].steps < want)
            at++;
        b->curve_s[i] = (uint32_t)KF_MIN((int64_t)h->v[at].s, b->duration_s);
    }
    return b->has_curve;
}
