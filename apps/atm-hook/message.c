/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <string.h>

/* Bytes of a value in the result. Together with the notes and the chain, values fit in the part of a line that
 * HOOK_SCAN_CAPACITY leaves. */
enum { VALUE_MAX = 256, PATH_MAX_BYTES = 4096, NAME_MAX_BYTES = 128, AGENT_MAX = 64 };

bool hook_is_agent(const char* name) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const size_t length = strlen(name);
  return length > 0 && length <= AGENT_MAX && strspn(name, allowed) == length;
}

void hook_message_start(hook_text* out, const char* agent, const char* kind) {
  hook_put_literal(out,
                   "{\"type\":\"hello\",\"protocol_version\":{\"major\":1,\"minor\":0},"
                   "\"client_type\":\"session\"}\n");
  out->capacity = out->size + HOOK_LINE_MAX < out->capacity ? out->size + HOOK_LINE_MAX : out->capacity;
  hook_put_literal(out, "{\"type\":\"ingest\",\"channel\":\"");
  hook_put_literal(out, agent);
  hook_put_literal(out, "/");
  hook_put_literal(out, kind);
  hook_put_literal(out, "\",\"payload\":");
}

bool hook_message_put_text(hook_text* out, const char* bytes, size_t count) {
  return hook_put_string(out, bytes, count, HOOK_STRING_MAX);
}

/* `name` includes the quotes, colon and comma. */
static void put_text(hook_text* out, const char* name, const char* value, size_t count, size_t limit) {
  if (value == NULL || count == 0) return;
  hook_put_literal(out, name);
  hook_put_string(out, value, count, limit);
}

static void put_number(hook_text* out, const char* name, uint64_t value) {
  hook_put_literal(out, name);
  hook_put_number(out, value);
}

static size_t length_of(const char* text) {
  return text == NULL ? 0 : strlen(text);
}

static void put_chain(hook_text* out, const hook_process* chain, size_t count) {
  hook_put_literal(out, ",\"ppids\":[");
  for (size_t i = 0; i < count; ++i) {
    put_number(out, i == 0 ? "{\"pid\":" : ",{\"pid\":", (uint64_t)chain[i].pid);
    put_number(out, ",\"start_ticks\":", chain[i].start_ticks);
    hook_put_literal(out, ",\"comm\":");
    hook_put_string(out, chain[i].comm, chain[i].comm_size, NAME_MAX_BYTES);
    hook_put_char(out, '}');
  }
  hook_put_char(out, ']');
}

static void put_process(hook_text* out, const hook_context* context) {
  if (context->client != NULL) {
    put_number(out, ",\"pid\":", (uint64_t)context->client->pid);
    put_number(out, ",\"start_ticks\":", context->client->start_ticks);
    char tty[24];
    hook_process_tty(context->client->tty, tty);
    put_text(out, ",\"tty\":", tty, strlen(tty), sizeof tty);
  }
  if (context->pid_namespace != 0) put_number(out, ",\"pid_ns\":", context->pid_namespace);
  put_chain(out, context->chain, context->chain_count);
}

static void put_environment(hook_text* out, const hook_environment* environment) {
  const char* const tmux = environment->value[HOOK_ENV_TMUX];
  const char* const pane = environment->value[HOOK_ENV_TMUX_PANE];
  put_text(out, ",\"tmux_pane\":", pane, length_of(pane), NAME_MAX_BYTES);
  put_text(out, ",\"tmux_socket\":", tmux, tmux == NULL ? 0 : strcspn(tmux, ","), VALUE_MAX);
  hook_put_literal(out, ",\"env\":{");
  bool is_first = true;
  for (unsigned i = 0; i < HOOK_ENV_REPORTED; ++i) {
    const char* const value = environment->value[i];
    if (value == NULL) continue;
    hook_put_literal(out, is_first ? "\"" : ",\"");
    hook_put_literal(out, hook_environment_name((hook_variable)i));
    hook_put_literal(out, "\":");
    hook_put_string(out, value, strlen(value), VALUE_MAX);
    is_first = false;
  }
  hook_put_char(out, '}');
}

static void put_cuts(hook_text* out, const hook_scan* scan, uint64_t cut_bytes) {
  if (cut_bytes != 0) {
    put_number(out, ",\"cut\":{\"\":", cut_bytes);
    hook_put_literal(out, "},\"cut_count\":1");
    return;
  }
  if (scan->note_count != 0) {
    hook_put_literal(out, ",\"cut\":{");
    hook_put(out, scan->notes.data, scan->notes.size);
    hook_put_char(out, '}');
  }
  if (scan->cut_count != 0) put_number(out, ",\"cut_count\":", scan->cut_count);
  if (scan->elided_count != 0) put_number(out, ",\"elided_count\":", scan->elided_count);
}

void hook_message_finish(hook_text* out, const hook_context* context, const hook_scan* scan,
                         uint64_t cut_bytes) {
  put_number(out, ",\"context\":{\"time_ns\":", context->time_ns);
  put_text(out, ",\"event\":", context->event, length_of(context->event), NAME_MAX_BYTES);
  put_process(out, context);
  put_text(out, ",\"cwd\":", context->cwd, length_of(context->cwd), PATH_MAX_BYTES);
  put_text(out, ",\"host\":", context->host, length_of(context->host), VALUE_MAX);
  put_environment(out, context->environment);
  put_cuts(out, scan, cut_bytes);
  hook_put_literal(out, "}}\n");
}
