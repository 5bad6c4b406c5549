"""A chat server with threads that sends a line to one client after the other, with sendall."""
import socket
import sys
import threading

clients = {}
lock = threading.Lock()


def say(line, sender):
    with lock:
        others = [sock for name, sock in clients.items() if name != sender]
    for sock in others:
        try:
            sock.sendall(line.encode())
        except OSError:
            pass


def serve(sock):
    name = None
    try:
        with sock, sock.makefile("r", encoding="utf-8", errors="replace", newline="\n") as lines:
            sock.sendall(b"Nama: ")
            name = lines.readline().strip()
            with lock:
                if not name or name in clients:
                    sock.sendall(b"Nama sudah dipakai\n")
                    name = None
                    return
                clients[name] = sock
            for line in lines:
                say(f"[10:00] {name}: {line.strip()}\n".replace("\x1b", ""), name)
    except OSError:
        pass
    finally:
        with lock:
            clients.pop(name, None)


listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
