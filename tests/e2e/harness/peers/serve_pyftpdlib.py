"""Serves a folder over FTP with pyftpdlib: FOLDER PORT USER PASSWORD [CERTIFICATE KEY]."""

import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

folder, port, user, password, *tls = sys.argv[1:]
handler = FTPHandler
if tls:
    handler = TLS_FTPHandler
    handler.certfile, handler.keyfile = tls
    handler.tls_control_required = handler.tls_data_required = True
handler.authorizer = DummyAuthorizer()
handler.authorizer.add_user(user, password, folder, perm="elradfmwMT")
FTPServer(("127.0.0.1", int(port)), handler).serve_forever()
