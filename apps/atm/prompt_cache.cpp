// SPDX-License-Identifier: MIT
#include "prompt_cache.hpp"

#include <algorithm>
#include <atm/domain/token_count.hpp>
#include <chrono>

namespace atm::cli {

std::string PromptCache::tokens_text() const {
  return tokens == 0 ? "" : ", " + TokenCount(static_cast<std::uint64_t>(tokens)).str() + " tokens";
}

std::optional<PromptCache> prompt_cache_of(const Facts& facts) {
  constexpr std::int64_t kMost = std::int64_t{1} << 33;  // a time of a faulty agent must not overflow
  const auto* const expires_at = facts.get<std::int64_t>("agent.prompt_cache.expires_at");
  if (expires_at == nullptr || *expires_at <= 0 || *expires_at > kMost) return std::nullopt;
  const auto* const tokens = facts.get<std::int64_t>("agent.prompt_cache.recache_tokens_if_cold");
  return PromptCache{Timestamp(std::chrono::seconds(*expires_at)),
                     tokens == nullptr ? 0 : std::max<std::int64_t>(*tokens, 0)};
}

}  // namespace atm::cli
