"""echo: a server that sends back what it receives, to one client after the other, and each datagram."""

import socket
import sys
import threading


def main(port):
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("", port))
    threading.Thread(target=answer, args=(datagrams,), daemon=True).start()
    server = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = server.accept()
        serve(client)


def serve(client):
    with client:
        try:
            while data := client.recv(4096):
                client.sendall(data)
        except OSError:
            # This client is gone; the next one is served.
            pass


def answer(datagrams):
    while True:
        data, address = datagrams.recvfrom(65535)
        datagrams.sendto(data, address)


if __name__ == "__main__":
    main(int(sys.argv[1]))
