"""select: an echo server with one thread for all clients. The task is in select.md."""

import sys


def main(port):
    raise NotImplementedError("select")


if __name__ == "__main__":
    main(int(sys.argv[1]))
