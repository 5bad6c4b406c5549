"""select: an echo server with one thread for all clients."""

import select
import socket
import sys

LIMIT = 65536  # bytes that may wait for one client


class Client:
    def __init__(self):
        self.waiting = b""
        self.has_ended = False  # It sends nothing more, but still reads.


def main(port):
    server = socket.create_server(("127.0.0.1", port))
    server.setblocking(False)
    clients = {}
    while True:
        readers = [sock for sock, client in clients.items() if wants_to_read(client)]
        writers = [sock for sock, client in clients.items() if client.waiting]
        readable, writable, _ = select.select([server] + readers, writers, [])
        if server in readable:
            readable.remove(server)
            accept(server, clients)
        for step, ready in ((receive, readable), (send, writable)):
            for sock in ready:
                if sock in clients and not try_step(step, sock, clients[sock]):
                    del clients[sock]
                    sock.close()


def wants_to_read(client):
    return not client.has_ended and len(client.waiting) < LIMIT


def accept(server, clients):
    try:
        sock, _ = server.accept()
    except OSError:
        # The client is gone already.
        return
    sock.setblocking(False)
    clients[sock] = Client()


def try_step(step, sock, client):
    """Whether the client remains."""
    try:
        step(sock, client)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return bool(client.waiting) or not client.has_ended


def receive(sock, client):
    data = sock.recv(4096)
    client.waiting += data
    if not data:
        client.has_ended = True


def send(sock, client):
    sent = sock.send(client.waiting)
    client.waiting = client.waiting[sent:]


if __name__ == "__main__":
    main(int(sys.argv[1]))
