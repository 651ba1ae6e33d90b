// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace atm::test {

/// Starts one program. The calls before run() state its descriptors, in this order.
class Spawn final {
 public:
  Spawn() { posix_spawn_file_actions_init(&actions_); }
  ~Spawn() { posix_spawn_file_actions_destroy(&actions_); }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  Spawn& open(int fd, const std::string& path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0600);
    return *this;
  }
  Spawn& duplicate(int from, int to) {
    posix_spawn_file_actions_adddup2(&actions_, from, to);
    return *this;
  }
  Spawn& close(int fd) {
    posix_spawn_file_actions_addclose(&actions_, fd);
    return *this;
  }

  /// `words` begins with the path of the program; `environment` is its whole environment, as NAME=VALUE. Throws
  /// std::runtime_error.
  pid_t run(const std::vector<std::string>& words, const std::vector<std::string>& environment) const {
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, words.front().c_str(), &actions_, nullptr, pointers(words).data(),
                                    pointers(environment).data());
    if (error != 0) throw std::runtime_error("cannot start " + words.front() + ": " + std::strerror(error));
    return pid;
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
  }

  posix_spawn_file_actions_t actions_{};
};

}  // namespace atm::test
