/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The counting allocator.  Buffers come from mmap, large ones on 2 MiB borders as
 * huge pages.  A released buffer is kept and given out again to the next request
 * of the same size (in pages), because fresh pages cost 5-10 times a warm one.
 * Kept buffers count against the limit: used + kept <= limit always.  Those
 * released longest ago go first when room is needed.
 *
 * A buffer is charged its size rounded up to pages, nothing else, so that a plan
 * that predicts a sum of sizes within the limit is never refused.
 */
#include "base/budget.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "base/checked.h"
#include "base/fault.h"
#include "base/units.h"

enum {
    PAGE = 4096,
    HUGE_PAGE = 2 << 20,
    LARGE = 1 << 20,            /* from here on huge pages */
    BUCKETS = 256,
    KEPT_UNLIMITED = 256 << 20, /* kept without a limit: this much, or the peak if that is more */
    KEPT_AT_REST = 8 << 20
};

/* Lies in the kept buffer itself. */
typedef struct kept {
    struct kept *next, *prev;           /* same bucket */
    struct kept *newer, *older;         /* by time of release */
    size_t size;
} kept;

struct budget {
    pthread_mutex_t lock;
    int64_t limit;                      /* <= 0: none */
    int64_t used, peak, kept;
    kept *buckets[BUCKETS];
    kept *newest, *oldest;
};

budget *budget_new(int64_t limit)
{
    budget *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->limit = limit;
    if (pthread_mutex_init(&b->lock, NULL)) {
        free(b);
        return NULL;
    }
    return b;
}

static bool round_size(size_t bytes, size_t *size)
{
    if (bytes > (size_t)INT64_MAX / 2)
        return false;
    *size = bytes ? (bytes + PAGE - 1) / PAGE * PAGE : PAGE;
    return true;
}

/* ---- pages ------------------------------------------------------------------------------------ */

static void *map_pages(size_t size)
{
    size_t slack = size >= LARGE ? HUGE_PAGE - PAGE : 0;
    char *p = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (!slack)
        return p;
    size_t head = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
    if (head)
        munmap(p, head);
    if (slack - head)
        munmap(p + head + size, slack - head);
    madvise(p + head, size, MADV_HUGEPAGE);
    return p + head;
}

/* Under AddressSanitizer a kept buffer may not be touched, and comes back full of rubbish. */
#ifdef __SANITIZE_ADDRESS__
static void hide(void *p, size_t size)
{
    ASAN_POISON_MEMORY_REGION((char *)p + sizeof(kept), size - sizeof(kept));
}

static void show(void *p, size_t size, bool spoil)
{
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    if (spoil)
        memset(p, 0xa5, size);
}
#else
#define hide(p, size) ((void)0)
#define show(p, size, spoil) ((void)0)
#endif

/* ---- kept buffers; the lock is held ----------------------------------------------------------- */

static kept **bucket_of(budget *b, size_t size)
{
    return &b->buckets[size / PAGE * 0x9e3779b97f4a7c15u >> 56];
}

static void keep(budget *b, void *p, size_t size)
{
    kept *k = p, **bucket = bucket_of(b, size);
    *k = (kept){.next = *bucket, .older = b->newest, .size = size};
    if (*bucket)
        (*bucket)->prev = k;
    *bucket = k;
    if (b->newest)
        b->newest->newer = k;
    else
        b->oldest = k;
    b->newest = k;
    b->kept += (int64_t)size;
    hide(p, size);
}

static void unlink_kept(budget *b, kept *k)
{
    if (k->prev)
        k->prev->next = k->next;
    else
        *bucket_of(b, k->size) = k->next;
    if (k->next)
        k->next->prev = k->prev;
    if (k->newer)
        k->newer->older = k->older;
    else
        b->newest = k->older;
    if (k->older)
        k->older->newer = k->newer;
    else
        b->oldest = k->newer;
    b->kept -= (int64_t)k->size;
}

static void unmap_oldest(budget *b)
{
    kept *k = b->oldest;
    size_t size = k->size;
    unlink_kept(b, k);
    show(k, size, false);
    munmap(k, size);
}

static void *reuse(budget *b, size_t size)
{
    kept *k = *bucket_of(b, size);
    while (k && k->size != size)
        k = k->next;
    if (!k)
        return NULL;
    unlink_kept(b, k);
    show(k, size, true);
    return k;
}

