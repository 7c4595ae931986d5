#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hostile clients, one verb each: rude.py VERB [WHERE [NUMBER]]. WHERE is a port of 127.0.0.1 or the path of a socket.

While an attack is in place, the client of another service is served and timed. Exit status 0: the daemon did what it has
promised; else one line says what it did instead. RUDE_SIBLING= is the port of that other service, RUDE_STATUS= the command
that shows the daemon's counters as JSON, TEST_SLOW= is of tests/e2e/lib.sh.
"""
import array
import errno
import json
import os
import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time

SLOW = int(os.environ.get("TEST_SLOW") or 1)
SERVED_MS = 3000 * SLOW  # what another service's client waits at most, on a busy machine
CONTROL_MAGIC = struct.pack("I", 0x73706431)  # spawnd/wire/control.h
V2 = b"\r\n\r\n\0\r\nQUIT\n"


class Broken(Exception):
    """A promise was not kept."""


def hold_to(truth, what):
    if not truth:
        raise Broken(what)


def connect_local(s, where):
    """A socket that has a timeout does not wait where the queue of AF_UNIX is full: EAGAIN."""
    end = time.monotonic() + s.gettimeout()
    while True:
        try:
            s.connect(where)
            return
        except BlockingIOError:
            hold_to(time.monotonic() < end, "nobody accepts")
            time.sleep(0.01)


def connect(where, source=None, timeout=20, port=0):
    if str(where).startswith("/"):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout * SLOW)
        connect_local(s, where)
        return s
    s = socket.socket()
    s.settimeout(timeout * SLOW)
    if source or port:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((source or "127.0.0.1", port))
    s.connect(("127.0.0.1", int(where)))
    return s


def many(count, where, source=None):
    return [connect(where, source) for _ in range(count)]


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def drain(s):
    """Everything until the end; None where it ended with an error."""
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise Broken("a connection does not end") from error
        return got or None
    return got


def ask(where, text=b"", source=None):
    """A polite client's whole conversation."""
    s = connect(where, source)
    try:
        s.sendall(text)
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    got = drain(s)
    s.close()
    return got


def status():
    return json.loads(subprocess.run(os.environ["RUDE_STATUS"].split(), stdout=subprocess.PIPE, check=True).stdout)


def service(name):
    return status()["services"][name]


def until(condition, what, seconds=10):
    end = time.monotonic() + seconds * SLOW
    while not condition():
        hold_to(time.monotonic() < end, what)
        time.sleep(0.02)


def others_are_served(count=8):
    """The sibling: a service that nobody attacks."""
    worst = 0
    for _ in range(count):
        begun = time.monotonic()
        hold_to(ask(os.environ["RUDE_SIBLING"]) == b"served\n", "the other service does not serve")
        worst = max(worst, (time.monotonic() - begun) * 1000)
    hold_to(worst < SERVED_MS, f"a client of the other service waited {worst:.0f} ms")
    print(f"others waited at most {worst:.1f} ms")


def ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def refused_in_order(connections, what):
    for s in connections:
        hold_to(drain(s) in (b"", None), what)
        s.close()


# ---- connections that come and go ------------------------------------------------------------------------------------


def close_at_once(where, count):
    for _ in range(int(count)):
        connect(where).close()
    others_are_served()


def reset_at_once(where, count):
    for _ in range(int(count)):
        reset(connect(where))
    others_are_served()


def before_accept(where, count):
    """With the loop stopped by the caller: all are gone before it can accept one."""
    loop = int(os.environ["RUDE_LOOP"])
    os.kill(loop, signal.SIGSTOP)
    try:
        crowd = []
        for _ in range(int(count)):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", int(where)))
            crowd.append(s)
        for number, s in enumerate(crowd):
            if number % 2:
                reset(s)
            else:
                s.close()
    finally:
        os.kill(loop, signal.SIGCONT)
    others_are_served()


