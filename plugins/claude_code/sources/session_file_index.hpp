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

/// What was last told of each entry of the client's registry, in all directories, by path of the entry. [any]
class SessionFileIndex final {
 public:
  enum class Kind : std::uint8_t {
    kSession,
    kOther,      ///< of a process that is no session, such as the client's own daemon
    kUnreadable  ///< given up
  };
  struct Entry {
    Kind kind = Kind::kUnreadable;
    SessionEntry said{};
    std::optional<ProcessClaim> process{};  ///< as it is seen from here; nothing: it is not
    std::string config_dir{};
    std::string content{};
  };

  /// `changed` is called after each change, with no lock held.
  explicit SessionFileIndex(std::function<void()> changed) : changed_(std::move(changed)) {}

  void put(std::string_view path, Entry entry);
  [[nodiscard]] std::optional<Entry> find(std::string_view path) const;
  void erase(std::string_view path);
  /// All below a directory.
  void erase_below(std::string_view directory);
  /// Those of processes that have ended, which is asked with no lock held.
  void erase_ended(const std::function<bool(const ProcessClaim& process)>& has_ended);

  [[nodiscard]] std::vector<Entry> sessions() const;
  [[nodiscard]] bool has(const ProcessClaim& process) const;
  [[nodiscard]] std::uint64_t count(Kind kind) const;
  /// Whether that process has an entry, or got one before the time was over.
  bool wait_for(const ProcessClaim& process, std::chrono::steady_clock::time_point until) const;

 private:
  void tell() const;

  const std::function<void()> changed_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable told_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace claude_code
