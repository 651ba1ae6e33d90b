// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "counters.hpp"

namespace http_ingest {

/// The parts of a request's header that decide whether its body is read. Absent: none, or more than one.
struct Head {
  std::string_view method;
  std::string_view target;
  std::optional<std::string_view> host;
  std::optional<std::string_view> authorization;
  std::optional<std::uint64_t> content_length;
  bool has_origin = false;
};

/// The reason of a refusal, and its counter.
struct Refusal {
  unsigned status;
  std::string_view why;
  Counter counter;
};

/// Decides which requests are accepted. [any]
class RequestAuthorizer final {
 public:
  RequestAuthorizer(std::string token, std::size_t body_bytes)
      : token_(std::move(token)), body_bytes_(body_bytes) {}

  /// Refuses web pages before it checks the token, and gives no further information without the token.
  [[nodiscard]] std::optional<Refusal> check(const Head& head) const noexcept;

  /// `claude_code/hook` of `/v1/ingest/claude_code/hook`; empty for another path.
  [[nodiscard]] static std::string_view channel_of(std::string_view target) noexcept;

 private:
  [[nodiscard]] bool knows_token(std::string_view authorization) const noexcept;

  const std::string token_;
  const std::size_t body_bytes_;
};

}  // namespace http_ingest
