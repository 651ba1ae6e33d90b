/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "place.h"
#include "text.h"

bool hook_endpoint_is_named(const hook_environment* environment) {
  const char* const path = environment->value[HOOK_ENV_ATM_SOCKET];
  return path != NULL && path[0] != 0;
}

bool hook_endpoint_path(const hook_environment* environment, unsigned user, unsigned index,
                        char path[HOOK_PATH_MAX]) {
  const char* const runtime = environment->value[HOOK_ENV_XDG_RUNTIME_DIR];
  hook_text out = {path, 0, HOOK_PATH_MAX - 1, false};
  bool is_there = true;
  if (hook_endpoint_is_named(environment)) {
    is_there = index == 0;
    hook_put_literal(&out, environment->value[HOOK_ENV_ATM_SOCKET]);
  } else if (index == 1) {
    is_there = runtime != NULL && runtime[0] == '/';
    if (is_there) hook_put_literal(&out, runtime);
    hook_put_literal(&out, "/atm/atm.sock");
  } else if (index == 2) {
    hook_put_literal(&out, "/run/user/");
    hook_put_number(&out, user);
    hook_put_literal(&out, "/atm/atm.sock");
  } else {
    is_there = index == 3 && hook_place_in_state(&out, environment, "run/atm.sock");
  }
  path[out.size] = 0;
  return is_there && !out.overflow;
}

static bool is_own_process(int connection, uid_t user) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == user;
}

int hook_endpoint_connect(const hook_environment* environment) {
  const uid_t user = geteuid();
  int connection = -1;
  int result = HOOK_NOBODY;
  for (unsigned i = 0; i < HOOK_CANDIDATES && result == HOOK_NOBODY; ++i) {
    struct sockaddr_un address;
    if (!hook_endpoint_path(environment, user, i, address.sun_path)) continue;
    if (connection < 0) connection = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection < 0) return HOOK_NOBODY;
    address.sun_family = AF_UNIX;
    if (connect(connection, (const struct sockaddr*)&address, sizeof address) == 0) {
      if (is_own_process(connection, user)) return connection;
      close(connection);
      connection = -1;
    } else if (errno == EAGAIN) {
      result = HOOK_BUSY;
    }
  }
  if (connection >= 0) close(connection);
  return result;
}

static int64_t now_ms(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_taken_further(int connection, int64_t end_ms) {
  const int64_t left = end_ms - now_ms();
  if (left <= 0) return false;
  struct pollfd writable = {.fd = connection, .events = POLLOUT};
  const int ready = poll(&writable, 1, left < HOOK_STALL_MS ? (int)left : HOOK_STALL_MS);
  return ready > 0 || (ready < 0 && errno == EINTR);
}

bool hook_endpoint_send(int connection, const char* bytes, size_t count) {
  int64_t end_ms = 0;
  while (count > 0) {
    const ssize_t sent = send(connection, bytes, count, MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes += sent;
      count -= (size_t)sent;
    } else if (errno == EAGAIN) {
      if (end_ms == 0) end_ms = now_ms() + HOOK_SEND_MS;
      /* A daemon treats the bytes before the end of input as a line, even without a newline. */
      if (!is_taken_further(connection, end_ms)) return count <= 1;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}
