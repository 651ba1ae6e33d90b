// SPDX-License-Identifier: MIT
// Tests of the spool writer: format, limits and ownership of its directory.
#include "spool.h"

#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "spool_test_support.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

unsigned mode_of(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0 ? about.st_mode & 0777U : 0;
}

std::string path_for(std::vector<std::string> variables) {
  std::vector<char*> list;
  list.reserve(variables.size() + 1);
  for (auto& variable : variables) list.push_back(variable.data());
  list.push_back(nullptr);
  hook_environment environment;
  hook_environment_read(&environment, list.data());
  char path[HOOK_FILE_MAX];
  unsigned parents = 0;
  return hook_spool_path(&environment, path, &parents) ? path : "";
}

}  // namespace

TEST_CASE("the spool lies beside the named socket, else in the user's state") {
  CHECK(path_for({"ATM_SOCKET=/r/s", "XDG_STATE_HOME=/x"}) == "/r/s.spool");
  CHECK(path_for({"ATM_SOCKET=", "XDG_STATE_HOME=/x", "HOME=/h"}) == "/x/atm/spool");
  CHECK(path_for({"XDG_STATE_HOME=x", "HOME=/h"}) == "/h/.local/state/atm/spool");
  CHECK(path_for({"HOME=h"}).empty());
  CHECK(path_for({"HOME=/" + std::string(4096, 'h')}).empty());
  CHECK(path_for({"ATM_SOCKET=/" + std::string(107, 's')}).empty());
}

TEST_CASE("records are appended to a file in a directory, both private to the user") {
  const SpoolPlace place;
  const mode_t before = umask(0);
  CHECK(place.write("\nfirst\n") == HOOK_SPOOL_KEPT);
  CHECK(place.write("\nsecond\n") == HOOK_SPOOL_KEPT);
  umask(before);
  CHECK(read_file(place.file("records")) == "\nfirst\n\nsecond\n");
  CHECK(mode_of(place.spool_path()) == 0700);
  CHECK(mode_of(place.file("records")) == 0600);
  CHECK_FALSE(fs::exists(place.file("dropped")));
}

TEST_CASE("an incomplete record of another writer corrupts no record") {
  const SpoolPlace place;
  REQUIRE(place.write("\nfirst\n") == HOOK_SPOOL_KEPT);
  std::ofstream(place.file("records"), std::ios::app) << "\n{\"torn";
  REQUIRE(place.write("\nlast\n") == HOOK_SPOOL_KEPT);
  CHECK(lines_of(read_file(place.file("records"))) == std::vector<std::string>{"first", "{\"torn", "last"});
}

TEST_CASE("a record that does not fit is counted, and one that just fits is stored") {
  const SpoolPlace place({"ATM_SPOOL_MAX=10"});
  CHECK(place.write("\n12345678901\n") == HOOK_SPOOL_DROPPED);
  CHECK(place.write("\n123\n") == HOOK_SPOOL_KEPT);
  CHECK(place.write("\n1234\n") == HOOK_SPOOL_DROPPED);
  CHECK(place.write("\n123\n") == HOOK_SPOOL_KEPT);
  CHECK(place.write("\n\n") == HOOK_SPOOL_DROPPED);
  CHECK(fs::file_size(place.file("records")) == 10);
  CHECK(fs::file_size(place.file("dropped")) == 3);
  CHECK(mode_of(place.file("dropped")) == 0600);
}

