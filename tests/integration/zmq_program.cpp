// SPDX-License-Identifier: MIT
#include "zmq_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <atm/json.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "support/spawn.hpp"

namespace atm::test {

namespace {

std::string written(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

}  // namespace

bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    ::poll(nullptr, 0, 5);
  }
  return false;
}

std::string sorted_by_id(std::string_view sessions) {
  json::Reader reader;
  const json::Value* const root = reader.parse(sessions);
  if (root == nullptr || !root->IsArray())
    throw std::runtime_error("no array of sessions: " + reader.error());
  std::map<std::string, std::string> by_id;
  for (const json::Value& session : root->GetArray())
    by_id.emplace(json::get_string(session, "id").value_or(""), written(session));
  std::string text;
  for (const auto& [id, session] : by_id) text += session + '\n';
  return text;
}

ZmqDaemon::ZmqDaemon(std::string_view zmq_settings) {
  home_.config("[plugins.zmq]\nenabled = true\n" + std::string(zmq_settings));
  start();
}

void ZmqDaemon::start() {
  process_.reset();
  process_ = std::make_unique<Atmd>(home_, std::vector<std::string>{"--plugin-dir", ATM_TEST_PLUGINS});
  if (!process_->wait_ready()) throw std::runtime_error("atmd does not start: " + process_->output());
}

std::string ZmqDaemon::sessions() const {
  const std::string reply = ask(R"({"type":"get_all_sessions"})");
  json::Reader reader;
  const json::Value* const root = reader.parse(reply);
  const json::Value* const sessions = root == nullptr ? nullptr : json::get_array(*root, "sessions");
  if (sessions == nullptr) throw std::runtime_error("no sessions in " + reply);
  return sorted_by_id(written(*sessions));
}

Follower::Follower(const TempDir& home) : output_(home.path() / "followed") {
  const std::string runtime = "XDG_RUNTIME_DIR=" + (home.path() / "run").string();
  pid_ = Spawn()
             .open(0, "/dev/null", O_RDONLY)
             .open(1, output_.string(), O_WRONLY | O_CREAT | O_TRUNC)
             .duplicate(1, 2)
             .run({ATM_TEST_PYTHON, ATM_TEST_FOLLOWER}, {"PATH=/usr/bin:/bin", runtime});
}

Follower::~Follower() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string Follower::output() const {
  std::ostringstream text;
  text << std::ifstream(output_).rdbuf();
  return text.str();
}

int Follower::count(std::string_view text) const {
  const std::string all = output();
  int found = 0;
  for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++found;
  return found;
}

std::string Follower::finish() {
  ::kill(pid_, SIGINT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  std::string all = output();
  if (all.ends_with('\n')) all.pop_back();
  return sorted_by_id(all.substr(all.rfind('\n') + 1));
}

}  // namespace atm::test
