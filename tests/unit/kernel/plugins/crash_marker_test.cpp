// SPDX-License-Identifier: MIT
#include "kernel/plugins/crash_marker.hpp"

#include <unistd.h>

#include <fstream>

#include "kernel/system/clock.hpp"
#include "kernel/watch/process_table.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using atm::kernel::CrashMarker;
using atm::kernel::ProcessTable;
namespace fs = std::filesystem;

namespace {

const ProcessTable& processes() {
  static const atm::kernel::SystemClock clock;
  static const ProcessTable table(clock);
  return table;
}

/// A plugin with a library, and markers as a daemon writes them.
struct Plugin {
  Plugin() { dir.file("echo.so", "1"); }
  [[nodiscard]] CrashMarker::Subject subject() const {
    return CrashMarker::subject(dir.path(), "echo", dir.path() / "echo.so");
  }
  /// `end` is what the crash handler appended; pid 1 did not start at tick 1.
  void leave(std::uint32_t before, const std::string& end = "",
             const std::string& boot = processes().boot_id()) const {
    fs::create_directories(subject().file.parent_path());
    std::ofstream(subject().file) << "1 1 " << boot << ' ' << subject().build << ' ' << before << '\n' << end;
  }
  [[nodiscard]] CrashMarker::Deaths deaths() const { return CrashMarker::deaths(processes(), subject()); }

  atm::test::TempDir dir;
};

}  // namespace

TEST_CASE("a completed start leaves no marker", "[crash_marker]") {
  const Plugin plugin;
  const CrashMarker::Subject subject = plugin.subject();
  {
    const CrashMarker marker(processes(), subject, 0);
    CHECK(fs::exists(subject.file));
  }
  CHECK_FALSE(fs::exists(subject.file));
  CHECK(plugin.deaths().in_a_row == 0);
}

TEST_CASE("the marker of a daemon that is starting now counts as no death", "[crash_marker]") {
  const Plugin plugin;
  const CrashMarker::Subject subject = plugin.subject();
  const CrashMarker marker(processes(), subject, 1);
  CHECK(plugin.deaths().in_a_row == 0);
}

TEST_CASE("a signal makes a death a crash; without one it is a kill, which counts within one boot",
          "[crash_marker]") {
  const Plugin plugin;
  plugin.leave(0, "SIGSEGV echo\n");
  CHECK(plugin.deaths().was_crash);
  CHECK(plugin.deaths().in_a_row == 1);
  plugin.leave(1);
  CHECK_FALSE(plugin.deaths().was_crash);
  CHECK(plugin.deaths().in_a_row == 2);
  plugin.leave(1, "", "another-boot");
  CHECK(plugin.deaths().in_a_row == 0);
  plugin.leave(1, "SIGSEGV echo\n", "another-boot");
  CHECK(plugin.deaths().was_crash);
}

TEST_CASE("the crash of another plugin during the start counts as no death", "[crash_marker]") {
  const Plugin plugin;
  plugin.leave(1, "SIGSEGV other\n");
  CHECK_FALSE(plugin.deaths().was_crash);
  CHECK(plugin.deaths().in_a_row == 1);
}

TEST_CASE("the deaths of another build of the library do not count", "[crash_marker]") {
  const Plugin plugin;
  plugin.leave(1, "SIGSEGV echo\n");
  plugin.dir.file("echo.so", "22");
  CHECK(plugin.deaths().in_a_row == 0);
}

TEST_CASE("an empty, outdated or malformed marker counts as no death", "[crash_marker]") {
  const Plugin plugin;
  fs::create_directories(plugin.subject().file.parent_path());
  for (const char* const text : {"", "1 1\n", "x y z\n", "1 1 b", "-1 -1 - - -1"}) {
    std::ofstream(plugin.subject().file) << text;
    CHECK(plugin.deaths().in_a_row == 0);
  }
}

TEST_CASE("two copies of one plugin have different markers", "[crash_marker]") {
  const Plugin plugin;
  CHECK(plugin.subject().file !=
        CrashMarker::subject(plugin.dir.path(), "echo", plugin.dir.path() / "a/echo.so").file);
}

TEST_CASE("a marker that cannot be written is ignored", "[crash_marker]") {
  const CrashMarker::Subject subject =
      CrashMarker::subject("/proc/nonexistent", "echo", "/nonexistent/echo.so");
  const CrashMarker marker(processes(), subject, 0);
  CHECK(CrashMarker::deaths(processes(), subject).in_a_row == 0);
}
