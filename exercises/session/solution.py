"""session: an FTP server for the files of a folder."""

import os
import socket
import ssl
import sys
import threading

TIMEOUT = 30  # seconds without a byte
FREE = ("USER", "PASS", "QUIT", "NOOP", "SYST", "FEAT", "AUTH", "PBSZ", "PROT")  # before the login


def main(port, certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, tls), daemon=True).start()


def serve(control, tls):
    control.settimeout(TIMEOUT)
    session = Session(control, tls)
    try:
        session.run()
    except OSError:
        # This client is gone; the others remain.
        pass
    finally:
        session.control.close()


class Session:
    def __init__(self, control, tls):
        self.control = control
        self.tls = tls
        self.waiting = b""  # bytes that have arrived and are not used
        self.is_secure = self.is_private = False  # TLS on the control connection, on data connections
        self.has_user = self.is_logged_in = False
        self.directory = []  # the names from the folder to the current directory
        self.listener = None  # for the next data connection

    def run(self):
        """Answers commands, one after the other."""
        self.reply("220 ready")
        while True:
            while b"\r\n" not in self.waiting:
                data = self.control.recv(4096)
                if not data:
                    return
                self.waiting += data
            line, _, self.waiting = self.waiting.partition(b"\r\n")
            verb, _, argument = line.decode("latin-1").partition(" ")
            verb = verb.upper()
            command = COMMANDS.get(verb)
            if command is None:
                self.reply("500 unknown command")
            elif verb not in FREE and not self.is_logged_in:
                self.reply("530 log in with USER and PASS")
            else:
                command(self, argument)
            if verb == "QUIT":
                return

    def reply(self, text):
        self.control.sendall((text + "\r\n").encode("latin-1"))

    def auth(self, argument):
        if self.is_secure or argument.upper() != "TLS":
            self.reply("504 only AUTH TLS, once")
            return
        self.reply("234 begin TLS")
        # What arrived without TLS may come from an attacker: commands that follow, and a login before.
        self.waiting = b""
        self.has_user = self.is_logged_in = False
        self.control = self.tls.wrap_socket(self.control, server_side=True)
        self.is_secure = True

    def buffer_size(self, argument):
        self.reply("200 PBSZ=0" if self.is_secure else "503 AUTH comes first")

    def protect(self, argument):
        if not self.is_secure or argument.upper() not in ("C", "P"):
            self.reply("504 only C and P, after AUTH")
            return
        self.is_private = argument.upper() == "P"
        self.reply("200 done")

    def user(self, argument):
        self.has_user, self.is_logged_in = bool(argument), False
        self.reply("331 send a password" if argument else "501 which user?")

    def password(self, argument):
        self.is_logged_in = self.has_user
        self.reply("230 logged in" if self.has_user else "503 USER comes first")

    def type(self, argument):
        self.reply("200 done" if argument.upper() in ("A", "I") else "504 only A and I")

    def pwd(self, argument):
        path = "/" + "/".join(self.directory)
        self.reply('257 "' + path.replace('"', '""') + '" is the current directory')

    def cwd(self, argument):
        names = self.names(argument)
        if argument and names is not None and os.path.isdir(below(names)):
            self.directory = names
            self.reply("250 done")
        else:
            self.reply("550 no such directory")

    def names(self, path):
        """The names from the folder to a path; None if it leads out of the folder."""
        names = [] if path.startswith("/") else list(self.directory)
        for name in path.split("/"):
            if name == "..":
                if not names:
                    return None
                names.pop()
            elif name not in ("", "."):
                names.append(name)
        return names

    def passive(self, argument):
        a, b = divmod(self.listen(), 256)
        self.reply(f"227 Entering Passive Mode (127,0,0,1,{a},{b})")

    def extended_passive(self, argument):
        if argument not in ("", "1"):
            self.reply("522 only IPv4 (1)")
        else:
            self.reply(f"229 Entering Extended Passive Mode (|||{self.listen()}|)")

    def listen(self):
        """The port at which the next data connection is accepted."""
        if self.listener:
            self.listener.close()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(TIMEOUT)
        return self.listener.getsockname()[1]

    def size(self, argument):
        names = self.names(argument)
        if names and os.path.isfile(below(names)):
            self.reply(f"213 {os.path.getsize(below(names))}")
        else:
            self.reply("550 no such file")

    def retrieve(self, argument):
        names = self.names(argument)
        try:
            with open(below(names or []), "rb") as file:
                self.send(file.read())
        except OSError:
            self.reply("550 no such file")

    def name_list(self, argument):
        self.list(argument, is_long=False)

    def list(self, argument, is_long=True):
        names = self.names("" if argument.startswith("-") else argument)
        if names is None or not os.path.isdir(below(names)):
            self.reply("550 no such directory")
            return
        lines = []
        for name in sorted(os.listdir(os.fsencode(below(names)))):
            path = os.path.join(os.fsencode(below(names)), name)
            mode = b"drwxr-xr-x" if os.path.isdir(path) else b"-rw-r--r--"
            columns = mode + b" 1 ftp ftp %d Jan  1  2000 " % os.path.getsize(path)
            lines.append((columns if is_long else b"") + name + b"\r\n")
        self.send(b"".join(lines))

    def send(self, content):
        """Sends content over a data connection."""
        if not self.listener:
            self.reply("425 PASV or EPSV comes first")
            return
        self.reply("150 here it comes")
        data, _ = self.listener.accept()
        self.listener.close()
        self.listener = None
        data.settimeout(TIMEOUT)
        if self.is_private:
            data = self.tls.wrap_socket(data, server_side=True)
        with data:
            data.sendall(content)
            if self.is_private:
                end(data)
        self.reply("226 done")


def end(data):
    """Says that the content is complete: without that, an attacker could have cut it off."""
    try:
        data.unwrap()
    except OSError:
        # A client need not say the same.
        pass


def below(names):
    """The path of a file; names are bytes, of which each is a character of latin-1."""
    return "/".join([".", *names]).encode("latin-1")


FEATURES = "211-Features\r\n AUTH TLS\r\n EPSV\r\n PBSZ\r\n PROT\r\n SIZE\r\n211 End"

COMMANDS = {
    "AUTH": Session.auth,
    "PBSZ": Session.buffer_size,
    "PROT": Session.protect,
    "USER": Session.user,
    "PASS": Session.password,
    "QUIT": lambda session, argument: session.reply("221 goodbye"),
    "NOOP": lambda session, argument: session.reply("200 done"),
    "SYST": lambda session, argument: session.reply("215 UNIX Type: L8"),
    "FEAT": lambda session, argument: session.reply(FEATURES),
    "TYPE": Session.type,
    "PWD": Session.pwd,
    "CWD": Session.cwd,
    "CDUP": lambda session, argument: session.cwd(".."),
    "PASV": Session.passive,
    "EPSV": Session.extended_passive,
    "SIZE": Session.size,
    "NLST": Session.name_list,
    "LIST": Session.list,
    "RETR": Session.retrieve,
}


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