/* Give pages back until `more` bytes fit beside what is used and kept. */
static void make_room(budget *b, int64_t more)
{
    int64_t limit = b->limit > 0 ? b->limit : max_i64(b->peak, KEPT_UNLIMITED);
    while (b->oldest && b->used + b->kept + more > limit)
        unmap_oldest(b);
}

static void charge(budget *b, int64_t bytes)
{
    b->used += bytes;
    b->peak = max_i64(b->peak, b->used);
}

static bool fits(const budget *b, int64_t bytes)
{
    int64_t sum;
    return add_i64(b->used, bytes, &sum) && (b->limit <= 0 || sum <= b->limit);
}

static int refuse(int64_t limit, int64_t used, int64_t bytes, const char *what, sharr_error *err)
{
    char ask[UNITS_TEXT], have[UNITS_TEXT], max[UNITS_TEXT];
    return err_set(err, SHARR_ERESOURCE,
                   "%s (%lld bytes) for %s does not fit: %s of %s are in use; allow more with "
                   "--memory",
                   units_print(ask, bytes), (long long)bytes, what, units_print(have, used),
                   units_print(max, limit));
}

/* ---- interface -------------------------------------------------------------------------------- */

void budget_free(budget *b)
{
    if (!b)
        return;
    while (b->oldest)
        unmap_oldest(b);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

void budget_renew(budget *b, int64_t limit)
{
    pthread_mutex_lock(&b->lock);
    b->limit = limit;
    b->peak = b->used;
    make_room(b, 0);
    pthread_mutex_unlock(&b->lock);
}

void budget_rest(budget *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->kept > KEPT_AT_REST)
        unmap_oldest(b);
    pthread_mutex_unlock(&b->lock);
}

/* Takes a kept buffer (*p) or the right to map a new one (*p NULL); false: refused. */
static bool take(budget *b, size_t size, void **p, int64_t *used)
{
    pthread_mutex_lock(&b->lock);
    bool ok = fits(b, (int64_t)size);
    *used = b->used;
    if (ok) {
        *p = reuse(b, size);
        if (!*p)
            make_room(b, (int64_t)size);
        charge(b, (int64_t)size);
    }
    pthread_mutex_unlock(&b->lock);
    return ok;
}

void *budget_alloc(budget *b, size_t bytes, const char *what, sharr_error *err)
{
    size_t size;
    int64_t used;
    void *p = NULL;
    if (!round_size(bytes, &size)) {
        err_nomem(err, what, bytes);
        return NULL;
    }
    if (fault_hit("budget_alloc") || !take(b, size, &p, &used)) {
        refuse(b->limit, budget_used(b), (int64_t)size, what, err);
        return NULL;
    }
    if (!p)
        p = map_pages(size);
    if (!p) {
        budget_credit(b, (int64_t)size);
        err_nomem(err, what, size);
    }
    return p;
}

void budget_release(budget *b, void *p, size_t bytes)
{
    size_t size;
    if (!p || !round_size(bytes, &size))
        return;
    pthread_mutex_lock(&b->lock);
    b->used -= (int64_t)size;
    keep(b, p, size);
    make_room(b, 0);
    pthread_mutex_unlock(&b->lock);
}

int budget_charge(budget *b, int64_t bytes, const char *what, sharr_error *err)
{
    pthread_mutex_lock(&b->lock);
    int64_t used = b->used;
    bool ok = fits(b, bytes);
    if (ok) {
        make_room(b, bytes);
        charge(b, bytes);
    }
    pthread_mutex_unlock(&b->lock);
    return ok ? SHARR_OK : refuse(b->limit, used, bytes, what, err);
}

void budget_credit(budget *b, int64_t bytes)
{
    pthread_mutex_lock(&b->lock);
    b->used -= bytes;
    pthread_mutex_unlock(&b->lock);
}

int64_t budget_limit(const budget *b)
{
    return b->limit;
}

static int64_t read_locked(const budget *b, const int64_t *field)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&b->lock;
    pthread_mutex_lock(lock);
    int64_t v = *field;
    pthread_mutex_unlock(lock);
    return v;
}

int64_t budget_used(const budget *b)
{
    return read_locked(b, &b->used);
}

int64_t budget_peak(const budget *b)
{
    return read_locked(b, &b->peak);
}
