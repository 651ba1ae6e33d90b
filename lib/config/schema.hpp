// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm {

/// One place where a value violates its schema.
struct Mismatch {
  std::vector<std::string> path;  ///< keys and indices from the root
  std::string found;              ///< "\"many\" (text)", "an unknown key", "missing"
  std::string wanted;             ///< "an integer"
  std::string remedy;             ///< "did you mean sessions?"; may be empty

  /// The path with dots: "limits.sessions", "plugin_dirs[0]".
  [[nodiscard]] std::string key() const;
};

/// A JSON Schema (draft 4). RapidJSON stops at the first mismatch. This class finds all of them: it removes each
/// offending value from a copy and validates again.
class Schema final {
 public:
  /// Returns nothing if `text` is not a JSON object; `error` then holds the reason.
  [[nodiscard]] static std::optional<Schema> parse(std::string_view text, std::string& error);

  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  /// All mismatches of a JSON document in document order, at most 64. Text that is not JSON is one mismatch.
  [[nodiscard]] std::vector<Mismatch> validate(std::string_view json) const;

 private:
  struct Impl;
  explicit Schema(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace atm
