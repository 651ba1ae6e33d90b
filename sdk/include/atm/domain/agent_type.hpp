// SPDX-License-Identifier: MIT
// What role an agent plays. Who makes it (`claude_code`, `codex`) is another field, `agent`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm {

/// A known role, or any other text, kept verbatim.
class AgentType final {
 public:
  enum class Kind : std::uint8_t { kGeneralPurpose, kExplore, kPlan, kCodeReviewer, kFileSearch, kCustom };

  AgentType() = default;
  /// A known role, written by its name. kCustom needs a text: parse() it.
  explicit AgentType(Kind kind) : kind_(kind == Kind::kCustom ? Kind::kGeneralPurpose : kind) {}

  /// Reads any case, hyphens or underscores, and the short forms `explorer`, `planner`, `codereview`,
  /// `filesearch`. Any other text is custom; the empty one is the default.
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
  [[nodiscard]] bool is_custom() const noexcept { return kind_ == Kind::kCustom; }

  /// As written: `code_reviewer`, or the custom text. parse(str()) gives an equal value.
  [[nodiscard]] std::string str() const { return is_custom() ? text_ : std::string(names().written); }
  /// For a narrow column: `main`, `explore`, `plan`, `review`, `search`, or the custom text.
  [[nodiscard]] std::string short_name() const { return is_custom() ? text_ : std::string(names().brief); }
  /// `General Purpose`, `Explorer`, `Planner`, `Code Reviewer`, `File Search`, `Custom`.
  [[nodiscard]] std::string_view label() const noexcept { return is_custom() ? "Custom" : names().label; }

  friend bool operator==(const AgentType&, const AgentType&) = default;

 private:
  struct Names {
    std::string_view written;
    std::string_view brief;
    std::string_view label;
  };
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

  /// `name` is lower case with underscores.
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

  std::string text_;  // empty unless custom
  Kind kind_ = Kind::kGeneralPurpose;
};

}  // namespace atm
