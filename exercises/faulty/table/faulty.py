"""A chat server with threads. The first line of a client is its name; each further line is sent to all others."""
import queue
import socket
import sys
import threading

WAITING = 10000  # lines that may wait for one client; further ones are lost to it
clients = {}
lock = threading.RLock()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.is_broken = False
        self.lines = queue.Queue(WAITING)
        threading.Thread(target=self.write, daemon=True).start()

    def write(self):
        while (line := self.lines.get()) is not None:
            try:
                self.sock.sendall((line + "\n").encode())
            except OSError:
                self.is_broken = True
                return

    def send(self, line):
        try:
            self.lines.put_nowait(line)
        except queue.Full:
            pass


def say(line, sender):
    with lock:
        for name, client in clients.items():
            if client.is_broken:
                del clients[name]
            elif name != sender:
                client.send(line)


def clean(line):
    text = line.decode(errors="replace").strip()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def enter(client, file):
    while line := file.readline(4096):
        name = clean(line)
        with lock:
            if name and name not in clients:
                clients[name] = client
                return name
        client.send("this name is taken; another one?")
    return None


def serve(sock):
    client = Client(sock)
    with sock, sock.makefile("rb") as file:
        name = None
        try:
            client.send("name?")
            name = enter(client, file)
            if name is None:
                return
            say(f"* {name} joined", name)
            while line := file.readline(4096):
                say(f"<{name}> {clean(line)}", name)
            with lock:
                clients.pop(name, None)
            say(f"* {name} left", name)
        except OSError:
            # The next line that is sent to everyone removes it.
            client.is_broken = True
        finally:
            client.send(None)


def main():
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


main()
