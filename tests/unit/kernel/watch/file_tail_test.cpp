// SPDX-License-Identifier: MIT
#include "kernel/watch/file_tail.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "tail_fixture.hpp"

using namespace atm::kernel;
using namespace std::string_literals;
using Log = TailFixture::Log;

TEST_CASE("existing and appended lines are delivered with offsets", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\ntwo\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one", "two"});
  f.files.append("log", "three\n");
  CHECK(f.changes() == Log{"three"});
  CHECK(f.offsets == std::vector<std::uint64_t>{0, 4, 8});
  CHECK(f.next_offset == 14);
  CHECK(f.changes().empty());
}

TEST_CASE("an incomplete last line waits for its end", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "begin");
  f.follow("log");
  CHECK(f.changes().empty());
  for (const char c : "ning"s) {
    f.files.append("log", std::string(1, c));
    CHECK(f.changes().empty());
  }
  f.files.append("log", "\nnext\n");
  CHECK(f.changes() == Log{"beginning", "next"});
}

TEST_CASE("line ends of other systems and a byte order mark do not belong to a line", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "\xEF\xBB\xBFone\r\ntwo\r\n\r\n\xEF\xBB\xBFthree\nin\rside\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one", "two", "", "\xEF\xBB\xBFthree", "in\rside"});
  CHECK(f.offsets.front() == 3);
}

TEST_CASE("NUL and invalid UTF-8 pass through", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "a\0b\n\xFF\xC0\n"s);
  f.follow("log");
  CHECK(f.changes() == Log{"a\0b"s, "\xFF\xC0"});
}

