// SPDX-License-Identifier: MIT
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "client.hpp"
#include "scenarios.hpp"
#include "support/process_stat.hpp"

namespace atm::bench {

namespace {

constexpr int kRounds = 200;
constexpr int kKills = 50;
constexpr int kPauseMs = 5;  // the agent's times have milliseconds
constexpr std::string_view kBudget = "p99 ≤ 250 ms";

std::string wall_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// 2026-11-22T13:02:05.274Z
std::string wall_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1'000;
  char text[40];
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(ms));
  return text;
}

/// A process that poses as an agent process, with its session file and its transcript.
class Agent final {
 public:
  Agent(const std::string& home, int number) {
    pid_ = spawn({"/bin/sleep", "600"}, {}, "/dev/null", "/dev/null");
    start_ticks_ = std::to_string(test::start_ticks_of(pid_));
    char id[48];
    std::snprintf(id, sizeof id, "0e9c1c52-7f0b-4f0e-9d5b-%012d", number);
    id_ = id;
    const std::string config = home + "/.claude";
    const std::string project = config + "/projects/-home-dev-edges";
    std::filesystem::create_directories(config + "/sessions");
    std::filesystem::create_directories(project);
    entry_ = config + "/sessions/" + std::to_string(pid_) + ".json";
    transcript_ = project + "/" + id_ + ".jsonl";
    std::ofstream(transcript_) << R"({"type":"mode"})" << '\n';
  }
  ~Agent() { kill(); }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  /// Writes the file in place, as the agent does.
  void say(const std::string& status) const {
    const std::string now = wall_ms();
    std::ofstream(entry_) << "{\"pid\":" << pid_ << ",\"sessionId\":\"" << id_
                          << "\",\"cwd\":\"/home/dev/edges\",\"startedAt\":" << now << ",\"procStart\":\""
                          << start_ticks_
                          << "\",\"version\":\"2.1.330\",\"kind\":\"interactive\",\"entrypoint\":\"cli\","
                             "\"updatedAt\":"
                          << now << ",\"statusUpdatedAt\":" << now << ',' << status << '}';
  }
  void interrupt() const {
    std::ofstream(transcript_, std::ios::app)
        << R"({"type":"user","isSidechain":false,"sessionId":")" << id_ << R"(","timestamp":")" << wall_text()
        << R"(","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]}})"
        << '\n';
  }
  [[nodiscard]] std::string hook(const std::string& event) const {
    return "{\"type\":\"ingest\",\"channel\":\"claude_code/hook\",\"context\":{\"pid\":" +
           std::to_string(pid_) + ",\"start_ticks\":" + start_ticks_ + "},\"payload\":{\"session_id\":\"" +
           id_ + "\",\"transcript_path\":\"" + transcript_ +
           "\",\"cwd\":\"/home/dev/edges\",\"hook_event_name\":\"" + event + "\"}}\n";
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait_exit(pid_);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  std::string start_ticks_;
  std::string id_;
  std::string entry_;
  std::string transcript_;
};

void await_status(Client& reader, const std::string& session, std::string_view status) {
  const std::string wanted = "\"status\":{\"status\":\"" + std::string(status) + '"';
  while (true) {
    const std::string_view line = reader.line(std::chrono::seconds(5));
    if (line.empty()) throw std::runtime_error("no " + std::string(status) + " of " + session + " was seen");
    if (line.find(session) != std::string_view::npos && line.find(wanted) != std::string_view::npos) return;
  }
}

std::string quantiles(const std::vector<double>& samples) {
  return "p50 " + fixed(quantile(samples, 0.5), 2) + " ms, p99 " + fixed(quantile(samples, 0.99), 2) + " ms";
}

void measure_session_file(const Agent& agent, Client& reader, Table& table) {
  std::vector<double> samples;
  for (int i = 0; i < kRounds; ++i) {
    const bool asks = i % 2 == 1;
    ::poll(nullptr, 0, kPauseMs);
    const auto begin = Clock::now();
    agent.say(asks ? R"("status":"waiting","waitingFor":"permission prompt")" : R"("status":"busy")");
    await_status(reader, agent.id(), asks ? "waiting_for_permission" : "active");
    samples.push_back(ms_since(begin));
  }
  table.add({"session file written to subscriber reading", quantiles(samples), "", "", std::string(kBudget)});
}

void measure_transcript(const Agent& agent, Client& writer, Client& reader, Table& table) {
  std::vector<double> samples;
  for (int i = 0; i < kRounds; ++i) {
    writer.send(agent.hook("UserPromptSubmit"));
    await_status(reader, agent.id(), "thinking");
    ::poll(nullptr, 0, kPauseMs);
    const auto begin = Clock::now();
    agent.interrupt();
    await_status(reader, agent.id(), "idle");
    samples.push_back(ms_since(begin));
  }
  table.add({"interruption in a transcript to subscriber reading", quantiles(samples), "", "",
             std::string(kBudget)});
}

void measure_kill(const std::string& home, Client& writer, Client& reader, Table& table) {
  std::vector<double> samples;
  for (int i = 0; i < kKills; ++i) {
    Agent agent(home, 100 + i);
    writer.send(agent.hook("UserPromptSubmit"));
    await_status(reader, agent.id(), "thinking");
    const auto begin = Clock::now();
    agent.kill();
    await_status(reader, agent.id(), "ended");
    samples.push_back(ms_since(begin));
  }
  table.add({"SIGKILL of an agent to subscriber reading", quantiles(samples), "", "", "≤ 1 s"});
}

}  // namespace

void measure_edges(const Programs& programs, Table& table) {
  const Daemon daemon(programs);
  Client writer(daemon.socket());
  Client reader(daemon.socket());
  reader.ask("{\"type\":\"subscribe\"}\n", "sessions");
  const Agent first(daemon.home(), 1);
  measure_session_file(first, reader, table);
  const Agent second(daemon.home(), 2);
  writer.send(second.hook("SessionStart"));
  measure_transcript(second, writer, reader, table);
  measure_kill(daemon.home(), writer, reader, table);
}

}  // namespace atm::bench
