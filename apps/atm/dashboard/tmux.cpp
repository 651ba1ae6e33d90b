// SPDX-License-Identifier: MIT
#include "tmux.hpp"

#include <algorithm>
#include <atm/posix/shell_word.hpp>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "jump.hpp"
#include "lookup.hpp"
#include "rows.hpp"
#include "session_facts.hpp"
#include "session_names.hpp"
#include "session_table.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

constexpr std::chrono::milliseconds kSegmentTime{200};

std::string own_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

// Text in the formats of tmux: `#(` would run a command and `#[` would set a style.
std::string without_formats(std::string text) {
  std::replace(text.begin(), text.end(), '#', '+');
  return text;
}

// A word of a shell within a double-quoted word of a tmux command.
bool is_plain_word(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") ==
             text.npos &&
         text.front() != '-';
}

ExitCode run_tmux(std::vector<std::string> command) {
  if (std::getenv("TMUX") == nullptr)
    return complain(
        {ErrorCode::kUnsupported, "this terminal is not in tmux: TMUX is not set; start tmux, or run atm"});
  const auto done = run_jump({std::move(command), false});
  if (done) return kOk;
  static_cast<void>(complain(done.error()));
  return kFailed;
}

}  // namespace

std::string segment_text(const std::vector<protocol::Session>& sessions, bool is_tmux) {
  Counts counts;
  for (const protocol::Session& session : sessions) counts.add(activity_of(session.domain), {});
  std::string text;
  const auto add = [&](std::size_t count, std::string_view mark, std::string_view colour) {
    if (count == 0) return;
    text.append(text.empty() ? "" : " ");
    if (is_tmux) text.append("#[fg=").append(colour).append("]");
    constexpr std::size_t kMost = 9'999;
    text.append(std::to_string(std::min(count, kMost))).append(mark);
    if (is_tmux) text += "#[default]";
  };
  add(counts.needs, "!", "yellow");
  add(counts.works, ">", "cyan");
  add(counts.done, "✓", "green");
  return text;
}

ExitCode run_segment(const Global& global, const SegmentOptions& options) {
  ClientOptions how = client_options(global, protocol::ClientType::kCli);
  how.timeout = kSegmentTime;
  auto client = Client::connect(how);
  if (!client) return kOk;
  const auto reply = ask_sessions(*client);
  if (!reply) return kOk;
  const std::string text = segment_text(std::get<protocol::Sessions>(reply->value).sessions, options.is_tmux);
  return text.empty() ? kOk : print(text + "\n");
}

std::vector<std::string> menu_command(const std::vector<protocol::Session>& sessions,
                                      const std::string& atm) {
  constexpr std::size_t kMost = 9;
  constexpr std::size_t kWidth = 48;
  std::vector<const protocol::Session*> needing;
  SessionNames names;
  for (const protocol::Session& session : sessions) {
    names.add(session.domain.id.view());
    if (needs_user(session.domain)) needing.push_back(&session);
  }
  std::sort(needing.begin(), needing.end(), [](const protocol::Session* a, const protocol::Session* b) {
    const auto key = [](const SessionDomain& s) {
      return std::make_tuple(urgency(s), since(s), s.id.view());
    };
    return key(a->domain) < key(b->domain);
  });
  std::vector<std::string> command{"tmux", "display-menu", "-T", "needs you"};
  const std::size_t empty = command.size();
  for (const protocol::Session* session : needing) {
    const std::string name = names.of(session->domain.id.view());
    if (!is_plain_word(name) || !is_plain_word(atm) || command.size() == empty + 3 * kMost) continue;
    const std::string what = what_text(session->domain);
    std::string label =
        session_name(*session) + ": " + (what.empty() ? status_word(session->domain).word : what);
    label = without_formats(cut_end(label, kWidth));
    // tmux does not offer an item whose name begins with a hyphen.
    if (label.front() == '-') label.insert(0, " ");
    const std::size_t number = (command.size() - empty) / 3 + 1;
    command.insert(command.end(),
                   {label, std::to_string(number), "run-shell \"" + atm + " jump " + name + "\""});
  }
  return command.size() == empty ? std::vector<std::string>() : command;
}

ExitCode run_menu(const Global& global) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = ask_sessions(*client);
  if (!reply) return complain(reply.error());
  auto command = menu_command(std::get<protocol::Sessions>(reply->value).sessions, own_path());
  if (command.empty()) command = {"tmux", "display-message", "no session needs you"};
  return run_tmux(std::move(command));
}

ExitCode run_popup(const Global& global) {
  std::string command = posix::shell_quoted(own_path()) + " --popup";
  // A popup has the environment of the tmux server, which may name another daemon.
  const char* const named = std::getenv("ATM_SOCKET");
  const std::string socket = !global.socket.empty() ? global.socket : named == nullptr ? "" : named;
  if (!socket.empty()) command += " --socket " + posix::shell_quoted(socket);
  return run_tmux({"tmux", "display-popup", "-E", "-w", "80%", "-h", "70%", command});
}

}  // namespace atm::cli