def before_hand_over(where, count):
    """With the maker of containers stopped: they are accepted, wait, and leave."""
    zygote = int(os.environ["RUDE_ZYGOTE"])
    os.kill(zygote, signal.SIGSTOP)
    try:
        reset_at_once(where, count)
        close_at_once(where, count)
        until(lambda: service("cold")["waiting"] == 2 * int(count), "they do not wait for containers")
    finally:
        os.kill(zygote, signal.SIGCONT)


def same_port(where, count):
    """One port again and again, each time before the daemon knows of the end: no connection is taken for another."""
    for number in range(int(count)):
        s = connect(where, port=20001)
        s.sendall(b"%d\n" % number)
        if number % 2:
            reset(s)
            continue
        s.shutdown(socket.SHUT_WR)
        hold_to(drain(s) == b"h%d\n" % number, f"number {number} did not get its own answer")
        reset(s)
    others_are_served()


def fast_open(where, count):
    """Bytes in the SYN: they are the program's first, once."""
    for _ in range(int(count)):
        s = socket.socket()
        s.settimeout(20 * SLOW)
        try:
            s.sendto(b"early\n", socket.MSG_FASTOPEN, ("127.0.0.1", int(where)))
        except BlockingIOError:  # no cookie yet: the SYN asks for one
            select.select([], [s], [], 20)
            s.sendall(b"early\n")
        s.shutdown(socket.SHUT_WR)
        hold_to(drain(s) == b"hearly\n", "not served once")
    others_are_served()


def half_close(where, count):
    crowd = many(int(count), where)
    for s in crowd:
        s.shutdown(socket.SHUT_WR)
    others_are_served()
    for s in crowd:
        hold_to(drain(s) == b"after-eof\n", "a half-closed client gets its answer")
        s.close()


def killed(where, count):
    """The client's process dies in the middle of a transfer in both directions."""
    children = []
    for _ in range(int(count)):
        child = os.fork()
        if child == 0:
            s = connect(where)
            s.setblocking(False)
            while True:
                readable, writable, _ = select.select([s], [s], [])
                if readable:
                    s.recv(1000)
                if writable:
                    s.send(bytes(65536))
        children.append(child)
    until(lambda: service("warm")["live"] == len(children), "not all of them are served")
    others_are_served()
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# ---- connections that stay -------------------------------------------------------------------------------------------


def never_read(where, count):
    """A window of nothing: the programs block, and nobody else."""
    crowd = []
    for _ in range(int(count)):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        s.connect(("127.0.0.1", int(where)))
        crowd.append(s)
    until(lambda: service("floods")["live"] == len(crowd), "not all of them have their programs")
    others_are_served()
    until(lambda: service("floods")["live"] == 0, "RuntimeMaxSec= does not end them", 15)


def silent(where, count):
    """All places are taken by clients that say nothing. Whoever comes on top is refused at once, and none for ever."""
    crowd = many(int(count), where)
    until(lambda: service("silent")["live"] == int(count), "not all of them have their programs", 20)
    others_are_served()
    refused_in_order(many(20, where), "there is no place left, and yet somebody is served")
    for s in crowd:
        reset(s)


def never_send(where, count):
    """They take all places and say nothing: FirstByteTimeoutSec= gives the places back."""
    crowd = many(int(count), where)
    until(lambda: service("first")["live"] == int(count), "they do not take the places")
    hold_to(ask(where, b"x\n") in (b"", None), "there is a place left (control)")
    others_are_served()
    for s in crowd:
        hold_to(drain(s) in (b"", None), "a silent one got an answer")
    until(lambda: ask(where, b"x\n") == b"x\n", "a polite one is not served afterwards")


