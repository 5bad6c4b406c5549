"""threads: an echo server with a thread for each client."""

import socket
import sys
import threading


def main(port):
    server = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = server.accept()
        thread = threading.Thread(target=serve, args=(client,), daemon=True)
        thread.start()


def serve(client):
    with client:
        try:
            while data := client.recv(4096):
                client.sendall(data)
        except OSError:
            # This client is gone; the others remain.
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
