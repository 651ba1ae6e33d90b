// SPDX-License-Identifier: MIT
// The history on a disk that hangs (tests/support/faulty_disk.c), and an import that is killed there.
#include <fcntl.h>
#include <sys/file.h>

#include <atm/posix/file_descriptor.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <history/imports.hpp>
#include <memory>
#include <string>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

/// A disk whose calls wait while it is closed.
class HangingDisk final {
 public:
  void close() {
    static_cast<void>(dir_.file("switch", ""));
    lock_ = posix::FileDescriptor(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::flock(lock_.get(), LOCK_EX) == 0);
  }
  void open() { lock_ = posix::FileDescriptor(); }
  /// Waits until a call waits.
  [[nodiscard]] bool holds_a_call() const {
    return becomes_true([&] { return fs::exists(path().string() + ".waiting"); });
  }
  [[nodiscard]] Manager manager() const {
    return {.environment = {"LD_PRELOAD=" ATM_TEST_FAULTY_DISK, "ATM_TEST_DISK_HANG=" + path().string()}};
  }

 private:
  [[nodiscard]] fs::path path() const { return dir_.path() / "switch"; }
  TempDir dir_;
  posix::FileDescriptor lock_;
};

/// Waits until every input that the registry has folded is in the file or counted as dropped.
bool is_settled(const ServedDaemon& daemon) {
  static_cast<void>(daemon.sessions());
  const std::int64_t folded = daemon.stat({"registry", "stored_inputs"});
  return becomes_true([&] {
    return daemon.stat({"plugins", "history", "inputs_written"}) +
               daemon.stat({"plugins", "history", "inputs_dropped"}) >=
           folded;
  });
}

std::string losses(const ServedDaemon& daemon) {
  return Programs(daemon).out({"history", "losses", "--since", "-1h"});
}

std::vector<history::Input> imported(const fs::path& path) {
  const auto file = history::HistoryFile::open_read_only(path.string());
  std::vector<history::Input> all;
  history::Imports(file->database()).read([&all](const history::Input& input) { all.push_back(input); });
  return all;
}

}  // namespace

