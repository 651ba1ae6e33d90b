// SPDX-License-Identifier: MIT
// Reports the session of pi to atmd. Copy this file to ~/.pi/agent/extensions/. It has no dependencies, answers no
// question, and never delays pi: without a daemon it drops what it would report.
import net from "node:net"
import os from "node:os"

const AGENT = "pi"
const MOST_WAITING = 1000
const RETRY_MS = 5000

function places() {
  if (process.env.ATM_SOCKET) return [process.env.ATM_SOCKET]
  const state = process.env.XDG_STATE_HOME || os.homedir() + "/.local/state"
  const runtime = process.env.XDG_RUNTIME_DIR
  return [...(runtime ? [runtime + "/atm/atm.sock"] : []), `/run/user/${process.getuid()}/atm/atm.sock`, state + "/atm/run/atm.sock"]
}

// One connection for the life of the process: its end ends the sessions.
const daemon = {
  socket: null,
  isReady: false, // the daemon has the greeting
  waiting: [],
  tried: 0,
  send(observation) {
    const context = { tmux_pane: process.env.TMUX_PANE, tmux_socket: process.env.TMUX?.split(",")[0], cwd: process.cwd() }
    const line = JSON.stringify({ type: "ingest", channel: AGENT + "/observation", payload: observation, context }) + "\n"
    if (this.isReady) return void this.socket.write(line)
    if (this.waiting.length < MOST_WAITING) this.waiting.push(line)
    if (!this.socket && Date.now() - this.tried > RETRY_MS) this.connect(places())
  },
  connect([path, ...others]) {
    this.tried = Date.now()
    const socket = net.createConnection(path)
    this.socket = socket
    socket.on("connect", () => {
      socket.write(JSON.stringify({ type: "hello", protocol_version: "1.1", client_type: "session", stream: true }) + "\n")
      for (const line of this.waiting.splice(0)) socket.write(line)
      this.isReady = true
    })
    socket.on("data", () => {})
    socket.on("error", () => {
      if (others.length > 0) return this.connect(others)
      this.waiting = []
    })
    socket.on("close", () => {
      if (this.socket !== socket) return
      this.socket = null
      this.isReady = false
    })
    socket.unref()
  },
}

function observe(type, session, attrs = {}) {
  const known = Object.entries(attrs).filter(([, value]) => value !== undefined && value !== null)
  daemon.send({ type, session_id: session, attrs: Object.fromEntries(known) })
}

// pi also compacts at a threshold and after an overflow.
function triggerOf(event) {
  return event.reason === "manual" ? "manual" : "auto"
}

// ".../20261122T120301_01a22b5d-a4f7-7479-a474-4b0186f7f551.jsonl" has the id of its session.
function sessionOf(file) {
  return /_([0-9a-f-]{36})\.jsonl$/.exec(file ?? "")?.[1]
}

// After a reload of the extensions the session continues.
const SOURCES = { startup: "startup", resume: "resume", reload: "resume", new: "clear", fork: "fork" }

const turn = { outcome: undefined, tools: new Map(), cost: 0 }

const HANDLERS = {
  session_start(event, ctx, id) {
    turn.cost = 0
    observe("session.started", id, {
      source: SOURCES[event.reason] ?? "startup",
      forked_from: event.reason === "fork" ? sessionOf(event.previousSessionFile) : undefined,
      cwd: ctx.cwd,
      "model.id": ctx.model?.id,
      transcript_path: ctx.sessionManager?.getSessionFile?.(),
    })
  },
  session_info_changed(event, ctx, id) {
    observe("status.reported", id, { "session.name": event.name })
  },
  before_agent_start(event, ctx, id) {
    turn.outcome = undefined
    observe("prompt.submitted", id, { chars: event.prompt?.length })
  },
  tool_execution_start(event, ctx, id) {
    turn.tools.set(event.toolCallId, event.toolName)
    observe("tool.started", id, { tool: event.toolName, tool_use_id: event.toolCallId })
  },
  tool_execution_end(event, ctx, id) {
    turn.tools.delete(event.toolCallId)
    observe("tool.finished", id, { tool: event.toolName, tool_use_id: event.toolCallId, is_error: event.isError === true })
  },
  // Dialogs of any extension; a confirmation while a tool has started is the permission of that tool.
  ui_prompt_start(event, ctx, id) {
    const [tool] = turn.tools.values()
    const isPermission = event.kind === "confirm" && tool !== undefined
    observe("input.needed", id, { reason: isPermission ? "permission" : "question", tool: isPermission ? tool : undefined })
  },
  ui_prompt_end(event, ctx, id) {
    observe("input.resolved", id, { outcome: "unknown" })
  },
  message_end(event, ctx, id) {
    const { role, model, usage, stopReason } = event.message ?? {}
    if (role !== "assistant" || !usage) return
    // pi tries again unless agent_settled follows.
    if (stopReason === "error") return observe("request.failed", id)
    turn.cost += usage.cost?.total ?? 0
    const used = ctx.getContextUsage?.()
    observe("status.reported", id, {
      "model.id": model,
      "cost.total_usd_micros": turn.cost > 0 ? Math.round(turn.cost * 1e6) : undefined,
      "context.input_tokens": usage.input,
      "context.output_tokens": usage.output,
      "context.cache_read_tokens": usage.cacheRead,
      "context.cache_creation_tokens": usage.cacheWrite,
      "context.window": used?.contextWindow,
      "context.used_percentage": used?.percent,
    })
  },
  agent_before_settle(event) {
    turn.outcome = event.outcome === "error" ? "error" : "ok"
  },
  // After Esc there is no agent_before_settle.
  agent_settled(event, ctx, id) {
    turn.tools.clear()
    observe("turn.finished", id, { outcome: turn.outcome ?? "interrupted" })
  },
  session_before_compact(event, ctx, id) {
    observe("compaction.started", id, { trigger: triggerOf(event) })
  },
  session_compact(event, ctx, id) {
    observe("compaction.finished", id, { trigger: triggerOf(event) })
  },
  session_compact_failed(event, ctx, id) {
    observe("compaction.finished", id, { trigger: triggerOf(event) })
  },
  session_shutdown(event, ctx, id) {
    observe("session.ended", id, { reason: event.reason ?? "quit" })
  },
}

export default function (pi) {
  for (const [name, handler] of Object.entries(HANDLERS)) {
    pi.on(name, async (event, ctx) => {
      try {
        const id = ctx.sessionManager?.getSessionId?.()
        if (id) handler(event, ctx, id)
      } catch {
        // The agent must not notice.
      }
    })
  }
}
