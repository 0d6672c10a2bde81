/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Closed standard descriptors are opened the wrong way round: reading standard input and writing to the
 * others fails as it would have failed before.
 */
#include "stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void stdfds_occupy(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);   /* the lowest free number is `fd` */
}