TEST_CASE("a full spool without additions for a day is emptied for a record that a daemon would accept") {
  const SpoolPlace place({"ATM_SPOOL_MAX=12"});
  REQUIRE(place.write("\n12345678\n") == HOOK_SPOOL_KEPT);
  const auto make_older = [&](std::chrono::minutes age) {
    fs::last_write_time(place.file("records"), fs::file_time_type::clock::now() - age);
  };
  SECTION("by an event") {
    make_older(std::chrono::minutes(24 * 60 + 1));
    CHECK(place.write("\n1\n") == HOOK_SPOOL_KEPT);
    CHECK(place.write("\n2\n") == HOOK_SPOOL_KEPT);
    CHECK(read_file(place.file("records")) == "\n1\n\n2\n");
    CHECK_FALSE(fs::exists(place.file("dropped")));
  }
  SECTION("by a status line") {
    make_older(std::chrono::minutes(24 * 60 + 1));
    CHECK(place.write("\n1\n", HOOK_RECORD_STATUS_LINE) == HOOK_SPOOL_KEPT);
    CHECK(read_file(place.file("records")) == "\n1\n");
  }
  SECTION("but not before") {
    make_older(std::chrono::minutes(24 * 60 - 1));
    CHECK(place.write("\n1\n") == HOOK_SPOOL_DROPPED);
    CHECK(fs::file_size(place.file("records")) == 10);
  }
  SECTION("but not for a record that fits beside it, or never fits") {
    make_older(std::chrono::minutes(24 * 60 + 1));
    CHECK(place.write("\n123456789012\n") == HOOK_SPOOL_DROPPED);
    CHECK(place.write("\n\n") == HOOK_SPOOL_KEPT);
    CHECK(fs::file_size(place.file("records")) == 12);
  }
  SECTION("but not while another writer or a reader holds it") {
    const int file = open(place.file("records").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(flock(file, LOCK_SH) == 0);
    make_older(std::chrono::minutes(24 * 60 + 1));
    CHECK(place.write("\n1\n") == HOOK_SPOOL_DROPPED);
    CHECK(fs::file_size(place.file("records")) == 10);
    close(file);
  }
}

TEST_CASE("status lines are stored in the first quarter of the spool only") {
  const SpoolPlace place({"ATM_SPOOL_MAX=40"});
  CHECK(place.write("\n123\n", HOOK_RECORD_STATUS_LINE) == HOOK_SPOOL_KEPT);
  CHECK(place.write("\n1234\n", HOOK_RECORD_STATUS_LINE) == HOOK_SPOOL_DROPPED);
  CHECK(place.write("\n123\n", HOOK_RECORD_STATUS_LINE) == HOOK_SPOOL_KEPT);
  CHECK(place.write("\n\n", HOOK_RECORD_STATUS_LINE) == HOOK_SPOOL_DROPPED);
  CHECK(place.write("\n" + std::string(28, 'x') + "\n") == HOOK_SPOOL_KEPT);
  CHECK(fs::file_size(place.file("records")) == 40);
  CHECK(fs::file_size(place.file("dropped")) == 2);
}

TEST_CASE("eight writers that find a stale spool empty it once, and lose none of their records") {
  const SpoolPlace place({"ATM_SPOOL_MAX=1000"});
  REQUIRE(place.write("\n" + std::string(998, 'x') + "\n") == HOOK_SPOOL_KEPT);
  fs::last_write_time(place.file("records"), fs::file_time_type::clock::now() - std::chrono::hours(25));
  std::atomic<std::size_t> kept{0};
  std::vector<std::thread> writers;
  writers.reserve(8);
  for (int i = 0; i < 8; ++i)
    writers.emplace_back([&, i] {
      if (place.write("\n" + std::to_string(i) + "\n") == HOOK_SPOOL_KEPT) ++kept;
    });
  for (auto& writer : writers) writer.join();
  CHECK(lines_of(read_file(place.file("records"))).size() == kept);
  CHECK(kept + read_file(place.file("dropped")).size() == 8);
}

TEST_CASE("the limit is 16 MiB unless ATM_SPOOL_MAX is a number") {
  CHECK(hook_spool_limit(SpoolPlace().environment()) == 16777216);
  CHECK(hook_spool_limit(SpoolPlace({"ATM_SPOOL_MAX=0"}).environment()) == 0);
  CHECK(hook_spool_limit(SpoolPlace({"ATM_SPOOL_MAX=123456"}).environment()) == 123456);
  for (const char* bad : {"", "x", "1x", "-1", " 1", "99999999999999999999999"})
    CHECK(hook_spool_limit(SpoolPlace({std::string("ATM_SPOOL_MAX=") + bad}).environment()) == 16777216);
}

TEST_CASE("law: stored and dropped records add up to the written ones") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& sizes, std::uint16_t limit) {
    const SpoolPlace place({"ATM_SPOOL_MAX=" + std::to_string(limit)});
    std::string kept;
    std::size_t dropped = 0;
    for (const std::uint8_t size : sizes) {
      const std::string record = "\n" + std::string(size, 'x') + "\n";
      const bool fits = kept.size() + record.size() <= limit;
      RC_ASSERT(place.write(record) == (fits ? HOOK_SPOOL_KEPT : HOOK_SPOOL_DROPPED));
      if (fits)
        kept += record;
      else
        ++dropped;
    }
    RC_ASSERT(read_file(place.file("records")) == kept);
    RC_ASSERT(read_file(place.file("dropped")).size() == dropped);
  }));
}

