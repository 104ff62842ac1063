/* The floor: one exchange and nothing else.  client HOST PORT COMMAND
 *
 *   ESC command CR   in one write, then a half-close
 *   response NUL     read up to the NUL or the end, printed without it
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: client HOST PORT COMMAND\n");
        return 2;
    }
    struct sockaddr_in device = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    if (inet_pton(AF_INET, argv[1], &device.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }
    char command[1024];
    int length = snprintf(command, sizeof command, "\x1b%s\r", argv[3]);
    if (length >= (int)sizeof command) {
        fprintf(stderr, "the command is too long\n");
        return 2;
    }

    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0)
        die("socket");
    if (connect(s, (struct sockaddr *)&device, sizeof device) < 0)
        die("connect");
    if (write(s, command, (size_t)length) != length)
        die("write");
    if (shutdown(s, SHUT_WR) < 0)
        die("shutdown");

    char response[4096];
    size_t filled = 0;
    char *end = NULL;
    while (!end && filled < sizeof response) {
        ssize_t n = read(s, response + filled, sizeof response - filled);
        if (n < 0)
            die("read");
        if (n == 0)
            break;
        end = memchr(response + filled, 0, (size_t)n);
        filled += (size_t)n;
    }
    close(s);

    size_t body = end ? (size_t)(end - response) : filled;
    printf("%.*s\n", (int)body, response);
    return 0;
}
