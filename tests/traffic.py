#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Connections of random sizes that end in every way, and what each side has sent, as the client saw it.

    traffic.py ECHO-PORT HEAD-PORT HEAD-BYTES COUNT SEED

The echo service sends back what it gets; the head service sends back HEAD-BYTES of it and closes. One line for each
connection: local port, way it ended, bytes sent, bytes received.
"""
import random
import select
import socket
import struct
import sys
import time

echo_port, head_port, head_bytes, count, seed = map(int, sys.argv[1:])
chance = random.Random(seed)


def exchange(connection, size):
    """Sends size bytes while reading what comes back; returns the number read."""
    left, got = size, 0
    block = bytes(65536)
    while got < size:
        readable, writable, _ = select.select([connection], [connection] if left else [], [], 20)
        if writable:
            left -= connection.send(block[:min(left, len(block))])
        if readable:
            piece = connection.recv(65536)
            if not piece:
                break
            got += len(piece)
        if not readable and not writable:
            sys.exit("nothing moves")
    return got


def drain(connection):
    got = 0
    while piece := connection.recv(65536):
        got += len(piece)
    return got


def one(way, size):
    port = head_port if way == "server-first" else echo_port
    connection = socket.create_connection(("127.0.0.1", port), 20)
    name = connection.getsockname()[1]
    if way == "server-first":
        connection.sendall(bytes(head_bytes))
        size, got = head_bytes, drain(connection)
    elif way == "half-close":
        got = exchange(connection, size)
        connection.shutdown(socket.SHUT_WR)
        got += drain(connection)
    else:
        got = exchange(connection, size)
    if way == "reset":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        time.sleep(0.06)  # no acknowledgement is delayed any more: what was read was acknowledged
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    print(name, way, size, got, flush=True)


for _ in range(count):
    kind = chance.choice(["half-close", "half-close", "close", "close", "server-first", "reset"])
    one(kind, chance.choice([0, 1, 2, 100, 1460, chance.randrange(5000), chance.randrange(300000)]))
