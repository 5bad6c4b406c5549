"""Serves a folder to anonymous users over FTP with pyftpdlib: FOLDER PORT."""

import logging
import sys
import warnings

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

folder, port = sys.argv[1:]
logging.disable(logging.CRITICAL)
# That anonymous users may write is meant.
warnings.simplefilter("ignore")
authorizer = DummyAuthorizer()
authorizer.add_anonymous(folder, perm="elrw")
FTPHandler.authorizer = authorizer
FTPServer(("127.0.0.1", int(port)), FTPHandler).serve_forever()
