// SPDX-License-Identifier: MIT
#include "kernel/system/log_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atm/posix/file_descriptor.hpp>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace atm::kernel;
using namespace std::chrono_literals;

namespace {

constexpr auto kTimeout = 20s;

/// An output that blocks until it is opened. It may outlive the test, like a writer's thread.
class Gate final {
 public:
  [[nodiscard]] LogWriter::Output output() {
    return [state = state_](std::string_view line) {
      if (!state->is_reached) state->reached.set_value();
      state->is_reached = true;
      state->open.wait();
      const std::lock_guard lock(state->mutex);
      state->lines.emplace_back(line);
      return true;
    };
  }
  /// The writer's thread is in the output.
  [[nodiscard]] bool is_reached() { return reached_.wait_for(kTimeout) == std::future_status::ready; }
  void open() { open_.set_value(); }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(state_->mutex);
    return state_->lines;
  }

 private:
  struct State {
    explicit State(std::shared_future<void> o) : open(std::move(o)) {}
    std::promise<void> reached;
    std::shared_future<void> open;
    bool is_reached = false;
    std::mutex mutex;
    std::vector<std::string> lines;
  };

  std::promise<void> open_;
  const std::shared_ptr<State> state_ = std::make_shared<State>(open_.get_future().share());
  const std::future<void> reached_ = state_->reached.get_future();
};

}  // namespace

TEST_CASE("lines are written in their order, each with a newline", "[log]") {
  std::vector<std::string> lines;
  LogWriter writer([&lines](std::string_view line) { return lines.emplace_back(line), true; });
  writer.push("<6>", "a");
  writer.push("<4>", "b");
  REQUIRE(writer.flush(kTimeout));
  CHECK(lines == std::vector<std::string>{"<6>a\n", "<4>b\n"});
}

TEST_CASE("a blocked output delays no caller; the next line contains the number of dropped lines", "[log]") {
  Gate gate;
  LogWriter writer(gate.output());
  writer.push("<6>", "stuck");
  REQUIRE(gate.is_reached());
  for (std::size_t i = 0; i < LogWriter::kMaxLines + 7; ++i) writer.push("<6>", std::to_string(i));
  CHECK_FALSE(writer.flush(0ms));
  gate.open();
  REQUIRE(writer.flush(kTimeout));
  writer.push("<6>", "next");
  writer.push("<6>", "last");
  REQUIRE(writer.flush(kTimeout));
  const std::vector<std::string> lines = gate.lines();
  REQUIRE(lines.size() == LogWriter::kMaxLines + 3);
  CHECK(lines[LogWriter::kMaxLines] == "<6>" + std::to_string(LogWriter::kMaxLines - 1) + "\n");
  CHECK(lines[LogWriter::kMaxLines + 1] == "<6>dropped=7 next\n");
  CHECK(lines.back() == "<6>last\n");
}

TEST_CASE("a writer with a blocked output can be closed", "[log]") {
  Gate gate;
  {
    LogWriter writer(gate.output());
    writer.push("<6>", "stuck");
    REQUIRE(gate.is_reached());
    writer.push("<6>", "behind it");
    writer.close(1ms);
    writer.push("<6>", "late");
  }
  gate.open();
}

TEST_CASE("close() writes the queued lines and drops later ones", "[log]") {
  std::vector<std::string> lines;
  LogWriter writer([&lines](std::string_view line) { return lines.emplace_back(line), true; });
  for (int i = 0; i < 100; ++i) writer.push("", std::to_string(i));
  writer.close(kTimeout);
  writer.push("", "late");
  CHECK(lines.size() == 100);
}

TEST_CASE("a line that cannot be written is counted as dropped", "[log]") {
  std::vector<std::string> lines;
  bool is_broken = true;
  LogWriter writer([&](std::string_view line) { return lines.emplace_back(line), !is_broken; });
  writer.push("<6>", "lost");
  REQUIRE(writer.flush(kTimeout));
  is_broken = false;
  writer.push("<6>", "written");
  REQUIRE(writer.flush(kTimeout));
  CHECK(lines.back() == "<6>dropped=1 written\n");
}

TEST_CASE("a descriptor that another process made non-blocking loses no byte", "[log]") {
  int ends[2] = {};
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  const atm::posix::FileDescriptor reader(ends[0]);
  const atm::posix::FileDescriptor writer(ends[1]);
  const std::string line(200'000, 'x');
  auto written = std::async(std::launch::async, [&] { return write_to(writer.get())(line); });
  std::size_t got = 0;
  while (got < line.size()) {
    char block[4096];
    const ssize_t count = ::read(reader.get(), block, sizeof block);
    if (count > 0) got += static_cast<std::size_t>(count);
  }
  CHECK(written.get());
  CHECK((::fcntl(writer.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("a descriptor with a closed other end takes no line", "[log]") {
  int ends[2] = {};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  { const atm::posix::FileDescriptor reader(ends[0]); }
  const atm::posix::FileDescriptor writer(ends[1]);
  LogWriter log(write_to(writer.get()));
  log.push("", "nobody reads this");
  CHECK(log.flush(kTimeout));
}
