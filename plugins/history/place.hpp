// SPDX-License-Identifier: MIT
// The directory of the history, and the lock that admits one writer.
#pragma once

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace history {

/// Whether statfs() gives this type for a file system of another machine, where the locks of SQLite do not work.
[[nodiscard]] bool is_network_file_system(std::uint32_t type) noexcept;

/// The lock `history.lock` in a directory that only its owner can write. It lives as long as the writer.
class Place final {
 public:
  /// Creates the directory if it is missing, and waits for the lock for at most `patience`: a daemon that stops closes
  /// its socket before its history. kBusy: another daemon writes there; kUnsupported: a network file system;
  /// kInvalidField: others can write the directory; kIo.
  [[nodiscard]] static atm::Result<Place> take(const std::string& directory,
                                               std::chrono::milliseconds patience);

  [[nodiscard]] std::string file() const { return directory_ + "/history.db"; }

 private:
  Place(std::string directory, atm::FileDescriptor lock)
      : directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::string directory_;
  atm::FileDescriptor lock_;
};

}  // namespace history
