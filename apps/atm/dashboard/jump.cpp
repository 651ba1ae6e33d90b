// SPDX-License-Identifier: MIT
#include "jump.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atm/file_descriptor.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "lookup.hpp"
#include "program.hpp"
#include "session_names.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

// Agents report the pane, so it may be any text; tmux would read `;` as the end of a command.
bool is_pane(std::string_view pane) {
  return pane.size() > 1 && pane.size() < 12 && pane[0] == '%' &&
         pane.find_first_not_of("0123456789", 1) == pane.npos;
}

bool is_same_server(const std::string& tmux, const std::string& socket) {
  const std::string ours = tmux.substr(0, tmux.find(','));
  std::error_code ignored;
  return !ours.empty() && (ours == socket || std::filesystem::equivalent(ours, socket, ignored));
}

Error no_way(const protocol::Session& session, const std::string& why) {
  return {ErrorCode::kUnsupported, "cannot jump to " + short_name(session.domain.id.view()) + ": " + why};
}

// The first line that arrives.
std::string first_line(int fd) {
  std::string text;
  std::array<char, 512> block{};
  for (;;) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (text.size() < block.size()) text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text.substr(0, text.find('\n'));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 12 && text.find_first_not_of("0123456789") == text.npos;
}

// For terminals that can show a window of theirs; absent: the agent runs in none of them.
std::optional<JumpPlan> plan_for(const AgentTerminal& terminal, const AgentTerminal& own) {
  JumpPlan plan;
  const bool is_zellij = !terminal.zellij_session.empty() && !terminal.zellij_session.starts_with('-');
  if (is_zellij && is_number(terminal.zellij_pane)) {
    const std::string pane = "terminal_" + terminal.zellij_pane;
    plan.command = {"zellij", "--session", terminal.zellij_session, "action", "focus-pane-id", pane};
    plan.remedy = "Zellij must be 0.44 or later";
    if (own.zellij_session != terminal.zellij_session)
      plan.notice = "Zellij shows the pane; attach with: zellij attach " + terminal.zellij_session;
    return plan;
  }
  // An editor that was started in a terminal inherits the variables of that terminal.
  if (terminal.program == "vscode") return std::nullopt;
  if (is_number(terminal.kitty_window)) {
    plan.command = {"kitty", "@"};
    if (!terminal.kitty_socket.empty())
      plan.command.insert(plan.command.end(), {"--to", terminal.kitty_socket});
    plan.command.insert(plan.command.end(), {"focus-window", "--match", "id:" + terminal.kitty_window});
    plan.remedy = "kitty.conf must set allow_remote_control and listen_on";
    return plan;
  }
  if (is_number(terminal.wezterm_pane)) {
    plan.command = {"wezterm", "cli", "activate-pane", "--pane-id", terminal.wezterm_pane};
    if (!terminal.wezterm_socket.empty()) plan.variable = "WEZTERM_UNIX_SOCKET=" + terminal.wezterm_socket;
    plan.remedy = "WezTerm must be 20230326 or later";
    return plan;
  }
  return std::nullopt;
}

/// "its terminal is pane 3 of 42.work in screen, /dev/pts/3".
std::string where_text(const SessionRuntime& place) {
  if (!place.terminal_program)
    return place.tty ? "its terminal is " + *place.tty + ", not in tmux" : "its terminal is unknown";
  std::string where = "its terminal is ";
  if (place.terminal_pane) where += "pane " + *place.terminal_pane + " of ";
  if (place.terminal_socket) where += *place.terminal_socket + " in ";
  return where + *place.terminal_program + (place.tty ? ", " + *place.tty : "");
}

/// What the user can do instead of a jump.
std::string remedy_for(const SessionRuntime& place) {
  const auto is_word = [](const Rare<std::string>& text) {
    constexpr std::string_view kBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return text && !text->empty() && text->front() != '-' && text->find_first_not_of(kBytes) == text->npos;
  };
  if (place.terminal_program == "screen" && is_word(place.terminal_socket) && is_word(place.terminal_pane))
    return "run screen -x " + *place.terminal_socket + " -p " + *place.terminal_pane;
  return "switch to that window yourself";
}

std::vector<std::string> environment_for(const JumpPlan& plan) {
  // tmux refuses to attach inside of tmux unless TMUX is unset.
  const std::string replaced =
      plan.takes_terminal ? "TMUX" : plan.variable.substr(0, plan.variable.find('='));
  std::vector<std::string> variables = environment_without(replaced);
  if (!plan.variable.empty()) variables.push_back(plan.variable);
  return variables;
}

}  // namespace

Result<JumpPlan> plan_jump(const protocol::Session& session, const std::string& tmux,
                           const AgentTerminal& terminal, const AgentTerminal& own) {
  const SessionRuntime& place = session.runtime;
  if (session.domain.status.kind() == StatusKind::kEnded)
    return no_way(session, "the session has ended; resume it with its agent");
  if (!place.tmux_pane || !place.socket_path) {
    if (auto plan = plan_for(terminal, own)) return *plan;
    const std::string process = place.pid ? " (process " + std::to_string(*place.pid) + ")" : "";
    const std::string directory = session.domain.working_directory.value_or("");
    if (terminal.program == "vscode" && directory.starts_with('/')) {
      JumpPlan plan;
      plan.command = {"code", directory};
      plan.notice = "VS Code shows its window; select the terminal of the agent there" + process;
      return plan;
    }
    return no_way(session,
                  where_text(place) + process + "; " + remedy_for(place) + ", or run the agent in tmux");
  }
  if (!is_pane(*place.tmux_pane) || !place.socket_path->starts_with('/'))
    return no_way(session, "its pane is '" + *place.tmux_pane + "' of '" + *place.socket_path +
                               "', expected a pane such as %3 and a path");
  JumpPlan plan;
  plan.command = {"tmux", "-S", *place.socket_path};
  const bool is_inside = is_same_server(tmux, *place.socket_path);
  plan.takes_terminal = !is_inside;
  plan.command.emplace_back(is_inside ? "switch-client" : "attach-session");
  plan.command.insert(plan.command.end(), {"-t", *place.tmux_pane});
  return plan;
}

Result<JumpPlan> plan_jump(const protocol::Session& session) {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  AgentTerminal own;
  own.zellij_session = variable("ZELLIJ_SESSION_NAME");
  return plan_jump(session, variable("TMUX"), terminal_of(session), own);
}

Result<void> run_jump(const JumpPlan& plan) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{ErrorCode::kIo, std::strerror(errno)};
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  const pid_t pid = start_program(plan.command, environment_for(plan), write_end.get(),
                                  plan.takes_terminal ? TerminalUse::kTakes : TerminalUse::kOpens);
  if (pid < 0)
    return Error{ErrorCode::kIo,
                 "cannot run " + plan.command[0] + ": " + std::strerror(errno) + "; install it"};
  write_end = FileDescriptor();
  const std::string answer = first_line(read_end.get());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error{ErrorCode::kIo, plan.command[0] +
                                   " failed: " + (answer.empty() ? "it printed no reason" : answer) +
                                   (plan.remedy.empty() ? "" : "; " + plan.remedy)};
}

ExitCode run_jump_command(const Global& global, const JumpOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto found = look_up(*client, options.id);
  if (!found) return complain(found.error());
  const auto plan = plan_jump(found->session);
  if (!plan) return complain(plan.error());
  const auto done = run_jump(*plan);
  if (done) return plan->notice.empty() ? kOk : print(terminal_safe(plan->notice) + "\n");
  static_cast<void>(complain(done.error()));
  return kFailed;
}

}  // namespace atm::cli
