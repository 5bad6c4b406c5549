"""The echo server of asyncio's documentation: it answers the first 100 bytes, and closes."""
import asyncio
import sys


async def echo(reader, writer):
    data = await reader.read(100)
    writer.write(data)
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(echo, sys.argv[1], int(sys.argv[2]))
    await server.serve_forever()


asyncio.run(main())
