"""serve: an HTTP server for the files of a folder."""

import socket
import sys
import threading
from urllib.parse import unquote_to_bytes

HEAD_LIMIT = 32768  # bytes
TIMEOUT = 10  # seconds without a byte
REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
}


def main(port):
    server = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def serve(client):
    """Answers the requests of a connection, one after the other."""
    client.settimeout(TIMEOUT)
    waiting = b""
    with client:
        try:
            while True:
                while b"\r\n\r\n" not in waiting:
                    if len(waiting) > HEAD_LIMIT:
                        return respond(client, 431)
                    data = client.recv(4096)
                    if not data:
                        return None
                    waiting += data
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                if not answer(client, head):
                    return None
        except OSError:
            # This client is gone; the others remain.
            return None


def answer(client, head):
    """Answers a request; whether the connection stays open."""
    line, *lines = head.split(b"\r\n")
    words, fields = line.split(b" "), read_fields(lines)
    if fields is None or len(words) != 3 or words[2] not in (b"HTTP/1.0", b"HTTP/1.1"):
        return respond(client, 400)
    method, target, version = words
    if len(fields.get(b"host", [])) != 1 and version == b"HTTP/1.1":
        return respond(client, 400)
    if method not in (b"GET", b"HEAD"):
        return respond(client, 501)
    status, content = read_file(target)
    options = b",".join(fields.get(b"connection", [])).lower()
    # Content is not read, so the connection ends before it would be taken for a request.
    has_content = b"content-length" in fields or b"transfer-encoding" in fields
    stays_open = version == b"HTTP/1.1" and b"close" not in options and not has_content
    return respond(client, status, content, stays_open, method == b"HEAD")


def read_fields(lines):
    """The values of each name, in lower case; None if a line is wrong."""
    fields = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.strip() != name:
            return None
        fields.setdefault(name.lower(), []).append(value.strip())
    return fields


def read_file(target):
    """The status, and the content of the file."""
    path = unquote_to_bytes(target.partition(b"?")[0])
    names = []
    for name in path.split(b"/"):
        if name == b"..":
            if not names:
                return 400, b""
            names.pop()
        elif name not in (b"", b"."):
            names.append(name)
    if not path.startswith(b"/") or b"\0" in path:
        return 400, b""
    try:
        with open(b"/".join(names), "rb") as file:
            return 200, file.read()
    except OSError:
        return 404, b""


def respond(client, status, content=b"", stays_open=False, only_head=False):
    """Sends a response; whether the connection stays open."""
    head = [
        f"HTTP/1.1 {status} {REASONS[status]}",
        f"Content-Length: {len(content)}",
        f"Connection: {'keep-alive' if stays_open else 'close'}",
    ]
    head = "".join(line + "\r\n" for line in head) + "\r\n"
    client.sendall(head.encode() + (b"" if only_head else content))
    return stays_open


if __name__ == "__main__":
    main(int(sys.argv[1]))