def drip(where, count):
    """A byte now and then: not idle, and yet RuntimeMaxSec= ends them."""
    crowd = many(int(count), where)
    begun = time.monotonic()
    alive = list(crowd)
    while alive:
        hold_to(time.monotonic() < begun + 20 * SLOW, "drips for ever")
        for s in list(alive):
            try:
                s.send(b"x")
                s.settimeout(0.001)
                if s.recv(1) == b"":
                    alive.remove(s)
            except TimeoutError:
                pass
            except OSError:
                alive.remove(s)
        time.sleep(0.1)
    hold_to(time.monotonic() > begun + 1.5, "IdleTimeoutSec= ended one that was not idle (control)")
    others_are_served()


def urgent(where, count):
    """Urgent bytes among the others: they interrupt nobody, and the stream goes on."""
    crowd = many(int(count), where)
    for s in crowd:
        for _ in range(10):
            s.send(b"!", socket.MSG_OOB)
            s.send(b"a")
        s.shutdown(socket.SHUT_WR)
    others_are_served()
    for s in crowd:
        hold_to(drain(s).count(b"a") == 10, "the stream did not go on behind an urgent byte")


# ---- more than their share -------------------------------------------------------------------------------------------


def flood(where, count):
    """One source takes all that it can get, again and again; others still have their share of the same service."""
    crowd, refused = [], 0
    for round_ in range(int(count)):
        crowd += [connect(where, "127.7.7.7")]
        if round_ % 10 == 9:
            hold_to(ask(where, source=f"127.8.{round_}.1") == b"h", "another source is not served during the flood")
    others_are_served()
    time.sleep(0.05)
    for s in crowd:
        s.setblocking(False)
        try:
            refused += s.recv(10) == b""
        except BlockingIOError:
            pass
        except OSError:
            refused += 1
    hold_to(refused == len(crowd) - 4, f"{refused} of {len(crowd)} were refused, with four places for each source")


def flood_unlimited(where, count):
    """The control: without limits by source one source takes everything."""
    crowd = many(int(count), where, "127.7.7.7")
    until(lambda: service("unlimited")["live"] == int(count), "it does not take all places")
    hold_to(ask(where, source="127.8.8.8") in (b"", None), "another source is served all the same")
    others_are_served()
    del crowd


def crash_loop(where, count):
    """Crashes as fast as it can: soon it is refused without a container, others are not, and it is forgiven."""
    served = sum(ask(where, source="127.6.6.6") == b"h" for _ in range(int(count)))
    hold_to(2 <= served < int(count), f"{served} of {count} had a container to crash in")
    hold_to(ask(where, source="127.6.6.7") == b"h", "another source pays for it")
    others_are_served()
    until(lambda: ask(where, source="127.6.6.6") == b"h", "it is never forgiven", 15)


def sweep(where, count):
    """More sources than the table has places: a penalty is not washed away by them, and they are served."""

    def is_refused(source, text):
        return ask(where, text, source) in (b"", None)

    for _ in range(2):
        ask(where, source="127.5.5.5")
    until(lambda: service("crowded")["live"] == 0, "silent ones do not end")
    for _ in range(5):  # fewer than its rate allows
        time.sleep(0.05)
        if is_refused("127.5.5.5", b"x\n"):
            break
    else:
        raise Broken("silence has no penalty (control)")
    for _ in range(10):
        hold_to(ask(where, b"x\n", "127.9.9.9") == b"x\n", "another one has a penalty")
    hold_to(is_refused("127.9.9.9", b"x\n"), "and no limit of its rate (control)")
    for number in range(int(count)):
        hold_to(ask(where, b"x\n", f"127.10.0.{number + 1}") == b"x\n", f"new source {number} is refused")
    others_are_served()
    hold_to(not is_refused("127.9.9.9", b"x\n"), "the table was not turned over (control)")
    hold_to(is_refused("127.5.5.5", b"x\n"), "the penalty is forgotten")


