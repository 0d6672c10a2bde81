/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a careful programmer writes by hand: sum of Black-Scholes call prices over four raw float32 arrays in
 * one file, two threads, vectorised by the compiler with the vector functions of glibc.
 * The normal distribution is the polynomial 26.2.17 of Abramowitz and Stegun, as in the expression that sharr gets.
 *
 *   blackscholes FILE OFFSET_S OFFSET_K OFFSET_T OFFSET_V COUNT THREADS
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };           /* elements: the four pieces stay in the second-level cache */

static int fd;
static int64_t offset[4], count;
static _Atomic int64_t next_piece;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double total;

static inline float normal(float d)
{
    float a = fabsf(d), k = 1.0f / (1.0f + 0.2316419f * a);
    float p = k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
    float w = 0.39894228f * expf(-0.5f * d * d) * p;
    return d > 0 ? 1.0f - w : w;
}

static double price(const float *restrict s, const float *restrict x, const float *restrict t,
                    const float *restrict v, int n)
{
    const float r = 0.02f;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        float q = v[i] * sqrtf(t[i]);
        float d1 = (logf(s[i] / x[i]) + (r + 0.5f * v[i] * v[i]) * t[i]) / q;
        float d2 = d1 - q;
        sum += (double)(s[i] * normal(d1) - x[i] * expf(-r * t[i]) * normal(d2));
    }
    return sum;
}

static void *work(void *arg)
{
    float *in[4];
    double sum = 0;
    (void)arg;
    for (int k = 0; k < 4; k++)
        if (!(in[k] = aligned_alloc(4096, PIECE * sizeof(float))))
            exit(1);
    for (;;) {
        int64_t at = atomic_fetch_add(&next_piece, PIECE);
        if (at >= count)
            break;
        int n = count - at < PIECE ? (int)(count - at) : PIECE;
        for (int k = 0; k < 4; k++)
            if (pread(fd, in[k], (size_t)n * 4, offset[k] + at * 4) != (ssize_t)n * 4)
                exit(1);
        sum += price(in[0], in[1], in[2], in[3], n);
    }
    pthread_mutex_lock(&lock);
    total += sum;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread[64];
    if (argc < 8 || (fd = open(argv[1], O_RDONLY)) < 0)
        return 2;
    for (int k = 0; k < 4; k++)
        offset[k] = atoll(argv[2 + k]);
    count = atoll(argv[6]);
    int threads = atoi(argv[7]);
    for (int i = 0; i < threads; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    printf("%.17g\n", total);
    return 0;
}
