"""send_all: a client that receives as much as it sent."""

import socket
import sys

TIMEOUT = 1  # second without a byte


def main(port):
    message = sys.stdin.buffer.read()
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as server:
        server.sendall(message)
        answer = receive(server, len(message))
    sys.stdout.buffer.write(answer)


def receive(server, length):
    answer = b""
    while len(answer) < length:
        piece = server.recv(4096)
        if not piece:
            sys.exit(f"the server closed after {len(answer)} of {length} bytes")
        answer += piece
    return answer[:length]


if __name__ == "__main__":
    main(int(sys.argv[1]))
