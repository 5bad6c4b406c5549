"""An echo server with a thread for each client."""
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(4096):
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 100
    daemon_threads = True


server = Server((sys.argv[1], int(sys.argv[2])), Echo)
server.serve_forever()
