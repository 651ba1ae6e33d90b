/* SPDX-License-Identifier: MIT */
#ifndef ATM_VOCABULARY_H
#define ATM_VOCABULARY_H

/* The names of the vocabulary: each observation type, and each attribute key with a fixed meaning. The host and the C++
 * wrapper use these tables, and docs/sdk/vocabulary.md is generated from them. docs/specs/observations.md defines the
 * meanings. ATM_VOCABULARY_MAJOR and ATM_VOCABULARY_MINOR in <atm/abi.h> are the version. Since ABI 1.2.
 *
 * Each name is a constant: ATM_TYPE_TOOL_STARTED is "tool.started", and ATM_KEY_TOOL_USE_ID is "tool_use_id". */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* TYPE(CONSTANT, name, reporter): AGENT means that a manifest or a worker of an agent may report the type. Sources, the
 * registry and clients report the others. */
#define ATM_VOCABULARY_TYPES(TYPE)                        \
  TYPE(SESSION_STARTED, "session.started", AGENT)         \
  TYPE(SESSION_ENDED, "session.ended", AGENT)             \
  TYPE(SESSION_REPLACED, "session.replaced", OTHER)       \
  TYPE(PROCESS_BOUND, "process.bound", AGENT)             \
  TYPE(PROCESS_EXITED, "process.exited", OTHER)           \
  TYPE(PROMPT_SUBMITTED, "prompt.submitted", AGENT)       \
  TYPE(TURN_FINISHED, "turn.finished", AGENT)             \
  TYPE(TOOL_STARTED, "tool.started", AGENT)               \
  TYPE(TOOL_FINISHED, "tool.finished", AGENT)             \
  TYPE(TOOL_AMENDED, "tool.amended", AGENT)               \
  TYPE(REQUEST_FAILED, "request.failed", AGENT)           \
  TYPE(INPUT_NEEDED, "input.needed", AGENT)               \
  TYPE(INPUT_RESOLVED, "input.resolved", AGENT)           \
  TYPE(SUBAGENT_STARTED, "subagent.started", AGENT)       \
  TYPE(SUBAGENT_FINISHED, "subagent.finished", AGENT)     \
  TYPE(COMPACTION_STARTED, "compaction.started", AGENT)   \
  TYPE(COMPACTION_FINISHED, "compaction.finished", AGENT) \
  TYPE(STATUS_REPORTED, "status.reported", AGENT)         \
  TYPE(USAGE_REPORTED, "usage.reported", AGENT)           \
  TYPE(NOTICE, "notice", AGENT)                           \
  TYPE(STATE_REPORTED, "state.reported", AGENT)           \
  TYPE(ATTENTION_ACKNOWLEDGED, "attention.acknowledged", OTHER)

