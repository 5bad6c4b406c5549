"""serve: an HTTP server for the files of a folder. The task is in serve.md."""

import sys


def main(port):
    raise NotImplementedError("serve")


if __name__ == "__main__":
    main(int(sys.argv[1]))
