/* The floor: what the kernel alone costs for an HTTP answer. One epoll loop that receives, counts
   requests by their empty lines, and sends a head and body prepared at the start. It reads nothing
   of a request and keeps no promise of HTTP; it is here to be compared with, not to be used.

   floor PORT FILE */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS = 512, INPUT = 64 * 1024, HEAD = 512 };

struct conn {
    int fd;
    int matched;  /* how much of CR LF CR LF the input ends with */
    size_t owed;  /* bytes of answers still to send */
};

static char *answer;
static size_t answer_length;
static int epoll;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void prepare(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat meta;
    if (!file || fstat(fileno(file), &meta)) die(path);
    answer = malloc(HEAD + meta.st_size);
    if (!answer) die("malloc");
    int head = snprintf(answer, HEAD,
                        "HTTP/1.1 200 OK\r\n"
                        "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "Content-Type: application/octet-stream\r\n"
                        "Content-Length: %lld\r\n"
                        "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "ETag: \"0123456789abcdef\"\r\n"
                        "Accept-Ranges: bytes\r\n\r\n",
                        (long long)meta.st_size);
    if (fread(answer + head, 1, meta.st_size, file) != (size_t)meta.st_size) die(path);
    fclose(file);
    answer_length = head + meta.st_size;
}

static int count_requests(struct conn *conn, const char *input, ssize_t length) {
    static const char end[] = "\r\n\r\n";
    int count = 0;
    for (ssize_t at = 0; at < length; at++) {
        if (input[at] == end[conn->matched])
            conn->matched++;
        else
            conn->matched = input[at] == '\r';
        if (conn->matched == 4) {
            conn->matched = 0;
            count++;
        }
    }
    return count;
}

static void watch(struct conn *conn, int operation, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = conn};
    if (epoll_ctl(epoll, operation, conn->fd, &event)) die("epoll_ctl");
}

static void drop(struct conn *conn) {
    close(conn->fd);
    free(conn);
}

/* Sends what is owed; returns 0 when the connection is gone. */
static int pay(struct conn *conn, int was_waiting) {
    while (conn->owed > 0) {
        size_t left = conn->owed % answer_length;
        if (left == 0) left = answer_length;
        ssize_t sent = send(conn->fd, answer + answer_length - left, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            if (!was_waiting) watch(conn, EPOLL_CTL_MOD, EPOLLOUT);
            return 1;
        }
        if (sent < 0) {
            drop(conn);
            return 0;
        }
        conn->owed -= sent;
    }
    if (was_waiting) watch(conn, EPOLL_CTL_MOD, EPOLLIN);
    return 1;
}

static void serve(struct conn *conn, unsigned events) {
    static char input[INPUT];
    if (events & EPOLLOUT) {
        pay(conn, 1);
        return;
    }
    ssize_t length = recv(conn->fd, input, sizeof input, 0);
    if (length <= 0) {
        drop(conn);
        return;
    }
    conn->owed += count_requests(conn, input, length) * answer_length;
    pay(conn, 0);
}

static void admit(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct conn *conn = calloc(1, sizeof *conn);
    if (!conn) die("calloc");
    conn->fd = fd;
    watch(conn, EPOLL_CTL_ADD, EPOLLIN);
}

static int listen_on(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) die("listen");
    return listener;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: floor PORT FILE\n");
        return 2;
    }
    prepare(argv[2]);
    int listener = listen_on(atoi(argv[1]));
    epoll = epoll_create1(0);
    struct epoll_event accepts = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepts)) die("epoll_ctl");
    for (;;) {
        static struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int at = 0; at < count; at++) {
            if (events[at].data.ptr)
                serve(events[at].data.ptr, events[at].events);
            else
                admit(listener);
        }
    }
}
