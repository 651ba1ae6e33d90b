// SPDX-License-Identifier: MIT
// docs/specs/schema, as a validator.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace atm::test {

class WireSchema final {
 public:
  enum class Unknown {
    kAllowed,  ///< as the files say
    kRefused,  ///< a member that no file names is a mistake: for what we write ourselves
  };

  /// Reads the files; throws when one of them cannot be used.
  explicit WireSchema(Unknown unknown);
  ~WireSchema();

  /// What is wrong with a line by `file` (`daemon_message.json`), by the definition of the line's own type; empty
  /// when nothing is.
  [[nodiscard]] std::string fault(const std::string& file, std::string_view line) const;

 private:
  class Files;
  std::unique_ptr<Files> files_;
};

}  // namespace atm::test
