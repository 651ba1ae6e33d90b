// SPDX-License-Identifier: MIT
// Writes spool entries like hooks and ingests them like daemons.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace unix_socket::test {

inline constexpr std::int64_t kNow = 1'000'000;
inline constexpr std::int64_t kMaxAge = 1000;
inline constexpr std::size_t kLineBytes = 4096;

[[nodiscard]] inline std::string record(std::int64_t time_ns, const std::string& name,
                                        const std::string& channel = "c/h") {
  return R"({"type":"ingest","channel":")" + channel + R"(","payload":{"n":")" + name +
         R"("},"context":{"time_ns":)" + std::to_string(time_ns) + "}}";
}
[[nodiscard]] inline std::string line(std::int64_t time_ns, const std::string& name,
                                      const std::string& channel = "c/h") {
  return "\n" + record(time_ns, name, channel) + "\n";
}

/// A spool, and a host that stores the records it receives.
class Bench final {
 public:
  Bench() { dir.directory("spool", 0700); }

  void write(const std::string& text, const std::string& name = "records", mode_t mode = 0600) const {
    const int fd =
        ::open((directory() + "/" + name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  void look() { spool.look(Spool::Look::kForAll, kNow); }
  Spool::Progress take_in(std::int64_t until = Spool::kEver, std::size_t most = 1000) {
    return spool.take_in(until, now, most);
  }
  std::string all() {
    look();
    CHECK(spool.take_in_paused(now, 1000) == Spool::Progress::kDone);
    CHECK(take_in() == Spool::Progress::kDone);
    return taken;
  }
  [[nodiscard]] std::string directory() const { return (dir.path() / "spool").string(); }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::filesystem::exists(dir.path() / "spool" / name);
  }
  [[nodiscard]] std::vector<std::filesystem::path> refused() const {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(dir.path() / "spool/refused", error))
      files.push_back(file.path());
    return files;
  }
  [[nodiscard]] static std::string name_in(std::string_view payload) {
    return std::string(payload.substr(6, payload.size() - 8));
  }

  atm::test::TempDir dir;
  std::int64_t now = kNow;
  atm::Status status = atm::Status::kOk;
  std::string paused;  // a channel
  std::size_t tries = 0;
  std::string taken;  // the names of the records
  Spool spool{{directory(), kLineBytes, kMaxAge}, [this](const SpoolRecord& one) {
                ++tries;
                if (one.channel() == paused) return atm::Status::kPaused;
                if (status == atm::Status::kOk) taken += name_in(one.payload());
                return status;
              }};
};

}  // namespace unix_socket::test
