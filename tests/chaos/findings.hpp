// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "chaos/daemon.hpp"

namespace atm::test {

/// The injected events and the faults found so far. Prints each fault, and in verbose mode each event.
class Findings final {
 public:
  /// In verbose mode, a fault shows the end of the file `log`.
  Findings(bool is_verbose, std::filesystem::path log) : is_verbose_(is_verbose), log_(std::move(log)) {}

  void note(const std::string& event);
  void fault(const std::string& text);
  /// The end of the daemons' log.
  [[nodiscard]] std::string log_end(std::size_t bytes) const;

  /// Since this object exists.
  [[nodiscard]] double seconds() const;
  [[nodiscard]] const std::map<std::string, std::uint32_t>& events() const noexcept { return events_; }
  [[nodiscard]] std::size_t faults() const noexcept { return faults_; }

 private:
  const Clock::time_point begin_ = Clock::now();
  const bool is_verbose_;
  const std::filesystem::path log_;
  std::string current_ = "the first start";
  std::map<std::string, std::uint32_t> events_;
  std::size_t faults_ = 0;
};

}  // namespace atm::test
