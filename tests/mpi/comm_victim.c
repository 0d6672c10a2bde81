/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A job to be killed by test_watchdog.sh.
 *     comm_victim FILE STALL work|wait|abort     rank 0 writes nothing; every rank adds "rank pid" to FILE
 * work: ranks sleep and never meet; wait: rank 0 never comes to the barrier; abort: rank 1 ends the
 * job with code 65.  Exit status 3 = the comm could not be made (the text is on stderr).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dist/comm.h"

static void announce(const char *file, int rank)
{
    char line[64];
    int n = snprintf(line, sizeof line, "%d %d\n", rank, (int)getpid());
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        exit(4);
    close(fd);
}

int main(int argc, char **argv)
{
    sharr_error err = {0};
    if (argc != 4)
        return 2;
    comm *c = comm_world(&err);
    if (!c) {
        fprintf(stderr, "%s\n", err.text);
        return err.status == SHARR_EUSAGE ? 3 : 4;
    }
    if (comm_watchdog_start(c, atoi(argv[2]), 74, &err))
        return 4;
    announce(argv[1], comm_rank(c));
    printf("ready %d of %d\n", comm_rank(c), comm_size(c));
    fflush(stdout);
    if (strcmp(argv[3], "abort") == 0 && comm_rank(c) == 1)
        comm_abort(c, 65);
    if (strcmp(argv[3], "wait") == 0 && comm_rank(c) != 0)
        comm_barrier_all(c, NULL);
    if (strcmp(argv[3], "end") != 0)
        sleep(60);
    comm_free(c);
    return 0;
}
