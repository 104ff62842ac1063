/* Runs one client to its end and says what it cost.  measure OUTPUT COMMAND...
 *
 * Its standard input is empty, its output goes to the file OUTPUT. Prints, tab-separated: wall time from before the fork
 * to after its end in seconds, CPU time (user and system) in seconds, peak resident memory in KiB; of the client and of
 * all processes that it started and waited for, the memory of the largest one of them.
 *
 * A program of its own, because a process is charged with the memory of the one that it was forked from: under an
 * interpreter every small client would be as large as the interpreter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Appending, since many processes may share the file. */
static void become(const char *output, char **command)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
        die(output);
    close(in);
    close(out);
    execvp(command[0], command);
    die(command[0]);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: measure OUTPUT COMMAND...\n");
        return 2;
    }
    int status;
    struct rusage usage;
    double started = now();
    pid_t client = fork();
    if (client < 0)
        die("fork");
    if (client == 0)
        become(argv[1], argv + 2);
    if (wait4(client, &status, 0, &usage) < 0)
        die("wait4");
    double wall = now() - started;

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s did not end with exit code 0 (wait status %#x)\n", argv[2], (unsigned)status);
        return 1;
    }
    printf("%.6f\t%.6f\t%ld\n", wall, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
    return 0;
}
