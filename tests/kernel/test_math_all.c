/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Nightly: the f32 functions of one argument on every float there is, against the C library's double
 * functions.  Minutes..
 */
#include "kernel/math_level.h"
#include "kernel/math_reference.h"
#include "support/tap_cunit.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 4096 };

static void every_float(const math_reference *r)
{
    static float x[BLOCK], out[BLOCK];
    const math_probe *p = math_probe_find(math_best_level(), r->name);
    double worst = 0, where = 0;

    for (uint64_t first = 0; first < (uint64_t)1 << 32; first += BLOCK) {
        for (uint32_t i = 0; i < BLOCK; i++) {
            uint32_t bits = (uint32_t)first + i;

            memcpy(&x[i], &bits, sizeof bits);
        }
        p->f32(x, x, out, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double want = r->libm1((double)x[i]);

            if (out[i] == (float)want && out[i] != 0)
                continue;                               /* rounded right: half an ulp at most */
            double off = math_ulp_f32(out[i], want);

            if (off > worst) {
                worst = off;
                where = (double)x[i];
            }
        }
    }
    tap_diag("%s_f32: %.4f ulp at %a", r->name, worst, where);
    TAP_CHECK(worst <= r->bound32, "%s_f32(%a): %.4f ulp", r->name, where, worst);
}

static void all_functions(void)
{
    for (const math_reference *r = math_references; r->name; r++)
        if (!r->exact2)
            every_float(r);
}

static const tap_test tests[] = { { "every float is within the bounds of the table", all_functions } };

TAP_MAIN("math of every float", tests)
