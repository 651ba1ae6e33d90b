// SPDX-License-Identifier: MIT
// Conversations with the daemon, written down (tests/integration/wire/README.md).
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
  std::string client;  ///< what stands before the sign; empty: the one without a name
  Kind kind;
  std::string text;
  int line;
};

/// Throws with file and line when it is none.
[[nodiscard]] std::vector<Step> read_conversation(const std::filesystem::path& file);

/// Where a message differs from a pattern, as a path with what was found; empty when it fits. Members a pattern
/// names must be there and fit, others are passed over; arrays must be of one length. "<any>", "<text>",
/// "<number>", "<time>" fit what they say, "<absent>" what is not there.
[[nodiscard]] std::string difference(std::string_view pattern, std::string_view message);

}  // namespace atm::test
