/* The other end: answers `READY NUL` to whatever ends in CR, at once, and closes. One loop, many connections.
 *
 * Prints its port, serves until its standard input closes. It closes first, without waiting for the client, so that a
 * client that reads to the end (nc) waits no longer than one that stops at the NUL.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT, LISTENER, FIRST_CLIENT, PLACES = FIRST_CLIENT + 256 };

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1024) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        die("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/* Whether the client is done with. */
static int answer(int client)
{
    static const char ready[] = "READY"; /* with its NUL */
    char bytes[4096];
    ssize_t n = read(client, bytes, sizeof bytes);
    if (n > 0 && !memchr(bytes, '\r', (size_t)n))
        return 0;
    if (n > 0 && write(client, ready, sizeof ready) < 0)
        perror("write");
    return 1;
}

int main(void)
{
    struct pollfd places[PLACES] = {
        [INPUT] = {.fd = STDIN_FILENO, .events = POLLIN},
        [LISTENER] = {.fd = listen_on_loopback(), .events = POLLIN},
    };
    nfds_t used = FIRST_CLIENT;

    for (;;) {
        places[LISTENER].fd = abs(places[LISTENER].fd) * (used < PLACES ? 1 : -1); /* poll skips what is negative */
        if (poll(places, used, -1) < 0)
            die("poll");
        if (places[INPUT].revents)
            return 0;

        for (nfds_t i = used; i-- > FIRST_CLIENT;) {
            if (places[i].revents && answer(places[i].fd)) {
                close(places[i].fd);
                places[i] = places[--used];
            }
        }
        if (places[LISTENER].revents) {
            int client = accept(places[LISTENER].fd, NULL, NULL);
            if (client >= 0)
                places[used++] = (struct pollfd){.fd = client, .events = POLLIN};
        }
    }
}
