// SPDX-License-Identifier: MIT
// The table [title] of a manifest (docs/agents/manifest.md): what the title of a terminal shows about the agent in it.
#pragma once

#include <atm/json.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;

namespace atm {

/// A regular expression of PCRE2 with UTF-8 text and a bounded cost. Immutable; any thread may match.
class Regex final {
 public:
  /// Returns nothing if `pattern` is invalid; `error` then holds the reason.
  [[nodiscard]] static std::optional<Regex> compile(std::string_view pattern, std::string& error);

  /// Whether it matches within the limits of time and memory; `group` receives the text of the group `id`. [any]
  [[nodiscard]] bool matches(std::string_view text, std::string* group = nullptr) const;
  [[nodiscard]] bool has_group() const;

 private:
  explicit Regex(std::shared_ptr<pcre2_real_code_8> code) : code_(std::move(code)) {}
  std::shared_ptr<pcre2_real_code_8> code_;
};

class TitleRules final {
 public:
  static constexpr std::size_t kMaxTitleBytes = 512;
  static constexpr std::size_t kMinSessionBytes = 8;

  struct Rule {
    Regex match;
    std::string state;
    std::string reason;
    bool is_after_work = false;
  };

  /// A fault of the table: the key of the expression, and why it is invalid.
  struct Fault {
    std::vector<std::string> path;
    std::string why;
  };

  /// `title` matches its schema. Returns nothing if an expression is invalid.
  [[nodiscard]] static std::optional<TitleRules> compile(const json::Value& title, Fault& fault);

  /// The rule that a title matches; nullptr: the title shows nothing. [any]
  [[nodiscard]] const Rule* find(std::string_view title) const;
  /// The first part of the session id in a title, or nothing. [any]
  [[nodiscard]] std::string session_in(std::string_view title) const;

 private:
  std::vector<Rule> rules_;
  std::optional<Regex> session_;
};

}  // namespace atm
