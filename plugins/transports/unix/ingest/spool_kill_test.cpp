// SPDX-License-Identifier: MIT
// A daemon that is killed between any two bytes that it overwrites in a spool; docs/specs/protocol.md, section 11.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ingest/spool_test_support.hpp"
#include "support/catch.hpp"

using namespace unix_socket;
using namespace unix_socket::test;

namespace {

/// Number of bytes that pwrite() still writes before the process dies.
std::optional<std::size_t> bytes_until_death;

}  // namespace

/// Replaces the function of the C library, which a test cannot interrupt.
extern "C" ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  const std::size_t most = std::min(size, bytes_until_death.value_or(size));
  const ssize_t written = ::syscall(SYS_pwrite64, fd, bytes, most, offset);
  if (!bytes_until_death) return written;
  if (most < size) ::_exit(0);
  *bytes_until_death -= most;
  return written;
}

namespace {

/// Whether the spool was completed before the process died.
bool is_taken_in_before_death(const std::string& directory, std::size_t bytes) {
  const pid_t daemon = ::fork();
  REQUIRE(daemon >= 0);
  if (daemon == 0) {
    bytes_until_death = bytes;
    Spool spool({directory, kLineBytes, kMaxAge}, [](const SpoolRecord&) { return atm::Status::kOk; });
    spool.look(Spool::Look::kForAll, kNow);
    static_cast<void>(spool.take_in(Spool::kEver, kNow, 1000));
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(daemon, &status, 0) == daemon);
  return WEXITSTATUS(status) == 1;
}

}  // namespace

TEST_CASE("WIRE-P2: a daemon that is killed while it strikes out a line leaves no torn line", "[spool]") {
  const std::string padding(600, 'p');
  bool is_over = false;
  for (std::size_t bytes = 0; !is_over; bytes += 149) {
    INFO("killed after " << bytes << " bytes");
    Bench bench;
    bench.write(line(kNow, "a" + padding) + line(kNow, "b" + padding));
    is_over = is_taken_in_before_death(bench.directory(), bytes);
    bench.look();
    CHECK(bench.take_in() == Spool::Progress::kDone);
    const SpoolTally tally = bench.spool.tally();
    CHECK(tally.torn == 0);
    CHECK(tally.records <= 2);
    CHECK_FALSE(bench.has("taken"));
  }
}

TEST_CASE("WIRE-P3: a torn line that a killed daemon started to strike out is counted once", "[spool]") {
  const std::string torn = record(kNow, std::string(600, 'p')).substr(0, 500);
  bool is_over = false;
  for (std::size_t bytes = 0; !is_over; bytes += 149) {
    INFO("killed after " << bytes << " bytes");
    Bench bench;
    bench.write("\n" + torn + "\n" + std::string(kLineBytes + 1, 'x') + line(kNow, "a"));
    is_over = is_taken_in_before_death(bench.directory(), bytes);
    bench.look();
    CHECK(bench.take_in() == Spool::Progress::kDone);
    CHECK(bench.spool.tally().torn <= (bytes == 0 ? 2U : 1U));
    CHECK_FALSE(bench.has("taken"));
  }
}
