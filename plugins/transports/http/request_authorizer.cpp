// SPDX-License-Identifier: MIT
#include "request_authorizer.hpp"

#include <algorithm>

namespace http_ingest {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Excludes names that a web page resolves to this machine.
bool is_this_machine(std::string_view host) noexcept {
  // The port's colon follows the bracket of an IPv6 address.
  const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  if (colon != host.npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) return false;
    host = host.substr(0, colon);
  }
  return host == "127.0.0.1" || host == "[::1]" || equals_ignoring_case(host, "localhost");
}

}  // namespace

std::optional<Refusal> RequestAuthorizer::check(const Head& head) const noexcept {
  if (head.has_origin) return Refusal{403, "requests of web pages are forbidden", Counter::kForbidden};
  if (!head.host || !is_this_machine(*head.host))
    return Refusal{403, "the Host header is not this machine; post to 127.0.0.1", Counter::kForbidden};
  if (!head.authorization || !knows_token(*head.authorization)) {
    return Refusal{401, "the token is missing or wrong; run atm setup again", Counter::kUnauthorized};
  }
  if (channel_of(head.target).empty())
    return Refusal{404, "unknown path, expected /v1/ingest/CHANNEL", Counter::kRequestsUnknown};
  if (head.method != "POST")
    return Refusal{405, "unexpected method, expected POST", Counter::kRequestsUnknown};
  if (head.content_length && *head.content_length > body_bytes_)
    return Refusal{413, "the body is longer than body_bytes", Counter::kRequestsTooLarge};
  return std::nullopt;
}

std::string_view RequestAuthorizer::channel_of(std::string_view target) noexcept {
  constexpr std::string_view kPath = "/v1/ingest/";
  constexpr std::size_t kMost = 128;
  if (!target.starts_with(kPath) || target.size() > kPath.size() + kMost) return {};
  const std::string_view channel = target.substr(kPath.size());
  const bool is_name = channel.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_/") == channel.npos;
  return is_name ? channel : std::string_view();
}

bool RequestAuthorizer::knows_token(std::string_view authorization) const noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return false;
  const std::string_view given = authorization.substr(kScheme.size());
  if (given.size() != token_.size()) return false;
  // Compares all bytes, so that the duration reveals nothing about the token.
  unsigned difference = 0;
  for (std::size_t i = 0; i < token_.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(token_[i]);
  return difference == 0;
}

}  // namespace http_ingest
