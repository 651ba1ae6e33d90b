// SPDX-License-Identifier: MIT
#pragma once

#include <atm/protocol/json_text.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm::protocol {

/// The `id` a request may carry, text or number, which its reply carries back. Kept as the JSON it will be
/// echoed as.
class RequestId final {
 public:
  static constexpr std::size_t kMaxBytes = 256;

  RequestId() = default;
  [[nodiscard]] static RequestId text(std::string_view value) {
    RequestId id;
    append_quoted(id.json_, value);
    return id;
  }
  [[nodiscard]] static RequestId number(std::int64_t value) { return raw(std::to_string(value)); }
  /// `json` is one JSON string or number.
  [[nodiscard]] static RequestId raw(std::string json) {
    RequestId id;
    id.json_ = std::move(json);
    return id;
  }

  [[nodiscard]] bool absent() const noexcept { return json_.empty(); }
  [[nodiscard]] const std::string& json() const noexcept { return json_; }

  friend bool operator==(const RequestId&, const RequestId&) = default;

 private:
  std::string json_;
};

}  // namespace atm::protocol
