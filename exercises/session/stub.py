"""session: an FTP server for the files of a folder. The task is in session.md."""

import sys


def main(port, certificate):
    raise NotImplementedError("session")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
