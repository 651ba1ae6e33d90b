// SPDX-License-Identifier: MIT
// atm watch: shows the sessions and their changes.
#include "command.hpp"
#include "follow.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "watch_view.hpp"

namespace atm::cli {

ExitCode run_watch(const Global& global, const WatchOptions& options) {
  FollowOptions how;
  how.count = options.count;
  how.seconds = options.seconds;
  auto client = connect(global, how.type);
  if (!client) return complain(client.error());
  const Signals signals;
  std::unique_ptr<View> view;
  if (options.json) {
    view = message_lines([](std::string_view line) { return put(terminal_safe_json(line)); });
  } else {
    view = change_lines(put, scene_now);
  }
  const auto ended = follow(global, std::move(*client), how, signals, *view);
  if (!ended) return complain(ended.error());
  return *ended == FollowEnd::kUnread ? complain_of_output() : kOk;
}

}  // namespace atm::cli
