// SPDX-License-Identifier: MIT
#include "file_checks.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "findings_test_support.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

namespace atm::cli::doctor {
namespace {

using std::chrono::milliseconds;
using test::TempDir;

Timestamp now() {
  return std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
}

Findings spool(const TempDir& dir, bool has_daemon, std::chrono::seconds later = std::chrono::seconds(0)) {
  Findings out;
  check_spools({(dir.path() / "s.spool").string()}, has_daemon, now() + later, out);
  return out;
}

TEST_CASE("an empty or missing spool is no problem", "[doctor]") {
  const TempDir dir;
  CHECK(worst_of(spool(dir, false)) == Severity::kOk);
  dir.directory("s.spool", 0700);
  CHECK(worst_of(spool(dir, false)) == Severity::kOk);
}

TEST_CASE("waiting records are counted, and a daemon that does not read them is a warning", "[doctor]") {
  const TempDir dir;
  dir.directory("s.spool", 0700);
  dir.file("s.spool/records", "\n{\"a\":1}\n\n{\"b\":2}\n", 0600);
  dir.file("s.spool/taken", "\n{\"a\":0}\n", 0600);
  CHECK(has(spool(dir, false), "3 records (27 bytes) in "));
  CHECK(worst_of(spool(dir, false)) == Severity::kNote);
  CHECK(worst_of(spool(dir, true)) == Severity::kOk);
  CHECK(worst_of(spool(dir, true, std::chrono::seconds(60))) == Severity::kWarning);
}

TEST_CASE("records that wait for a paused plugin are a note that names the command to inspect it",
          "[doctor]") {
  const TempDir dir;
  dir.directory("s.spool", 0700);
  dir.file("s.spool/paused", "\n\n\n", 0600);
  CHECK(worst_of(spool(dir, true)) == Severity::kOk);
  dir.file("s.spool/paused", "\n{\"a\":1}\n\n{\"b\":2}\n", 0600);
  CHECK(has(spool(dir, true), "2 records in " + (dir.path() / "s.spool/paused").string() + " wait"));
  CHECK(has(spool(dir, true), "atm plugins"));
  CHECK(worst_of(spool(dir, true, std::chrono::seconds(60))) == Severity::kNote);
}

TEST_CASE("records that ended two daemons are a warning with the way to inspect them", "[doctor]") {
  const TempDir dir;
  dir.directory("s.spool", 0700);
  dir.directory("s.spool/refused", 0700);
  CHECK(worst_of(spool(dir, true)) == Severity::kOk);
  dir.file("s.spool/refused/1.json", "{}\n", 0600);
  CHECK(worst_of(spool(dir, true)) == Severity::kWarning);
  CHECK(has(spool(dir, true), "1 record in " + (dir.path() / "s.spool/refused").string()));
  CHECK(has(spool(dir, true), "inspect it with less "));
}

TEST_CASE("records that did not fit are counted by bytes", "[doctor]") {
  const TempDir dir;
  dir.directory("s.spool", 0700);
  dir.file("s.spool/dropped", "xxx", 0600);
  CHECK(has(spool(dir, true), "3 records did not fit into "));
  CHECK(worst_of(spool(dir, true)) == Severity::kWarning);
}

TEST_CASE("a spool that is not private to the user is a warning", "[doctor]") {
  const TempDir dir;
  dir.directory("s.spool", 0777);
  CHECK(has(spool(dir, false), "is writable by other users"));
  const TempDir linked;
  linked.directory("elsewhere", 0700);
  std::filesystem::create_symlink(linked.path() / "elsewhere", linked.path() / "s.spool");
  CHECK(has(spool(linked, false), "is a link or not a directory"));
  const TempDir file;
  file.file("s.spool", "x");
  CHECK(has(spool(file, false), "is a link or not a directory"));
}

TEST_CASE("with a named socket only the spool beside it counts", "[doctor]") {
  Environment around;
  around.state_directory = "/s/atm";
  CHECK(spool_directories(around, {"/r/a.sock"}) ==
        std::vector<std::string>{"/r/a.sock.spool", "/s/atm/spool"});
  around.socket = "/r/a.sock";
  CHECK(spool_directories(around, {"/r/a.sock"}) == std::vector<std::string>{"/r/a.sock.spool"});
}

TEST_CASE("records that no spool stored are counted by bytes, of the user's own file only", "[doctor]") {
  const TempDir dir;
  const std::string path = (dir.path() / "atm.lost").string();
  const auto lost = [&path] {
    Findings out;
    check_losses_of_hooks({path}, now(), out);
    return out;
  };
  CHECK(lost().empty());
  dir.file("atm.lost", "...", 0600);
  CHECK(has(lost(), "3 records of hooks are lost because no spool accepted them"));
  CHECK(worst_of(lost()) == Severity::kWarning);
  std::filesystem::rename(path, path + ".there");
  std::filesystem::create_symlink(path + ".there", path);
  CHECK(lost().empty());
  Environment around;
  around.socket = "/r/a.sock";
  CHECK(loss_files(around) == std::vector<std::string>{"/r/a.sock.lost"});
  around.socket.clear();
  around.runtime_directory = "/r";
  CHECK(loss_files(around).front() == "/r/atm.lost");
  CHECK(loss_files(around).size() == 3);
}

// The findings of check_disk for a file system of 4 MiB with that content; empty if the system permits no mount.
std::string disk_with(const TempDir& dir, std::size_t bytes) {
  const std::string answer = (dir.path() / "answer").string();
  const std::string disk = dir.directory("disk").string();
  const pid_t child = ::fork();
  if (child == 0) {
    const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
    if (::unshare(spaces) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4m") != 0)
      ::_exit(0);
    std::ofstream(disk + "/file") << std::string(bytes, 'x') << std::flush;
    Findings out;
    check_disk(disk + "/state/atm", out);
    std::ofstream(answer) << findings_text(out, false);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  std::ostringstream text;
  text << std::ifstream(answer).rdbuf();
  return text.str();
}

TEST_CASE("a full disk is a warning", "[doctor]") {
  const TempDir dir;
  const std::string empty = disk_with(dir, 0);
  if (empty.empty()) {
    WARN("skipped: this system mounts no file system for a test");
    return;
  }
  CHECK(test::contains(empty, "there is free space in " + (dir.path() / "disk").string()));
  const std::string full = disk_with(dir, 8 * 1024 * 1024);
  CHECK(test::contains(full, "warning"));
  CHECK(test::contains(full, "is full: 0 bytes left"));
}

TEST_CASE("a token that other users can read is a warning", "[doctor]") {
  const TempDir dir;
  Environment around;
  around.config_directory = dir.path().string();
  Findings out;
  check_http_token(around, out);
  CHECK(out.empty());
  dir.file("http-token", "x", 0600);
  check_http_token(around, out);
  CHECK(out.empty());
  dir.file("http-token", "x", 0640);
  check_http_token(around, out);
  REQUIRE(out.size() == 1);
  CHECK(out[0].severity == Severity::kWarning);
}

TEST_CASE("atmd's report on its configuration is shown, up to a few lines", "[doctor]") {
  const TempDir dir;
  Environment around;
  around.program_directory = dir.path().string();
  around.config_directory = "/c/atm";
  const auto config = [&around] {
    Findings out;
    check_config(around, out);
    return out;
  };
  CHECK(has(config(), "no atmd beside atm or in your PATH"));
  dir.file("atmd", "#!/bin/sh\necho no problems found\n", 0755);
  CHECK(worst_of(config()) == Severity::kOk);
  dir.file("atmd", "#!/bin/sh\nfor i in 1 2 3 4 5 6 7; do echo atmd: atm.toml:$i: wrong >&2; done; exit 2\n",
           0755);
  CHECK(config().size() == 5);
  CHECK(has(config(), "atm.toml:1: wrong"));
  CHECK_FALSE(has(config(), "atmd: atm.toml"));
  dir.file("atmd", "#!/bin/sh\nkill -9 $$\n", 0755);
  CHECK(has(config(), "exited with 137"));
}

TEST_CASE("different program versions and an untested version of Claude Code are reported", "[doctor]") {
  const TempDir dir;
  Environment around;
  around.path = {dir.path().string()};
  DaemonView daemon;
  daemon.tell("{}", "[]");  // 1.0.0
  const auto versions = [&](std::string_view ours, const std::vector<std::string>& hooks) {
    Findings out;
    check_versions(daemon, ours, hooks, ask_client_version(around), out);
    return out;
  };
  CHECK(worst_of(versions("1.0.0", {"atm-hook 1.0.0"})) == Severity::kOk);
  CHECK(worst_of(versions("1.1.0", {})) == Severity::kWarning);
  CHECK(worst_of(versions("1.0.0", {"atm-hook 0.9.0"})) == Severity::kWarning);
  dir.file("claude", "#!/bin/sh\necho '2.1.196 (Claude Code)'\n", 0755);
  CHECK(has(versions("1.0.0", {}), "claude 2.1.196 is older"));
  dir.file("claude", "#!/bin/sh\necho '2.1.330 (Claude Code)'\n", 0755);
  CHECK(versions("1.0.0", {}).size() == 1);
  dir.file("claude", "#!/bin/sh\necho what\n", 0755);
  CHECK(versions("1.0.0", {}).size() == 1);
}

TEST_CASE("claude is asked for its version with its updater disabled", "[doctor]") {
  const TempDir dir;
  Environment around;
  around.path = {dir.path().string()};
  dir.file("claude", "#!/bin/sh\n[ \"$DISABLE_AUTOUPDATER\" = 1 ] && echo '2.1.196 (Claude Code)'\n", 0755);
  DaemonView daemon;
  Findings out;
  check_versions(daemon, "1.0.0", {}, ask_client_version(around), out);
  CHECK(has(out, "claude 2.1.196"));
}

}  // namespace
}  // namespace atm::cli::doctor
