// SPDX-License-Identifier: MIT
#include "branch.hpp"

#include <sys/stat.h>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli {
namespace {

using test::TempDir;

TEST_CASE("the branch is that of the surrounding work tree", "[status_line]") {
  const TempDir dir;
  dir.file("repo/.git/HEAD", "ref: refs/heads/feature/one\n");
  dir.directory("repo/src/deep");
  CHECK(branch_of(dir.path() / "repo") == "feature/one");
  CHECK(branch_of(dir.path() / "repo/src/deep") == "feature/one");
  CHECK(branch_of((dir.path() / "repo/src/deep").string() + "/") == "feature/one");
}

TEST_CASE("a commit without a branch is shown short", "[status_line]") {
  const TempDir dir;
  dir.file(".git/HEAD", "0123456789abcdef0123456789abcdef01234567\n");
  CHECK(branch_of(dir.path()) == "0123456");
}

TEST_CASE("a linked work tree has the branch of its own HEAD", "[status_line]") {
  const TempDir dir;
  dir.file("main/.git/HEAD", "ref: refs/heads/main\n");
  dir.file("main/.git/worktrees/two/HEAD", "ref: refs/heads/two\n");
  dir.file("absolute/.git", "gitdir: " + (dir.path() / "main/.git/worktrees/two").string() + "\n");
  dir.file("relative/.git", "gitdir: ../main/.git/worktrees/two\n");
  CHECK(branch_of(dir.path() / "absolute") == "two");
  CHECK(branch_of(dir.path() / "relative") == "two");
}

TEST_CASE("without git there is no branch", "[status_line]") {
  const TempDir dir;
  CHECK(branch_of("").empty());
  CHECK(branch_of("relative/path").empty());
  CHECK(branch_of((dir.path() / "gone").string()).empty());
  dir.file("odd/.git/HEAD", "what is this\n");
  CHECK(branch_of(dir.path() / "odd").empty());
  dir.file("huge/.git/HEAD", "ref: refs/heads/" + std::string(100'000, 'x'));
  CHECK(branch_of(dir.path() / "huge").empty());
}

TEST_CASE("a pipe in place of a file does not block", "[status_line]") {
  const TempDir dir;
  dir.directory(".git");
  REQUIRE(::mkfifo((dir.path() / ".git/HEAD").c_str(), 0600) == 0);
  CHECK(branch_of(dir.path()).empty());
}

}  // namespace
}  // namespace atm::cli