TEST_CASE("a directory that is not private to the user is not changed") {
  const SpoolPlace place;
  const std::string target = place.directory().path("target");
  fs::create_directory(target);
  SECTION("it is a symbolic link") {
    fs::create_symlink(target, place.spool_path());
  }
  SECTION("it is a file") {
    std::ofstream{place.spool_path()};
  }
  SECTION("its group can write") {
    fs::create_directory(place.spool_path());
    REQUIRE(chmod(place.spool_path().c_str(), 0770) == 0);
  }
  SECTION("all can write") {
    fs::create_directory(place.spool_path());
    REQUIRE(chmod(place.spool_path().c_str(), 0707) == 0);
  }
  SECTION("it is another user's") {
    fs::create_directory(place.spool_path());
    if (chown(place.spool_path().c_str(), 65534, 65534) != 0) {
      WARN("skipped: only root can give a directory away");
      return;
    }
  }
  CHECK(place.write("\nx\n") == HOOK_SPOOL_REFUSED);
  CHECK(fs::is_empty(target));
  CHECK((!fs::is_directory(place.spool_path()) || fs::is_empty(place.spool_path())));
}

TEST_CASE("an unexpected object in place of the records file is not written to") {
  const SpoolPlace place;
  fs::create_directory(place.spool_path());
  const std::string victim = place.directory().path("victim");
  std::ofstream(victim) << "precious";
  SECTION("a symbolic link") {
    fs::create_symlink(victim, place.file("records"));
  }
  SECTION("a symbolic link to nothing") {
    fs::create_symlink(place.directory().path("nothing"), place.file("records"));
  }
  SECTION("a pipe without a reader") {
    REQUIRE(mkfifo(place.file("records").c_str(), 0600) == 0);
  }
  SECTION("a directory") {
    fs::create_directory(place.file("records"));
  }
  CHECK(place.write("\nx\n") == HOOK_SPOOL_DROPPED);
  CHECK(read_file(victim) == "precious");
  CHECK_FALSE(fs::exists(place.directory().path("nothing")));
}

TEST_CASE("no directory above the one of a named socket is created") {
  const TempDir directory;
  std::string variable = "ATM_SOCKET=" + directory.path("missing/run/atm.sock");
  char* list[] = {variable.data(), nullptr};
  hook_environment environment;
  hook_environment_read(&environment, list);
  CHECK(hook_spool_write(&environment, HOOK_RECORD_EVENT, "\nx\n", 3) == HOOK_SPOOL_REFUSED);
  CHECK(fs::is_empty(directory.path("")));
}

TEST_CASE("a reader that keeps its lock costs a record, which is counted, but no time") {
  const SpoolPlace place;
  REQUIRE(place.write("\nx\n") == HOOK_SPOOL_KEPT);
  const int file = open(place.file("records").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(flock(file, LOCK_EX) == 0);
  CHECK(place.write("\ny\n") == HOOK_SPOOL_DROPPED);
  close(file);
  CHECK(read_file(place.file("records")) == "\nx\n");
  CHECK(read_file(place.file("dropped")).size() == 1);
}

TEST_CASE("writers write to the current file, not to the renamed one") {
  const SpoolPlace place;
  REQUIRE(place.write("\nx\n") == HOOK_SPOOL_KEPT);
  const int file = open(place.file("records").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(flock(file, LOCK_EX) == 0);
  REQUIRE(rename(place.file("records").c_str(), place.file("taken").c_str()) == 0);
  CHECK(place.write("\ny\n") == HOOK_SPOOL_KEPT);
  close(file);
  CHECK(read_file(place.file("taken")) == "\nx\n");
  CHECK(read_file(place.file("records")) == "\ny\n");
}

TEST_CASE("eight writers and a reader lose nothing, duplicate nothing and keep each writer's order") {
  constexpr int kWriters = 8;
  constexpr int kRecords = 500;
  const SpoolPlace place;
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  std::atomic<int> kept{0};
  std::atomic<int> dropped{0};
  std::atomic<int> running{kWriters};
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kRecords; ++i) {
        const std::string tail(static_cast<std::size_t>(i * 37 % 3000), 'x');
        const auto result = place.write("\n" + std::to_string(writer * kRecords + i) + " " + tail + "\n");
        ++(result == HOOK_SPOOL_KEPT ? kept : dropped);
      }
      --running;
    });
  SpoolReader reader(place.spool_path());
  while (running > 0) reader.take();
  for (auto& writer : writers) writer.join();
  reader.take();

  std::vector<int> next(kWriters, 0);
  int seen = 0;
  for (const std::string& line : lines_of(reader.text())) {
    const int number = std::stoi(line);
    const int i = number % kRecords;
    int& expected = next[static_cast<std::size_t>(number / kRecords)];
    REQUIRE(i >= expected);
    REQUIRE(line.size() == std::to_string(number).size() + 1 + static_cast<std::size_t>(i * 37 % 3000));
    expected = i + 1;
    ++seen;
  }
  CHECK(seen == kept);
  CHECK(kept + dropped == kWriters * kRecords);
  CHECK(kept > 0);
}
