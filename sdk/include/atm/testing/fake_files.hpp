// SPDX-License-Identifier: MIT
// Files and directories that a test speaks for.
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

struct FollowedFile {
  std::string path;
  std::uint32_t start = ATM_FILE_FROM_BEGINNING;
  std::uint64_t offset = 0;
  std::uint64_t max_line_bytes = 0;
};

struct AskedAgain {
  std::string name;
  std::int64_t delay_ns = 0;
};

/// Part of FakeHost. Reads no file: what a plugin is told, the test tells, on its own thread.
class FakeFiles final {
 public:
  // ---- what the test does ----
  /// A file of a directory is like this now; gives what the plugin answered. Absent content: it is gone.
  /// E_NOT_FOUND: no watch of that directory would open it.
  atm_status tell_file(std::string_view directory, std::string_view name,
                       std::optional<std::string_view> content) {
    const auto matches = [&](const Watch& w) { return w.path == directory && w.opens(name); };
    const auto watch = find(watches_, matches);
    if (!watch) return ATM_E_NOT_FOUND;
    const atm_file_news news{sizeof(atm_file_news), content ? ATM_OK : ATM_E_NOT_FOUND, to_c(name),
                             to_c(content.value_or(""))};
    return watch->second.changed(watch->second.context, watch->first, &news);
  }
  /// A line of a followed file; gives what the plugin answered. E_NOT_FOUND: nobody follows it.
  atm_status tell_line(std::string_view path, std::string_view text) {
    const auto follow = find(follows_, [&](const Follow& f) { return f.file.path == path; });
    if (!follow) return ATM_E_NOT_FOUND;
    const atm_file_line line{sizeof(atm_file_line), 0, 0, text.size() + 1, to_c(text)};
    return follow->second.line(follow->second.context, follow->first, &line);
  }
  /// What became of a followed file: ATM_FILE_*.
  void tell_event(std::string_view path, std::uint32_t event) {
    const auto follow = find(follows_, [&](const Follow& f) { return f.file.path == path; });
    if (follow && follow->second.event != nullptr)
      follow->second.event(follow->second.context, follow->first, event);
  }

  // ---- what the plugin did ----
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
  [[nodiscard]] std::vector<AskedAgain> asked_again() const {
    const std::lock_guard lock(mutex_);
    return asked_again_;
  }

  // ---- the service (host/files.h) ----
  atm_status follow(const atm_file_follow& options, std::uint64_t* id) {
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
  atm_status watch(const atm_directory_watch& options, std::uint64_t* id) {
    if (options.changed == nullptr || options.path.size == 0 || options.suffix.size == 0)
      return ATM_E_INVALID;
    const std::lock_guard lock(mutex_);
    watches_[*id = ++last_id_] = {std::string(to_view(options.path)), std::string(to_view(options.suffix)),
                                  options.names == ATM_DIRECTORY_DIGITS, options.context, options.changed};
    return ATM_OK;
  }
  atm_status retry(std::uint64_t watch, std::string_view name, std::int64_t delay_ns) {
    const std::lock_guard lock(mutex_);
    const auto it = watches_.find(watch);
    if (it == watches_.end()) return ATM_E_NOT_FOUND;
    if (delay_ns < 0 || !it->second.opens(name)) return ATM_E_INVALID;
    asked_again_.push_back({std::string(name), delay_ns});
    return ATM_OK;
  }
  atm_status close(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return follows_.erase(id) + watches_.erase(id) == 1 ? ATM_OK : ATM_E_NOT_FOUND;
  }

 private:
  struct Follow {
    FollowedFile file;
    void* context = nullptr;
    decltype(atm_file_follow::line) line = nullptr;
    decltype(atm_file_follow::event) event = nullptr;
  };
  struct Watch {
    std::string path;
    std::string suffix;
    bool digits_only = false;
    void* context = nullptr;
    decltype(atm_directory_watch::changed) changed = nullptr;

    [[nodiscard]] bool opens(std::string_view name) const {
      if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix) return false;
      const std::string_view stem = name.substr(0, name.size() - suffix.size());
      return !digits_only || stem.find_first_not_of("0123456789") == std::string_view::npos;
    }
  };

  /// A copy, so that no lock is held while the plugin is called.
  template <class Map, class Matches>
  std::optional<std::pair<std::uint64_t, typename Map::mapped_type>> find(const Map& all,
                                                                          const Matches& matches) const {
    const std::lock_guard lock(mutex_);
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return matches(one.second); });
    if (it == all.end()) return std::nullopt;
    return std::pair(it->first, it->second);
  }

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Follow> follows_;
  std::map<std::uint64_t, Watch> watches_;
  std::vector<AskedAgain> asked_again_;
  std::uint64_t last_id_ = 0;
};

}  // namespace atm::testing
