// SPDX-License-Identifier: MIT
#include "kernel/plugins/crash_marker.hpp"

#include "kernel/runtime/clock.hpp"
#include "kernel/watch/process_table.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using atm::kernel::CrashMarker;
using atm::kernel::ProcessTable;

namespace {

const ProcessTable& processes() {
  static const atm::kernel::SystemClock clock;
  static const ProcessTable table(clock);
  return table;
}

}  // namespace

TEST_CASE("a start that comes to an end leaves no marker", "[crash_marker]") {
  const atm::test::TempDir dir;
  {
    const CrashMarker marker(processes(), dir.path(), "echo");
    CHECK(std::filesystem::exists(dir.path() / "starting" / "echo"));
  }
  CHECK_FALSE(std::filesystem::exists(dir.path() / "starting" / "echo"));
  CHECK_FALSE(CrashMarker::is_left(processes(), dir.path(), "echo"));
}

TEST_CASE("the marker of a daemon that is starting now accuses nobody", "[crash_marker]") {
  const atm::test::TempDir dir;
  const CrashMarker marker(processes(), dir.path(), "echo");
  CHECK_FALSE(CrashMarker::is_left(processes(), dir.path(), "echo"));
}

TEST_CASE("the marker of a process that is gone, or an unreadable one, is a crash", "[crash_marker]") {
  const atm::test::TempDir dir;
  dir.file("starting/a", "1 1\n");  // init did not start at tick 1 under this name
  dir.file("starting/b", "");
  dir.file("starting/c", "999999999 5\n");
  CHECK(CrashMarker::is_left(processes(), dir.path(), "a"));
  CHECK(CrashMarker::is_left(processes(), dir.path(), "b"));
  CHECK(CrashMarker::is_left(processes(), dir.path(), "c"));
  CHECK_FALSE(CrashMarker::is_left(processes(), dir.path(), "d"));
}

TEST_CASE("a marker that cannot be written stops nothing", "[crash_marker]") {
  const CrashMarker marker(processes(), "/proc/nonexistent", "echo");
  CHECK_FALSE(CrashMarker::is_left(processes(), "/proc/nonexistent", "echo"));
}
