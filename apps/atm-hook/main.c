/* SPDX-License-Identifier: MIT */
/* atm-hook runs during an agent's turn. It reads a payload, sends it to the daemon or writes it to the spool, and
 * exits. It waits for no answer, prints nothing, and always exits with 0. For a status line it executes the command
 * that prints the line. */
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "autostart.h"
#include "deadline.h"
#include "endpoint.h"
#include "file_limit.h"
#include "input.h"
#include "message.h"
#include "options.h"
#include "spool.h"
#include "then.h"

enum { CWD_CAPACITY = 4097 };

static hook_options options;
static hook_input input;

static void print(const char* text) {
  signal(SIGPIPE, SIG_IGN);
  const size_t size = strlen(text);
  if (write(STDOUT_FILENO, text, size) < 0) return;
}

static uint64_t now_ns(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static bool finish_message(hook_text* out, hook_context* context, const hook_scan* scan, uint64_t cut_bytes) {
  static hook_process chain[HOOK_CHAIN_MAX];
  static char cwd[CWD_CAPACITY];
  static struct utsname system;
  context->chain = chain;
  context->pid_namespace = hook_process_namespace();
  context->chain_count = hook_process_chain(getppid(), chain);
  context->client = hook_process_client(chain, context->chain_count, options.agent,
                                        context->environment->value[HOOK_ENV_CLAUDE_PID]);
  context->cwd = getcwd(cwd, sizeof cwd);
  context->host = uname(&system) == 0 ? system.nodename : NULL;
  hook_message_finish(out, context, scan, cut_bytes);
  return !out->overflow;
}

/* Two lines. The spool needs the second one and the newline before it. The daemon ignores an incomplete message: the
 * hook closes the connection before it writes the record to the spool. */
static void deliver(int connection, const hook_environment* environment, const hook_text* message) {
  if (connection >= 0) {
    const bool is_sent = hook_endpoint_send(connection, message->data, message->size);
    close(connection);
    if (is_sent) return;
  }
  const char* const hello_end = memchr(message->data, '\n', message->size);
  const hook_record kind = options.is_status_line ? HOOK_RECORD_STATUS_LINE : HOOK_RECORD_EVENT;
  hook_spool_write(environment, kind, hello_end, message->size - (size_t)(hello_end - message->data));
}

static const char* kind_of_channel(void) {
  if (options.payload != NULL) return "notify";
  return options.is_status_line ? "status_line" : "hook";
}

static void report(void) {
  static char message[HOOK_MESSAGE_CAPACITY];
  static hook_scan scan;
  hook_context context = {.time_ns = now_ns(), .event = options.event};

  hook_text out = {message, 0, sizeof message, false};
  hook_message_start(&out, options.agent == NULL ? "" : options.agent, kind_of_channel());
  hook_scan_start(&scan, &out);
  if (options.payload == NULL) {
    hook_input_read(&input, &scan);
  } else {
    hook_input_take(&input, &scan, options.payload);
  }
  if (options.agent == NULL) return;

  hook_environment environment;
  hook_environment_read(&environment, environ);
  context.environment = &environment;
  const int connection = hook_endpoint_connect(&environment);
  uint64_t cut_bytes = 0;
  if (!hook_scan_finish(&scan) && hook_message_put_text(&out, input.prefix, input.prefix_size))
    cut_bytes = input.size;
  if (finish_message(&out, &context, &scan, cut_bytes)) deliver(connection, &environment, &out);
  if (connection == HOOK_NOBODY) hook_autostart(&environment);
}

__attribute__((noreturn)) static void finish(void) {
  if (options.then == NULL) _exit(0);
  hook_deadline_stop();
  hook_then_become(options.then, &input);
}

/* Called at each tick. Reading ends by itself; until then the input must not be passed on. */
static void on_time_up(void) {
  if (options.then == NULL || input.is_settled) finish();
}

static void run(void) {
  hook_file_limit_ignore();
  hook_deadline_start(options.then == NULL ? HOOK_READ_MS : HOOK_THEN_READ_MS, on_time_up);
  if (options.then != NULL) {
    hook_then_prepare();
    if (!hook_input_keep(&input)) finish();
  }
  report();
  const bool is_input_left = options.then == NULL && options.payload == NULL;
  if (is_input_left && hook_deadline_is_reading_over()) hook_input_drain();
  finish();
}

static void start_daemon(void) {
  hook_environment environment;
  hook_environment_read(&environment, environ);
  hook_file_limit_ignore();
  hook_deadline_start(HOOK_READ_MS, on_time_up);
  if (hook_endpoint_connect(&environment) == HOOK_NOBODY) hook_autostart(&environment);
}

int main(int count, char** arguments) {
  hook_options_read(&options, count, arguments);
  if (options.wants_version) {
    print("atm-hook " ATM_VERSION "\n");
  } else if (options.wants_help) {
    print(
        "usage: atm-hook --agent NAME [--event NAME] [--status-line [--then COMMAND]]\n"
        "       atm-hook --agent NAME --argv PAYLOAD\n"
        "       atm-hook --start | --version | --help\n"
        "Sends the JSON on standard input to atmd, prints nothing and exits with 0. With --argv it sends "
        "the\n"
        "last argument and does not read standard input. With --then it executes\n"
        "sh -c COMMAND at the end, with the same input; output and exit code are those of COMMAND. With\n"
        "--start it sends nothing; it starts the daemon if none answers and autostart is on.\n");
  } else if (options.wants_start) {
    start_daemon();
  } else {
    run();
  }
  _exit(0);
}
