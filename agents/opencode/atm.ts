// SPDX-License-Identifier: MIT
// Reports the sessions of OpenCode to atmd. Copy this file to ~/.config/opencode/plugins/. It has no dependencies,
// answers no question, and never delays OpenCode: without a daemon it drops what it would report.
import net from "node:net"
import os from "node:os"

const AGENT = "opencode"
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

const busy = new Set() // sessions with an open turn
const errors = new Map() // session to the error of its turn
const refused = new Map() // session to the time when the user refused a permission, until the model answers
const tools = new Set() // calls that have started and not ended

const names = new Map() // session to its title

// The title changes while the agent works; the other updates are frequent.
function nameOf(session, info) {
  if (!info?.title || names.get(session) === info.title) return undefined
  names.set(session, info.title)
  return info.title
}

// What the user allows, by the name that OpenCode gives the permission.
const KINDS = { bash: "command", edit: "patch", webfetch: "network", websearch: "network", external_directory: "sandbox" }

function endTurn(session) {
  // session.idle comes twice after an error.
  if (!busy.delete(session)) return
  const error = errors.get(session)
  errors.delete(session)
  const isRefused = refused.delete(session)
  const isInterrupted = error === "MessageAbortedError" || (error === undefined && isRefused)
  const outcome = isInterrupted ? "interrupted" : error === undefined ? "ok" : "error"
  observe("turn.finished", session, { outcome, "error.kind": outcome === "error" ? error : undefined })
}

function takeTool(part) {
  const attrs = { tool: part.tool, tool_use_id: part.callID }
  const key = part.sessionID + part.callID
  const status = part.state?.status
  if (status === "running" && !tools.has(key)) {
    tools.add(key)
    observe("tool.started", part.sessionID, attrs)
  } else if ((status === "completed" || status === "error") && tools.delete(key)) {
    const exit = part.state.metadata?.exit
    const exitCode = typeof exit === "number" ? exit : undefined
    observe("tool.finished", part.sessionID, { ...attrs, is_error: status === "error" || (exitCode ?? 0) !== 0, exit_code: exitCode })
  }
}

function takeMessage(info) {
  // After a refusal with a comment, the model answers in a new message.
  if (info.role === "assistant" && info.time?.created > refused.get(info.sessionID)) refused.delete(info.sessionID)
  if (info.role !== "assistant" || !info.time?.completed || !info.tokens) return
  observe("status.reported", info.sessionID, {
    "model.id": info.modelID,
    "context.input_tokens": info.tokens.input,
    "context.output_tokens": info.tokens.output,
    "context.cache_read_tokens": info.tokens.cache?.read,
    "context.cache_creation_tokens": info.tokens.cache?.write,
  })
  if (!info.id || info.tokens.output === 0) return
  // OpenCode counts reasoning beside the output.
  observe("usage.reported", info.sessionID, {
    "usage.id": info.id,
    "model.id": info.modelID,
    "usage.input": info.tokens.input,
    "usage.output": info.tokens.output + (info.tokens.reasoning ?? 0),
    "usage.reasoning": info.tokens.reasoning,
    "usage.cache_read": info.tokens.cache?.read,
    "usage.cache_write": info.tokens.cache?.write,
  })
}

function take(event) {
  const p = event.properties ?? {}
  const session = p.sessionID
  switch (event.type) {
    case "session.created":
      return observe("session.started", session, { source: "startup", cwd: p.info?.directory, version: p.info?.version, parent: p.info?.parentID, "session.name": nameOf(session, p.info) })
    case "session.updated": {
      const name = nameOf(session, p.info)
      const cost = p.info?.cost > 0 ? Math.round(p.info.cost * 1e6) : undefined
      if (name || cost) observe("status.reported", session, { "session.name": name, "cost.total_usd_micros": cost })
      return
    }
    case "session.status":
      if (p.status?.type === "busy") busy.add(session)
      if (p.status?.type === "retry") observe("request.failed", session, { attempt: p.status.attempt, next_at_ns: p.status.next > 0 ? p.status.next * 1e6 : undefined })
      return
    case "session.error":
      return void errors.set(session, p.error?.name ?? "unknown")
    case "session.idle":
      return endTurn(session)
    case "session.compacted":
      return observe("compaction.finished", session, { trigger: "auto" })
    case "session.deleted":
      return observe("session.ended", session, { reason: "deleted" })
    case "message.updated":
      return takeMessage(p.info)
    case "message.part.updated":
      return p.part?.type === "tool" ? takeTool(p.part) : undefined
    case "permission.asked":
      return observe("input.needed", session, { reason: "permission", "wait.id": p.id, "permission.kind": KINDS[p.permission], tool: p.permission, tool_use_id: p.tool?.callID })
    case "permission.replied":
      if (p.reply === "reject") refused.set(session, Date.now())
      return observe("input.resolved", session, { "wait.id": p.requestID, outcome: p.reply === "reject" ? "denied" : "allowed", scope: p.reply === "reject" ? undefined : p.reply })
    case "question.asked":
      return observe("input.needed", session, { reason: "question", "wait.id": p.id })
    case "question.replied":
      return observe("input.resolved", session, { "wait.id": p.requestID, outcome: "answered" })
    case "question.rejected":
      return observe("input.resolved", session, { "wait.id": p.requestID, outcome: "cancelled" })
  }
}

function guarded(body) {
  try {
    body()
  } catch {
    // The agent must not notice.
  }
}

export const AtmPlugin = async () => ({
  event: async ({ event }) => guarded(() => take(event)),
  "chat.message": async (input) =>
    guarded(() => {
      busy.add(input.sessionID)
      observe("prompt.submitted", input.sessionID, { "model.id": input.model?.modelID })
    }),
})
