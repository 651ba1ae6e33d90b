// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atm/testing.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

extern "C" const atm_plugin atm_plugin_v1;

namespace claude_code {

inline bool comes_true(const std::function<bool()>& is) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// A session file in the format of Claude Code.
inline std::string entry(std::int64_t pid, std::uint64_t start_ticks, const std::string& session = "one",
                         const std::string& cwd = "/home/dev/p") {
  return R"({"pid":)" + std::to_string(pid) + R"(,"sessionId":")" + session + R"(","cwd":")" + cwd +
         R"(","procStart":")" + std::to_string(start_ticks) + R"(","kind":"interactive","status":"idle"})";
}

/// The plugin's source with a fake host.
struct RunningSource {
  using Texts = std::vector<std::string>;

  explicit RunningSource(const std::string& config = R"({"config_dirs":["/cfg"]})")
      : plugin(atm_plugin_v1, host, config) {
    host.processes().add({7, 70, "claude", "", "", "/dev/pts/3", 1, 0, {{"CLAUDE_CONFIG_DIR", "/cfg"}}});
  }
  ~RunningSource() {
    if (is_running) stop();
  }
  RunningSource(const RunningSource&) = delete;
  RunningSource& operator=(const RunningSource&) = delete;

  atm::Status start() {
    atm::ErrorBuffer error;
    const auto status = static_cast<atm::Status>(table.start(plugin.get(), error.c()));
    is_running = status == atm::Status::kOk;
    return status;
  }
  void stop() {
    is_running = false;
    static_cast<void>(table.stop(plugin.get(), 1000));
  }
  /// Started, and the directory is watched.
  void start_watching() {
    const bool is_watching =
        start() == atm::Status::kOk && comes_true([&] { return !host.files().watched().empty(); });
    if (!is_watching) throw std::runtime_error("the source does not watch");
  }
  atm_status tell(std::string_view name, std::optional<std::string_view> content) {
    return host.files().tell_file("/cfg/sessions", name, content);
  }
  [[nodiscard]] bool watches(const Texts& directories) {
    return comes_true([&] {
      Texts watched = host.files().watched();
      std::sort(watched.begin(), watched.end());
      return watched == directories;
    });
  }
  [[nodiscard]] Texts followed() const {
    Texts paths;
    for (const auto& file : host.files().followed()) paths.push_back(file.path);
    return paths;
  }
  [[nodiscard]] bool follows(const Texts& paths) {
    return comes_true([&] { return followed() == paths; });
  }
  [[nodiscard]] std::int64_t metric(const std::string& name) const {
    const auto metrics = host.metrics();
    const auto it = metrics.find(name);
    return it == metrics.end() ? 0 : it->second;
  }
  [[nodiscard]] atm_discovery discover() {
    atm_discovery result{};
    atm::ErrorBuffer error;
    if (table.discover(plugin.get(), &result, error.c()) != ATM_OK)
      throw std::runtime_error("the source does not look");
    return result;
  }

  mutable atm::testing::FakeHost host;
  atm::testing::PluginInstance plugin;
  const atm_source& table = plugin.table<atm_source>(ATM_IFACE_SOURCE);
  bool is_running = false;
};

}  // namespace claude_code
