"""threads: an echo server with a thread for each client. The task is in threads.md."""

import sys


def main(port):
    raise NotImplementedError("threads")


if __name__ == "__main__":
    main(int(sys.argv[1]))
