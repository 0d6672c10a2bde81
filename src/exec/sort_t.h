/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template: stable sort of unsigned keys of one width (least significant digit first: Knuth, TAOCP 3,
 * 5.2.5), included once for each by sort.c.
 *
 *     KEY       uint8_t ... uint64_t          NAME(f)   f_8 ... f_64
 */
#ifdef KEY

enum { NAME(DIGITS) = sizeof(KEY) };

static bool NAME(is_sorted)(const KEY *a, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if (a[i] < a[i - 1])
            return false;
    return true;
}

static void NAME(insertion)(KEY *a, int64_t *index, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        KEY k = a[i];
        int64_t v = index ? index[i] : 0, j = i;
        for (; j > 0 && a[j - 1] > k; j--) {
            a[j] = a[j - 1];
            if (index)
                index[j] = index[j - 1];
        }
        a[j] = k;
        if (index)
            index[j] = v;
    }
}

/* How often each digit has each value. */
static void NAME(count)(const KEY *a, int64_t n, int64_t (*count)[256])
{
    memset(count, 0, NAME(DIGITS) * sizeof *count);
    for (int64_t i = 0; i < n; i++)
        for (int d = 0; d < NAME(DIGITS); d++)
            count[d][(uint8_t)(a[i] >> (8 * d))]++;
}

static void NAME(scatter)(const keys *from, const keys *to, int64_t n, int shift, int64_t *place)
{
    const KEY *a = from->key;
    KEY *b = to->key;
    if (!from->index) {
        for (int64_t i = 0; i < n; i++)
            b[place[(uint8_t)(a[i] >> shift)]++] = a[i];
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t p = place[(uint8_t)(a[i] >> shift)]++;
        b[p] = a[i];
        to->index[p] = from->index[i];
    }
}

/* Sorted by all digits: in *from, the other is free. */
static void NAME(sort)(keys *from, keys *to, int64_t n, const _Atomic int *stop)
{
    int64_t count[NAME(DIGITS)][256];
    if (NAME(is_sorted)(from->key, n))
        return;
    if (n <= SMALL) {
        NAME(insertion)(from->key, from->index, n);
        return;
    }
    NAME(count)(from->key, n, count);
    for (int d = 0; d < NAME(DIGITS) && !sort_stopped(stop); d++) {
        int64_t *place = count[d], at = 0;
        if (place[(uint8_t)(*(const KEY *)from->key >> (8 * d))] == n)
            continue;                   /* the same in all */
        for (int v = 0; v < 256; v++) {
            int64_t here = place[v];
            place[v] = at;
            at += here;
        }
        NAME(scatter)(from, to, n, 8 * d, place);
        keys swap = *from;
        *from = *to;
        *to = swap;
    }
}

/* How many keys are below k (right: not above it): known to be `from` at least; in steps that double, then by halves. */
static int64_t NAME(search_from)(const KEY *sorted, int64_t n, int64_t from, KEY k, bool right)
{
    int64_t lo = from, hi = from, by = 1;
    while (hi < n && (sorted[hi] < k || (right && sorted[hi] == k))) {
        lo = hi + 1;
        hi = n - lo < by ? n : lo + by;
        by *= 2;
    }
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (sorted[mid] < k || (right && sorted[mid] == k))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void NAME(search)(const KEY *sorted, int64_t n, const KEY *key, int64_t m, bool right, int64_t *found)
{
    int64_t at = 0;
    for (int64_t i = 0; i < m; i++) {
        at = NAME(search_from)(sorted, n, i && key[i] >= key[i - 1] ? at : 0, key[i], right);
        found[i] = at;
    }
}

#undef KEY
#undef NAME
#endif
