// SPDX-License-Identifier: MIT
// JSON of settings files as a tree of positions in its text. Accepts comments, trailing commas, a byte order mark, any
// white space and duplicate keys.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::jsonc {

/// Maximum nesting of arrays and objects.
inline constexpr std::size_t kMostLevels = 500;

/// A value and the positions of its parts, as offsets into the text.
struct JsonNode {
  enum class Kind : std::uint8_t { kObject, kArray, kString, kNumber, kLiteral };
  using Id = std::uint32_t;
  static constexpr Id kNone = ~Id{0};
  static constexpr std::size_t kNoPlace = std::string_view::npos;

  Kind kind = Kind::kLiteral;
  std::size_t begin = 0;           ///< of the value
  std::size_t end = 0;             ///< behind it
  std::size_t key = kNoPlace;      ///< of the key's opening quote, in an object
  std::size_t key_end = kNoPlace;  ///< behind its closing quote
  std::size_t comma = kNoPlace;    ///< of the comma behind the value
  Id parent = kNone;
  Id first_child = kNone;
  Id last_child = kNone;
  Id next = kNone;  ///< the next entry of the same parent

  /// Start of the entry: its key, or the value.
  [[nodiscard]] std::size_t start() const noexcept { return key == kNoPlace ? begin : key; }
  [[nodiscard]] bool is_container() const noexcept { return kind == Kind::kObject || kind == Kind::kArray; }
};

/// `text` must outlive the tree. Node 0 is the root; a text of only white space and comments has no nodes.
class JsonTree final {
 public:
  using Id = JsonNode::Id;

  /// kParseError: "LINE:COLUMN: found, expected".
  [[nodiscard]] static Result<JsonTree> scan(std::string_view text);

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }
  [[nodiscard]] const JsonNode& at(Id id) const noexcept { return nodes_[id]; }
  [[nodiscard]] std::vector<Id> children(Id id) const;

  /// The last member of that name; absent if `object` is no object.
  [[nodiscard]] std::optional<Id> member(Id object, std::string_view name) const;
  [[nodiscard]] std::string key(Id id) const;
  /// A string's value; absent if it is no string.
  [[nodiscard]] std::optional<std::string> string(Id id) const;
  [[nodiscard]] std::string_view raw(Id id) const noexcept;
  [[nodiscard]] bool is(Id id, JsonNode::Kind kind) const noexcept { return nodes_[id].kind == kind; }

 private:
  friend class JsonScanner;
  std::string_view text_;
  std::vector<JsonNode> nodes_;
};

/// "LINE:COLUMN" of an offset, both from 1; columns count bytes.
[[nodiscard]] std::string place_in(std::string_view text, std::size_t at);

/// The position after the white space and comments at `at`; an unterminated comment ends with the text.
[[nodiscard]] std::size_t skip_trivia(std::string_view text, std::size_t at) noexcept;

}  // namespace atm::cli::jsonc
