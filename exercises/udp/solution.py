"""udp: an echo server for datagrams."""

import socket
import sys

SIZE = 65535  # bytes; no datagram is larger


def main(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", port))
    while True:
        data, address = server.recvfrom(SIZE)
        server.sendto(data, address)


if __name__ == "__main__":
    main(int(sys.argv[1]))
