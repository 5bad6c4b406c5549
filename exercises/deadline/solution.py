"""deadline: an echo server that closes slow connections."""

import socket
import sys
import threading
import time

TIME = 0.5  # seconds for a line, and for its answer


def main(port):
    server = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def serve(client):
    waiting = b""
    deadline = time.monotonic() + TIME
    with client:
        try:
            while data := receive(client, deadline):
                *lines, waiting = (waiting + data).split(b"\n")
                if lines:
                    client.settimeout(TIME)
                    client.sendall(b"".join(line + b"\n" for line in lines))
                    deadline = time.monotonic() + TIME
        except OSError:
            # It was too slow, or is gone.
            pass


def receive(client, deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    client.settimeout(left)
    return client.recv(4096)


if __name__ == "__main__":
    main(int(sys.argv[1]))
