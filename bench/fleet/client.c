/* The floor: one command to each target, and nothing else.  client TARGETS IN-FLIGHT
 *
 *   ESC STATUS CR   in one write, no half-close
 *   READY NUL       read up to the NUL
 *
 * TARGETS has an address:port a line. Prints a line of NDJSON for each. One loop, six system calls an exchange: socket,
 * connect, send (at once, or when the socket becomes writable), one edge-triggered registration, recv, close. A batch of
 * events is finished before replacements start, and has one reading of the clock.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Time-outs are looked after once a second, so an exchange has 5 to 6 s. */
enum { BATCH = 1024, TIMEOUT_MS = 5000, LOOK_MS = 1000, OUTPUT = 1 << 16 };

struct exchange {
    int socket; /* -1: free */
    int sent;
    long deadline;
    size_t filled;
    char device[32], answer[64];
};

static const char command[] = {'\x1b', 'S', 'T', 'A', 'T', 'U', 'S', '\r'};
static const char ready[] = "READY"; /* with its NUL */

static int queue;
static FILE *targets;
static struct exchange *exchanges;
static int *unused, unused_count; /* a stack of indices */

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void finish(struct exchange *e, const char *failure)
{
    if (failure)
        printf("{\"device\":\"%s\",\"outcome\":\"failed\",\"text\":\"%s\"}\n", e->device, failure);
    else
        printf("{\"device\":\"%s\",\"outcome\":\"ok\",\"text\":\"%s\"}\n", e->device, e->answer);
    close(e->socket);
    e->socket = -1;
    unused[unused_count++] = (int)(e - exchanges);
}

/* Whether the exchange goes on. */
static int send_command(struct exchange *e)
{
    ssize_t n = send(e->socket, command, sizeof command, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN)
        return 1;
    e->sent = n == sizeof command;
    if (!e->sent)
        finish(e, n < 0 ? strerror(errno) : "sent in part");
    return e->sent;
}

static void receive(struct exchange *e)
{
    ssize_t n = recv(e->socket, e->answer + e->filled, sizeof e->answer - e->filled, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0) {
        finish(e, strerror(errno));
        return;
    }
    int ended = n == 0 || memchr(e->answer + e->filled, 0, (size_t)n);
    e->filled += (size_t)n;
    if (ended || e->filled == sizeof e->answer)
        finish(e, e->filled >= sizeof ready && !memcmp(e->answer, ready, sizeof ready) ? NULL : "not READY");
}

static void start(struct exchange *e, const char *device, long time)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[sizeof e->device];
    const char *colon = strchr(device, ':');
    if (!colon || strlen(device) >= sizeof host)
        die(device);
    memcpy(host, device, (size_t)(colon - device));
    host[colon - device] = 0;
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        die(device);

    strcpy(e->device, device);
    e->sent = 0;
    e->filled = 0;
    e->deadline = time + TIMEOUT_MS;
    e->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (e->socket < 0)
        die("socket");
    if (connect(e->socket, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
        finish(e, strerror(errno));
        return;
    }
    if (!send_command(e))
        return;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET | (e->sent ? 0u : EPOLLOUT),
                                .data.u32 = (uint32_t)(e - exchanges)};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, e->socket, &event) < 0)
        die("epoll_ctl");
}

static void start_replacements(long time)
{
    char line[64];
    while (targets && unused_count > 0) {
        if (!fgets(line, sizeof line, targets)) {
            fclose(targets);
            targets = NULL;
            return;
        }
        line[strcspn(line, "\n")] = 0;
        start(&exchanges[unused[--unused_count]], line, time);
    }
}

int main(int argc, char **argv)
{
    static struct epoll_event events[BATCH];
    int in_flight = argc == 3 ? atoi(argv[2]) : 0;
    if (in_flight < 1) {
        fprintf(stderr, "usage: client TARGETS IN-FLIGHT\n");
        return 2;
    }
    targets = fopen(argv[1], "r");
    if (!targets)
        die(argv[1]);
    queue = epoll_create1(0);
    exchanges = calloc((size_t)in_flight, sizeof *exchanges);
    unused = calloc((size_t)in_flight, sizeof *unused);
    if (queue < 0 || !exchanges || !unused)
        die("start");
    for (int i = 0; i < in_flight; i++) {
        exchanges[i].socket = -1;
        unused[unused_count++] = i;
    }
    setvbuf(stdout, NULL, _IOFBF, OUTPUT);

    long time = now(), look = time + LOOK_MS;
    for (;;) {
        start_replacements(time);
        if (unused_count == in_flight)
            return fflush(stdout) ? 1 : 0;
        int count = epoll_wait(queue, events, BATCH, LOOK_MS);
        if (count < 0)
            die("epoll_wait");
        time = now();
        for (int i = 0; i < count; i++) {
            struct exchange *e = &exchanges[events[i].data.u32];
            if (e->sent)
                receive(e);
            else
                send_command(e);
        }
        for (int i = 0; time >= look && i < in_flight; i++) {
            if (exchanges[i].socket >= 0 && time >= exchanges[i].deadline)
                finish(&exchanges[i], "timed out");
        }
        if (time >= look)
            look = time + LOOK_MS;
    }
}
