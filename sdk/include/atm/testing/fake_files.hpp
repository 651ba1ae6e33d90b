// SPDX-License-Identifier: MIT
// The files service of FakeHost.
#pragma once

#include <atm/host/files.h>

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atm::testing {

/// The options of a follow, as the plugin passed them.
struct FollowedFile {
  /// Absolute path.
  std::string path;
  /// ATM_FILE_FROM_*.
  std::uint32_t start = ATM_FILE_FROM_BEGINNING;
  /// Used by ATM_FILE_FROM_OFFSET and ATM_FILE_FROM_TAIL.
  std::uint64_t offset = 0;
  /// 0: the default of the host. The fake service does not enforce it.
  std::uint64_t max_line_bytes = 0;
};

/// A call of retry().
struct AskedAgain {
  /// The file's name within its directory.
  std::string name;
  /// Nanoseconds after which the plugin wants the file again.
  std::int64_t delay_ns = 0;
};

/// A files service (atm/host/files.h) that reads no file.
///
/// Real files would make a test slow and dependent on timing. Here the test states each line and change, and the
/// plugin's callback runs on the test's thread before the call returns. Part of FakeHost; safe to use from the plugin's
/// threads.
class FakeFiles final {
 public:
  /// Reports the state of a file in a watched directory; absent `content`: the file is missing. Returns the plugin's
  /// result, or E_NOT_FOUND if no watch matches directory and name.
  atm_status tell_file(std::string_view directory, std::string_view name,
                       std::optional<std::string_view> content) {
    const auto matches = [&](const Watch& w) { return w.path == directory && w.opens(name); };
    const auto watch = find(watches_, matches);
    // The plugin's function runs on this thread, without the lock.
    if (!watch) return ATM_E_NOT_FOUND;
    const atm_file_change change{sizeof(atm_file_change), content ? ATM_OK : ATM_E_NOT_FOUND, to_c(name),
                                 to_c(content.value_or(""))};
    return watch->second.changed(watch->second.context, watch->first, &change);
  }
  /// Reports a line of a followed file. Returns the plugin's result, or E_NOT_FOUND if nothing follows the file. The
  /// offsets are those of a file with this one line.
  atm_status tell_line(std::string_view path, std::string_view text) {
    const auto follow = find(follows_, [&](const Follow& f) { return f.file.path == path; });
    if (!follow) return ATM_E_NOT_FOUND;
    // Offset 0, and the next line after the newline.
    const atm_file_line line{sizeof(atm_file_line), 0, 0, text.size() + 1, to_c(text)};
    return follow->second.line(follow->second.context, follow->first, &line);
  }
  /// Reports an event of a followed file: ATM_FILE_APPEARED ...
  void tell_event(std::string_view path, std::uint32_t event) {
    const auto follow = find(follows_, [&](const Follow& f) { return f.file.path == path; });
    // `event` is optional.
    if (follow && follow->second.event != nullptr)
      follow->second.event(follow->second.context, follow->first, event);
  }

  /// The follows and watches that are open now.
  [[nodiscard]] std::vector<FollowedFile> followed() const {
    const std::lock_guard lock(mutex_);
    std::vector<FollowedFile> all;
    for (const auto& [id, follow] : follows_) all.push_back(follow.file);
    return all;
  }
  [[nodiscard]] std::vector<std::string> watched() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [id, watch] : watches_) all.push_back(watch.path);
    return all;
  }
  /// All calls of retry() so far.
  [[nodiscard]] std::vector<AskedAgain> asked_again() const {
    const std::lock_guard lock(mutex_);
    return asked_again_;
  }

  /// Checks the options as the real service does, as far as it can without a file.
  atm_status follow(const atm_file_follow& options, std::uint64_t* id) {
    // The real service requires an absolute path, too.
    if (options.line == nullptr || options.path.size == 0 || options.start > ATM_FILE_FROM_TAIL)
      return ATM_E_INVALID;
    const std::lock_guard lock(mutex_);
    follows_[*id = ++last_id_] = {
        {std::string(to_view(options.path)), options.start, options.offset, options.max_line_bytes},
        options.context,
        options.line,
        options.event};
    return ATM_OK;
  }
  /// Checks the options; the suffix must not be empty.
  atm_status watch(const atm_directory_watch& options, std::uint64_t* id) {
    if (options.changed == nullptr || options.path.size == 0 || options.suffix.size == 0)
      return ATM_E_INVALID;
    const std::lock_guard lock(mutex_);
    watches_[*id = ++last_id_] = {std::string(to_view(options.path)), std::string(to_view(options.suffix)),
                                  options.names == ATM_DIRECTORY_DIGITS, options.context, options.changed};
    return ATM_OK;
  }
  /// Records the call only; the test then calls tell_file().
  atm_status retry(std::uint64_t watch, std::string_view name, std::int64_t delay_ns) {
    const std::lock_guard lock(mutex_);
    const auto it = watches_.find(watch);
    if (it == watches_.end()) return ATM_E_NOT_FOUND;
    if (delay_ns < 0 || !it->second.opens(name)) return ATM_E_INVALID;
    asked_again_.push_back({std::string(name), delay_ns});
    return ATM_OK;
  }
  /// Ends a follow or watch. Does not wait for a running callback.
  atm_status close(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return follows_.erase(id) + watches_.erase(id) == 1 ? ATM_OK : ATM_E_NOT_FOUND;
  }

 private:
  /// An open follow, with the plugin's functions.
  struct Follow {
    FollowedFile file;
    void* context = nullptr;
    decltype(atm_file_follow::line) line = nullptr;
    decltype(atm_file_follow::event) event = nullptr;
  };
  /// An open watch of a directory.
  struct Watch {
    std::string path;
    std::string suffix;
    bool digits_only = false;
    void* context = nullptr;
    decltype(atm_directory_watch::changed) changed = nullptr;

    /// Whether the real service would open a file of this name.
    [[nodiscard]] bool opens(std::string_view name) const {
      if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix) return false;
      // `digits_only` is ATM_DIRECTORY_DIGITS; an empty stem does not match.
      const std::string_view stem = name.substr(0, name.size() - suffix.size());
      return !digits_only || stem.find_first_not_of("0123456789") == std::string_view::npos;
    }
  };

  /// A copy of the entry, so that the plugin is called without a lock.
  template <class Map, class Matches>
  std::optional<std::pair<std::uint64_t, typename Map::mapped_type>> find(const Map& all,
                                                                          const Matches& matches) const {
    const std::lock_guard lock(mutex_);
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return matches(one.second); });
    if (it == all.end()) return std::nullopt;
    return std::pair(it->first, it->second);
  }

  /// Guards the members below; never held while the plugin is called.
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Follow> follows_;
  std::map<std::uint64_t, Watch> watches_;
  std::vector<AskedAgain> asked_again_;
  std::uint64_t last_id_ = 0;
};

}  // namespace atm::testing
