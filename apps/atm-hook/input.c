/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deadline.h"

enum { CHUNK = 64 << 10 };

static char chunk[CHUNK];

bool hook_input_keep(hook_input* input) {
  void* const memory =
      mmap(NULL, HOOK_INPUT_KEPT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  input->kept = memory;
  return true;
}

static void keep_prefix(hook_input* input, const char* bytes, size_t count) {
  size_t room = HOOK_INPUT_PREFIX - input->prefix_size;
  if (count < room) room = count;
  memcpy(input->prefix + input->prefix_size, bytes, room);
  input->prefix_size += room;
}

/* Some agents keep the pipe open after a whole document. Others get an error if the hook does not read to the end, so
 * the hook waits for it. A command that gets the input decides itself when to stop: for it a pause is no end. */
static bool is_more_expected(const hook_scan* scan) {
  if (!hook_scan_is_complete(scan)) return true;
  struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&readable, 1, HOOK_TRAILING_MS) != 0;
}

/* Returns true if a failed read may be repeated. Waits here if it would block. */
static bool is_read_again(void) {
  if (errno != EAGAIN) return errno == EINTR;
  struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
  poll(&readable, 1, HOOK_TICK_MS);
  return true;
}

/* Returns the buffer for the next bytes and its room. */
static char* next_place(const hook_input* input, size_t* room) {
  *room = CHUNK;
  if (input->kept == NULL) return chunk;
  if (HOOK_INPUT_KEPT - input->size < CHUNK) *room = (size_t)(HOOK_INPUT_KEPT - input->size);
  return input->kept + input->size;
}

void hook_input_read(hook_input* input, hook_scan* scan) {
  while (!hook_deadline_is_reading_over() && !input->has_ended) {
    size_t room;
    char* const place = next_place(input, &room);
    if (room == 0) break;
    if (!is_more_expected(scan)) {
      input->has_ended = input->kept == NULL;
      break;
    }
    const ssize_t size = read(STDIN_FILENO, place, room);
    if (size < 0 && is_read_again()) continue;
    input->has_ended = size <= 0;
    if (size <= 0) break;
    input->size += (uint64_t)size;
    keep_prefix(input, place, (size_t)size);
    hook_scan_feed(scan, place, (size_t)size);
  }
  atomic_signal_fence(memory_order_seq_cst);
  input->is_settled = 1;
}

void hook_input_take(hook_input* input, hook_scan* scan, const char* text) {
  const size_t size = strlen(text);
  input->has_ended = true;
  input->size = size;
  keep_prefix(input, text, size);
  hook_scan_feed(scan, text, size);
}

void hook_input_drain(void) {
  struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
  for (;;) {
    const int ready = poll(&readable, 1, HOOK_QUIET_MS);
    if (ready == 0 || (ready < 0 && errno != EINTR)) return;
    if (ready > 0 && read(STDIN_FILENO, chunk, sizeof chunk) <= 0) return;
  }
}
