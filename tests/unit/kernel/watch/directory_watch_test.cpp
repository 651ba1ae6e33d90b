// SPDX-License-Identifier: MIT
#include "kernel/watch/directory_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <utility>

#include "support/catch.hpp"
#include "tail_fixture.hpp"

using namespace atm::kernel;
using namespace std::string_literals;

namespace {

using Changes = std::vector<std::string>;

// Watches sessions/*.json without a thread.
struct DirectoryFixture {
  explicit DirectoryFixture(std::size_t max_inotify_watches = 8192)
      : watcher(clock, {"/proc", true, max_inotify_watches}) {
    const auto changed = [this](Watcher::Id, const FileChange& changes) {
      if (std::exchange(is_busy, false)) return ConsumeResult::kBusy;
      std::string text(changes.name);
      if (changes.state == FileState::kThere) text += "=" + std::string(changes.content);
      if (changes.state == FileState::kGone) text += " gone";
      if (changes.state == FileState::kTooLarge) text += " too large";
      log.push_back(std::move(text));
      return ConsumeResult::kTaken;
    };
    REQUIRE(watcher.watch_directory(this, {files.path("sessions"), ".json", true}, changed, id) ==
            WatchError::kNone);
  }

  Changes changes() {
    watcher.run_until_idle();
    return std::exchange(log, {});
  }
  Changes changes_after(std::int64_t ns) {
    clock.advance(ns);
    return changes();
  }
  void retry(const std::string& name, std::int64_t delay_ns) {
    CHECK(watcher.retry(this, id, name, delay_ns) == WatchError::kNone);
  }

  Scratch files;
  ManualClock clock;
  Watcher watcher;
  Watcher::Id id = 0;
  bool is_busy = false;
  Changes log;
};

struct Populated : DirectoryFixture {
  Populated() {
    files.make_directory("sessions");
    files.write("sessions/12.json", "a");
    REQUIRE(changes() == Changes{"12.json=a"});
  }
};

}  // namespace

TEST_CASE("existing, new, changed and removed files are reported", "[watch][directory]") {
  Populated f;
  f.files.write("sessions/13.json", "b");
  CHECK(f.changes() == Changes{"13.json=b"});
  f.files.write("sessions/12.json", "c");
  CHECK(f.changes() == Changes{"12.json=c"});
  f.files.remove("sessions/13.json");
  CHECK(f.changes() == Changes{"13.json gone"});
  CHECK(f.changes_after(kRecheckNs).empty());
}

TEST_CASE("an unchanged file is not reported again", "[watch][directory]") {
  Populated f;
  f.files.write("sessions/12.json", "a");
  CHECK(f.changes().empty());
  CHECK(f.changes_after(kRecheckNs).empty());
}

TEST_CASE("a file moved in appears, one moved out is gone", "[watch][directory]") {
  Populated f;
  f.files.write("13.json", "b");
  f.files.rename("13.json", "sessions/13.json");
  CHECK(f.changes() == Changes{"13.json=b"});
  f.files.rename("sessions/13.json", "sessions/14.json");
  CHECK(f.changes() == Changes{"13.json gone", "14.json=b"});
  f.files.rename("sessions/14.json", "sessions/14.json.bak");
  CHECK(f.changes() == Changes{"14.json gone"});
}

TEST_CASE("the write of an open file is reported after 20 ms", "[watch][directory]") {
  Populated f;
  const int fd = ::open(f.files.path("sessions/12.json").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, "{", 1) == 1);
  CHECK(f.changes().empty());
  CHECK(f.changes_after(DirectoryWatch::kSettleNs - 1).empty());
  REQUIRE(::write(fd, "x", 1) == 1);
  CHECK(f.changes().empty());
  CHECK(f.changes_after(1) == Changes{"12.json={x"});
  REQUIRE(::write(fd, "}", 1) == 1);
  ::close(fd);
  CHECK(f.changes() == Changes{"12.json={x}"});
}

TEST_CASE("an incomplete file is reported again on request, even if unchanged", "[watch][directory]") {
  Populated f;
  f.retry("12.json", 5 * kMs);
  CHECK(f.changes_after(5 * kMs - 1).empty());
  CHECK(f.changes_after(1) == Changes{"12.json=a"});
  CHECK(f.changes_after(kRecheckNs).empty());
  f.retry("99.json", 0);
  CHECK(f.changes().empty());
  CHECK(f.watcher.retry(&f, f.id, "12.key", 0) == WatchError::kInvalid);
  CHECK(f.watcher.retry(&f, f.id, "../12.json", 0) == WatchError::kInvalid);
  CHECK(f.watcher.retry(&f, f.id, "12.json", -1) == WatchError::kInvalid);
  CHECK(f.watcher.retry(&f, f.id + 1, "12.json", 0) == WatchError::kNotFound);
}

TEST_CASE("a busy sink gets the current state with the next call", "[watch][directory]") {
  Populated f;
  f.is_busy = true;
  f.files.write("sessions/12.json", "b");
  CHECK(f.changes().empty());
  f.files.remove("sessions/12.json");
  f.is_busy = true;
  CHECK(f.changes().empty());
  CHECK(f.changes_after(kFirstBusyNs) == Changes{"12.json gone"});
}

