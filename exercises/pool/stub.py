"""pool: an echo server with ten threads. The task is in pool.md."""

import sys


def main(port):
    raise NotImplementedError("pool")


if __name__ == "__main__":
    main(int(sys.argv[1]))
