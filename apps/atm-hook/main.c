/* SPDX-License-Identifier: MIT */
/* atm-hook runs inside an agent's turn. It reads a payload, tells the daemon, and is gone: it waits for no
 * answer, prints nothing, starts nothing, and exits with 0 whatever happens. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "endpoint.h"
#include "message.h"
#include "options.h"

enum {
  CHUNK = 64 << 10,
  PREFIX = HOOK_STRING_MAX + 3, /* a character that begins within the limit ends within this */
  CWD_CAPACITY = 4097,
};

typedef struct input {
  uint64_t size;
  size_t prefix_size;
  char prefix[PREFIX]; /* what to show if it is no JSON */
} input;

static void print(const char* text) {
  const size_t size = strlen(text);
  if (write(STDOUT_FILENO, text, size) < 0) return;
}

static void keep_prefix(input* payload, const char* bytes, size_t count) {
  size_t room = PREFIX - payload->prefix_size;
  if (count < room) room = count;
  memcpy(payload->prefix + payload->prefix_size, bytes, room);
  payload->prefix_size += room;
}

/* Some agents keep the pipe open behind a whole document; the others' end of file must be waited for, as a
 * writer that is not read to the end gets an error. */
static bool is_more_expected(const hook_scan* scan) {
  if (!hook_scan_is_complete(scan)) return true;
  struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&readable, 1, HOOK_TRAILING_MS) > 0;
}

static char chunk[CHUNK];

/* Time was up with more to come: a writer that is still at it is listened to, for as long as it is. */
static void drain(void) {
  struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
  for (;;) {
    const int ready = poll(&readable, 1, HOOK_QUIET_MS);
    if (ready == 0 || (ready < 0 && errno != EINTR)) return;
    if (ready > 0 && read(STDIN_FILENO, chunk, sizeof chunk) <= 0) return;
  }
}

static void read_payload(input* payload, hook_scan* scan) {
  while (!hook_deadline_is_reading_over() && is_more_expected(scan)) {
    const ssize_t size = read(STDIN_FILENO, chunk, sizeof chunk);
    if (size == 0 || (size < 0 && errno != EINTR)) return;
    if (size < 0) continue;
    payload->size += (uint64_t)size;
    keep_prefix(payload, chunk, (size_t)size);
    hook_scan_feed(scan, chunk, (size_t)size);
  }
}

static uint64_t now_ns(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The processes and places are looked up only once somebody listens. */
static void send_message(int connection, hook_text* out, hook_context* context, const hook_options* options,
                         const hook_scan* scan, uint64_t cut_bytes) {
  static hook_process chain[HOOK_CHAIN_MAX];
  static char cwd[CWD_CAPACITY];
  static struct utsname system;
  context->chain = chain;
  context->chain_count = hook_process_chain(getppid(), chain);
  context->client = hook_process_client(chain, context->chain_count, options->agent,
                                        context->environment->value[HOOK_ENV_CLAUDE_PID]);
  context->cwd = getcwd(cwd, sizeof cwd);
  context->host = uname(&system) == 0 ? system.nodename : NULL;
  hook_message_finish(out, context, scan, cut_bytes);
  if (!out->overflow) hook_endpoint_send(connection, out->data, out->size);
}

static void report(const hook_options* options, char* const* variables) {
  static char message[HOOK_MESSAGE_CAPACITY];
  static hook_scan scan;
  static input payload;
  hook_context context = {.time_ns = now_ns(), .event = options->event};

  hook_text out = {message, 0, sizeof message, false};
  hook_message_start(&out, options->agent == NULL ? "" : options->agent, options->is_status_line);
  hook_scan_start(&scan, &out);
  read_payload(&payload, &scan);
  if (options->agent == NULL) return;

  hook_environment environment;
  hook_environment_read(&environment, variables);
  context.environment = &environment;
  const int connection = hook_endpoint_connect(&environment);
  if (connection < 0) return;
  uint64_t cut_bytes = 0;
  if (!hook_scan_finish(&scan) && hook_message_put_text(&out, payload.prefix, payload.prefix_size))
    cut_bytes = payload.size;
  send_message(connection, &out, &context, options, &scan, cut_bytes);
}

int main(int count, char** arguments) {
  hook_deadline_start();
  signal(SIGPIPE, SIG_IGN);
  hook_options options;
  hook_options_read(&options, count, arguments);
  if (options.wants_version) {
    print("atm-hook " ATM_VERSION "\n");
  } else if (options.wants_help) {
    print(
        "usage: atm-hook --agent NAME [--event NAME] [--status-line]\n"
        "       atm-hook --version | --help\n"
        "Hands the JSON on standard input to atmd. Prints nothing and exits with 0, always.\n");
  } else {
    report(&options, environ);
    if (hook_deadline_is_reading_over()) drain();
  }
  _exit(0);
}
