// SPDX-License-Identifier: MIT
#include "log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using manifest::LogFile;
namespace fs = std::filesystem;

namespace {

struct Tree {
  Tree() {
    fs::create_directories(dir.path() / "root/a/b");
    fs::create_directories(dir.path() / "outside");
    write("root/a/b/log-1.jsonl", "one\n");
    write("outside/log-2.jsonl", "two\n");
    root = atm::posix::FileDescriptor(::open(dir.path("root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  void write(const std::string& name, std::string_view text, bool appended = false) const {
    std::ofstream(dir.path(name), appended ? std::ios::app : std::ios::trunc) << text;
  }
  [[nodiscard]] bool opens(std::string_view name) const {
    return static_cast<bool>(manifest::open_below(root.get(), name));
  }

  atm::test::TempDir dir;
  atm::posix::FileDescriptor root;
};

std::vector<std::string> lines_of(LogFile& file) {
  std::vector<std::string> lines;
  static_cast<void>(file.read([&](std::string_view line) { return lines.emplace_back(line), true; }));
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Tree, "a file is opened below its directory and nowhere else", "[log][hostile]") {
  CHECK(opens("a/b/log-1.jsonl"));
  CHECK_FALSE(opens("a/b/none.jsonl"));
  CHECK_FALSE(opens("a/b"));
  CHECK_FALSE(opens(""));
  CHECK_FALSE(opens("/etc/passwd"));
  CHECK_FALSE(opens("../outside/log-2.jsonl"));
  CHECK_FALSE(opens("a/../../outside/log-2.jsonl"));
  CHECK_FALSE(opens("a//b/log-1.jsonl"));
  CHECK_FALSE(opens("./a/b/log-1.jsonl"));
  CHECK_FALSE(opens(std::string_view("a/b/log-1.jsonl\0x", 17)));

  fs::create_symlink(dir.path() / "outside", dir.path() / "root/link");
  fs::create_symlink(dir.path() / "outside/log-2.jsonl", dir.path() / "root/log-2.jsonl");
  fs::create_symlink("a", dir.path() / "root/inside");
  CHECK_FALSE(opens("link/log-2.jsonl"));
  CHECK_FALSE(opens("log-2.jsonl"));
  CHECK_FALSE(opens("inside/b/log-1.jsonl"));
  REQUIRE(::mkfifo(dir.path("root/pipe.jsonl").c_str(), 0600) == 0);
  CHECK_FALSE(opens("pipe.jsonl"));
  for (const char* const secret : {"auth.json", "my_credentials", "x.pem", "y.key", ".env", "tokens.jsonl"}) {
    write(std::string("root/") + secret, "secret\n");
    CHECK_FALSE(opens(secret));
  }
  fs::create_directories(dir.path() / "root/.ssh");
  write("root/.ssh/log.jsonl", "secret\n");
  CHECK_FALSE(opens(".ssh/log.jsonl"));
}

TEST_CASE("a file of another user is not opened", "[log][hostile]") {
  if (::geteuid() != 0) return;  // only root can give a file away
  const Tree tree;
  REQUIRE(::chown(tree.dir.path("root/a/b/log-1.jsonl").c_str(), 65534, 65534) == 0);
  CHECK_FALSE(tree.opens("a/b/log-1.jsonl"));
  CHECK(manifest::find_below(tree.root.get(), "*/*/*.jsonl").empty());
}

TEST_CASE_METHOD(Tree, "a glob finds files, newest first, and follows no link", "[log]") {
  write("root/a/b/log-3.jsonl", "");
  write("root/a/b/other.txt", "");
  struct timespec times[2] = {{100, 0}, {100, 0}};
  REQUIRE(::utimensat(AT_FDCWD, dir.path("root/a/b/log-1.jsonl").c_str(), times, 0) == 0);
  fs::create_symlink(dir.path() / "outside", dir.path() / "root/a/c");
  const auto found = manifest::find_below(root.get(), "*/*/log-*.jsonl");
  REQUIRE(found.size() == 2);
  CHECK(found[0].relative == "a/b/log-3.jsonl");
  CHECK(found[1].relative == "a/b/log-1.jsonl");
  CHECK(found[1].modified_ns == 100'000'000'000);
  CHECK(manifest::find_below(root.get(), "x/*").empty());
}

TEST_CASE("a star stands for any text", "[log]") {
  CHECK(manifest::is_match("rollout-*.jsonl", "rollout-1.jsonl"));
  CHECK(manifest::is_match("*", ""));
  CHECK(manifest::is_match("a*b*c", "a-b-b-c"));
  CHECK_FALSE(manifest::is_match("a*b", "a-b-c"));
  CHECK_FALSE(manifest::is_match("", "a"));
  CHECK_FALSE(manifest::is_match("*a*a*a*a*a*a*a*a*b", std::string(60, 'a')));
}

TEST_CASE_METHOD(Tree, "a log gives each complete line once", "[log]") {
  LogFile file(manifest::open_below(root.get(), "a/b/log-1.jsonl"));
  CHECK(file.first_line() == "one");
  CHECK(lines_of(file) == Lines{"one"});
  CHECK(lines_of(file).empty());
  write("root/a/b/log-1.jsonl", "two\nthr", true);
  CHECK(lines_of(file) == Lines{"two"});
  write("root/a/b/log-1.jsonl", "ee\n\n", true);
  CHECK(lines_of(file) == Lines{"three"});

  // Refused once: the line comes again.
  write("root/a/b/log-1.jsonl", "four\nfive\n", true);
  static_cast<void>(file.read([](std::string_view) { return false; }));
  CHECK(lines_of(file) == Lines{"four", "five"});

  write("root/a/b/log-1.jsonl", "new\n");
  CHECK(lines_of(file) == Lines{"new"});
  fs::remove(dir.path() / "root/a/b/log-1.jsonl");
  CHECK_FALSE(file.read([](std::string_view) { return true; }));
}

TEST_CASE_METHOD(Tree, "a long log begins at a line near its end, and a long line is skipped",
                 "[log][hostile]") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + '\n';
  write("root/a/b/log-1.jsonl", text);
  LogFile file(manifest::open_below(root.get(), "a/b/log-1.jsonl"));
  const Lines lines = lines_of(file);
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.back() == "line 99999");
  CHECK(lines.front().starts_with("line "));
  CHECK(lines.size() < LogFile::kTailBytes / 10);

  write("root/a/b/log-1.jsonl", std::string(3 * LogFile::kMaxLineBytes, 'x') + "\nafter\n", true);
  Lines after;
  for (int i = 0; i < 5; ++i) {
    for (const std::string& line : lines_of(file)) after.push_back(line);
  }
  CHECK(after == Lines{"after"});
}
