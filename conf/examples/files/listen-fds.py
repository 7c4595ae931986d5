#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Greets its client: the connection is descriptor 3, as sd_listen_fds(3) says."""
import os
import socket

SD_LISTEN_FDS_START = 3

if int(os.environ.get("LISTEN_PID", "0")) != os.getpid():
    raise SystemExit("LISTEN_PID is another process: not started by spawnd")
if os.environ.get("LISTEN_FDS") != "1":
    raise SystemExit("LISTEN_FDS: one descriptor is expected")
connection = socket.socket(fileno=SD_LISTEN_FDS_START)
connection.sendall(b"hello, " + os.environ.get("REMOTE_ADDR", "whoever you are").encode() + b"\n")
connection.close()
