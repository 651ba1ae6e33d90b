/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "message.h"

/* The value of `--name VALUE` or `--name=VALUE` at *index, which moves to the value; null: another option. */
static const char* value_of(const char* name, int count, char* const* arguments, int* index) {
  const char* const argument = arguments[*index];
  const size_t length = strlen(name);
  if (strncmp(argument, name, length) != 0) return NULL;
  if (argument[length] == '=') return argument + length + 1;
  if (argument[length] != 0 || *index + 1 >= count) return NULL;
  return arguments[++*index];
}

void hook_options_read(hook_options* options, int count, char* const* arguments) {
  memset(options, 0, sizeof *options);
  for (int i = 1; i < count; ++i) {
    const char* const agent = value_of("--agent", count, arguments, &i);
    if (agent != NULL) {
      options->agent = hook_is_agent(agent) ? agent : NULL;
      continue;
    }
    const char* const event = value_of("--event", count, arguments, &i);
    if (event != NULL) {
      options->event = event;
      continue;
    }
    if (strcmp(arguments[i], "--status-line") == 0) options->is_status_line = true;
    if (strcmp(arguments[i], "--version") == 0) options->wants_version = true;
    if (strcmp(arguments[i], "--help") == 0) options->wants_help = true;
  }
}
