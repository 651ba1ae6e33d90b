#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Follows the sessions over the Unix socket and keeps a copy that is right even after messages were dropped, and
// after the daemon was gone. Node 18 or newer, no packages.
//
//   socket_follow.mjs [--activity] [SOCKET]     the daemon of this user
//
// One line a change, with --activity one for each observation too; after Ctrl-C the sessions as a JSON array.
// The rules are those of docs/specs/protocol.md.
import net from "node:net";
import process from "node:process";

const RETRY_MS = 500;

/** What is known of every session: the daemon's, as of its last message. */
class Copy {
  known = new Map();
  arriving = null; // a snapshot that comes in several messages

  take(message) {
    switch (message.type) {
      case "sessions":
        return this.takeSnapshot(message);
      case "session_registered":
      case "session_updated":
        return this.put(message.session);
      case "session_removed":
        return this.remove(message.session_id);
      case "gap":
        this.arriving = null;
        return console.log(`missed ${message.missed} events; what follows is how it is now`);
      case "activity":
        return console.log(`${message.observation.session_id}: ${message.observation.type}`);
    } // what a newer daemon says beyond this is passed over
  }

  takeSnapshot({ sessions, more }) {
    this.arriving ??= new Map();
    for (const session of sessions) this.arriving.set(session.id, session);
    if (more) return;
    const all = this.arriving;
    this.arriving = null;
    for (const id of [...this.known.keys()]) if (!all.has(id)) this.remove(id);
    for (const session of all.values()) this.put(session);
    console.log(`in step, ${all.size} sessions`);
  }

  put(session) {
    const old = this.known.get(session.id);
    this.known.set(session.id, session);
    // After a restart of the daemon rev begins anew.
    if (old?.rev !== session.rev || old?.status.status !== session.status.status)
      console.log(`${session.id} is ${session.status.status}, rev ${session.rev}`);
  }

  remove(id) {
    if (this.known.delete(id)) console.log(`${id} is gone`);
  }
}

/** One connection after the other, each with a handshake and a subscription. */
class Follower {
  copy = new Copy();
  lost = false;

  constructor(path, activity) {
    this.path = path;
    this.activity = activity;
  }

  connect() {
    const socket = net.createConnection(this.path);
    let rest = "";
    this.copy.arriving = null;
    socket.setEncoding("utf8"); // a character may come in two pieces
    socket.on("connect", () => {
      this.lost = false;
      this.send(socket, { type: "hello", protocol_version: "1.1", client_type: "subscriber" });
      this.send(socket, { type: "subscribe", activity: this.activity });
    });
    socket.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) this.take(JSON.parse(line), socket);
    });
    socket.on("error", () => {}); // "close" comes after it
    socket.on("close", () => {
      if (!this.lost) console.log("no daemon; trying again");
      this.lost = true;
      setTimeout(() => this.connect(), RETRY_MS);
    });
  }

  send(socket, message) {
    socket.write(JSON.stringify(message) + "\n");
  }

  take(message, socket) {
    if (message.type === "server_hello" && !message.accepted) {
      console.error(message.reason);
      process.exit(1);
    }
    if (message.type === "error") {
      console.error(`${message.code}: ${message.message}`);
      return socket.destroy(); // too many clients, for one: later there may be room
    }
    this.copy.take(message);
  }
}

function defaultSocket() {
  const runtime = process.env.XDG_RUNTIME_DIR || `/run/user/${process.getuid()}`;
  return process.env.ATM_SOCKET || `${runtime}/atm/atm.sock`;
}

const words = process.argv.slice(2);
const activity = words[0] === "--activity";
const follower = new Follower(words[activity ? 1 : 0] ?? defaultSocket(), activity);
process.on("SIGINT", () => {
  const sessions = [...follower.copy.known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  console.log(JSON.stringify(sessions));
  process.exit(0);
});
follower.connect();