def queue_full(where, count):
    """The queue has an end, a source may not have all of it, and whoever waits is served in turn."""
    greedy = many(int(count), where, "127.7.7.7")
    until(lambda: service("queue")["live"] == 4, "the source has not got its four")
    modest = connect(where, "127.8.8.8")
    until(lambda: service("queue")["live"] == 5, "another source has no place in the queue")
    others_are_served()
    for s in greedy:
        s.close()
    modest.shutdown(socket.SHUT_WR)
    hold_to(drain(modest) == b"h", "who waited is not served in turn")


def denied(where, count):
    """Nothing is executed for one that is not admitted, whatever it sends."""
    for _ in range(int(count)):
        s = connect(where, "127.6.6.6")
        try:
            s.sendall(b"x" * 10000)
        except OSError:
            pass
        hold_to(drain(s) in (b"", None), "a denied one has an answer")
    others_are_served()


# ---- PROXY headers ---------------------------------------------------------------------------------------------------


def proxy_torn(where, count):
    """A piece of a header, and the end, or an urgent byte: the loop does not spin around what will never be whole."""
    loop = int(os.environ["RUDE_LOOP"])
    crowd = many(int(count), where)
    for number, s in enumerate(crowd):
        s.send((b"PROXY TCP4 192.0", V2 + b"\x21\x11\x00")[number % 2])
        if number % 4 < 2:
            s.shutdown(socket.SHUT_WR)
        else:
            s.send(b"!", socket.MSG_OOB)
            s.send(b"xyz")
    before = ticks(loop)
    begun = time.monotonic()
    others_are_served()
    time.sleep(max(0, begun + 0.8 - time.monotonic()))
    spent, elapsed = ticks(loop) - before, (time.monotonic() - begun) * os.sysconf("SC_CLK_TCK")
    hold_to(spent * 2 < elapsed, f"the loop was busy for {spent} of {elapsed:.0f} ticks")
    for s in crowd:
        s.close()


def proxy_wrong(where, count):
    """Whatever cannot become a header is refused at once, not when its patience is over."""
    chance = random.Random(5)
    wrong = [
        b"PROXY " + b"A" * 200,  # a line that never ends
        b"PROXY TCP4 " + b"1.2.3.4 " * 30,
        V2 + b"\x21\x11\xff\xff",  # longer than anyone's
        V2 + b"\x21\x11\x00\x04abcd",  # shorter than its addresses
        V2 + b"\x77\x11\x00\x0c" + bytes(12),  # another version
        b"PROXY TCP4 127.0.0.1 127.0.0.1 77 99999\r\n",
        b"PROXY TCP4 127.0.0.1\0 127.0.0.1 77 88\r\n",
        b"PROXY TCP6 127.0.0.1 127.0.0.1 77 88\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\r\n\r\n\0\r\nQUIX\n" + bytes(50),
    ]
    wrong += [bytes([chance.randrange(1, 13)]) + chance.randbytes(chance.randrange(1, 600)) for _ in range(int(count))]
    begun = time.monotonic()
    for text in wrong:
        s = connect(where)
        s.send(text)
        hold_to(drain(s) in (b"", None), f"served after {text[:40]}")
    took = time.monotonic() - begun
    hold_to(took < 4 * SLOW, f"{len(wrong)} headers that cannot be took {took:.1f} s")
    others_are_served()


def proxy_lies(where, count):
    """Half headers take all the places of those who greet; a liar has another source punished only through the proxy."""
    before = service("proxy")["refused_service-full"]
    crowd = many(int(count), where)
    for s in crowd:
        s.send(b"PROXY TCP4 192.0.2.7")
    time.sleep(0.05)
    refused_in_order(many(5, where), "there is a place left to greet from (control)")
    until(lambda: service("proxy")["refused_service-full"] == before + 5, "they are not refused for want of a place (control)")
    for s in many(10, where, "127.0.0.9"):  # not the proxy
        try:
            s.sendall(b"PROXY TCP4 192.0.2.9 192.0.2.1 77 88\r\nhello\n")
        except OSError:
            pass
        hold_to(drain(s) in (b"", None), "one that is no proxy speaks for others")
    others_are_served()
    for s in crowd:
        reset(s)
    hello = b"PROXY TCP4 192.0.2.9 192.0.2.1 77 88\r\nhello\n"
    until(lambda: ask(where, hello) == b"hello\n", "the places of those who left are not given back")


