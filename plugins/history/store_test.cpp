// SPDX-License-Identifier: MIT
// The store through its C table: start, append, stop, restore.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/file_descriptor.hpp>
#include <atm/testing.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "place.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using namespace atm::testing;

struct Seen {
  std::string checkpoint;
  std::vector<OwnedInput> inputs;
  atm_restored result{sizeof(atm_restored), 0, 0};
  atm_status status = ATM_OK;
  std::string error;
};

/// One daemon's store.
class Daemon {
 public:
  explicit Daemon(const std::string& directory)
      : plugin_(atm_plugin_v1, host, R"({"directory": ")" + directory + R"("})"),
        table_(plugin_.table<atm_store>(ATM_IFACE_STORE)) {
    atm::ErrorBuffer error;
    started = table_.start(plugin_.get(), error.c());
    start_error = std::string(error.view());
  }
  ~Daemon() { stop(); }

  Seen restore() {
    Seen seen;
    const atm_restore_sink sink{sizeof sink, 0, &seen,
                                [](void* self, const std::uint8_t* data, std::uint64_t size) -> atm_status {
                                  static_cast<Seen*>(self)->checkpoint.assign(
                                      reinterpret_cast<const char*>(data), size);
                                  return ATM_OK;
                                },
                                [](void* self, const atm_stored* input) -> atm_status {
                                  static_cast<Seen*>(self)->inputs.push_back(OwnedInput::copy(*input));
                                  return ATM_OK;
                                }};
    atm::ErrorBuffer error;
    seen.status = table_.restore(plugin_.get(), &sink, &seen.result, error.c());
    seen.error = std::string(error.view());
    return seen;
  }
  atm_status append(std::uint64_t seq, const std::string& session = "s1") {
    OwnedInput input;
    input.seq = seq;
    input.awake_ns = static_cast<std::int64_t>(seq);
    input.observation = {"tool.started", session, "claude_code", "", "claude_code/hook", 1000, {}};
    input.attrs = {{"tool", std::string("Bash")}};
    atm_status status = ATM_OK;
    input.lend([&](const atm_stored& one) {
      const atm_stored* const all[] = {&one};
      status = table_.append(plugin_.get(), all, 1);
    });
    return status;
  }
  atm_status checkpoint(const std::string& state, std::uint64_t seq) {
    return table_.checkpoint(plugin_.get(), reinterpret_cast<const std::uint8_t*>(state.data()), state.size(),
                             seq);
  }
  atm_status stop() { return table_.stop(plugin_.get(), 5000); }
  /// Waits until everything up to `seq` is in the file.
  void wait_durable(std::uint64_t seq) {
    REQUIRE(atm::test::becomes_true(
        [&] { return host.metrics()["durable_seq"] >= static_cast<std::int64_t>(seq); }));
  }

  FakeHost host;
  atm_status started = ATM_OK;
  std::string start_error;

 private:
  PluginInstance plugin_;
  const atm_store& table_;
};

}  // namespace

TEST_CASE("a store returns the newest checkpoint and the inputs after it") {
  const atm::test::TempDir dir;
  {
    Daemon daemon(dir.path().string());
    REQUIRE(daemon.started == ATM_OK);
    CHECK(daemon.restore().status == ATM_SKIP);
    CHECK(daemon.append(1) == ATM_STORE_WANTS_CHECKPOINT);
    CHECK(daemon.checkpoint("state at 1", 1) == ATM_OK);
    CHECK(daemon.append(2) == ATM_OK);
    CHECK(daemon.append(3) == ATM_OK);
    CHECK(daemon.stop() == ATM_OK);
  }
  Daemon next(dir.path().string());
  const Seen seen = next.restore();
  CHECK(seen.status == ATM_OK);
  CHECK(seen.checkpoint == "state at 1");
  REQUIRE(seen.inputs.size() == 2);
  CHECK(seen.inputs.at(1).seq == 3);
  CHECK(seen.inputs.at(1).attrs.at(0).first == "tool");
  CHECK(seen.result.is_unclean == 0);
}

