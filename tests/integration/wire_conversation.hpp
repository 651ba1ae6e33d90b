// SPDX-License-Identifier: MIT
// Recorded conversations with the daemon (tests/integration/wire/README.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace atm::test {

struct Step {
  enum class Kind {
    kSend,    ///< `> LINE`
    kExpect,  ///< `< PATTERN`
    kHangUp,  ///< `>.`
    kClosed,  ///< `<.`
  };
  std::string client;  ///< the text before the sign; empty: the client without a name
  Kind kind;
  std::string text;
  int line;
};

/// Throws with file and line if the file is invalid.
[[nodiscard]] std::vector<Step> read_conversation(const std::filesystem::path& file);

/// The difference of a message from a pattern, as a path with the found value; empty if it matches. Members of the
/// pattern must exist and match, others are ignored; arrays must have equal length. "<any>", "<text>", "<number>",
/// "<time>" match such values, "<absent>" a missing member.
[[nodiscard]] std::string difference(std::string_view pattern, std::string_view message);

}  // namespace atm::test
