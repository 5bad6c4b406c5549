"""pool: an echo server with ten threads."""

import queue
import socket
import sys
import threading

THREADS = 10


def main(port):
    server = socket.create_server(("127.0.0.1", port))
    clients = queue.Queue()
    for _ in range(THREADS):
        threading.Thread(target=work, args=(clients,), daemon=True).start()
    while True:
        client, _ = server.accept()
        clients.put(client)


def work(clients):
    while True:
        serve(clients.get())


def serve(client):
    with client:
        try:
            while data := client.recv(4096):
                client.sendall(data)
        except OSError:
            # This client is gone; the thread serves the next one.
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
