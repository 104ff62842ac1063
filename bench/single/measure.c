/* Starts each client again and again, by turns, and says what one process costs from its start to its exit.
 *
 *   measure REQUEST-FILE { NAME RUNS COMMAND-LINE }...
 *
 * The first client is the floor that the ratios refer to. Clients take turns in every round, the round begins with
 * another one each time, and a client with fewer runs sits out most rounds, evenly: what disturbs the machine for a
 * while disturbs all of them. Command lines are split at blanks. Standard input is REQUEST-FILE, output goes nowhere.
 *
 * Prints, tab-separated: name, runs, median wall time in microseconds, 90th percentile of it, median CPU time (user
 * and system) in microseconds.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { CLIENTS = 16, WORDS = 32, WARM_UP = 3 };

struct client {
    const char *name;
    int runs, done;
    char *words[WORDS + 1];
    double *wall, *cpu; /* microseconds, one per run */
};

static void die(const char *what, const char *which)
{
    fprintf(stderr, "measure: %s: %s\n", which, what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double microseconds(struct timeval t)
{
    return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

/* One process, from posix_spawn to its end. */
static void run(const struct client *client, const char *request, double *wall, double *cpu)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, request, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

    pid_t pid;
    int status;
    struct rusage usage;
    double started = now();
    int error = posix_spawnp(&pid, client->words[0], &files, NULL, client->words, environ);
    if (error)
        die(strerror(error), client->name);
    if (wait4(pid, &status, 0, &usage) < 0)
        die("wait4 failed", client->name);
    *wall = now() - started;
    *cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);

    posix_spawn_file_actions_destroy(&files);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("did not end with exit code 0", client->name);
}

static int ascending(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double quantile(double *values, int count, double q)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[(int)(q * (count - 1) + 0.5)];
}

static void split(char *line, char **words)
{
    int count = 0;
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
        if (count == WORDS)
            die("too many words", line);
        words[count++] = word;
    }
}

int main(int argc, char **argv)
{
    static struct client clients[CLIENTS];
    int count = (argc - 2) / 3;
    if (argc < 5 || (argc - 2) % 3 || count > CLIENTS)
        die("REQUEST-FILE { NAME RUNS COMMAND-LINE }...", "usage");
    const char *request = argv[1];

    int rounds = 0;
    for (int i = 0; i < count; i++) {
        struct client *c = &clients[i];
        c->name = argv[2 + 3 * i];
        c->runs = atoi(argv[3 + 3 * i]);
        if (c->runs < 1)
            die("RUNS is a number from 1", c->name);
        split(argv[4 + 3 * i], c->words);
        c->wall = calloc((size_t)c->runs, sizeof *c->wall);
        c->cpu = calloc((size_t)c->runs, sizeof *c->cpu);
        if (!c->wall || !c->cpu)
            die("out of memory", c->name);
        if (c->runs > rounds)
            rounds = c->runs;
        for (int warm_up = 0; warm_up < WARM_UP; warm_up++)
            run(c, request, c->wall, c->cpu);
    }

    for (int round = 0; round < rounds; round++) {
        for (int turn = 0; turn < count; turn++) {
            struct client *c = &clients[(round + turn) % count];
            int due = (int)((long)(round + 1) * c->runs / rounds);
            if (c->done < due) {
                run(c, request, &c->wall[c->done], &c->cpu[c->done]);
                c->done++;
            }
        }
    }

    for (int i = 0; i < count; i++) {
        struct client *c = &clients[i];
        printf("%s\t%d\t%.1f\t%.1f\t%.1f\n", c->name, c->runs, quantile(c->wall, c->runs, 0.5),
               quantile(c->wall, c->runs, 0.9), quantile(c->cpu, c->runs, 0.5));
    }
    return 0;
}
