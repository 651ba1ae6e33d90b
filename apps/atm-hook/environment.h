/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_ENVIRONMENT_H
#define ATM_HOOK_ENVIRONMENT_H

/* The environment variables that atm-hook reads. It sends only those before HOOK_ENV_REPORTED; none of them is a
 * secret. */

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hook_variable {
  HOOK_ENV_CLAUDE_PID,
  HOOK_ENV_CLAUDE_CODE_SESSION_ID,
  HOOK_ENV_CLAUDE_CODE_ENTRYPOINT,
  HOOK_ENV_CLAUDE_CODE_SESSION_ATTENDED,
  HOOK_ENV_CLAUDE_CONFIG_DIR,
  HOOK_ENV_CLAUDE_PROJECT_DIR,
  HOOK_ENV_CLAUDE_EFFORT,
  HOOK_ENV_CLAUDE_JOB_DIR,
  HOOK_ENV_AI_AGENT,
  HOOK_ENV_CODEX_HOME,
  HOOK_ENV_GEMINI_SESSION_ID,
  HOOK_ENV_TERM,
  HOOK_ENV_TERM_PROGRAM,
  HOOK_ENV_SSH_TTY,
  HOOK_ENV_COLUMNS,
  HOOK_ENV_LINES,
  HOOK_ENV_REPORTED,

  HOOK_ENV_TMUX = HOOK_ENV_REPORTED,
  HOOK_ENV_TMUX_PANE,
  HOOK_ENV_ATM_SOCKET,
  HOOK_ENV_ATM_SPOOL_MAX,
  HOOK_ENV_ATM_AUTOSTART,
  HOOK_ENV_XDG_RUNTIME_DIR,
  HOOK_ENV_XDG_STATE_HOME,
  HOOK_ENV_HOME,
  HOOK_ENV_COUNT,
} hook_variable;

/* Null if unset. The values are borrowed from the list. */
typedef struct hook_environment {
  const char* value[HOOK_ENV_COUNT];
} hook_environment;

const char* hook_environment_name(hook_variable variable);

/* Reads a list in the form of `environ`; the first of two entries with one name counts. */
void hook_environment_read(hook_environment* environment, char* const* list);

#ifdef __cplusplus
}
#endif

#endif
