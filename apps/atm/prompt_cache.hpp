// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/facts.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace atm::cli {

/// The prompt cache of a session, as the agent reports it.
struct PromptCache {
  Timestamp expires_at;
  std::int64_t tokens;  ///< what a prompt writes to the cache again after this time; 0: unknown

  /// ", 38K tokens"; empty if the number is unknown.
  [[nodiscard]] std::string tokens_text() const;
};

/// Absent: the agent reports no expiry, or an impossible one.
[[nodiscard]] std::optional<PromptCache> prompt_cache_of(const Facts& facts);

}  // namespace atm::cli
