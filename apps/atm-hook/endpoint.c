/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "text.h"

static bool put_directory(hook_text* out, const char* directory) {
  if (directory == NULL || directory[0] != '/') return false;
  hook_put_literal(out, directory);
  return true;
}

bool hook_endpoint_path(const hook_environment* environment, unsigned user, unsigned index,
                        char path[HOOK_PATH_MAX]) {
  const char* const* const value = environment->value;
  const char* const socket_path = value[HOOK_ENV_ATM_SOCKET];
  hook_text out = {path, 0, HOOK_PATH_MAX - 1, false};
  bool is_there = true;
  if (socket_path != NULL && socket_path[0] != 0) {
    is_there = index == 0;
    hook_put_literal(&out, socket_path);
  } else if (index == 1) {
    is_there = put_directory(&out, value[HOOK_ENV_XDG_RUNTIME_DIR]);
    hook_put_literal(&out, "/atm/atm.sock");
  } else if (index == 2) {
    hook_put_literal(&out, "/run/user/");
    hook_put_number(&out, user);
    hook_put_literal(&out, "/atm/atm.sock");
  } else if (index == 3) {
    const char* const state = value[HOOK_ENV_XDG_STATE_HOME];
    if (!put_directory(&out, state)) {
      is_there = put_directory(&out, value[HOOK_ENV_HOME]);
      hook_put_literal(&out, "/.local/state");
    }
    hook_put_literal(&out, "/atm/run/atm.sock");
  } else {
    is_there = false;
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
  for (unsigned i = 0; i < HOOK_CANDIDATES; ++i) {
    struct sockaddr_un address;
    if (!hook_endpoint_path(environment, user, i, address.sun_path)) continue;
    if (connection < 0) connection = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection < 0) return -1;
    address.sun_family = AF_UNIX;
    if (connect(connection, (const struct sockaddr*)&address, sizeof address) == 0) {
      if (is_own_process(connection, user)) return connection;
      close(connection);
      connection = -1;
    } else if (errno == EAGAIN) {
      break;
    }
  }
  if (connection >= 0) close(connection);
  return -1;
}

void hook_endpoint_send(int connection, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t sent = send(connection, bytes, count, MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes += sent;
      count -= (size_t)sent;
    } else if (errno == EAGAIN) {
      struct pollfd writable = {.fd = connection, .events = POLLOUT};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}