TEST_CASE("a disk that hangs delays no client, and the history goes on with a gap", "[history][disk]") {
  HangingDisk disk;
  ServedDaemon daemon(kWithHistory, disk.manager());
  work(daemon);
  REQUIRE(is_durable(daemon));
  disk.close();
  Wire client(daemon);
  client.greet();
  client.send(hook("during", "SessionStart", R"("source":"startup")"));
  client.sync();
  REQUIRE(disk.holds_a_call());
  // The buffer of the store overflows; the daemon answers meanwhile.
  double cost = 0;
  const std::string long_name(200, 'm');
  REQUIRE(becomes_true(
      [&] {
        for (int i = 0; i < 2000; ++i)
          client.send(status_line("during", cost += 0.01, R"("model":{"id":")" + long_name + R"("})"));
        client.sync();
        CHECK(daemon.session("during").has_value());
        return contains(daemon.process().output(), "inputs are dropped");
      },
      std::chrono::minutes(4)));
  CHECK(daemon.stat({"plugins", "history", "inputs_dropped"}) > 0);
  disk.open();
  REQUIRE(becomes_true([&] {
    client.send(hook("after", "UserPromptSubmit", R"("prompt_id":"p1","prompt":"x")"));
    client.sync();
    return contains(losses(daemon), "the disk was too slow: inputs were dropped");
  }));
  // A checkpoint follows the gap, so that the state survives a kill.
  REQUIRE(is_settled(daemon));
  const auto after = daemon.session("after");
  REQUIRE(after);
  REQUIRE(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  daemon.restart();
  CHECK(seen(daemon.session("after").value()) == seen(*after));
  CHECK(daemon.session("during").has_value());
  CHECK(contains(Programs(daemon).out({"history", "verify"}), "no fault"));
}

TEST_CASE("a full disk pauses the history, which resumes with a gap", "[history][disk]") {
  const TempDir dir;
  ServedDaemon daemon(kWithHistory,
                      {.environment = {"LD_PRELOAD=" ATM_TEST_FAULTY_DISK,
                                       "ATM_TEST_DISK_FULL=" + (dir.path() / "full").string()}});
  work(daemon);
  REQUIRE(is_durable(daemon));
  static_cast<void>(dir.file("full", ""));
  {
    Wire client(daemon);
    client.greet();
    client.send(hook("during", "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  REQUIRE(daemon.stat_reaches({"plugins", "history", "paused"}, 1));
  CHECK(becomes_true([&] {
    return contains(daemon.process().output(), "the history is paused, and the daemon tries again every 5 s");
  }));
  const auto doctor = Programs(daemon).run({"doctor"});
  CHECK(contains(doctor->out(), "the history is paused: its file cannot be written"));
  CHECK(daemon.session("during").has_value());
  fs::remove(dir.path() / "full");
  REQUIRE(becomes_true([&] { return contains(daemon.process().output(), "the history is written again"); }));
  work(daemon);
  REQUIRE(is_settled(daemon));
  CHECK(contains(losses(daemon), "the file could not be written"));
  // A checkpoint closes the gap.
  REQUIRE(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  daemon.restart();
  CHECK(daemon.session("during").has_value());
  CHECK(contains(Programs(daemon).out({"history", "verify"}), "no fault"));
}

TEST_CASE("a daemon on a disk that hangs stops, and the next one has what was durable", "[history][disk]") {
  HangingDisk disk;
  ServedDaemon daemon(kWithHistory, disk.manager());
  work(daemon);
  REQUIRE(is_durable(daemon));
  const auto done = daemon.session("done");
  REQUIRE(done);
  disk.close();
  {
    Wire client(daemon);
    client.greet();
    client.send(hook("lost", "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  REQUIRE(disk.holds_a_call());
  CHECK(daemon.process().stop() == 0);
  disk.open();
  daemon.restart();
  CHECK(seen(daemon.session("done").value()) == seen(*done));
  CHECK(contains(Programs(daemon).out({"history", "verify"}), "no fault"));
}

TEST_CASE("a daemon on a disk that hangs at its start serves without its state and writes later",
          "[history][disk]") {
  HangingDisk disk;
  ServedDaemon daemon(kWithHistory, disk.manager());
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop() == 0);
  disk.close();
  daemon.restart();
  CHECK(contains(daemon.process().output(), "the disk does not answer within 2 s, expected an open file"));
  CHECK_FALSE(daemon.session("done").has_value());
  work(daemon);
  CHECK(daemon.session("done").has_value());
  disk.open();
  CHECK(is_durable(daemon));
  const auto done = daemon.session("done");
  REQUIRE(daemon.process().stop() == 0);
  daemon.restart();
  CHECK(seen(daemon.session("done").value()) == seen(done.value()));
}

TEST_CASE("a daemon that starts while atm history forget writes runs without a history and logs it",
          "[history][disk]") {
  HangingDisk disk;
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);
  const fs::path home = daemon.home().dir().path();
  std::vector<std::string> environment = disk.manager().environment;
  environment.insert(environment.end(),
                     {"HOME=" + home.string(), "XDG_STATE_HOME=" + (home / "state").string(),
                      "ATM_SOCKET=" + daemon.socket().string()});
  disk.close();
  Program forget({ATM_TEST_ATM, "history", "forget", "--before", "now"}, environment);
  REQUIRE(disk.holds_a_call());
  daemon.restart();
  CHECK(contains(daemon.process().output(), "expected no other writer; this daemon runs without a history"));
  CHECK_FALSE(daemon.session("done").has_value());
  disk.open();
  CHECK(forget.wait() == 0);
  CHECK(contains(forget.out(), "forgot "));
  REQUIRE(daemon.process().stop() == 0);
  daemon.restart();
  work(daemon);
  CHECK(is_durable(daemon));
}

TEST_CASE("an import that is killed at any write is complete after another one", "[history][disk]") {
  const TempDir dir;
  const fs::path state = dir.path() / "state/atm";
  const fs::path file = state / "history.db";
  fs::create_directories(state);
  fs::permissions(state, fs::perms::owner_all);
  static_cast<void>(history::HistoryFile::open(file.string()));
  const std::string time = to_rfc3339(std::chrono::time_point_cast<Timestamp::duration>(
      std::chrono::system_clock::now() - std::chrono::hours(2)));
  for (int i = 0; i < 6; ++i) {
    const std::string id = "old-" + std::to_string(i);
    const std::string same =
        R"("timestamp":")" + time + R"(","sessionId":")" + id + R"(","cwd":"/w/old","message":{)";
    std::string lines;
    // The last one has more inputs than a row.
    for (int turn = 0; turn < (i == 5 ? 3000 : 20); ++turn)
      lines += R"({"type":"user",)" + same + R"("content":"x"}})" + '\n' + R"({"type":"assistant",)" + same +
               R"("stop_reason":"end_turn","content":[]}})" + '\n';
    static_cast<void>(dir.file("agent/projects/-w-old/" + id + ".jsonl", lines));
  }
  const auto import = [&](const std::vector<std::string>& more) {
    std::vector<std::string> environment{
        "TZ=UTC", "HOME=" + dir.path().string(), "CLAUDE_CONFIG_DIR=" + (dir.path() / "agent").string(),
        "XDG_STATE_HOME=" + (dir.path() / "state").string(), "LD_PRELOAD=" ATM_TEST_FAULTY_DISK};
    environment.insert(environment.end(), more.begin(), more.end());
    Program program({ATM_TEST_ATM, "import"}, environment);
    return program.wait();
  };
  const fs::path kept = dir.path() / "kept";
  fs::copy(state, kept);
  const auto reset = [&] {
    fs::remove_all(state);
    fs::copy(kept, state);
  };
  REQUIRE(import({"ATM_TEST_DISK_COUNT=" + (dir.path() / "count").string()}) == 0);
  const auto expected = imported(file);
  REQUIRE(expected.size() > 6000);
  const int calls = std::stoi(content_of(dir.path() / "count"));
  REQUIRE(calls > 10);
  const char* const wanted = std::getenv("ATM_TEST_IMPORT_KILLS");
  const int kills = wanted == nullptr ? 20 : std::max(std::atoi(wanted), 1);
  const int step = std::max(calls / kills, 1);
  int killed = 0;
  int partial = 0;
  for (int call = 1; call <= calls; call += step) {
    CAPTURE(call, calls);
    reset();
    REQUIRE(import({"ATM_TEST_DISK_KILL=" + std::to_string(call)}) == 128 + SIGKILL);
    ++killed;
    const std::size_t stored = imported(file).size();
    if (stored != 0 && stored != expected.size()) ++partial;
    REQUIRE(import({}) == 0);
    REQUIRE(imported(file) == expected);
  }
  CHECK(killed >= std::min(kills, calls));
  CHECK(partial > 0);
  REQUIRE(history::HistoryFile::open_read_only(file.string())->verify().empty());
}

}  // namespace atm::test
