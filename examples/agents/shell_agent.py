#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A complete agent: runs each line of its input as a command, and reports that to atmd over one connection."""
import json, os, socket, subprocess, sys

AGENT, SESSION = "shell_agent", f"shell-{os.getpid()}"
daemon = socket.socket(socket.AF_UNIX)
daemon.connect(os.environ.get("ATM_SOCKET") or os.environ["XDG_RUNTIME_DIR"] + "/atm/atm.sock")


def send(**message):
    daemon.sendall(json.dumps(message).encode() + b"\n")


def observe(kind, **attrs):
    observation = {"type": kind, "session_id": SESSION, "attrs": attrs}
    send(type="ingest", channel=AGENT + "/observation", payload=observation)


send(type="hello", protocol_version="1.1", client_type="session", stream=True)
observe("session.started", source="startup", cwd=os.getcwd())
for number, line in enumerate(sys.stdin):
    call = {"tool": "shell", "tool_use_id": str(number)}
    observe("prompt.submitted", chars=len(line.strip()))
    observe("tool.started", **call)
    code = subprocess.run(line, shell=True).returncode
    observe("tool.finished", is_error=code != 0, **call)
    observe("turn.finished", outcome="ok")
