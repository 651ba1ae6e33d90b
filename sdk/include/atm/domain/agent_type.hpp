// SPDX-License-Identifier: MIT
// The role of an agent. The program (`claude_code`, `codex`) is another field: `SessionDomain::agent`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm {

/// A known role of an agent, or any other text.
///
/// Agents and users write the same role in several spellings, and a vendor may add a role. parse() therefore maps known
/// spellings to an enumerator and keeps every other text verbatim, so that no input is lost. A value type: not
/// synchronised.
class AgentType final {
 public:
  /// The known roles. kCustom stands for any other text.
  enum class Kind : std::uint8_t { kGeneralPurpose, kExplore, kPlan, kCodeReviewer, kFileSearch, kCustom };

  /// The default role: general purpose.
  AgentType() = default;
  /// A known role. kCustom has no text here and gives the default; use parse() for a custom role.
  explicit AgentType(Kind kind) : kind_(kind == Kind::kCustom ? Kind::kGeneralPurpose : kind) {}

  /// Parses a role. Case is ignored, hyphens equal underscores, and `explorer`, `planner`, `codereview` and
  /// `filesearch` are accepted short forms. Any other text is a custom role; the empty text is the default role. Never
  /// fails.
  [[nodiscard]] static AgentType parse(std::string_view text) {
    for (const Spelling& spelling : kSpellings) {
      if (equal_folded(text, spelling.name)) return AgentType(spelling.kind);
    }
    AgentType type;
    if (text.empty()) return type;
    type.kind_ = Kind::kCustom;
    type.text_ = text;
    return type;
  }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Whether the role is not one of the known ones; str() then returns the original text.
  [[nodiscard]] bool is_custom() const noexcept { return kind_ == Kind::kCustom; }

  /// The wire form: `code_reviewer`, or the custom text. parse(str()) gives an equal value.
  [[nodiscard]] std::string str() const { return is_custom() ? text_ : std::string(names().written); }
  /// A form for narrow columns: `main`, `explore`, `plan`, `review`, `search`, or the custom text.
  [[nodiscard]] std::string short_name() const { return is_custom() ? text_ : std::string(names().brief); }
  /// A form for display: `General Purpose`, `Explorer`, `Planner`, `Code Reviewer`, `File Search`, `Custom`.
  [[nodiscard]] std::string_view label() const noexcept { return is_custom() ? "Custom" : names().label; }

  friend bool operator==(const AgentType&, const AgentType&) = default;

 private:
  /// The three forms of one known role, in the order of Kind.
  struct Names {
    std::string_view written;
    std::string_view brief;
    std::string_view label;
  };
  /// An accepted spelling: lower case, with underscores.
  struct Spelling {
    std::string_view name;
    Kind kind;
  };
  static constexpr std::array<Names, 5> kNames{{{"general_purpose", "main", "General Purpose"},
                                                {"explore", "explore", "Explorer"},
                                                {"plan", "plan", "Planner"},
                                                {"code_reviewer", "review", "Code Reviewer"},
                                                {"file_search", "search", "File Search"}}};
  static constexpr std::array<Spelling, 11> kSpellings{{{"general_purpose", Kind::kGeneralPurpose},
                                                        {"generalpurpose", Kind::kGeneralPurpose},
                                                        {"explore", Kind::kExplore},
                                                        {"explorer", Kind::kExplore},
                                                        {"plan", Kind::kPlan},
                                                        {"planner", Kind::kPlan},
                                                        {"code_reviewer", Kind::kCodeReviewer},
                                                        {"codereviewer", Kind::kCodeReviewer},
                                                        {"codereview", Kind::kCodeReviewer},
                                                        {"file_search", Kind::kFileSearch},
                                                        {"filesearch", Kind::kFileSearch}}};

  [[nodiscard]] const Names& names() const noexcept { return kNames[static_cast<std::size_t>(kind_)]; }

  /// ASCII comparison without case, with `-` equal to `_`. `name` must be lower case with underscores.
  [[nodiscard]] static constexpr bool equal_folded(std::string_view text, std::string_view name) noexcept {
    if (text.size() != name.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (c == '-') c = '_';
      if (c != name[i]) return false;
    }
    return true;
  }

  // The custom text; empty for a known role.
  std::string text_;
  Kind kind_ = Kind::kGeneralPurpose;
};

}  // namespace atm
