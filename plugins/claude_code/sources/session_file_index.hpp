// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sources/session_entry.hpp"

namespace claude_code {

/// The last state of each session file in all directories, by path. [any]
class SessionFileIndex final {
 public:
  enum class Kind : std::uint8_t {
    kSession,
    kOther,      ///< of a process that is no session, such as the client's own daemon
    kUnreadable  ///< given up
  };
  struct Entry {
    Kind kind = Kind::kUnreadable;
    SessionEntry parsed{};
    std::optional<ProcessClaim> process{};  ///< if visible from here
    std::string config_dir{};
    std::string content{};
  };

  /// `changed` is called after each change without a lock.
  explicit SessionFileIndex(std::function<void()> changed) : changed_(std::move(changed)) {}

  void put(std::string_view path, Entry entry);
  [[nodiscard]] std::optional<Entry> find(std::string_view path) const;
  void erase(std::string_view path);
  /// All files below a directory.
  void erase_below(std::string_view directory);
  /// Those of ended processes; calls `has_ended` without a lock.
  void erase_ended(const std::function<bool(const ProcessClaim& process)>& has_ended);

  [[nodiscard]] std::vector<Entry> sessions() const;
  [[nodiscard]] bool has(const ProcessClaim& process) const;
  [[nodiscard]] std::uint64_t count(Kind kind) const;
  /// Whether that process has a file before the time limit.
  bool wait_for(const ProcessClaim& process, std::chrono::steady_clock::time_point until) const;

 private:
  void tell() const;

  const std::function<void()> changed_;
  mutable std::mutex mutex_;  // guards the members below
  mutable std::condition_variable updated_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace claude_code
