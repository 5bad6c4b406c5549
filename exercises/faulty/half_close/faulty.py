"""An echo server on select: one thread, non-blocking sockets, a buffer for each client."""
import select
import socket
import sys

LIMIT = 65536  # bytes that may wait for one client


def main():
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    waiting = {}
    while True:
        readers = [listener] + [client for client, data in waiting.items() if len(data) < LIMIT]
        writers = [client for client, data in waiting.items() if data]
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
                data = b""
            if data:
                waiting[client] += data
            else:
                del waiting[client]
                client.close()
        for client in writable:
            if client not in waiting:
                continue
            try:
                sent = client.send(waiting[client])
                waiting[client] = waiting[client][sent:]
            except OSError:
                del waiting[client]
                client.close()


main()
