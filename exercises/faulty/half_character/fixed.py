"""An echo client: sends its standard input, and prints what comes back."""
import socket
import sys

sys.stdout.reconfigure(encoding="utf-8")
message = sys.stdin.buffer.read()
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as sock:
    sock.sendall(message)
    answer = b""
    while len(answer) < len(message):
        piece = sock.recv(4096)
        if not piece:
            sys.exit(f"the server closed after {len(answer)} of {len(message)} bytes")
        answer += piece
print(answer.decode(), end="")
