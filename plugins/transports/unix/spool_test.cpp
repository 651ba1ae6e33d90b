// SPDX-License-Identifier: MIT
// What hooks left, taken in from the files they leave; the rules are docs/specs/protocol.md's, section 11.
#include "spool.hpp"

#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace unix_socket;
using atm::Status;

namespace {

constexpr std::int64_t kNow = 1'000'000;
constexpr std::int64_t kMaxAge = 1000;
constexpr std::size_t kLineBytes = 4096;

std::string record(std::int64_t time_ns, const std::string& name) {
  return R"({"type":"ingest","channel":"c/h","payload":{"n":")" + name + R"("},"context":{"time_ns":)" +
         std::to_string(time_ns) + "}}";
}
std::string line(std::int64_t time_ns, const std::string& name) {
  return "\n" + record(time_ns, name) + "\n";
}

/// A spool, and a host that keeps what it is given.
class Bench final {
 public:
  Bench() { dir.directory("spool", 0700); }

  void write(const std::string& text, const std::string& name = "records", mode_t mode = 0600) const {
    const int fd = ::open((folder() + "/" + name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  void look() { spool.look(Spool::Look::kForAll, kNow); }
  Spool::Progress take_in(std::int64_t until = Spool::kEver, std::size_t most = 1000) {
    return spool.take_in(until, kNow, most);
  }
  std::string all() {
    look();
    CHECK(take_in() == Spool::Progress::kDone);
    return taken;
  }
  [[nodiscard]] std::string folder() const { return (dir.path() / "spool").string(); }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::filesystem::exists(dir.path() / "spool" / name);
  }
  [[nodiscard]] static std::string name_in(std::string_view payload) {
    return std::string(payload.substr(6, payload.size() - 8));
  }

  atm::test::TempDir dir;
  Status status = Status::kOk;
  std::string taken;  // the records' names
  Spool spool{{folder(), kLineBytes, kMaxAge}, [this](const SpoolRecord& one) {
                if (status == Status::kOk) taken += name_in(one.payload());
                return status;
              }};
};

/// As long as it lives nothing can be removed from the spool, nor renamed; whoever runs the test, root too.
class ReadOnlyFolder final {
 public:
  explicit ReadOnlyFolder(const Bench& bench) : folder_(bench.folder()) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) give(entry.path());
    give(bench.dir.path());
    give(folder_);
    REQUIRE(::chmod(folder_.c_str(), 0500) == 0);
    if (user_ == 0) REQUIRE(::seteuid(kNobody) == 0);
  }
  ~ReadOnlyFolder() {
    static_cast<void>(::seteuid(user_));
    static_cast<void>(::chmod(folder_.c_str(), 0700));
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) own(entry.path());
    own(folder_);
  }
  ReadOnlyFolder(const ReadOnlyFolder&) = delete;
  ReadOnlyFolder& operator=(const ReadOnlyFolder&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  void give(const std::string& path) const {
    if (user_ == 0) REQUIRE(::chown(path.c_str(), kNobody, static_cast<gid_t>(-1)) == 0);
  }
  void own(const std::string& path) const {
    static_cast<void>(::chown(path.c_str(), user_, static_cast<gid_t>(-1)));
  }

  const uid_t user_ = ::geteuid();
  const std::string folder_;
};

}  // namespace

TEST_CASE("P1: what hooks left is taken in in its order, once, and the file is gone", "[spool]") {
  Bench bench;
  bench.write(line(kNow - 3, "a") + line(kNow - 1, "b"));
  bench.write(line(kNow - 2, "c"));
  CHECK(bench.all() == "abc");
  CHECK_FALSE(bench.has("records"));
  CHECK_FALSE(bench.has("taken"));
  CHECK(bench.spool.tally().records == 3);
  bench.write(line(kNow, "d"));
  CHECK(bench.all() == "abcd");
  CHECK_FALSE(bench.spool.is_held());
}

