// SPDX-License-Identifier: MIT
// Reads the responses in rollouts of Codex (COST-X1 to COST-X10).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/usage_reader.hpp"

namespace atm::ledger {

class CodexReader final : public UsageReader {
 public:
  /// `directories` hold the rollouts; that of a parent is looked up there.
  explicit CodexReader(std::vector<std::string> directories);
  ~CodexReader() override;

  void open(std::string_view below, std::string_view state) override;
  [[nodiscard]] LineResult read(std::string_view line, bool is_last, Record& record) override;
  [[nodiscard]] std::string state() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace atm::ledger
