// SPDX-License-Identifier: MIT
#pragma once

#include <atm/protocol/json_text.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm::protocol {

/// The `id` of a request, a text or a number, which its reply repeats.
///
/// A client chooses its form freely and compares it literally, so it is kept as the JSON that was received: 1 and 1.0
/// stay different. A value type: not synchronised.
class RequestId final {
 public:
  /// Longest text accepted from a client.
  static constexpr std::size_t kMaxBytes = 256;

  /// No id.
  RequestId() = default;
  /// The id "value"; `value` is UTF-8.
  [[nodiscard]] static RequestId text(std::string_view value) {
    RequestId id;
    append_quoted(id.json_, value);
    return id;
  }
  [[nodiscard]] static RequestId number(std::int64_t value) { return raw(std::to_string(value)); }
  /// `json` must be one JSON string or number.
  [[nodiscard]] static RequestId raw(std::string json) {
    RequestId id;
    id.json_ = std::move(json);
    return id;
  }

  [[nodiscard]] bool absent() const noexcept { return json_.empty(); }
  /// The id as JSON; empty: absent.
  [[nodiscard]] const std::string& json() const noexcept { return json_; }

  friend bool operator==(const RequestId&, const RequestId&) = default;

 private:
  std::string json_;
};

}  // namespace atm::protocol
