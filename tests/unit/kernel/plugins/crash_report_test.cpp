// SPDX-License-Identifier: MIT
#include "kernel/plugins/crash_report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/catch.hpp"

using atm::kernel::write_urgent_line;

TEST_CASE("a full pipe does not block an urgent line, and a line is cut at 512 bytes", "[crash_report]") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const auto read_all = [&] {
    std::string text(1 << 20, '\0');
    text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
    return text;
  };
  write_urgent_line(ends[1], "first");
  CHECK(read_all() == "first\n");
  write_urgent_line(ends[1], std::string(1000, 'x'));
  CHECK(read_all() == std::string(511, 'x') + "\n");

  // The descriptor blocks: a write to the full pipe would never return.
  const int size = ::fcntl(ends[1], F_GETPIPE_SZ);
  const std::string full(static_cast<std::size_t>(size), 'y');
  REQUIRE(::write(ends[1], full.data(), full.size()) == size);
  write_urgent_line(ends[1], "lost");
  CHECK(read_all() == full);
  ::close(ends[0]);
  ::close(ends[1]);
}
