// SPDX-License-Identifier: MIT
// The filter of the dashboard: words that all must match a session.
//
//   word          a part of the name, id, agent, directory, status, tool, reason or host; case is ignored
//   needs         the session needs the user
//   state:WORD agent:WORD project:WORD host:WORD   a part of this field only
//   cost>5 ctx>80 age<1h                           dollars, percent, time since the begin (s, m, h, d)
//   /REGEX/       an extended regular expression over the same text as a word
//   !TERM         the term does not match
#pragma once

#include <atm/domain/error.hpp>
#include <atm/protocol/session.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

class Filter final {
 public:
  /// An empty filter matches every session.
  Filter() = default;
  /// kInvalidField: a term is malformed; the message names it.
  [[nodiscard]] static Result<Filter> parse(std::string_view text);

  [[nodiscard]] bool matches(const protocol::Session& session, Timestamp now) const;
  [[nodiscard]] bool is_empty() const noexcept { return terms_.empty(); }
  /// Returns true if a session may match later without a change of it.
  [[nodiscard]] bool depends_on_time() const noexcept { return depends_on_time_; }

  friend bool operator==(const Filter& a, const Filter& b) { return a.text_ == b.text_; }

 private:
  using Term = std::function<bool(const protocol::Session&, Timestamp)>;
  [[nodiscard]] static Result<Term> term_of(std::string_view word);

  std::string text_;
  std::vector<Term> terms_;
  bool depends_on_time_ = false;
};

}  // namespace atm::cli
