// SPDX-License-Identifier: MIT
#include "history_fixture.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

#include "support/catch.hpp"

namespace atm::test {

std::string seen(const protocol::Session& session) {
  const SessionDomain& domain = session.domain;
  std::string text =
      std::string(domain.status.name()) + ' ' + std::string(domain.status.tool_name().value_or("")) + ' ' +
      to_rfc3339(domain.status_since) + ' ' + domain.cost.format() + ' ' + domain.context.str() + ' ' +
      domain.model.id + ' ' + domain.working_directory.value_or("") + ' ' +
      domain.agent_version.value_or("") + ' ' + (domain.finished ? "finished " : "");
  if (domain.attention) {
    text += domain.attention->reason + (domain.attention->acknowledged ? " acknowledged " : " ") +
            to_rfc3339(domain.attention->since);
  }
  for (const Subagent& subagent : domain.subagents) text += ' ' + subagent.id;
  return text + ' ' + session.runtime.tmux_pane.value_or("") + ' ' +
         std::to_string(session.runtime.recent_tools.size());
}

bool is_durable(const ServedDaemon& daemon) {
  static_cast<void>(daemon.sessions());  // the answer follows everything that was sent before
  const std::int64_t folded = daemon.stat({"registry", "stored_inputs"});
  return folded > 0 && daemon.stat_reaches({"plugins", "history", "inputs_written"}, folded);
}

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

void work(const ServedDaemon& daemon) {
  Wire client(daemon);
  client.greet();
  client.send(hook("asks", "SessionStart", R"("source":"startup")"));
  client.send(hook("asks", "UserPromptSubmit", R"("prompt_id":"p1","prompt":"x")"));
  client.send(hook("asks", "PreToolUse", R"("tool_name":"Bash","tool_use_id":"t1","prompt_id":"p1")"));
  client.send(hook("asks", "PermissionRequest", R"("tool_name":"Bash","prompt_id":"p1")"));
  client.send(hook("done", "SessionStart", R"("source":"startup")"));
  client.send(hook("done", "UserPromptSubmit", R"("prompt_id":"p1","prompt":"x")"));
  client.send(status_line("done", 1.25));
  client.send(hook("done", "Stop", R"("prompt_id":"p1")"));
  client.sync();
}

std::unique_ptr<Program> Programs::run(std::vector<std::string> words) const {
  words.insert(words.begin(), ATM_TEST_ATM);
  return start(words);
}

std::unique_ptr<Program> Programs::run(std::vector<std::string> words, const std::string& lines) const {
  words.insert(words.begin(),
               {"/bin/sh", "-c", R"(lines=$1; shift; printf %s "$lines" | "$0" "$@")", ATM_TEST_ATM, lines});
  return start(words);
}

std::unique_ptr<Program> Programs::start(const std::vector<std::string>& command) const {
  auto program = std::make_unique<Program>(
      command, std::vector<std::string>{"TZ=UTC", "PATH=/usr/bin:/bin", "HOME=" + home_.string(),
                                        "XDG_STATE_HOME=" + (home_ / "state").string(),
                                        "ATM_SOCKET=" + (home_ / "run/atm.sock").string()});
  program->wait();
  return program;
}

std::string Programs::out(std::vector<std::string> words) const {
  const auto program = run(std::move(words));
  CHECK(program->err().empty());
  return program->out();
}

std::string now_text() {
  return to_rfc3339(std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now()));
}

}  // namespace atm::test
