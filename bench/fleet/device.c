/* All devices at once: a wildcard listener that every address 127.x.y.z reaches. One loop.
 *
 *   ... CR      answered with `READY NUL` as soon as it has come
 *   the end     closes the connection; it is never the device that closes first
 *
 * A real device that was not half-closed keeps the connection for the next command, and so does this one. It is also
 * what is fair: no client gets an end of stream that it did not ask for, in one segment with the answer or in a later
 * wake-up as chance has it, and each has to find the NUL and to close by itself.
 *
 * Prints its port, serves until its standard input closes.
 *
 *   device awake   never sleeps: the kernel wakes a server that sleeps at the expense of the client that connects, on a
 *                  virtual machine for more than all else that the client does, and a device elsewhere costs nobody that
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The backlog is what the kernel allows at most (net.core.somaxconn). */
enum { BATCH = 1024, BACKLOG = 65535 };

static int queue;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) < 0)
        die("epoll_ctl");
}

static int listen_everywhere(void)
{
    static const char loopback[] = "lo";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_ANY)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0)
        die("socket");
    /* The machine's neighbours are none of its clients. Kernels before 5.7 allow this to root alone. */
    if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, loopback, sizeof loopback) < 0)
        perror("device: listening on every interface, not on lo alone");
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, BACKLOG) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        die("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void accept_all(int listener)
{
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client >= 0)
            watch(client);
        else if (errno == EAGAIN)
            return;
        else if (errno != ECONNABORTED)
            die("accept"); /* EMFILE too: the clients would take it for slowness */
    }
}

static void answer(int client)
{
    static const char ready[] = "READY"; /* with its NUL */
    char bytes[256];
    ssize_t n = recv(client, bytes, sizeof bytes, 0);
    if (n <= 0 || (bytes[n - 1] == '\r' && send(client, ready, sizeof ready, MSG_NOSIGNAL) < 0))
        close(client);
}

int main(int argc, char **argv)
{
    static struct epoll_event events[BATCH];
    int sleep_for = argc == 2 && !strcmp(argv[1], "awake") ? 0 : -1;
    queue = epoll_create1(0);
    if (queue < 0)
        die("epoll_create1");
    int listener = listen_everywhere();
    watch(listener);
    watch(STDIN_FILENO);

    for (;;) {
        int count = epoll_wait(queue, events, BATCH, sleep_for);
        if (count < 0)
            die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == STDIN_FILENO)
                return 0;
            if (descriptor == listener)
                accept_all(listener);
            else
                answer(descriptor);
        }
    }
}
