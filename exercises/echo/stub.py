"""echo: a server that sends back what it receives. The task is in echo.md."""

import sys


def main(port):
    raise NotImplementedError("echo")


if __name__ == "__main__":
    main(int(sys.argv[1]))