/* KEY(CONSTANT, name, kind): kind is ATM_VALUE_*. Sorted bytewise by name. */
#define ATM_VOCABULARY_KEYS(KEY)                                                     \
  KEY(ABORT_REASON, "abort.reason", ATM_VALUE_STR)                                   \
  KEY(ABOUT, "about", ATM_VALUE_STR)                                                 \
  KEY(AGENT_TYPE, "agent_type", ATM_VALUE_STR)                                       \
  KEY(ATTEMPT, "attempt", ATM_VALUE_INT)                                             \
  KEY(ATTENDED, "attended", ATM_VALUE_BOOL)                                          \
  KEY(BACKGROUND, "background", ATM_VALUE_BOOL)                                      \
  KEY(BACKGROUND_TASKS, "background_tasks", ATM_VALUE_INT)                           \
  KEY(BATCH, "batch", ATM_VALUE_BOOL)                                                \
  KEY(BOOT_ID, "boot_id", ATM_VALUE_STR)                                             \
  KEY(BY, "by", ATM_VALUE_STR)                                                       \
  KEY(CHARS, "chars", ATM_VALUE_INT)                                                 \
  KEY(CONTEXT_CACHE_CREATION_TOKENS, "context.cache_creation_tokens", ATM_VALUE_INT) \
  KEY(CONTEXT_CACHE_READ_TOKENS, "context.cache_read_tokens", ATM_VALUE_INT)         \
  KEY(CONTEXT_INPUT_TOKENS, "context.input_tokens", ATM_VALUE_INT)                   \
  KEY(CONTEXT_OUTPUT_TOKENS, "context.output_tokens", ATM_VALUE_INT)                 \
  KEY(CONTEXT_TOTAL_INPUT_TOKENS, "context.total_input_tokens", ATM_VALUE_INT)       \
  KEY(CONTEXT_TOTAL_OUTPUT_TOKENS, "context.total_output_tokens", ATM_VALUE_INT)     \
  KEY(CONTEXT_USED_PERCENTAGE, "context.used_percentage", ATM_VALUE_DOUBLE)          \
  KEY(CONTEXT_WINDOW, "context.window", ATM_VALUE_INT)                               \
  KEY(COST_TOTAL_USD_MICROS, "cost.total_usd_micros", ATM_VALUE_INT)                 \
  KEY(CWD, "cwd", ATM_VALUE_STR)                                                     \
  KEY(DENIED, "denied", ATM_VALUE_BOOL)                                              \
  KEY(DETAIL, "detail", ATM_VALUE_STR)                                               \
  KEY(DURATION_API_MS, "duration.api_ms", ATM_VALUE_INT)                             \
  KEY(DURATION_TOTAL_MS, "duration.total_ms", ATM_VALUE_INT)                         \
  KEY(DURATION_MS, "duration_ms", ATM_VALUE_INT)                                     \
  KEY(EFFORT, "effort", ATM_VALUE_STR)                                               \
  KEY(ENTRYPOINT, "entrypoint", ATM_VALUE_STR)                                       \
  KEY(ERROR_KIND, "error.kind", ATM_VALUE_STR)                                       \
  KEY(EXIT_CODE, "exit_code", ATM_VALUE_INT)                                         \
  KEY(FORKED_FROM, "forked_from", ATM_VALUE_STR)                                     \
  KEY(HOST, "host", ATM_VALUE_STR)                                                   \
  KEY(INTERNAL, "internal", ATM_VALUE_BOOL)                                          \
  KEY(INTERRUPTED, "interrupted", ATM_VALUE_BOOL)                                    \
  KEY(IS_ERROR, "is_error", ATM_VALUE_BOOL)                                          \
  KEY(KIND, "kind", ATM_VALUE_STR)                                                   \
  KEY(LATE, "late", ATM_VALUE_BOOL)                                                  \
  KEY(LINES_ADDED, "lines.added", ATM_VALUE_INT)                                     \
  KEY(LINES_REMOVED, "lines.removed", ATM_VALUE_INT)                                 \
  KEY(MALFORMED, "malformed", ATM_VALUE_INT)                                         \
  KEY(MCP_SERVER, "mcp.server", ATM_VALUE_STR)                                       \
  KEY(MESSAGE, "message", ATM_VALUE_STR)                                             \
  KEY(MODE, "mode", ATM_VALUE_STR)                                                   \
  KEY(MODE_PERMISSION, "mode.permission", ATM_VALUE_STR)                             \
  KEY(MODE_SANDBOX, "mode.sandbox", ATM_VALUE_STR)                                   \
  KEY(MODEL_EFFORT, "model.effort", ATM_VALUE_STR)                                   \
  KEY(MODEL_FROM, "model.from", ATM_VALUE_STR)                                       \
  KEY(MODEL_ID, "model.id", ATM_VALUE_STR)                                           \
  KEY(MODEL_NAME, "model.name", ATM_VALUE_STR)                                       \
  KEY(MODEL_TO, "model.to", ATM_VALUE_STR)                                           \
  KEY(NESTS, "nests", ATM_VALUE_BOOL)                                                \
  KEY(NEXT_AT_NS, "next_at_ns", ATM_VALUE_INT)                                       \
  KEY(OUTCOME, "outcome", ATM_VALUE_STR)                                             \
  KEY(PARENT, "parent", ATM_VALUE_STR)                                               \
  KEY(PARENT_PID, "parent.pid", ATM_VALUE_INT)                                       \
  KEY(PARENT_START_TICKS, "parent.start_ticks", ATM_VALUE_INT)                       \
  KEY(PERMISSION_KIND, "permission.kind", ATM_VALUE_STR)                             \
  KEY(PERMISSION_MODE, "permission_mode", ATM_VALUE_STR)                             \
  KEY(PID, "pid", ATM_VALUE_INT)                                                     \
  KEY(PID_NS, "pid_ns", ATM_VALUE_INT)                                               \
  KEY(PROMPT_ID, "prompt.id", ATM_VALUE_STR)                                         \
  KEY(REASON, "reason", ATM_VALUE_STR)                                               \
  KEY(RECORDED, "recorded", ATM_VALUE_BOOL)                                          \
  KEY(ROLE, "role", ATM_VALUE_STR)                                                   \
  KEY(SCOPE, "scope", ATM_VALUE_STR)                                                 \
  KEY(SESSION_NAME, "session.name", ATM_VALUE_STR)                                   \
  KEY(SESSION_CRONS, "session_crons", ATM_VALUE_INT)                                 \
  KEY(SOLE, "sole", ATM_VALUE_BOOL)                                                  \
  KEY(SOURCE, "source", ATM_VALUE_STR)                                               \
  KEY(START_TICKS, "start_ticks", ATM_VALUE_INT)                                     \
  KEY(STARTED_AT_NS, "started_at_ns", ATM_VALUE_INT)                                 \
  KEY(STATE, "state", ATM_VALUE_STR)                                                 \
  KEY(STOP_HOOK_ACTIVE, "stop_hook_active", ATM_VALUE_BOOL)                          \
  KEY(SUBAGENT_ID, "subagent.id", ATM_VALUE_STR)                                     \
  KEY(SUBAGENT_NAME, "subagent.name", ATM_VALUE_STR)                                 \
  KEY(SUBAGENT_PARENT, "subagent.parent", ATM_VALUE_STR)                             \
  KEY(SUBAGENT_TYPE, "subagent.type", ATM_VALUE_STR)                                 \
  KEY(TASK_ID, "task.id", ATM_VALUE_STR)                                             \
  KEY(TASKS, "tasks", ATM_VALUE_INT)                                                 \
  KEY(TEAM, "team", ATM_VALUE_STR)                                                   \
  KEY(TEAMMATE, "teammate", ATM_VALUE_STR)                                           \
  KEY(TERMINAL_PANE, "terminal.pane", ATM_VALUE_STR)                                 \
  KEY(TERMINAL_PROGRAM, "terminal.program", ATM_VALUE_STR)                           \
  KEY(TERMINAL_SOCKET, "terminal.socket", ATM_VALUE_STR)                             \
  KEY(TMUX_PANE, "tmux.pane", ATM_VALUE_STR)                                         \
  KEY(TMUX_SOCKET, "tmux.socket", ATM_VALUE_STR)                                     \
  KEY(TOOL, "tool", ATM_VALUE_STR)                                                   \
  KEY(TOOL_USE_ID, "tool_use_id", ATM_VALUE_STR)                                     \
  KEY(TOOLS, "tools", ATM_VALUE_INT)                                                 \
  KEY(TRANSCRIPT_PATH, "transcript_path", ATM_VALUE_STR)                             \
  KEY(TRIGGER, "trigger", ATM_VALUE_STR)                                             \
  KEY(TTY, "tty", ATM_VALUE_STR)                                                     \
  KEY(UNBLOCKED, "unblocked", ATM_VALUE_BOOL)                                        \
  KEY(UNKNOWN, "unknown", ATM_VALUE_BOOL)                                            \
  KEY(USAGE_CACHE_READ, "usage.cache_read", ATM_VALUE_INT)                           \
  KEY(USAGE_CACHE_WRITE, "usage.cache_write", ATM_VALUE_INT)                         \
  KEY(USAGE_CACHE_WRITE_1H, "usage.cache_write_1h", ATM_VALUE_INT)                   \
  KEY(USAGE_CACHE_WRITE_5M, "usage.cache_write_5m", ATM_VALUE_INT)                   \
  KEY(USAGE_GEOGRAPHY, "usage.geography", ATM_VALUE_STR)                             \
  KEY(USAGE_ID, "usage.id", ATM_VALUE_STR)                                           \
  KEY(USAGE_INPUT, "usage.input", ATM_VALUE_INT)                                     \
  KEY(USAGE_OUTPUT, "usage.output", ATM_VALUE_INT)                                   \
  KEY(USAGE_PARTS, "usage.parts", ATM_VALUE_INT)                                     \
  KEY(USAGE_REASONING, "usage.reasoning", ATM_VALUE_INT)                             \
  KEY(USAGE_SEARCHES, "usage.searches", ATM_VALUE_INT)                               \
  KEY(USAGE_SPEED, "usage.speed", ATM_VALUE_STR)                                     \
  KEY(USAGE_TIER, "usage.tier", ATM_VALUE_STR)                                       \
  KEY(VERSION, "version", ATM_VALUE_STR)                                             \
  KEY(WAIT_ID, "wait.id", ATM_VALUE_STR)                                             \
  KEY(WEAK, "weak", ATM_VALUE_BOOL)

#ifdef __cplusplus
#define ATM_NAME_ constexpr char
#else
#define ATM_NAME_ static const char
#endif
#define ATM_DECLARE_TYPE_(NAME, TEXT, REPORTER) ATM_NAME_ ATM_TYPE_##NAME[] = TEXT;
ATM_VOCABULARY_TYPES(ATM_DECLARE_TYPE_)
#undef ATM_DECLARE_TYPE_

#define ATM_DECLARE_KEY_(NAME, TEXT, KIND) ATM_NAME_ ATM_KEY_##NAME[] = TEXT;
ATM_VOCABULARY_KEYS(ATM_DECLARE_KEY_)
#undef ATM_DECLARE_KEY_
#undef ATM_NAME_

#ifdef __cplusplus
}
#endif

#endif /* ATM_VOCABULARY_H */
