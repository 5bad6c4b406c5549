"""A chat server on select. The first line of a client is its name; each further line is sent to all others."""
import select
import socket
import sys

LIMIT = 1 << 20  # bytes that may wait for one client; one that reads too slowly is removed
LINE = 4096


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.name = None
        self.received = b""
        self.waiting = b"name?\n"


def clean(line):
    text = line.decode(errors="replace").strip()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class Chat:
    def __init__(self):
        self.clients = []

    def remove(self, client):
        if client in self.clients:
            self.clients.remove(client)
            client.sock.close()

    def say(self, text, sender):
        for client in list(self.clients):
            if client is not sender and client.name is not None:
                client.waiting += (text + "\n").encode()
                if len(client.waiting) > LIMIT:
                    self.remove(client)

    def take(self, client, line):
        text = clean(line)
        if client.name is not None:
            self.say(f"<{client.name}> {text}", client)
        elif not text or any(other.name == text for other in self.clients):
            client.waiting += b"this name is taken; another one?\n"
        else:
            client.name = text
            self.say(f"* {text} joined", client)

    def receive(self, client):
        try:
            data = client.sock.recv(4096)
        except OSError:
            data = b""
        if not data:
            return self.remove(client)
        client.received += data
        while b"\n" in client.received:
            line, client.received = client.received.split(b"\n", 1)
            self.take(client, line)
        if len(client.received) > LINE:
            self.remove(client)

    def send(self, client):
        try:
            sent = client.sock.send(client.waiting)
        except OSError:
            return self.remove(client)
        client.waiting = client.waiting[sent:]


def main():
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    chat = Chat()
    while True:
        sockets = {client.sock: client for client in chat.clients}
        writers = [client.sock for client in chat.clients if client.waiting]
        readable, writable, _ = select.select([listener, *sockets], writers, [])
        for sock in readable:
            if sock is listener:
                sock, _ = listener.accept()
                sock.setblocking(False)
                chat.clients.append(Client(sock))
            elif sockets[sock] in chat.clients:
                chat.receive(sockets[sock])
        for sock in writable:
            if sockets[sock] in chat.clients:
                chat.send(sockets[sock])


main()
