"""An echo server whose only thread waits in sendall: on select, with blocking sockets."""
import select
import socket
import sys

listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
sockets = [listener]
while True:
    for sock in select.select(sockets, [], [])[0]:
        if sock is listener:
            sockets.append(listener.accept()[0])
            continue
        try:
            data = sock.recv(4096)
            sock.sendall(data)
        except ConnectionError:
            data = b""
        if not data:
            sockets.remove(sock)
            sock.close()