# ---- local clients ---------------------------------------------------------------------------------------------------


def rights(where, count):
    """Thousands of descriptors in flight: none reaches the program, all are closed with the connection."""
    crowd = many(int(count), where)
    theirs, ours = os.pipe()
    sent = 0
    for s in crowd:
        s.setblocking(False)
        block = array.array("i", [ours] * 250).tobytes()
        try:
            for _ in range(8):
                s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, block)])
                sent += 250
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        except OSError as error:  # ETOOMANYREFS: unix(7); EPERM: SO_PASSRIGHTS
            hold_to(error.errno in (errno.ETOOMANYREFS, errno.EPERM), str(error))
    os.close(ours)
    print(f"{sent} descriptors")
    others_are_served()
    for s in crowd:
        s.close()
    readable, _, _ = select.select([theirs], [], [], 15 * SLOW)
    hold_to(readable and os.read(theirs, 1) == b"", "somebody still has a descriptor that was sent")


def rights_in_a_ring(where, count):
    """A connection's own ends, sent over itself: nothing but the kernel's collector can close them."""
    for _ in range(int(count)):
        s = connect(where)
        ends = array.array("i", [s.fileno()] * 3).tobytes()
        try:
            s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, ends)])
        except OSError:
            pass
        s.close()
    others_are_served()


def credentials(where, count):
    """What a client says of itself over SCM_CREDENTIALS is not what it is counted by."""
    for number in range(int(count)):
        s = connect(where)
        lie = struct.pack("iII", os.getpid(), 4000 + number, 4000 + number)
        s.sendmsg([b"x\n"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, lie)])
        s.shutdown(socket.SHUT_WR)
        hold_to(drain(s) == b"hx\n", "not served")
        s.close()
    others_are_served()


def control_strangers(where, count):
    """Not root: however many come to the control socket, root's questions are answered, and theirs are not."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(1000)
        os.setuid(1000)
        for _ in range(int(count)):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.settimeout(10 * SLOW)
            try:
                connect_local(s, where)
                if s.recv(1000):
                    os._exit(1)
            except (BrokenPipeError, ConnectionResetError):
                pass
        os._exit(0)
    asked = 0
    ended, how = 0, 0
    while ended == 0:
        status()
        asked += 1
        ended, how = os.waitpid(child, os.WNOHANG)
    hold_to(how == 0, f"they have an answer, or wait for one: {how}")
    print(f"root was answered {asked} times meanwhile")
    others_are_served()


def control_garbage(where, count):
    """Root's own, out of order: too long, too short, descriptors, questions whose answers are not read."""
    chance = random.Random(7)
    null = os.open("/dev/null", os.O_RDONLY)
    rights_ = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 200).tobytes())]
    for _ in range(int(count)):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(10 * SLOW)
        connect_local(s, where)
        tail = chance.randbytes(chance.randrange(1, 100))
        text = chance.choice([b"", b"x", tail, bytes(100000), CONTROL_MAGIC, CONTROL_MAGIC + tail])
        try:
            s.sendmsg([text], chance.choice([[], rights_]))
            s.send(text)
        except (BrokenPipeError, ConnectionResetError):
            pass
        s.close()
    others_are_served()
    until(lambda: subprocess.run(os.environ["RUDE_STATUS"].split(), stdout=subprocess.DEVNULL, check=False).returncode == 0,
          "root is not answered any more")


def main():
    verb = globals().get(sys.argv[1].replace("-", "_"))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    try:
        verb(*sys.argv[2:])
    except (Broken, OSError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")


main()
