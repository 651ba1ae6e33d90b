// SPDX-License-Identifier: MIT
// The dashboard as lines of text, for screen readers and simple terminals: each change is one line that begins with its
// label, the user types words, and no line is written twice.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "filter.hpp"
#include "rows.hpp"
#include "session_names.hpp"

namespace atm::cli {

/// The state of the conversation. The texts are terminal-safe and end with a line feed.
class PlainView final {
 public:
  explicit PlainView(const SessionMap& sessions) : sessions_(sessions) {}

  /// Lines for the sessions whose state differs from the last line about them; the first call lists all.
  [[nodiscard]] std::string changes(const Scene& scene);

  struct Answer {
    std::string text{};
    std::string jump{};  ///< the id of the session to show
    std::string ack{};   ///< the id of the session to acknowledge
    bool is_end = false;
  };
  /// The answer to a line that the user typed.
  [[nodiscard]] Answer answer(std::string_view line, const Scene& scene);

 private:
  [[nodiscard]] std::string list(const Scene& scene);
  [[nodiscard]] std::string line_of(const protocol::Session& session, const Scene& scene) const;
  [[nodiscard]] const protocol::Session* numbered(std::string_view word) const;

  const SessionMap& sessions_;
  std::map<std::string, std::string, std::less<>> labels_;  // the last label of each session
  std::vector<std::string> numbers_;                        // ids in the last list
  Filter filter_{};
  bool has_begun_ = false;
};

/// Runs until the user types quit, at the end of the input, or after a signal.
[[nodiscard]] ExitCode run_plain(const Global& global, const ReportsOf& reports_of);

}  // namespace atm::cli
