// SPDX-License-Identifier: MIT
#include "chaos/agents.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/process_stat.hpp"
#include "support/spawn.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

// The hook ends itself 40 ms after its start; a faster one surely completed its work.
constexpr std::chrono::milliseconds kSure{20};
constexpr std::chrono::seconds kAnswer{5};
constexpr std::size_t kMostRecords = 65'536;

constexpr std::array<AgentEvent, 5> kEvents{AgentEvent{"PreToolUse", "running_tool"},
                                            {"UserPromptSubmit", "thinking"},
                                            {"PermissionRequest", "waiting_for_permission"},
                                            {"Stop", "idle"},
                                            {"StopFailure", "error"}};

/// A pipe that holds the text and has no writer.
int input_of(const std::string& text) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  static_cast<void>(!::write(ends[1], text.data(), text.size()));
  ::close(ends[1]);
  return ends[0];
}

std::string mark_of(const std::string& session, std::size_t number) {
  return R"("prompt_id":")" + session + '-' + std::to_string(number) + '"';
}

bool has_text(const std::filesystem::path& file, const std::string& text) {
  std::ifstream in(file, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return all.find(text) != std::string::npos;
}

std::string payload_of(const std::string& session, std::size_t number, std::uint8_t event) {
  const std::string digits = std::to_string(number);
  return R"({"hook_event_name":")" + std::string(kEvents[event].name) + R"(","session_id":")" + session +
         "\"," + mark_of(session, number) + R"(,"cwd":"/w","tool_name":"T)" + digits +
         R"(","tool_use_id":"toolu_)" + digits +
         R"(","error":"server_error","tool_input":{"command":"true"}})";
}

}  // namespace

std::span<const AgentEvent> agent_events() {
  return kEvents;
}

struct Agents::Book {
  std::atomic<Order> order{Order::kRest};
  std::atomic<bool> is_resting{true};
  std::atomic<std::uint32_t> orders{0};  // how many were given
  std::atomic<std::uint32_t> count{0};
  std::array<Sent, kMostRecords> sent{};
};

Agents::Agents(std::size_t count, double records_per_second, std::uint32_t seed, Places places)
    : places_(std::move(places)) {
  void* const memory = ::mmap(nullptr, count * sizeof(Book), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory for the books of the agents");
  books_ = static_cast<Book*>(memory);  // zeroes are a valid empty book
  for (std::size_t i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("cannot start an agent");
    if (pid == 0) live(i, seed, records_per_second / static_cast<double>(count));
    pids_.push_back(pid);
  }
}

Agents::~Agents() {
  for (const pid_t pid : pids_) ::kill(pid, SIGKILL);
  for (const pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
  ::munmap(books_, pids_.size() * sizeof(Book));
}

void Agents::wait_for_order(Book& book, std::uint32_t known) {
  // std::atomic::wait() uses a futex that other processes cannot wake.
  ::syscall(SYS_futex, &book.orders, FUTEX_WAIT, known, nullptr, nullptr, 0);
}

void Agents::live(std::size_t agent, std::uint32_t seed, double records_per_second) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "claude");  // the hook looks for this name among its ancestors
  Book& book = books_[agent];
  std::mt19937 dice(seed + static_cast<std::uint32_t>(agent));
  std::exponential_distribution<double> gap(records_per_second);
  std::uniform_int_distribution<int> event(0, kEvents.size() - 1);
  for (auto next = Clock::now();;) {
    const std::uint32_t orders = book.orders;
    const Order order = book.order;
    book.is_resting = order == Order::kRest;
    if (order == Order::kRest) {
      wait_for_order(book, orders);
      next = Clock::now();
      continue;
    }
    if (book.count == kMostRecords) ::_exit(1);
    send(agent, static_cast<std::uint8_t>(event(dice)));
    if (order == Order::kSendLast) {
      // No daemon reads the spool now, so that a record of a slow hook can be found there.
      Outcome& outcome = book.sent[book.count - 1].outcome;
      if (outcome == Outcome::kDoubtful &&
          has_text(places_.spool() / "records", mark_of(session(agent), book.count)))
        outcome = Outcome::kSure;
      if (outcome == Outcome::kSure || outcome == Outcome::kTaken) book.order = Order::kRest;
      continue;
    }
    next += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap(dice)));
    if (next > Clock::now()) {
      std::this_thread::sleep_until(next);
    } else {
      next = Clock::now();
    }
  }
}

void Agents::send(std::size_t agent, std::uint8_t event) {
  Book& book = books_[agent];
  const std::uint32_t number = book.count + 1;
  Sent& sent = book.sent[number - 1];
  sent = {now_ns(), 0, event, Outcome::kUnderWay};
  book.count = number;
  const std::string payload = payload_of(session(agent), number, event);
  sent.outcome = uses_hook(agent) ? run_hook(payload) : ask_socket(payload);
  sent.end_ns = now_ns();
}

Outcome Agents::run_hook(const std::string& payload) const {
  const std::vector<std::string> words{places_.programs / "atm-hook", "--agent", "claude_code"};
  const std::vector<std::string> variables{"ATM_SOCKET=" + places_.socket().string(),
                                           "HOME=" + places_.home.string()};
  const int input = input_of(payload);
  Spawn program;
  program.duplicate(input, 0);
  const auto begin = Clock::now();
  const pid_t pid = program.run(words, variables);
  ::close(input);
  int status = -1;
  if (::waitpid(pid, &status, 0) != pid || status != 0) return Outcome::kDoubtful;
  return Clock::now() - begin < kSure ? Outcome::kSure : Outcome::kDoubtful;
}

Outcome Agents::ask_socket(const std::string& payload) const {
  static const std::string process = R"("pid":)" + std::to_string(::getpid()) + R"(,"start_ticks":)" +
                                     std::to_string(start_ticks_of(::getpid()));
  const std::string line = R"({"type":"ingest","channel":"claude_code/hook","ack":true,"payload":)" +
                           payload + R"(,"context":{)" + process + "}}";
  const auto answers = ask(places_.socket(), {line}, kAnswer);
  if (!answers) return Outcome::kUnanswered;
  return answers->front().find(R"("type":"ok")") != std::string::npos ? Outcome::kTaken : Outcome::kRefused;
}

void Agents::order(std::size_t agent, Order what) {
  books_[agent].is_resting = false;
  books_[agent].order = what;
  ++books_[agent].orders;
  ::syscall(SYS_futex, &books_[agent].orders, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void Agents::wait_for_rest(std::size_t agent) const {
  if (!becomes_true([&] { return books_[agent].order == Order::kRest && books_[agent].is_resting; },
                    3 * kTimeout))
    throw std::runtime_error("an agent does not come to rest; the machine is too busy for hooks");
}

void Agents::go_on() {
  for (std::size_t i = 0; i < size(); ++i) order(i, Order::kSend);
}

void Agents::pause() {
  for (std::size_t i = 0; i < size(); ++i) order(i, Order::kRest);
  for (std::size_t i = 0; i < size(); ++i) wait_for_rest(i);
}

void Agents::send_last(bool is_through_hook) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (uses_hook(i) == is_through_hook) order(i, Order::kSendLast);
  }
  for (std::size_t i = 0; i < size(); ++i) wait_for_rest(i);
}

std::span<const Sent> Agents::sent(std::size_t agent) const {
  return {books_[agent].sent.data(), books_[agent].count};
}

std::size_t Agents::sent() const {
  std::size_t all = 0;
  for (std::size_t i = 0; i < size(); ++i) all += books_[i].count;
  return all;
}

}  // namespace atm::test
