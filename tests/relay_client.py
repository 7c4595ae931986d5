# SPDX-License-Identifier: ISC
"""What tests/client.c does not do: relay_client.py VERB PORT-or-PATH. Says what it saw in one line."""
import array, os, socket, sys, time

def connect(where):
    if where.startswith("/"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(where)
    else:
        s = socket.create_connection(("127.0.0.1", int(where)))
    s.settimeout(30 * int(os.environ.get("TEST_SLOW", "1")))
    return s

def take(s, size):
    got = b""
    while len(got) < size and (part := s.recv(size - len(got))):
        got += part
    return got

def drain(s, step=65536, pause=0):
    got = 0
    while True:
        part = s.recv(step)
        if not part:
            return got
        got += len(part)
        time.sleep(pause)

verb, where = sys.argv[1:3]
s = connect(where)
if verb == "after-fin":         # the answer ends, then a megabyte is sent
    text = s.recv(100)
    assert s.recv(100) == b"", "no end of the output"
    s.sendall(b"x" * 1000000)
    s.shutdown(socket.SHUT_WR)
    print(text.decode().strip(), "then", s.recv(100))
elif verb == "to-deaf":         # the program has closed its input: neither side is stuck
    sent = 0
    for _ in range(100):
        sent += s.send(b"y" * 100000)
    print(drain(s))
elif verb == "unread":          # sends what is never read, before anything
    s.sendall(b"z" * 200000)
    time.sleep(0.3)
    print(drain(s))
elif verb == "slow":            # 64 KiB every few milliseconds
    print(drain(s, 16384, 0.002))
elif verb == "urgent":
    s.sendall(b"ab")
    s.send(b"X", socket.MSG_OOB)
    answer = take(s, 2)         # urgent data that is unread when more comes turns into data like any other
    s.sendall(b"cd")
    s.send(b"Y", socket.MSG_OOB)
    s.sendall(b"ef")
    answer += take(s, 4)
    s.send(b"Z", socket.MSG_OOB)
    s.shutdown(socket.SHUT_WR)
    while part := s.recv(1000):
        answer += part
    print(answer.decode())
elif verb == "rights":          # a descriptor of the host's root directory with each of two messages
    fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd] * 3))]
    for part in (b"one\n", b"two\n"):
        try:
            s.sendmsg([part], control)
        except PermissionError:     # SO_PASSRIGHTS=0 at the other end
            s.sendall(part)
        time.sleep(0.2)
    s.shutdown(socket.SHUT_WR)
    if sys.argv[3:]:
        open(sys.argv[3], "w").close()
    answer = b""
    while part := s.recv(65536):
        answer += part
    print(answer.decode())
