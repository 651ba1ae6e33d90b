// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atm/domain/error.hpp>
#include <string>

#include "descriptor.hpp"

namespace unix_socket {

/// A listening socket at a path that is surely ours. Two daemons must not share a path, and one that dies
/// must not block it: `<path>.lock` is held (flock) for the endpoint's life, a socket without a living server
/// behind it is replaced, anything else is left alone. The folder is private to the user, so that nobody else
/// can put something in the way.
///
/// A socket that was made for us (`fd:3`) is served under the same rules, but for its file: that belongs to who
/// made it, and is there before us and after us, so that no client meets a closed door in between.
class Endpoint final {
 public:
  /// At an absolute path, or `fd:N`. kBusy: somebody serves it; kInvalidField: it cannot be used; kIo. [main]
  [[nodiscard]] static atm::Result<Endpoint> open(const std::string& socket);

  Endpoint(Endpoint&&) noexcept = default;
  Endpoint& operator=(Endpoint&&) = delete;
  /// Removes the socket it made and the lock, if they are still ours.
  ~Endpoint();

  /// The listening socket, non-blocking; the caller's from now on. [main]
  [[nodiscard]] int release_listener() noexcept { return listener_.release(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  Endpoint() = default;

  [[nodiscard]] static atm::Result<Endpoint> make(const std::string& path);
  [[nodiscard]] static atm::Result<Endpoint> adopt(int fd);
  [[nodiscard]] static atm::Result<Descriptor> open_folder(const std::string& folder);
  [[nodiscard]] atm::Result<void> lock();
  [[nodiscard]] atm::Result<void> clear_the_way() const;
  [[nodiscard]] atm::Result<void> bind();
  [[nodiscard]] bool identity_of(const std::string& name, Identity& out) const noexcept;

  std::string path_;
  std::string name_;  // of the socket in folder_
  Descriptor folder_;
  Descriptor lock_;
  Descriptor listener_;
  Identity bound_{};
};

}  // namespace unix_socket
