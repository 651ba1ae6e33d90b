/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <string.h>

static const char* const names[HOOK_ENV_COUNT] = {
    [HOOK_ENV_CLAUDE_PID] = "CLAUDE_PID",
    [HOOK_ENV_CLAUDE_CODE_SESSION_ID] = "CLAUDE_CODE_SESSION_ID",
    [HOOK_ENV_CLAUDE_CODE_ENTRYPOINT] = "CLAUDE_CODE_ENTRYPOINT",
    [HOOK_ENV_CLAUDE_CODE_SESSION_ATTENDED] = "CLAUDE_CODE_SESSION_ATTENDED",
    [HOOK_ENV_CLAUDE_CONFIG_DIR] = "CLAUDE_CONFIG_DIR",
    [HOOK_ENV_CLAUDE_PROJECT_DIR] = "CLAUDE_PROJECT_DIR",
    [HOOK_ENV_CLAUDE_EFFORT] = "CLAUDE_EFFORT",
    [HOOK_ENV_CLAUDE_JOB_DIR] = "CLAUDE_JOB_DIR",
    [HOOK_ENV_AI_AGENT] = "AI_AGENT",
    [HOOK_ENV_CODEX_HOME] = "CODEX_HOME",
    [HOOK_ENV_GEMINI_SESSION_ID] = "GEMINI_SESSION_ID",
    [HOOK_ENV_TERM] = "TERM",
    [HOOK_ENV_TERM_PROGRAM] = "TERM_PROGRAM",
    [HOOK_ENV_SSH_TTY] = "SSH_TTY",
    [HOOK_ENV_COLUMNS] = "COLUMNS",
    [HOOK_ENV_LINES] = "LINES",
    [HOOK_ENV_TMUX] = "TMUX",
    [HOOK_ENV_TMUX_PANE] = "TMUX_PANE",
    [HOOK_ENV_ATM_SOCKET] = "ATM_SOCKET",
    [HOOK_ENV_ATM_SPOOL_MAX] = "ATM_SPOOL_MAX",
    [HOOK_ENV_ATM_AUTOSTART] = "ATM_AUTOSTART",
    [HOOK_ENV_XDG_RUNTIME_DIR] = "XDG_RUNTIME_DIR",
    [HOOK_ENV_XDG_STATE_HOME] = "XDG_STATE_HOME",
    [HOOK_ENV_HOME] = "HOME",
};

const char* hook_environment_name(hook_variable variable) {
  return names[variable];
}

void hook_environment_read(hook_environment* environment, char* const* list) {
  memset(environment, 0, sizeof *environment);
  for (; list != NULL && *list != NULL; ++list) {
    const char* const entry = *list;
    for (unsigned i = 0; i < HOOK_ENV_COUNT; ++i) {
      if (entry[0] != names[i][0]) continue;
      const size_t length = strlen(names[i]);
      if (strncmp(entry, names[i], length) != 0 || entry[length] != '=') continue;
      if (environment->value[i] == NULL) environment->value[i] = entry + length + 1;
      break;
    }
  }
}
