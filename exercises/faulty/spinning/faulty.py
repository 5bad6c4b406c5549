"""An echo server on select: one thread, non-blocking sockets, a buffer for each client."""
import select
import socket
import sys

LIMIT = 65536  # bytes that may wait for one client


def main():
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    waiting = {}
    ended = set()  # clients that send nothing more, but still read

    def remove(client):
        del waiting[client]
        ended.discard(client)
        client.close()

    while True:
        readers = [listener] + [client for client, data in waiting.items()
                                if len(data) < LIMIT and client not in ended]
        writers = list(waiting)
        readable, writable, _ = select.select(readers, writers, [])
        for client in readable:
            if client is listener:
                client, _ = listener.accept()
                client.setblocking(False)
                waiting[client] = b""
                continue
            try:
                data = client.recv(4096)
            except OSError:
                remove(client)
                continue
            waiting[client] += data
            if not data:
                ended.add(client)
                if not waiting[client]:
                    remove(client)
        for client in writable:
            if client not in waiting:
                continue
            try:
                sent = client.send(waiting[client])
            except OSError:
                remove(client)
                continue
            waiting[client] = waiting[client][sent:]
            if client in ended and not waiting[client]:
                remove(client)


main()
