// SPDX-License-Identifier: MIT
#include "lib/agents/live_sessions.hpp"

#include <atm/json.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace atm {
namespace {

constexpr std::chrono::seconds kLongest{2};

struct Answer {
  std::mutex mutex;  // guards the members below
  std::condition_variable changed;
  bool is_there = false;
  std::vector<std::string> items;
};

using Shared = std::shared_ptr<Answer>;

void done(void* context, atm_status, std::uint64_t, const atm_str* items, std::uint64_t count) {
  // The caller may have stopped to wait.
  const std::unique_ptr<Shared> answer(static_cast<Shared*>(context));
  try {
    std::vector<std::string> copies;
    for (std::uint64_t i = 0; i < count; ++i) copies.emplace_back(to_view(items[i]));
    const std::lock_guard lock((*answer)->mutex);
    (*answer)->items = std::move(copies);
    (*answer)->is_there = true;
  } catch (const std::bad_alloc&) {
    return;  // the caller gets no answer
  }
  (*answer)->changed.notify_all();
}

std::string text(const json::Value& from, std::string_view key) {
  return std::string(json::get_string(from, key).value_or(""));
}

}  // namespace

std::vector<LiveSession> live_sessions(const Host& host, std::span<const std::string_view> agents) {
  const auto answer = std::make_shared<Answer>();
  auto context = std::make_unique<Shared>(answer);
  if (host.sessions_of(agents, &done, context.get()) != Status::kOk) return {};
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
    LiveSession session{text(*root, "id"), text(*root, "agent"), text(*root, "transcript_path"),
                        text(*root, "working_directory")};
    if (const json::Value* process = json::get_object(*root, "process")) {
      session.pid = json::get_int(*process, "pid").value_or(0);
      session.start_ticks = static_cast<std::uint64_t>(json::get_int(*process, "start_ticks").value_or(0));
      session.tty = text(*process, "tty");
      session.tmux_pane = text(*process, "tmux_pane");
      session.tmux_socket = text(*process, "tmux_socket");
    }
    sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace atm
