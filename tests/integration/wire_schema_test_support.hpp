// SPDX-License-Identifier: MIT
// A validator for docs/specs/schema.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace atm::test {

class WireSchema final {
 public:
  enum class Unknown {
    kAllowed,  ///< as in the files
    kRefused,  ///< an unknown member is a mistake: for the output of ATM
  };

  /// Reads the files; throws if one of them is unusable.
  explicit WireSchema(Unknown unknown);
  ~WireSchema();

  /// Validates a line by `file` (`daemon_message.json`) and the definition of the line's type; empty if it is valid.
  [[nodiscard]] std::string fault(const std::string& file, std::string_view line) const;

 private:
  class Files;
  std::unique_ptr<Files> files_;
};

}  // namespace atm::test
