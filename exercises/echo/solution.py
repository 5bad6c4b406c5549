"""echo: a server that sends back what it receives, to one client after the other."""

import socket
import sys


def main(port):
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


if __name__ == "__main__":
    main(int(sys.argv[1]))