TEST_CASE("P2: a file that a daemon died over comes first and whole", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"), "taken");
  bench.write(line(kNow, "c"));
  CHECK(bench.all() == "abc");
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("P2: until the last record of a file is handed over, the file lies there", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"));
  bench.look();
  CHECK(bench.take_in(Spool::kEver, 1) == Spool::Progress::kMore);
  CHECK(bench.has("taken"));
  bench.write(line(kNow, "c"));
  bench.look();
  CHECK(bench.taken == "a");
  CHECK(bench.has("records"));
  CHECK(bench.take_in() == Spool::Progress::kDone);
  CHECK(bench.taken == "abc");
  CHECK_FALSE(bench.has("taken"));
  CHECK_FALSE(bench.has("records"));
}

TEST_CASE("P2: what was handed over before a daemon ended is not taken in by the next", "[spool]") {
  Bench bench;
  std::string first;
  SpoolTally tally;
  const std::string all = line(kNow + 1, "a") + line(kNow, "b") + line(kNow - kMaxAge - 1, "old") +
                          "nonsense\n" + std::string(kLineBytes * 9, 'x') + line(kNow + 2, "c");
  bench.write(all);
  {
    Spool ended({bench.folder(), kLineBytes, kMaxAge}, [&](const SpoolRecord& one) {
      first += Bench::name_in(one.payload());
      return Status::kOk;
    });
    ended.look(Spool::Look::kForAll, kNow);
    CHECK(ended.take_in(kNow, kNow, 9) == Spool::Progress::kDone);
    tally = ended.tally();
  }
  CHECK(first == "b");
  CHECK(tally == SpoolTally{1, 0, 2, 1, 0});
  CHECK(std::filesystem::file_size(bench.folder() + "/taken") == all.size());
  CHECK(bench.all() == "ac");
  CHECK(bench.spool.tally() == SpoolTally{2, 0, 0, 0, 0});
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("P2: what a stopped hook holds is taken in once, by however many daemons", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"));
  const int hook = ::open((bench.folder() + "/records").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(::flock(hook, LOCK_SH) == 0);
  {
    Spool ended({bench.folder(), kLineBytes, kMaxAge}, [](const SpoolRecord&) { return Status::kOk; });
    ended.look(Spool::Look::kForAll, kNow);
    CHECK(ended.take_in(Spool::kEver, kNow, 9) == Spool::Progress::kDone);
    CHECK(ended.tally().records == 1);
  }
  const std::string late = line(kNow, "b");
  REQUIRE(::write(hook, late.data(), late.size()) == static_cast<ssize_t>(late.size()));
  ::close(hook);
  CHECK(bench.all() == "b");
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("P2: a file that cannot be removed is taken in once, and said once", "[spool]") {
  Bench bench;
  const auto wanted = GENERATE(values<std::string>({"of use", "too old", "torn"}));
  INFO(wanted);
  bench.write(wanted == "of use"    ? line(kNow, "a")
              : wanted == "too old" ? line(kNow - kMaxAge - 1, "a")
                                    : "nonsense\n",
              "taken");
  bench.write(line(kNow, "b"));
  {
    const ReadOnlyFolder folder(bench);
    CHECK(bench.all() == (wanted == "of use" ? "a" : ""));
    CHECK_FALSE(bench.spool.problems().empty());
    for (int i = 0; i < 3; ++i) bench.look();
    CHECK(bench.spool.problems().empty());
    const SpoolTally tally = bench.spool.tally();
    CHECK(tally.records + tally.torn + tally.too_old == 1);
    CHECK(bench.has("taken"));
  }
  CHECK(bench.all() == (wanted == "of use" ? "ab" : "b"));
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("P3: torn lines and strange ones are counted, and cost no other record", "[spool]") {
  Bench bench;
  const std::string whole = record(kNow, "x");
  SECTION("torn") {
    bench.write(line(kNow, "a") + "\n" + whole.substr(0, whole.size() / 2));
    bench.write(line(kNow, "b") + "\n" + whole.substr(0, 5));
    CHECK(bench.all() == "ab");
    CHECK(bench.spool.tally() == SpoolTally{2, 0, 2, 0, 0});
  }
  SECTION("only its newline is missing") {
    bench.write(line(kNow, "a") + "\n" + whole);
    CHECK(bench.all() == "ax");
  }
  SECTION("no JSON, NUL, another message, not UTF-8") {
    bench.write(line(kNow, "a") + "nonsense\n" + std::string(100, '\0') + "\n{\"type\":\"get_stats\"}\n[]\n" +
                "{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"n\":\"\xff\"}}\n" + line(kNow, "b"));
    CHECK(bench.all() == "ab");
    CHECK(bench.spool.tally().torn == 5);
  }
  SECTION("too long a line, in one piece and over many") {
    bench.write(line(kNow, "a") + std::string(kLineBytes + 1, 'x') + line(kNow, "b") +
                std::string(1 << 20, 'y') + line(kNow, "c") + std::string(1 << 20, 'z'));
    CHECK(bench.all() == "abc");
    CHECK(bench.spool.tally().torn == 3);
  }
  SECTION("a line as long as it may be") {
    const std::string padding(kLineBytes - record(kNow, "").size(), 'p');
    bench.write(line(kNow, padding));
    CHECK(bench.all() == padding);
  }
}

TEST_CASE("P4: what is too old is counted and not taken in", "[spool]") {
  Bench bench;
  bench.write(line(kNow - kMaxAge - 1, "a") + line(kNow - kMaxAge, "b") + line(kNow + kMaxAge, "c"));
  bench.write("\n{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"n\":\"d\"}}\n");
  CHECK(bench.all() == "bcd");
  CHECK(bench.spool.tally() == SpoolTally{3, 0, 0, 1, 0});
}

TEST_CASE("P5: what did not fit is counted, once", "[spool]") {
  Bench bench;
  bench.write("...", "dropped");
  bench.look();
  CHECK(bench.spool.tally().dropped == 3);
  bench.look();
  CHECK(bench.spool.tally().dropped == 0);
  CHECK_FALSE(bench.has("dropped"));
  bench.write(".", "dropped");
  bench.look();
  CHECK(bench.spool.tally().dropped == 1);
}

TEST_CASE("P6: up to a time goes what was written by then, and nothing else", "[spool]") {
  Bench bench;
  bench.write(line(kNow + 10, "a") + line(kNow + 30, "b") + line(kNow + 20, "c") + line(kNow + 40, "d"));
  bench.look();
  CHECK(bench.take_in(kNow + 9) == Spool::Progress::kDone);
  CHECK(bench.taken.empty());
  CHECK(bench.take_in(kNow + 20) == Spool::Progress::kDone);
  CHECK(bench.taken == "ac");
  CHECK(bench.take_in(kNow + 29) == Spool::Progress::kDone);
  CHECK(bench.taken == "ac");
  CHECK(bench.spool.is_waiting());
  CHECK(bench.take_in(kNow + 40) == Spool::Progress::kDone);
  CHECK(bench.taken == "acbd");
}

TEST_CASE("a busy host loses nothing and gets nothing twice", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"));
  bench.look();
  bench.status = Status::kBusy;
  CHECK(bench.take_in() == Spool::Progress::kBusy);
  CHECK(bench.take_in() == Spool::Progress::kBusy);
  bench.status = Status::kOk;
  CHECK(bench.take_in() == Spool::Progress::kDone);
  CHECK(bench.taken == "ab");
}

TEST_CASE("a record that its parser refuses is counted and holds up no other", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"));
  bench.look();
  bench.status = Status::kNotFound;
  CHECK(bench.take_in() == Spool::Progress::kDone);
  CHECK(bench.spool.tally() == SpoolTally{0, 2, 0, 0, 0});
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("P7: a hook that is stopped in the middle holds up nobody; its record comes when it goes on",
          "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"));
  const int hook = ::open((bench.folder() + "/records").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(::flock(hook, LOCK_SH) == 0);
  CHECK(bench.all() == "a");
  CHECK(bench.spool.is_held());
  bench.write(line(kNow, "b"));
  CHECK(bench.all() == "ab");
  const std::string late = line(kNow, "c");
  REQUIRE(::write(hook, late.data(), late.size()) == static_cast<ssize_t>(late.size()));
  CHECK(bench.all() == "abc");
  ::close(hook);
  CHECK(bench.all() == "abc");
  CHECK_FALSE(bench.spool.is_held());
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("P8: what is not surely ours is not read, and told once", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"), "elsewhere");
  const auto wanted = GENERATE(values<std::string>({"link", "fifo", "folder", "writable", "open", "linked"}));
  INFO(wanted);
  const std::string path = bench.folder() + "/records";
  if (wanted == "link") {
    REQUIRE(::symlink("elsewhere", path.c_str()) == 0);
  } else if (wanted == "fifo") {
    bench.write(line(kNow, "b"), "taken");
    REQUIRE(::unlink((bench.folder() + "/taken").c_str()) == 0);
    REQUIRE(::mkfifo((bench.folder() + "/taken").c_str(), 0600) == 0);
    bench.write(line(kNow, "b"));
  } else if (wanted == "folder") {
    bench.dir.directory("spool/records", 0700);
  } else {
    bench.write(line(kNow, "b"));
    if (wanted == "writable") REQUIRE(::chmod(path.c_str(), 0622) == 0);
    if (wanted == "open") REQUIRE(::chmod(bench.folder().c_str(), 0777) == 0);
    if (wanted == "linked") {
      std::filesystem::rename(bench.folder(), bench.dir.path() / "real");
      std::filesystem::create_directory_symlink("real", bench.folder());
    }
  }
  CHECK(bench.all().empty());
  CHECK(bench.spool.problems().size() == 1);
  bench.look();
  bench.look();
  CHECK(bench.spool.problems().empty());
  CHECK(bench.has("records"));
}

TEST_CASE("no spool is none, and one that comes later is found", "[spool]") {
  const atm::test::TempDir dir;
  Spool spool({(dir.path() / "spool").string(), kLineBytes, kMaxAge},
              [](const SpoolRecord&) { return Status::kOk; });
  spool.look(Spool::Look::kForAll, kNow);
  dir.directory("spool", 0700);
  dir.file("spool/records", line(kNow, "a"), 0600);
  spool.look(Spool::Look::kForRecords, kNow);
  CHECK(spool.take_in(Spool::kEver, kNow, 10) == Spool::Progress::kDone);
  CHECK(spool.tally().records == 1);
  CHECK(spool.problems().empty());
}

TEST_CASE("of two daemons one takes a spool in", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"));
  bench.look();
  Spool other({bench.folder(), kLineBytes, kMaxAge}, [](const SpoolRecord&) { return Status::kOk; });
  other.look(Spool::Look::kForAll, kNow);
  CHECK_FALSE(other.is_held());
  CHECK(other.problems().size() == 1);
  CHECK(bench.all() == "a");
}

TEST_CASE("law: whatever lies in the file, its whole records come out once, each session's in order",
          "[spool]") {
  CHECK(rc::check([](const std::vector<std::string>& between, const std::vector<std::uint8_t>& pauses,
                     const std::vector<std::uint8_t>& live) {
    constexpr std::size_t kSessions = 3;
    Bench bench;
    std::string wanted[kSessions];
    std::int64_t times[kSessions] = {kNow, kNow, kNow};
    std::string text;
    for (std::size_t i = 0; i < pauses.size(); ++i) {
      if (i < between.size()) text += between[i];
      const std::size_t session = pauses[i] % kSessions;
      times[session] += pauses[i];
      // a, d, g, ... is of the first.
      const char name = static_cast<char>('a' + session + kSessions * (wanted[session].size() % 8));
      text += line(times[session], std::string(1, name));
      wanted[session] += name;
    }
    bench.write(text);
    bench.look();
    for (const std::uint8_t time : live) RC_ASSERT(bench.take_in(kNow + time) == Spool::Progress::kDone);
    std::string found[kSessions];
    for (const char name : bench.all()) found[static_cast<std::size_t>(name - 'a') % kSessions] += name;
    for (std::size_t i = 0; i < kSessions; ++i) RC_ASSERT(found[i] == wanted[i]);
    RC_ASSERT_FALSE(bench.has("taken"));
  }));
}