TEST_CASE("a line over the limit is skipped and reported once", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "12345678\n123456789\nshort\n");
  f.follow("log", TailStart::kBeginning, 0, 8);
  CHECK(f.changes() == Log{"12345678", "<skipped>", "short"});
  f.files.append("log", std::string(300'000, 'x'));
  CHECK(f.changes() == Log{"<skipped>"});
  f.files.append("log", std::string(300'000, 'x') + "\nafter\n");
  CHECK(f.changes() == Log{"after"});
  CHECK(f.watcher.stats().skipped_lines == 2);
}

TEST_CASE("a follow may start at the end, after the last complete line", "[watch][tail]") {
  TailFixture f;
  const std::string old = GENERATE("old\n"s, ""s, std::string(10'000, 'x') + "\n");
  f.files.write("log", old + "part");
  f.follow("log", TailStart::kEnd);
  CHECK(f.changes().empty());
  f.files.append("log", "ial\n");
  CHECK(f.changes() == Log{"partial"});
  CHECK(f.offsets == std::vector<std::uint64_t>{old.size()});
}

TEST_CASE("a follow at the end skips an incomplete line", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "old\n" + std::string(20'000, 'x'));
  f.follow("log", TailStart::kEnd, 0, 100);
  f.files.append("log", "rest\nnew\n");
  CHECK(f.changes() == Log{"new"});
}

TEST_CASE("a follow continues at the end of an earlier one", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\ntwo\nthree\n");
  f.follow("log", TailStart::kOffset, 4);
  CHECK(f.changes() == Log{"two", "three"});
  f.files.append("log", "four\n");
  CHECK(f.changes() == Log{"four"});
}

TEST_CASE("an offset within a line means another file, which is read from the start", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\ntwo\n");
  f.follow("log", TailStart::kOffset, GENERATE(as<std::uint64_t>(), 3U, 5U, 9U, 1000U, ~std::uint64_t{0}));
  CHECK(f.changes() == Log{"<truncated>", "one", "two"});
}

TEST_CASE("a follow may start with the lines in the last bytes of a file", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\ntwo\nthree\npart");
  const auto [bytes, expected] =
      GENERATE(table<std::uint64_t, Log>({{0, {}},
                                          {4, {}},
                                          {5, {}},
                                          {9, {}},
                                          {10, {"three"}},
                                          {13, {"three"}},
                                          {14, {"two", "three"}},
                                          {17, {"two", "three"}},
                                          {18, {"one", "two", "three"}},
                                          {~std::uint64_t{0}, {"one", "two", "three"}}}));
  f.follow("log", TailStart::kTail, bytes);
  CHECK(f.changes() == expected);
  f.files.append("log", "ial\nnext\n");
  // A line that begins before the requested position is skipped completely.
  CHECK(f.changes() == (bytes < 4 ? Log{"next"} : Log{"partial", "next"}));
  CHECK(f.next_offset == 27);
}

TEST_CASE("a file that appears later is read from its start, independent of the requested offset",
          "[watch][tail]") {
  TailFixture f;
  f.follow("log", TailStart::kTail, 4);
  f.files.write("log", "one\ntwo\n");
  CHECK(f.changes() == Log{"<appeared>", "one", "two"});
}

TEST_CASE("a tail that starts inside a long line begins with the next one", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "old\n" + std::string(200'000, 'x'));
  f.follow("log", TailStart::kTail, 100'000);
  CHECK(f.changes().empty());
  f.files.append("log", std::string(100'000, 'x') + "\nnew\n");
  CHECK(f.changes() == Log{"new"});
  CHECK(f.offsets == std::vector<std::uint64_t>{300'005});
}

TEST_CASE("a truncated file is read again without its incomplete line", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\nunfinis");
  f.follow("log");
  CHECK(f.changes() == Log{"one"});
  f.files.write("log", "x\n");
  CHECK(f.changes() == Log{"<truncated>", "x"});
}

TEST_CASE("a rewritten file that is longer than before is detected", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\ntwo\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one", "two"});
  SECTION("cut first") {
    f.files.write("log", "eins\nzwei\ndrei\n");
  }
  SECTION("without cutting") {
    f.files.overwrite("log", "eins\nzwei\ndrei\n");
  }
  CHECK(f.changes() == Log{"<truncated>", "eins", "zwei", "drei"});
}

TEST_CASE("a rotated file is read to its end before its successor", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one"});
  f.files.append("log", "two\nunfinished");
  f.files.rename("log", "log.1");
  f.files.write("log", "new one\n");
  CHECK(f.changes() == Log{"two", "<replaced>", "new one"});
  f.files.append("log", "new two\n");
  CHECK(f.changes() == Log{"new two"});
}

TEST_CASE("a renamed file is followed until another file has its name", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\n");
  f.follow("log");
  f.files.rename("log", "log.1");
  CHECK(f.changes() == Log{"one", "<gone>"});
  f.files.append("log.1", "late\n");
  CHECK(f.changes() == Log{"late"});
  f.files.append("log.1", "last\n");
  f.files.write("log", "new\n");
  CHECK(f.changes() == Log{"last", "<appeared>", "new"});
}

TEST_CASE("a file replaced by a rename is another file", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\n");
  f.follow("log");
  f.files.write("log.tmp", "one\ntwo\n");
  f.files.rename("log.tmp", "log");
  CHECK(f.changes() == Log{"one", "<replaced>", "one", "two"});
}

TEST_CASE("a removed file is read to its end and reported, and reported again when it returns",
          "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one"});
  f.files.append("log", "two\n");
  f.files.remove("log");
  CHECK(f.changes() == Log{"two", "<gone>"});
  CHECK(f.changes_after(kRecheckNs).empty());
  f.files.write("log", "again\n");
  CHECK(f.changes() == Log{"<appeared>", "again"});
}

TEST_CASE("a path may appear at any depth at any time", "[watch][tail]") {
  TailFixture f;
  f.follow("a/b/c/log");
  CHECK(f.changes().empty());
  SECTION("step by step") {
    for (const char* directory : {"a", "a/b", "a/b/c"}) {
      f.files.make_directory(directory);
      CHECK(f.changes().empty());
    }
  }
  SECTION("all at once") {
    f.files.make_directory("a/b/c");
  }
  SECTION("moved into its place") {
    f.files.make_directory("other/b/c");
    f.files.rename("other", "a");
  }
  SECTION("after something else had the name") {
    f.files.write("a", "no directory");
    CHECK(f.changes().empty());
    f.files.remove("a");
    f.files.make_directory("a/b/c");
  }
  f.files.write("a/b/c/log", "one\n");
  CHECK(f.changes() == Log{"<appeared>", "one"});
  f.files.remove("a");
  CHECK(f.changes() == Log{"<gone>"});
  f.files.make_directory("a/b/c");
  f.files.write("a/b/c/log", "two\n");
  CHECK(f.changes() == Log{"<appeared>", "two"});
  CHECK(f.watcher.stats().polled == 0);
}

TEST_CASE("a change without an inotify event is detected ten seconds later", "[watch][tail]") {
  TailFixture f;
  f.files.make_directory("a/b");
  f.files.write("a/b/log", "one\n");
  f.follow("a/b/log");
  CHECK(f.changes() == Log{"one"});
  f.files.rename("a", "away");
  f.files.make_directory("a/b");
  f.files.write("a/b/log", "two\n");
  CHECK(f.changes().empty());
  CHECK(f.changes_after(kRecheckNs) == Log{"<replaced>", "two"});
  f.files.append("a/b/log", "three\n");
  CHECK(f.changes() == Log{"three"});
}

TEST_CASE("without an inotify watch the file is checked twice a second", "[watch][tail]") {
  TailFixture f(0);
  f.files.write("log", "one\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one"});
  f.files.append("log", "two\n");
  CHECK(f.changes_after(kPollNs - 1).empty());
  CHECK(f.changes_after(1) == Log{"two"});
  f.files.rename("log", "log.1");
  f.files.write("log", "new\n");
  CHECK(f.changes_after(kPollNs) == Log{"<replaced>", "new"});
  f.files.remove("log");
  CHECK(f.changes_after(kPollNs) == Log{"<gone>"});
  CHECK(f.watcher.stats().polled == 3);
}

TEST_CASE("at the limit of inotify watches some files are polled and all are followed", "[watch][tail]") {
  TailFixture f(3);  // the directory and two files
  for (const char* name : {"a", "b", "c"}) f.follow(name);
  for (const char* name : {"a", "b", "c"}) f.files.write(name, name + "\n"s);
  CHECK(f.changes() == Log{"<appeared>", "a", "<appeared>", "b", "<appeared>", "c"});
  for (const char* name : {"a", "b", "c"}) f.files.append(name, name + "2\n"s);
  CHECK(f.changes() == Log{"a2", "b2"});
  CHECK(f.changes_after(kPollNs) == Log{"c2"});
}

TEST_CASE("a file that is not regular counts as absent", "[watch][tail]") {
  TailFixture f;
  REQUIRE(::mkfifo(f.files.path("log").c_str(), 0600) == 0);
  f.follow("log");
  CHECK(f.changes().empty());
  f.files.remove("log");
  f.files.make_directory("log");
  CHECK(f.changes().empty());
  f.files.remove("log");
  f.files.write("log", "one\n");
  CHECK(f.changes() == Log{"<appeared>", "one"});
}

TEST_CASE("a symbolic link is followed, and its change is detected", "[watch][tail]") {
  TailFixture f;
  f.files.make_directory("elsewhere");
  f.files.write("elsewhere/1", "one\n");
  f.files.write("elsewhere/2", "two\n");
  std::filesystem::create_symlink(f.files.path("elsewhere/1"), f.files.path("log"));
  f.follow("log");
  f.files.append("elsewhere/1", "more\n");
  CHECK(f.changes() == Log{"one", "more"});
  f.files.remove("log");
  std::filesystem::create_symlink(f.files.path("elsewhere/2"), f.files.path("log"));
  CHECK(f.changes() == Log{"<replaced>", "two"});
}

TEST_CASE("a follow that ends itself makes no further call", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\ntwo\n");
  Watcher::Id id = 0;
  int lines = 0;
  const auto end_it = [&](Watcher::Id mine, const TailLine&) {
    ++lines;
    CHECK(f.watcher.remove(&f, Watcher::Kind::kFile, mine) == WatchError::kNone);
    CHECK(f.watcher.remove(&f, Watcher::Kind::kFile, mine) == WatchError::kNotFound);
    return GENERATE(ConsumeResult::kTaken, ConsumeResult::kBusy);
  };
  REQUIRE(f.watcher.follow(&f, {f.files.path("log")}, end_it, nullptr, id) == WatchError::kNone);
  f.watcher.run_until_idle();
  f.clock.advance(kRecheckNs);
  f.watcher.run_until_idle();
  CHECK(lines == 1);
  CHECK(f.watcher.stats().files == 0);
}

TEST_CASE("a file of another user is not opened", "[watch][tail]") {
  TailFixture f;
  f.files.write("log", "one\n");
  std::string path = f.files.path("log");
  if (::geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    REQUIRE(::chown(path.c_str(), kNobody, kNobody) == 0);
  } else {
    path = "/etc/passwd";
  }
  f.follow(FileTailOptions{path});
  CHECK(f.changes().empty());
}

TEST_CASE("a file of procfs or sysfs is not opened, not through a link either", "[watch][tail]") {
  TailFixture f;
  const std::string status = "/proc/" + std::to_string(::getpid()) + "/status";
  REQUIRE(::symlink(status.c_str(), f.files.path("log").c_str()) == 0);
  f.follow(FileTailOptions{status});
  f.follow("log");
  if (::geteuid() == 0) f.follow(FileTailOptions{"/sys/kernel/mm/transparent_hugepage/enabled"});
  CHECK(f.changes().empty());
}