TEST_CASE("after a kill, the next daemon continues at the next block of numbers") {
  const atm::test::TempDir dir;
  const std::string copy = (dir.path() / "copy").string();
  {
    Daemon daemon((dir.path() / "first").string());
    static_cast<void>(daemon.restore());
    daemon.append(7);
    daemon.wait_durable(7);
    // The files at the moment of a kill.
    std::filesystem::copy(dir.path() / "first", copy);
  }
  Daemon next(copy);
  const Seen seen = next.restore();
  CHECK(seen.status == ATM_OK);
  CHECK(seen.result.is_unclean == 1);
  CHECK(seen.result.next_seq >= 65'536);
  CHECK(seen.result.next_seq % 65'536 == 0);
  CHECK(seen.inputs.size() == 1);
}

TEST_CASE("a second daemon does not write the file of the first") {
  const atm::test::TempDir dir;
  Daemon first(dir.path().string());
  Daemon second(dir.path().string());
  CHECK(second.started == ATM_E_EXISTS);
  CHECK(second.start_error.find("another atmd or atm history forget writes " + dir.path().string()) == 0);
  CHECK(first.append(1) >= 0);
}

TEST_CASE("a store waits for a daemon that stops") {
  const atm::test::TempDir dir;
  const std::string file = (dir.path() / "history.lock").string();
  atm::FileDescriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  const auto is_tried = [&] {
    int opened = 0;
    std::error_code error;
    for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
      opened += std::filesystem::read_symlink(fd.path(), error) == file ? 1 : 0;
    return opened > 1;
  };
  bool has_tried = false;
  std::thread holder([&] {
    has_tried = atm::test::becomes_true(is_tried);
    lock = atm::FileDescriptor();
  });
  Daemon daemon(dir.path().string());
  holder.join();
  CHECK(has_tried);
  CHECK(daemon.started == ATM_OK);
  CHECK(daemon.append(1) >= 0);
}

TEST_CASE("a directory that others can write is refused") {
  const atm::test::TempDir dir;
  REQUIRE(::chmod(dir.path().c_str(), 0777) == 0);
  Daemon daemon(dir.path().string());
  CHECK(daemon.started == ATM_E_INVALID);
  CHECK(daemon.start_error.find("run chmod go-w") != std::string::npos);
}

TEST_CASE("a network file system is recognised by its type") {
  for (const std::int64_t type : std::initializer_list<std::int64_t>{
           NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, V9FS_MAGIC})
    CHECK(history::is_network_file_system(static_cast<std::uint32_t>(type)));
  CHECK(history::is_network_file_system(0xff534d42));  // CIFS
  CHECK(history::is_network_file_system(0xfe534d42));  // SMB 2 and later
  CHECK(history::is_network_file_system(0x00c36400));  // Ceph
  CHECK(history::is_network_file_system(0x0bd00bd3));  // Lustre
  CHECK(history::is_network_file_system(0x47504653));  // GPFS
  for (const std::int64_t type : std::initializer_list<std::int64_t>{
           EXT4_SUPER_MAGIC, TMPFS_MAGIC, BTRFS_SUPER_MAGIC, XFS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC})
    CHECK_FALSE(history::is_network_file_system(static_cast<std::uint32_t>(type)));
}

TEST_CASE("a damaged file is set aside and a new one begins") {
  const atm::test::TempDir dir;
  std::ofstream((dir.path() / "history.db").string()) << std::string(4096, 'x');
  {
    Daemon daemon(dir.path().string());
    CHECK(daemon.started == ATM_OK);
    CHECK(daemon.append(1) >= 0);
    CHECK(daemon.stop() == ATM_OK);
  }
  bool is_kept = false;
  for (const auto& one : std::filesystem::directory_iterator(dir.path()))
    is_kept = is_kept || one.path().filename().string().starts_with("history.db.bad-");
  CHECK(is_kept);
  Daemon next(dir.path().string());
  CHECK(next.restore().inputs.size() == 1);
}

TEST_CASE("a weekly check of the file reports a fault") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  {
    const auto file = atm::history::HistoryFile::open(path);
    const auto edit = [&](const char* from, const char* to) {
      atm::sqlite::Statement statement(
          file->database().c(), "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'gap'");
      statement.with(from, to).run();
    };
    file->database().run("PRAGMA writable_schema = ON");
    edit("reason TEXT NOT NULL", "reason TEXT");
    file->database().run("PRAGMA writable_schema = RESET");
    file->database().run("INSERT INTO gap VALUES (1, 1, 1, 1, NULL)");
    file->database().run("PRAGMA writable_schema = ON");
    edit("reason TEXT", "reason TEXT NOT NULL");
  }
  {
    Daemon daemon(dir.path().string());
    REQUIRE(daemon.started == ATM_OK);
    daemon.append(1);
    REQUIRE(atm::test::becomes_true([&] { return daemon.host.metrics()["faults"] == 1; }));
    bool is_named = false;
    for (const auto& line : daemon.host.log())
      is_named = is_named || line.text.find("NULL value in gap.reason") != std::string::npos;
    CHECK(is_named);
    CHECK(daemon.stop() == ATM_OK);
  }
  // Not again within a week.
  const auto file = atm::history::HistoryFile::open_read_only(path);
  CHECK(file->checked_ns() > 0);
  Daemon next(dir.path().string());
  next.append(2);
  next.wait_durable(2);
  CHECK(next.stop() == ATM_OK);
  CHECK(next.host.metrics().count("faults") == 0);
}

TEST_CASE("a newer file stays untouched and the daemon runs without a history") {
  const atm::test::TempDir dir;
  const auto content_of = [](const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return std::move(text).str();
  };
  const std::filesystem::path file = dir.path() / "history.db";
  atm::sqlite::Database(file.string(), atm::sqlite::OpenMode::kCreate).run(content_of(ATM_TEST_KEPT_NEWER));
  const std::string before = content_of(file);
  {
    Daemon daemon(dir.path().string());
    CHECK(daemon.started == ATM_E_UNSUPPORTED);
    CHECK(daemon.start_error.find("has version 2, expected at most 1") != std::string::npos);
    CHECK(daemon.append(1) == ATM_E_CLOSED);
  }
  CHECK(content_of(file) == before);
  for (const auto& one : std::filesystem::directory_iterator(dir.path())) {
    const std::string name = one.path().filename().string();
    INFO(name);
    CHECK((name == "history.db" || name == "history.lock"));
  }
}

TEST_CASE("a file that cannot be written pauses the history, which then resumes with a gap") {
  const atm::test::TempDir dir;
  Daemon daemon(dir.path().string());
  static_cast<void>(daemon.restore());
  daemon.append(1);
  daemon.wait_durable(1);
  {
    // Another connection holds the write lock, as a backup program would.
    atm::sqlite::Database other((dir.path() / "history.db").string(), atm::sqlite::OpenMode::kReadWrite);
    other.run("BEGIN IMMEDIATE");
    daemon.append(2);
    REQUIRE(atm::test::becomes_true([&] { return daemon.host.metrics()["paused"] == 1; }));
    daemon.append(2);
    other.run("ROLLBACK");
  }
  REQUIRE(atm::test::becomes_true([&] { return daemon.host.metrics()["paused"] == 0; }));
  CHECK(daemon.append(3) == ATM_STORE_WANTS_CHECKPOINT);
  daemon.wait_durable(3);
  const auto file = atm::history::HistoryFile::open_read_only((dir.path() / "history.db").string());
  const auto gaps = file->gaps(0, INT64_MAX);
  REQUIRE(gaps.size() == 1);
  CHECK(gaps.front().reason == "disk");
  CHECK(gaps.front().inputs == 2);
  CHECK(daemon.host.metrics()["inputs_written"] == 2);
  CHECK(daemon.host.metrics()["inputs_dropped"] == 2);
}

TEST_CASE("an idle store writes nothing") {
  const atm::test::TempDir dir;
  Daemon daemon(dir.path().string());
  static_cast<void>(daemon.restore());
  daemon.append(1);
  daemon.wait_durable(1);
  const auto transactions = daemon.host.metrics()["transactions"];
  daemon.append(2);
  daemon.wait_durable(2);
  CHECK(daemon.host.metrics()["transactions"] == transactions + 1);
}
