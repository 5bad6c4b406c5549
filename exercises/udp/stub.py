"""udp: an echo server for datagrams. The task is in udp.md."""

import sys


def main(port):
    raise NotImplementedError("udp")


if __name__ == "__main__":
    main(int(sys.argv[1]))
