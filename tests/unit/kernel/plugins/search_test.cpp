// SPDX-License-Identifier: MIT
#include "kernel/plugins/search.hpp"

#include <unistd.h>

#include "kernel/plugins/trust.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace atm::kernel;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names(const std::vector<Candidate>& candidates) {
  std::vector<std::string> list;
  for (const Candidate& c : candidates) list.push_back(c.file.filename().string() + (c.problem ? "!" : ""));
  return list;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("directories are searched in the documented order, each once", "[search]") {
  const atm::test::TempDir dir;
  SearchPath path;
  path.command_line = {"/c1", "/c2"};
  path.environment = "/e1::/e2:/c1";
  path.user = "/u";
  path.built_in = "/b";
  std::vector<std::string> order;
  for (const PluginDirectory& d : path.directories()) order.push_back(d.path.string());
  CHECK(order == Names{"/c1", "/c2", "/e1", "/e2", "/u", "/b"});
}

TEST_CASE("the built-in directory stays first-party when it is named", "[search]") {
  const atm::test::TempDir dir;
  SearchPath path;
  path.built_in = dir.directory("plugins");
  path.command_line = {(dir.path() / "plugins/../plugins").string()};
  const auto directories = path.directories();
  REQUIRE(directories.size() == 1);
  CHECK(directories[0].is_first_party);
}

TEST_CASE("manifests are found by name, other files are not", "[search]") {
  const atm::test::TempDir dir;
  dir.file("p/b.json", "{}");
  dir.file("p/a.json", "{}");
  dir.file("p/a.so", "");
  dir.file("p/readme.txt", "");
  CHECK(names(find_candidates({{dir.path() / "p", true, false}})) == Names{"a.json", "b.json"});
}

TEST_CASE("a missing directory is a problem only if the user named it", "[search]") {
  CHECK(find_candidates({{"/nonexistent/p", false, false}}).empty());
  const auto found = find_candidates({{"/nonexistent/p", false, true}});
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].problem.has_value());
  CHECK(found[0].problem->message() ==
        "/nonexistent/p: No such file or directory, expected a directory; create it or remove it from the "
        "configuration");
}

TEST_CASE("no manifest is read from a directory that others can write", "[search]") {
  const atm::test::TempDir dir;
  dir.file("p/a.json", "{}");
  const fs::path open = dir.directory("p", 0777);
  const auto found = find_candidates({{open, false, true}});
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].problem.has_value());
  CHECK(found[0].problem->message() ==
        open.string() +
            ": mode is 0777, others can write it, expected write permission for "
            "its owner only; chmod go-w " +
            open.string());
  dir.directory("p", 0775);
  CHECK(find_candidates({{open, false, true}})[0].problem.has_value());
}

TEST_CASE("a manifest that others can write is refused, other manifests are not", "[search]") {
  const atm::test::TempDir dir;
  dir.file("p/a.json", "{}", 0666);
  dir.file("p/b.json", "{}");
  CHECK(names(find_candidates({{dir.path() / "p", false, true}})) == Names{"a.json!", "b.json"});
}

TEST_CASE("a link is checked by its target", "[search]") {
  const atm::test::TempDir dir;
  const fs::path good = dir.file("good/x.so", "");
  const fs::path bad = dir.file("bad/x.so", "");
  dir.directory("bad", 0777);
  dir.directory("links");
  fs::create_symlink(good, dir.path() / "links/good.so");
  fs::create_symlink(bad, dir.path() / "links/bad.so");
  fs::create_symlink("/nonexistent", dir.path() / "links/gone.so");
  CHECK_FALSE(distrust_file(dir.path() / "links/good.so").has_value());
  CHECK(distrust_file(dir.path() / "links/bad.so").has_value());
  CHECK(distrust_file(dir.path() / "links/gone.so").has_value());
}

TEST_CASE("only a regular file is a plugin", "[search]") {
  const atm::test::TempDir dir;
  CHECK(distrust_file(dir.directory("d")).has_value());
  CHECK(distrust_file("/dev/null").has_value());
}

TEST_CASE("a file of another user is refused", "[search]") {
  if (::geteuid() != 0) return;  // only root can make one
  const atm::test::TempDir dir;
  const fs::path file = dir.file("p/a.json", "{}");
  REQUIRE(::chown(file.c_str(), 12345, 12345) == 0);
  const auto problem = distrust_file(file);
  REQUIRE(problem.has_value());
  CHECK(problem->message() ==
        file.string() + ": owner is uid 12345, expected root; install the plugin as this user or root");
}
