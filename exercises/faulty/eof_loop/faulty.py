"""An echo client: sends its standard input, and prints what comes back."""
import socket
import sys

message = sys.stdin.buffer.read()
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as sock:
    sock.sendall(message)
    answer = b""
    while len(answer) < len(message):
        answer += sock.recv(4096)
sys.stdout.buffer.write(answer[:len(message)])
