// SPDX-License-Identifier: MIT
// The sessions of the registry, for sources that read what an agent writes or shows elsewhere.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/values.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atm {

/// A session and its process. It owns its texts; an unknown text is empty.
struct LiveSession {
  /// The session id.
  std::string id;
  /// The id of the agent.
  std::string agent;
  /// The path of its transcript.
  std::string transcript_path{};
  /// Its working directory.
  std::string cwd{};
  /// The process id; 0: unknown, or not visible here.
  std::int64_t pid = 0;
  /// Clock ticks from boot to the start of the process; 0: unknown.
  std::uint64_t start_ticks = 0;
  /// For example `/dev/pts/3`.
  std::string tty{};
  /// The pane of tmux, for example `%3`.
  std::string tmux_pane{};
  /// The socket of the tmux server.
  std::string tmux_socket{};
};

namespace detail {

/// The answer of the registry, shared by the thread that waits and the callback.
struct SessionsAnswer {
  std::mutex mutex;  // guards the members below
  std::condition_variable changed;
  bool is_there = false;
  std::vector<std::string> items;

  static void done(void* context, atm_status, std::uint64_t, const atm_str* texts,
                   std::uint64_t count) noexcept {
    // The thread may no longer wait.
    const std::unique_ptr<std::shared_ptr<SessionsAnswer>> owner(
        static_cast<std::shared_ptr<SessionsAnswer>*>(context));
    SessionsAnswer& answer = **owner;
    try {
      std::vector<std::string> copies;
      for (std::uint64_t i = 0; i < count; ++i) copies.emplace_back(to_view(texts[i]));
      const std::lock_guard lock(answer.mutex);
      answer.items = std::move(copies);
      answer.is_there = true;
    } catch (const std::bad_alloc&) {
      return;
    }
    answer.changed.notify_all();
  }
};

inline LiveSession live_session(const json::Value& root) {
  const auto text = [](const json::Value& from, std::string_view key) {
    return std::string(json::get_string(from, key).value_or(""));
  };
  LiveSession session{text(root, "id"), text(root, "agent"), text(root, "transcript_path"),
                      text(root, "working_directory")};
  if (const json::Value* process = json::get_object(root, "process")) {
    session.pid = json::get_int(*process, "pid").value_or(0);
    session.start_ticks = static_cast<std::uint64_t>(json::get_int(*process, "start_ticks").value_or(0));
    session.tty = text(*process, "tty");
    session.tmux_pane = text(*process, "tmux_pane");
    session.tmux_socket = text(*process, "tmux_socket");
  }
  return session;
}

}  // namespace detail

/// The sessions of these agents that have not ended. Waits at most two seconds for the registry; empty without an
/// answer or without the service `atm.host.snapshot/1`. May throw std::bad_alloc. Not within a callback of the host.
/// [any]
[[nodiscard]] inline std::vector<LiveSession> live_sessions(const Host& host,
                                                            std::span<const std::string_view> agents) {
  constexpr std::chrono::seconds kLongest{2};
  const auto answer = std::make_shared<detail::SessionsAnswer>();
  auto context = std::make_unique<std::shared_ptr<detail::SessionsAnswer>>(answer);
  if (host.sessions_of(agents, &detail::SessionsAnswer::done, context.get()) != Status::kOk) return {};
  static_cast<void>(context.release());
  std::vector<std::string> items;
  {
    std::unique_lock lock(answer->mutex);
    if (!answer->changed.wait_for(lock, kLongest, [&] { return answer->is_there; })) return {};
    items = std::move(answer->items);
  }
  std::vector<LiveSession> sessions;
  json::Reader reader;
  for (const std::string& item : items) {
    const json::Value* root = reader.parse(item);
    const json::Value* status = root == nullptr ? nullptr : json::get_object(*root, "status");
    if (status == nullptr || json::get_string(*status, "status") == "ended") continue;
    sessions.push_back(detail::live_session(*root));
  }
  return sessions;
}

}  // namespace atm
