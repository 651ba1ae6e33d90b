// SPDX-License-Identifier: MIT
#include "spool_writers.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/spawn.hpp"

namespace atm::test {
namespace {

using Clock = std::chrono::steady_clock;

// The first tick of the hook's timer is after 25 ms: a faster hook completed its work.
constexpr std::chrono::milliseconds kSure{25};
constexpr int kMostTries = 50;

/// A pipe that holds the text and has no writer.
int input_of(const std::string& text) {
  std::array<int, 2> end{};
  if (::pipe2(end.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const ssize_t written = ::write(end[1], text.data(), text.size());
  ::close(end[1]);
  if (written != static_cast<ssize_t>(text.size())) throw std::runtime_error("cannot fill a pipe");
  return end[0];
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::string payload_of(const std::string& session, int number) {
  return R"({"hook_event_name":"PreToolUse","session_id":")" + session + R"(","cwd":"/w","tool_name":")" +
         std::to_string(number) + R"(","tool_input":{"command":")" + std::string(200, 'x') + "\"}}";
}

std::string mark_of(const std::string& session, int number) {
  return R"("session_id":")" + session + R"(","cwd":"/w","tool_name":")" + std::to_string(number) + '"';
}

}  // namespace

SpoolWriters::SpoolWriters(std::filesystem::path socket, int writers, std::vector<std::string> environment)
    : socket_(std::move(socket)), writers_(writers), environment_(std::move(environment)) {}

bool SpoolWriters::run_hook(const std::string& session, int number) const {
  const std::vector<std::string> words{ATM_TEST_HOOK, "--agent", "claude_code"};
  std::vector<std::string> variables = environment_;
  variables.push_back("ATM_SOCKET=" + socket_.string());
  const int input = input_of(payload_of(session, number));
  Spawn program;
  program.duplicate(input, 0);
  const auto begin = Clock::now();
  const pid_t pid = program.run(words, variables);
  ::close(input);
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the hook failed");
  return Clock::now() - begin < kSure;
}

std::set<std::string> SpoolWriters::run_one(const std::string& session, int hooks, bool insist) const {
  std::set<std::string> doubtful;
  for (int number = last_ + 1; number <= last_ + hooks; ++number) {
    if (!insist) {
      if (!run_hook(session, number)) doubtful.insert(session + '/' + std::to_string(number));
      continue;
    }
    bool is_kept = false;
    for (int i = 0; i < kMostTries && !is_kept; ++i) {
      // A hook that had enough time has stored a record, as the spool shows at the end.
      is_kept = run_hook(session, number) ||
                text_of(spool() / "records").find(mark_of(session, number)) != std::string::npos;
    }
    if (!is_kept) throw std::runtime_error("the machine is too busy for hooks");
  }
  return doubtful;
}

void SpoolWriters::run(int hooks, bool insist) {
  std::vector<std::future<std::set<std::string>>> all;
  for (int i = 0; i < writers_; ++i) {
    all.push_back(std::async(std::launch::async,
                             [=, this] { return run_one("s" + std::to_string(i), hooks, insist); }));
  }
  for (auto& one : all) doubtful_.merge(one.get());
  last_ += hooks;
}

std::map<std::string, int> SpoolWriters::finish() {
  std::map<std::string, int> last;
  for (int i = 0; i < writers_; ++i) {
    const std::string session = "s" + std::to_string(i);
    int number = last_ + 1;
    for (; !run_hook(session, number); ++number) {
      if (number == last_ + kMostTries) throw std::runtime_error("the machine is too busy for hooks");
      doubtful_.insert(session + '/' + std::to_string(number));
    }
    last[session] = number;
  }
  return last;
}

std::map<std::string, std::vector<int>> SpoolWriters::in_spool() const {
  std::map<std::string, std::vector<int>> found;
  std::istringstream lines(text_of(spool() / "records"));
  const auto after = [](const std::string& line, std::string_view key) {
    const std::size_t begin = line.find(key) + key.size();
    return line.substr(begin, line.find('"', begin) - begin);
  };
  for (std::string line; std::getline(lines, line);) {
    // A hook without time to read its whole input sends the beginning as text.
    if (line.find(R"("tool_name":")") != std::string::npos)
      found[after(line, R"("session_id":")")].push_back(std::stoi(after(line, R"("tool_name":")")));
  }
  return found;
}

SpoolReader::SpoolReader(const std::filesystem::path& socket) : wire_(socket) {
  wire_.send(kHello);
  wire_.send(R"({"type":"subscribe","activity":true})");
}

void SpoolReader::begin() {
  while (!has_begun_) read_one();
}

void SpoolReader::read_until(int last, int sessions) {
  const auto is_there = [last](const auto& one) { return !one.second.empty() && one.second.back() >= last; };
  while (std::count_if(numbers_.begin(), numbers_.end(), is_there) < sessions) read_one();
}

void SpoolReader::read_until(const std::map<std::string, int>& last) {
  const auto is_there = [this](const auto& one) {
    const auto found = numbers_.find(one.first);
    return found != numbers_.end() && found->second.back() >= one.second;
  };
  while (!std::all_of(last.begin(), last.end(), is_there)) read_one();
}

void SpoolReader::read_all(std::size_t hooks) {
  while (reported_ < hooks) read_one();
}

void SpoolReader::read_one() {
  const auto got = wire_.reply();
  if (const auto* activity = std::get_if<protocol::Activity>(&got.message)) {
    const protocol::ObservationData& told = activity->observation;
    if (told.type != "tool.started") return;
    const std::string* const tool = told.attrs.get<std::string>("tool");
    numbers_[told.session_id].push_back(tool == nullptr ? 0 : std::stoi(*tool));
    ++reported_;
  } else if (std::holds_alternative<protocol::Gap>(got.message)) {
    ++gaps_;
  } else if (const auto* snapshot = std::get_if<protocol::Sessions>(&got.message)) {
    before_ += snapshot->sessions.size();
    has_begun_ = true;
  }
}

bool is_all_in_order(const std::string& session, const std::vector<int>& numbers, int last,
                     const std::set<std::string>& doubtful) {
  int next = 1;
  const auto pass_doubtful = [&](int until) {
    while (next < until && doubtful.count(session + '/' + std::to_string(next)) != 0) ++next;
  };
  for (const int number : numbers) {
    pass_doubtful(number);
    if (number != next++) return false;
  }
  pass_doubtful(last + 1);
  return next == last + 1;
}

}  // namespace atm::test
