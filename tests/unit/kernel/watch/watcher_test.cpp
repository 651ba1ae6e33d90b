// SPDX-License-Identifier: MIT
#include "kernel/watch/watcher.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "child.hpp"
#include "kernel/system/clock.hpp"
#include "scratch.hpp"
#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

const int kOwnerA = 0;
const int kOwnerB = 0;
const SystemClock kClock;

/// A mounted file system whose server never replies: each access hangs until release().
class HungFileSystem final {
 public:
  explicit HungFileSystem(const Scratch& files) : path_(files.path("hung")) {
    files.make_directory("hung");
    server_ = atm::posix::FileDescriptor(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const std::string options = "fd=" + std::to_string(server_.get()) +
                                ",rootmode=40000,user_id=" + std::to_string(::getuid()) +
                                ",group_id=" + std::to_string(::getgid());
    is_mounted_ =
        server_ && ::mount("atm-test", path_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
  }
  ~HungFileSystem() {
    release();
    if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  HungFileSystem(const HungFileSystem&) = delete;
  HungFileSystem& operator=(const HungFileSystem&) = delete;

  /// Returns false if this user may not mount one.
  [[nodiscard]] bool is_mounted() const noexcept { return is_mounted_; }
  /// Makes all further calls fail.
  void release() { server_ = atm::posix::FileDescriptor(); }

 private:
  const std::string path_;
  atm::posix::FileDescriptor server_;
  bool is_mounted_ = false;
};

// Each test declares the watcher after the objects that its calls use, so that its thread ends first.

}  // namespace

TEST_CASE("a writer on another thread: each line once, in order, during other changes", "[watch]") {
  constexpr int kLines = 5'000;
  const Scratch files;
  Signal signal;
  int next = 0;
  int wrong = 0;
  Watcher watcher(kClock);
  watcher.run_in_background();
  const auto line = [&](Watcher::Id, const TailLine& l) {
    signal.update([&] {
      if (l.text != "line " + std::to_string(next)) ++wrong;
      ++next;
    });
    return ConsumeResult::kTaken;
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
  std::thread writer([&] {
    for (int i = 0; i < kLines; ++i) {
      const std::string text = "line " + std::to_string(i) + "\n";
      files.append("log", text.substr(0, 3));
      files.append("log", text.substr(3));
    }
  });
  std::atomic<int> refused{0};
  std::thread others([&] {
    for (int i = 0; i < 200; ++i) {
      Watcher::Id other = 0;
      const auto ignore = [](Watcher::Id, const TailLine&) { return ConsumeResult::kTaken; };
      if (watcher.follow(&kOwnerB, {files.path("log")}, ignore, nullptr, other) != WatchError::kNone)
        ++refused;
      if (i % 2 == 0 && watcher.remove(&kOwnerB, Watcher::Kind::kFile, other) != WatchError::kNone) ++refused;
    }
    watcher.remove_all(&kOwnerB);
  });
  writer.join();
  others.join();
  CHECK(signal.wait([&] { return next == kLines; }));
  CHECK(wrong == 0);
  CHECK(refused == 0);
  CHECK(watcher.stats().files == 1);
}

TEST_CASE("a rotation during the reading loses no line of the open file", "[watch]") {
  constexpr int kRotations = 300;
  const Scratch files;
  files.write("log", "");
  Signal signal;
  int next = 0;
  int wrong = 0;
  Watcher watcher(kClock);
  watcher.run_in_background();
  const auto line = [&](Watcher::Id, const TailLine& l) {
    signal.update([&] {
      if (l.text != std::to_string(next)) ++wrong;
      ++next;
    });
    return ConsumeResult::kTaken;
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
  int written = 0;
  const auto write = [&](const char* name) { files.append(name, std::to_string(written++) + "\n"); };
  write("log");
  REQUIRE(signal.wait([&] { return next == written; }));  // the file is the one that is read
  for (int i = 0; i < kRotations; ++i) {
    write("log");
    write("log");
    files.rename("log", "log.1");
    write("log");
    REQUIRE(signal.wait([&] { return next == written; }));
  }
  CHECK(wrong == 0);
}

TEST_CASE("each new line is detected by inotify, without a timer", "[watch]") {
  const Scratch files;
  Signal signal;
  int lines = 0;
  const ManualClock stopped;
  Watcher watcher(stopped);
  watcher.run_in_background();
  const auto line = [&](Watcher::Id, const TailLine&) {
    signal.update([&] { ++lines; });
    return ConsumeResult::kTaken;
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
  for (int i = 1; i <= 20; ++i) {
    files.append("log", "line\n");
    CHECK(signal.wait([&] { return lines == i; }));
  }
}

TEST_CASE("removal waits for the running call, and no other follows", "[watch]") {
  const Scratch files;
  files.write("log", "one\ntwo\n");
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<int> calls{0};
  std::atomic<int> late_calls{0};
  std::atomic<bool> has_returned{false};
  Watcher watcher(kClock);
  watcher.run_in_background();
  const auto line = [&](Watcher::Id, const TailLine&) {
    if (++calls == 1) {
      entered.set_value();
      leave.get_future().wait();
    }
    if (has_returned) ++late_calls;
    return ConsumeResult::kTaken;
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
  entered.get_future().wait();
  std::thread remover([&] {
    watcher.remove_all(&kOwnerA);
    has_returned = true;
  });
  CHECK_FALSE(has_returned);
  leave.set_value();
  remover.join();
  CHECK(watcher.stats().files == 0);
  const int at_return = calls;
  files.append("log", "three\n");
  CHECK(watcher.remove(&kOwnerA, Watcher::Kind::kFile, id) ==
        WatchError::kNotFound);  // one iteration of the loop
  CHECK(calls == at_return);
  CHECK(late_calls == 0);
}

TEST_CASE("a call may add another watch and remove it", "[watch]") {
  const Scratch files;
  files.write("log", "one\n");
  Signal signal;
  bool is_done = false;
  std::atomic<int> unwanted{0};
  Watcher watcher(kClock);
  watcher.run_in_background();
  const auto never = [&](Watcher::Id, const TailLine&) {
    ++unwanted;
    return ConsumeResult::kTaken;
  };
  const auto line = [&](Watcher::Id, const TailLine&) {
    Watcher::Id inner = 0;
    if (watcher.follow(&kOwnerB, {files.path("log")}, never, nullptr, inner) != WatchError::kNone) ++unwanted;
    if (watcher.remove(&kOwnerB, Watcher::Kind::kFile, inner) != WatchError::kNone) ++unwanted;
    signal.update([&] { is_done = true; });
    return ConsumeResult::kTaken;
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
  CHECK(signal.wait([&] { return is_done; }));
  watcher.remove_all(&kOwnerA);
  CHECK(unwanted == 0);
  CHECK(watcher.stats().files == 0);
}

TEST_CASE("a stop returns false during a long call and succeeds after it", "[watch]") {
  const Scratch files;
  files.write("log", "one\n");
  std::promise<void> entered;
  std::promise<void> leave;
  Watcher watcher(kClock);
  watcher.run_in_background();
  const auto line = [&](Watcher::Id, const TailLine&) {
    entered.set_value();
    leave.get_future().wait();
    return ConsumeResult::kTaken;
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
  entered.get_future().wait();
  CHECK_FALSE(watcher.stop(std::chrono::milliseconds(1)));
  leave.set_value();
  CHECK(watcher.stop(std::chrono::seconds(20)));
  CHECK(watcher.stop(std::chrono::seconds(20)));
  CHECK(watcher.stats().files == 0);
  CHECK(watcher.follow(&kOwnerA, {files.path("log")}, line, nullptr, id) == WatchError::kClosed);
  CHECK(watcher.remove(&kOwnerA, Watcher::Kind::kFile, id) == WatchError::kClosed);
  CHECK(watcher.stats().files == 0);
}

TEST_CASE("an invalid path is refused", "[watch]") {
  Watcher watcher(kClock);
  Watcher::Id id = 0;
  const auto line = [](Watcher::Id, const TailLine&) { return ConsumeResult::kTaken; };
  const auto news = [](Watcher::Id, const FileChange&) { return ConsumeResult::kTaken; };
  for (const std::string& path :
       {std::string(), std::string("log"), std::string("/"), std::string("/log/"), std::string("/a\0b", 4)}) {
    CHECK(watcher.follow(&kOwnerA, {path}, line, nullptr, id) == WatchError::kInvalid);
    CHECK(watcher.watch_directory(&kOwnerA, {path, ".json", false}, news, id) == WatchError::kInvalid);
  }
  CHECK(watcher.follow(&kOwnerA, {"/log"}, nullptr, nullptr, id) == WatchError::kInvalid);
  CHECK(watcher.watch_directory(&kOwnerA, {"/d", "", false}, news, id) == WatchError::kInvalid);
  CHECK(watcher.stats().files == 0);
}

TEST_CASE("the number of followed files is limited", "[watch]") {
  Watcher watcher(kClock, {"/proc", true, 0});
  Watcher::Id id = 0;
  const auto line = [](Watcher::Id, const TailLine&) { return ConsumeResult::kTaken; };
  for (std::size_t i = 0; i < Watcher::kMaxOfKind; ++i)
    REQUIRE(watcher.follow(&kOwnerA, {"/nowhere/log"}, line, nullptr, id) == WatchError::kNone);
  CHECK(watcher.follow(&kOwnerA, {"/nowhere/log"}, line, nullptr, id) == WatchError::kFull);
  watcher.remove_all(&kOwnerB);
  CHECK(watcher.stats().files == Watcher::kMaxOfKind);
  watcher.remove_all(&kOwnerA);
  CHECK(watcher.stats().files == 0);
}

TEST_CASE("a hole in a file is skipped without being read", "[watch][tail]") {
  constexpr off_t kHole = off_t{1} << 40;  // takes minutes to read
  const Scratch files;
  files.write("log", "one\nbegin");
  REQUIRE(::truncate(files.path("log").c_str(), kHole) == 0);
  files.append("log", "end\ntwo\n");
  Signal signal;
  std::vector<std::string> lines;
  int skipped = 0;
  Watcher watcher(kClock);
  watcher.run_in_background();
  const auto line = [&](Watcher::Id, const TailLine& l) {
    signal.update([&] { lines.emplace_back(l.text); });
    return ConsumeResult::kTaken;
  };
  const auto event = [&](Watcher::Id, TailEvent e) {
    signal.update([&] { skipped += e == TailEvent::kLineSkipped ? 1 : 0; });
  };
  Watcher::Id id = 0;
  REQUIRE(watcher.follow(&kOwnerA, {files.path("log")}, line, event, id) == WatchError::kNone);
  CHECK(signal.wait([&] { return lines.size() == 2; }));
  CHECK(lines == std::vector<std::string>{"one", "two"});
  CHECK(skipped == 1);
  REQUIRE(::truncate(files.path("log").c_str(), 2 * kHole) == 0);
  CHECK(signal.wait([&] { return skipped == 2; }));
  files.append("log", "end\nthree\n");
  CHECK(signal.wait([&] { return lines.size() == 3; }));
  CHECK(lines.back() == "three");
}

TEST_CASE("a hung file system delays only its own files", "[watch]") {
  const Scratch files;
  HungFileSystem hung(files);
  if (!hung.is_mounted()) {
    WARN("skipped: this user cannot mount a FUSE file system");
    return;
  }
  REQUIRE(::symlink("hung/deep", files.path("link").c_str()) == 0);
  Child child;
  Signal signal;
  int lines = 0;
  int ended = 0;
  int removals = 0;
  {
    Watcher watcher(kClock);
    watcher.run_in_background();
    const auto ignore = [](Watcher::Id, const TailLine&) { return ConsumeResult::kTaken; };
    const auto line = [&](Watcher::Id, const TailLine&) {
      signal.update([&] { ++lines; });
      return ConsumeResult::kTaken;
    };
    const auto end = [&](Watcher::Id) { signal.update([&] { ++ended; }); };
    Watcher::Id first = 0;
    Watcher::Id id = 0;
    REQUIRE(watcher.follow(&kOwnerA, {files.path("hung/log")}, ignore, nullptr, first) == WatchError::kNone);
    REQUIRE(watcher.follow(&kOwnerA, {files.path("link/log")}, ignore, nullptr, id) == WatchError::kNone);
    REQUIRE(watcher.watch_directory(
                &kOwnerA, {files.path("hung/directory"), ".json", false},
                [](Watcher::Id, const FileChange&) { return ConsumeResult::kTaken; },
                id) == WatchError::kNone);
    REQUIRE(watcher.follow(&kOwnerB, {files.path("log")}, line, nullptr, id) == WatchError::kNone);
    const auto entry = watcher.processes().lookup(child.pid());
    REQUIRE(entry);
    REQUIRE(watcher.watch_process(&kOwnerB, child.pid(), entry->start_ticks, end, id) == WatchError::kNone);
    files.append("log", "line\n");
    CHECK(signal.wait([&] { return lines == 1; }));
    child.kill();
    CHECK(signal.wait([&] { return ended == 1; }));
    // Neither the removal of its watch nor the destructor hangs.
    std::thread remover([&] {
      static_cast<void>(watcher.remove(&kOwnerA, Watcher::Kind::kFile, first));
      watcher.remove_all(&kOwnerA);
      signal.update([&] { ++removals; });
    });
    CHECK(signal.wait([&] { return removals == 1; }));
    CHECK(watcher.stop(std::chrono::seconds(10)));
    hung.release();
    remover.join();
  }
}