TEST_CASE("a name matches by its suffix, and optionally with digits only", "[watch][directory]") {
  const DirectoryWatchOptions digits{"/d", ".json", true};
  CHECK(digits.matches("1.json"));
  CHECK(digits.matches("0123456789.json"));
  for (const char* name : {".json", "json", "a1.json", "1.jso", "1.json~", "1.ab.key", "1.2.json", "-1.json",
                           " 1.json", "", "../1.json"})
    CHECK_FALSE(digits.matches(name));
  const DirectoryWatchOptions any{"/d", ".json", false};
  CHECK(any.matches("a.b.json"));
  CHECK_FALSE(any.matches(".json"));
  CHECK_FALSE(any.matches("a/b.json"));
}

TEST_CASE("a file that does not match is never opened", "[watch][directory]") {
  DirectoryFixture f;
  f.files.make_directory("sessions");
  f.files.write("sessions/12.0a1b.key", "secret");
  const atm::posix::FileDescriptor spy(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  REQUIRE(::inotify_add_watch(spy.get(), f.files.path("sessions").c_str(), IN_OPEN) >= 0);
  f.files.write("sessions/12.json", "a");
  CHECK(f.changes() == Changes{"12.json=a"});
  CHECK(f.changes_after(kRecheckNs).empty());
  alignas(inotify_event) std::array<char, 4096> events{};
  const ssize_t got = ::read(spy.get(), events.data(), events.size());
  const std::string_view opened(events.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  CHECK(opened.find("12.json") != std::string_view::npos);
  CHECK(opened.find(".key") == std::string_view::npos);
}

TEST_CASE("links, pipes, directories and files that are too large are not read", "[watch][directory]") {
  DirectoryFixture f;
  f.files.make_directory("sessions/2.json");
  f.files.write("secret", "secret");
  std::filesystem::create_symlink(f.files.path("secret"), f.files.path("sessions/1.json"));
  REQUIRE(::mkfifo(f.files.path("sessions/3.json").c_str(), 0600) == 0);
  f.files.write("sessions/4.json", std::string(DirectoryWatch::kMaxFileBytes, 'x'));
  f.files.write("sessions/5.json", std::string(DirectoryWatch::kMaxFileBytes + 1, 'x'));
  CHECK(f.changes() ==
        Changes{"4.json=" + std::string(DirectoryWatch::kMaxFileBytes, 'x'), "5.json too large"});
  CHECK(f.watcher.stats().refused_files == 1);
  f.files.write("sessions/5.json", "small");
  CHECK(f.changes() == Changes{"5.json=small"});
  f.files.remove("sessions/5.json");
  std::filesystem::create_symlink(f.files.path("secret"), f.files.path("sessions/5.json"));
  CHECK(f.changes() == Changes{"5.json gone"});
}

TEST_CASE("the directory may appear late, disappear and return", "[watch][directory]") {
  DirectoryFixture f;
  CHECK(f.changes().empty());
  f.files.make_directory("sessions");
  f.files.write("sessions/1.json", "a");
  CHECK(f.changes() == Changes{"1.json=a"});
  f.files.remove("sessions");
  CHECK(f.changes() == Changes{"1.json gone"});
  f.files.make_directory("sessions");
  f.files.write("sessions/1.json", "a");
  CHECK(f.changes() == Changes{"1.json=a"});
  f.files.rename("sessions", "elsewhere");
  CHECK(f.changes() == Changes{"1.json gone"});
}

TEST_CASE("without an inotify watch the directory is checked twice a second", "[watch][directory]") {
  DirectoryFixture f(0);
  f.files.make_directory("sessions");
  f.files.write("sessions/1.json", "a");
  CHECK(f.changes() == Changes{"1.json=a"});
  f.files.write("sessions/1.json", "b");
  f.files.write("sessions/2.json", "c");
  CHECK(f.changes_after(kPollNs - 1).empty());
  CHECK(f.changes_after(1) == Changes{"1.json=b", "2.json=c"});
  f.files.remove("sessions/1.json");
  CHECK(f.changes_after(kPollNs) == Changes{"1.json gone"});
}

TEST_CASE("after an overflow of inotify all files are checked", "[watch][directory]") {
  Populated f;
  std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
  int max_events = 0;
  limit >> max_events;
  if (max_events <= 0 || max_events > 100'000) return;  // cannot be filled in reasonable time
  const Scratch& files = f.files;
  files.write("sessions/x", "");
  // inotify merges an event with an equal previous one, so two events alternate.
  for (int i = 0; i <= max_events; i += 2) {
    ::chmod(files.path("sessions/12.json").c_str(), 0600);
    ::chmod(files.path("sessions/x").c_str(), 0600);
  }
  files.write("sessions/13.json", "b");
  files.write("sessions/12.json", "c");
  CHECK(f.changes() == Changes{"12.json=c", "13.json=b"});
  CHECK(f.watcher.stats().inotify_overflows == 1);
}
