#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Follows the sessions over ZeroMQ and keeps a copy that is right even after messages were lost.

    zmq_follow.py                 the daemon of this user
    zmq_follow.py --help

One line a change; after Ctrl-C the sessions as a JSON array. Needs the pyzmq package (Debian: python3-zmq) and
[plugins.zmq] enabled = true in atm.toml. The rules are those of docs/specs/zmq.md.
"""
import argparse
import json
import os
import signal
import sys
import time

import zmq


class Copy:
    """A copy of every session. Messages may be lost, repeated and old; the copy detects that it is behind."""

    def __init__(self):
        self.epoch = None  # identifies one start of the daemon
        self.number = None  # of the newest message in an unbroken sequence
        self.known = {}  # session id -> (seq, session), or (seq, None) for one that was removed

    def sessions(self):
        return {name: session for name, (_, session) in self.known.items() if session is not None}

    def take(self, message):
        """Gives whether a snapshot is wanted."""
        if message["epoch"] != self.epoch:
            first = self.epoch is None
            self.__init__()
            self.epoch = message["epoch"]
            if not first:
                print("the daemon was started again", flush=True)
                self.number = message["number"]
                self.take(message)
                return True
        if message["type"] == "heartbeat":
            # The heartbeat names the expected state. Losses before the first one have no number, so they cause a
            # request.
            behind = self.number != message["number"] or len(self.sessions()) != message["sessions"]
            self.number = message["number"]
            return behind
        behind = self.number is not None and message["number"] > self.number + 1
        if self.number is not None:
            self.number = max(self.number, message["number"])
        if message["type"] == "session_removed":
            self.put(message["session_id"], message["seq"], None)
        elif "session" in message:
            self.put(message["session"]["id"], message["seq"], message["session"])
        return behind or message["type"] == "gap"

    def take_snapshot(self, seq, sessions):
        """Everything as it was at seq; what is known to be newer stays."""
        there = {session["id"]: session for session in sessions}
        for name in there.keys() | self.known.keys():
            self.put(name, seq, there.get(name))

    def put(self, name, seq, session):
        old_seq, old = self.known.get(name, (-1, None))
        if seq < old_seq or (seq == old_seq and old == session):
            return
        self.known[name] = (seq, session)
        if session is None and old is not None:
            print(f"{name} is gone", flush=True)
        elif session is not None and (old is None or old["rev"] != session["rev"]):
            print(f"{name} is {session['status']['status']}, rev {session['rev']}", flush=True)


class Follower:
    RETRY_S = 5.0
    SILENT_S = 3.0  # or three heartbeats

    def __init__(self, publish, request):
        self.copy = Copy()
        self.request = 0  # id of the newest
        self.first = 1  # id of the first request to this start of the daemon
        self.needed = 1  # id of the first request whose answer covers all losses
        self.asked = None  # time of the pending request; None: none is pending
        self.again = False
        self.behind = False
        self.joined = False  # has received an answer
        self.heard = time.monotonic()
        self.silent_s = self.SILENT_S
        self.silent = False
        self.context = zmq.Context()
        self.events = self.context.socket(zmq.SUB)
        self.events.connect(publish)
        self.events.subscribe(b"atm/1/")
        self.requests = self.context.socket(zmq.DEALER)
        self.requests.linger = 0
        self.requests.immediate = 1
        self.requests.sndhwm = 1
        self.requests.connect(request)

    def run(self):
        poller = zmq.Poller()
        poller.register(self.events, zmq.POLLIN)
        poller.register(self.requests, zmq.POLLIN)
        while True:
            ready = dict(poller.poll(1000))
            if self.events in ready:
                _topic, text = self.events.recv_multipart()
                self.take_event(json.loads(text))
            elif time.monotonic() - self.heard >= self.silent_s and not self.silent:
                print("no daemon is heard", flush=True)
                self.silent = True
                self.ask()
            if self.requests in ready:
                self.take_reply([json.loads(frame) for frame in self.requests.recv_multipart()])
            if self.asked is not None and time.monotonic() - self.asked >= self.RETRY_S:
                self.send()

    def take_event(self, message):
        epoch = self.copy.epoch
        behind = self.copy.take(message) or self.silent
        self.heard = time.monotonic()
        self.silent = False
        if message["type"] == "heartbeat":
            self.silent_s = max(self.SILENT_S, 3 * message.get("interval_ms", 1000) / 1000)
        if epoch is not None and self.copy.epoch != epoch:
            # The former daemon may have got the pending request; its answer is invalid.
            self.asked = None
            self.first = self.request + 1
        if behind:
            self.ask()

    def ask(self):
        if self.asked is not None:
            self.again = True  # the pending answer may be older than this loss
            return
        self.again = False
        if not self.behind:
            print("behind" if self.joined else "joined", "asking for a snapshot", sep=": ", flush=True)
        self.behind = True
        self.needed = self.request + 1
        self.send()

    def send(self):
        self.asked = time.monotonic()
        try:
            self.requests.send_string(
                json.dumps({"type": "get_all_sessions", "id": self.request + 1}), zmq.NOBLOCK)
        except zmq.Again:
            return  # no daemon; retried later
        self.request += 1

    def take_reply(self, messages):
        # An answer without an id says that the newest request was not read.
        number = messages[0].get("id", self.request)
        if self.asked is None or number < self.first:
            return
        if messages[0]["type"] != "sessions":
            print(f"refused: {messages[0].get('message')}", flush=True)
            return  # retried later
        self.copy.take_snapshot(messages[0]["seq"], [s for message in messages for s in message["sessions"]])
        if number < self.needed:
            return
        print("caught up", flush=True)
        self.asked = None
        self.behind = False
        self.joined = True
        if self.again:
            self.ask()


def main():
    runtime = os.path.join(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}", "atm")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--publish", default=f"ipc://{runtime}/zmq-pub.sock")
    parser.add_argument("--request", default=f"ipc://{runtime}/zmq-router.sock")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    follower = Follower(arguments.publish, arguments.request)
    try:
        follower.run()
    except KeyboardInterrupt:
        sessions = follower.copy.sessions()
        json.dump([sessions[name] for name in sorted(sessions)], sys.stdout)
        print()


if __name__ == "__main__":
    main()
