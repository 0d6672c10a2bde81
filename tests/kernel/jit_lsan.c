/* SPDX-License-Identifier: BSD-3-Clause
 *
 * For builds with -fsanitize=address: the leak checker crashes while it scans the
 * thread-local memory of libraries that were opened at run time, as LLVM is.
 */
const char *__lsan_default_options(void);

__attribute__((visibility("default"))) const char *__lsan_default_options(void)
{
    return "use_tls=0";
}
