/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "message.h"

/* Returns true if `--name VALUE` or `--name=VALUE` is at *index, and moves *index to the value. */
static bool take_value(const char* name, int count, char* const* arguments, int* index, const char** value) {
  const char* const argument = arguments[*index];
  const size_t length = strlen(name);
  if (strncmp(argument, name, length) != 0) return false;
  const bool is_joined = argument[length] == '=';
  if (!is_joined && (argument[length] != 0 || *index + 1 >= count)) return false;
  *value = is_joined ? argument + length + 1 : arguments[++*index];
  return true;
}

void hook_options_read(hook_options* options, int count, char* const* arguments) {
  memset(options, 0, sizeof *options);
  for (int i = 1; i < count; ++i) {
    if (take_value("--agent", count, arguments, &i, &options->agent)) continue;
    if (take_value("--event", count, arguments, &i, &options->event)) continue;
    /* The agent appends the payload, which could look like an option. */
    if (strcmp(arguments[i], "--argv") == 0) {
      options->payload = i + 1 < count ? arguments[count - 1] : "";
      break;
    }
    if (take_value("--then", count, arguments, &i, &options->then)) continue;
    if (strcmp(arguments[i], "--status-line") == 0) options->is_status_line = true;
    if (strcmp(arguments[i], "--start") == 0) options->wants_start = true;
    if (strcmp(arguments[i], "--version") == 0) options->wants_version = true;
    if (strcmp(arguments[i], "--help") == 0) options->wants_help = true;
  }
  if (options->agent != NULL && !hook_is_agent(options->agent)) options->agent = NULL;
  if (options->payload != NULL) options->is_status_line = false;
  if (!options->is_status_line) options->then = NULL;
}
