"""deadline: an echo server that closes slow connections. The task is in deadline.md."""

import sys


def main(port):
    raise NotImplementedError("deadline")


if __name__ == "__main__":
    main(int(sys.argv[1]))
