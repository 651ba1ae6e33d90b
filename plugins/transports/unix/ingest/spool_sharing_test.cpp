// SPDX-License-Identifier: MIT
// Spool files shared with hooks and other daemons, and files of other users.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/file_descriptor.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/spool.hpp"
#include "ingest/spool_test_support.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace unix_socket;
using namespace unix_socket::test;
using atm::Status;

namespace {

/// While it exists, nothing can be removed or renamed in the spool, even by root.
class ReadOnlyDirectory final {
 public:
  explicit ReadOnlyDirectory(const Bench& bench) : directory_(bench.directory()) {
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) give(entry.path());
    give(bench.dir.path());
    give(directory_);
    REQUIRE(::chmod(directory_.c_str(), 0500) == 0);
    if (user_ == 0) REQUIRE(::seteuid(kNone) == 0);
  }
  ~ReadOnlyDirectory() {
    static_cast<void>(::seteuid(user_));
    static_cast<void>(::chmod(directory_.c_str(), 0700));
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) own(entry.path());
    own(directory_);
  }
  ReadOnlyDirectory(const ReadOnlyDirectory&) = delete;
  ReadOnlyDirectory& operator=(const ReadOnlyDirectory&) = delete;

 private:
  static constexpr uid_t kNone = 65534;
  void give(const std::string& path) const {
    if (user_ == 0) REQUIRE(::chown(path.c_str(), kNone, static_cast<gid_t>(-1)) == 0);
  }
  void own(const std::string& path) const {
    static_cast<void>(::chown(path.c_str(), user_, static_cast<gid_t>(-1)));
  }

  const uid_t user_ = ::geteuid();
  const std::string directory_;
};

}  // namespace

TEST_CASE("WIRE-P2: records handed over before a daemon ended are not ingested by the next", "[spool]") {
  Bench bench;
  std::string first;
  SpoolTally tally;
  const std::string all = line(kNow + 1, "a") + line(kNow, "b") + line(kNow - kMaxAge - 1, "old") +
                          "nonsense\n" + std::string(kLineBytes * 9, 'x') + line(kNow + 2, "c");
  bench.write(all);
  {
    Spool ended({bench.directory(), kLineBytes, kMaxAge}, [&](const SpoolRecord& one) {
      first += Bench::name_in(one.payload());
      return Status::kOk;
    });
    ended.look(Spool::Look::kForAll, kNow);
    CHECK(ended.take_in(kNow, kNow, 9) == Spool::Progress::kDone);
    tally = ended.tally();
  }
  CHECK(first == "b");
  CHECK(tally == SpoolTally{1, 0, 2, 1, 0});
  CHECK(std::filesystem::file_size(bench.directory() + "/taken") == all.size());
  CHECK(bench.all() == "ac");
  CHECK(bench.spool.tally() == SpoolTally{2, 0, 0, 0, 0});
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("WIRE-P2: a file that a stopped hook holds is ingested once, by any number of daemons", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"));
  const int hook = ::open((bench.directory() + "/records").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(::flock(hook, LOCK_SH) == 0);
  {
    Spool ended({bench.directory(), kLineBytes, kMaxAge}, [](const SpoolRecord&) { return Status::kOk; });
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

TEST_CASE("WIRE-P2: a file that cannot be removed is ingested once and reported once", "[spool]") {
  Bench bench;
  const auto wanted = GENERATE(values<std::string>({"of use", "too old", "torn"}));
  INFO(wanted);
  bench.write(wanted == "of use"    ? line(kNow, "a")
              : wanted == "too old" ? line(kNow - kMaxAge - 1, "a")
                                    : "nonsense\n",
              "taken");
  bench.write(line(kNow, "b"));
  {
    const ReadOnlyDirectory directory(bench);
    CHECK(bench.all() == (wanted == "of use" ? "ab" : "b"));
    CHECK_FALSE(bench.spool.problems().empty());
    for (int i = 0; i < 3; ++i) bench.look();
    CHECK(bench.spool.problems().empty());
    const SpoolTally tally = bench.spool.tally();
    CHECK(tally.records + tally.torn + tally.too_old == 2);
    CHECK(bench.has("taken"));
    CHECK(bench.has("records"));
  }
  CHECK(bench.all() == (wanted == "of use" ? "ab" : "b"));
  CHECK_FALSE(bench.has("taken"));
  CHECK_FALSE(bench.has("records"));
}

TEST_CASE(
    "WIRE-P7: a spool keeps 16 files of stopped hooks and counts one dropped entry for each further one",
    "[spool]") {
  Bench bench;
  constexpr int kHooks = 18;
  std::vector<atm::FileDescriptor> hooks;
  std::string expected;
  for (int i = 0; i < kHooks; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    bench.write(line(kNow, name));
    hooks.emplace_back(::open((bench.directory() + "/records").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    REQUIRE(::flock(hooks.back().get(), LOCK_SH) == 0);
    CHECK(bench.all() == (expected += name));
  }
  CHECK(bench.spool.tally() == SpoolTally{kHooks, 0, 0, 0, 2});
  const std::string late = line(kNow, "z");
  for (const atm::FileDescriptor& hook : hooks)
    REQUIRE(::write(hook.get(), late.data(), late.size()) == static_cast<ssize_t>(late.size()));
  CHECK(bench.all() == expected + std::string(16, 'z'));
}

TEST_CASE(
    "WIRE-P7: a hook that is stopped while it writes delays no others; its record is ingested when it "
    "resumes",
    "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"));
  const int hook = ::open((bench.directory() + "/records").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
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

TEST_CASE("WIRE-P8: a file that may not be ours is not read, and reported once", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"), "elsewhere");
  const auto wanted =
      GENERATE(values<std::string>({"link", "fifo", "directory", "writable", "open", "linked"}));
  INFO(wanted);
  const std::string path = bench.directory() + "/records";
  if (wanted == "link") {
    REQUIRE(::symlink("elsewhere", path.c_str()) == 0);
  } else if (wanted == "fifo") {
    bench.write(line(kNow, "b"), "taken");
    REQUIRE(::unlink((bench.directory() + "/taken").c_str()) == 0);
    REQUIRE(::mkfifo((bench.directory() + "/taken").c_str(), 0600) == 0);
    bench.write(line(kNow, "b"));
  } else if (wanted == "directory") {
    bench.dir.directory("spool/records", 0700);
  } else {
    bench.write(line(kNow, "b"));
    if (wanted == "writable") REQUIRE(::chmod(path.c_str(), 0622) == 0);
    if (wanted == "open") REQUIRE(::chmod(bench.directory().c_str(), 0777) == 0);
    if (wanted == "linked") {
      std::filesystem::rename(bench.directory(), bench.dir.path() / "real");
      std::filesystem::create_directory_symlink("real", bench.directory());
    }
  }
  CHECK(bench.all().empty());
  CHECK(bench.spool.problems().size() == 1);
  bench.look();
  bench.look();
  CHECK(bench.spool.problems().empty());
  CHECK(bench.has("records"));
}

TEST_CASE("a missing spool is no error, and a spool that is created later is found", "[spool]") {
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

TEST_CASE("only one of two daemons ingests a spool", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a"));
  bench.look();
  Spool other({bench.directory(), kLineBytes, kMaxAge}, [](const SpoolRecord&) { return Status::kOk; });
  other.look(Spool::Look::kForAll, kNow);
  CHECK_FALSE(other.is_held());
  CHECK(other.problems().size() == 1);
  CHECK(bench.all() == "a");
}
