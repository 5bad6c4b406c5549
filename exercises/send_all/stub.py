"""send_all: a client that receives as much as it sent. The task is in send_all.md."""

import sys


def main(port):
    raise NotImplementedError("send_all")


if __name__ == "__main__":
    main(int(sys.argv[1]))
