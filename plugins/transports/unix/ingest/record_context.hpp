// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <atm/json.hpp>
#include <atm/plugin/values.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unix_socket {

/// The `context` of an `ingest` message as attributes of a record. One at a time; reuses its memory. [transport]
class RecordContext final {
 public:
  /// False if it is not an object or a member has the wrong type; fault() then names the member. Ignores unknown
  /// members. `json` must outlive the attributes.
  [[nodiscard]] bool read(std::string_view json);
  void clear() noexcept;
  /// Adds the process of the sender, if the context names none.
  void add_process(std::int64_t pid, std::int64_t start_ticks);

  [[nodiscard]] atm::Attrs attrs() const noexcept { return {attrs_.data(), attrs_.size()}; }
  /// The sender's time, Unix nanoseconds.
  [[nodiscard]] std::optional<std::int64_t> time_ns() const noexcept { return time_ns_; }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  [[nodiscard]] bool read_member(std::string_view name, const atm::json::Value& value);
  [[nodiscard]] bool read_group(std::string_view prefix, const atm::json::Value& value, bool is_text);
  [[nodiscard]] bool add_text(std::string_view key, const atm::json::Value& value);
  [[nodiscard]] bool add_count(std::string_view key, const atm::json::Value& value);
  [[nodiscard]] bool add_compact(std::string_view key, const atm::json::Value& value);
  void add(const atm_attr& attr);
  [[nodiscard]] std::string& scratch();

  atm::json::Reader reader_;
  atm::json::Buffer buffer_;
  atm::json::Writer writer_{buffer_};
  std::vector<atm_attr> attrs_;
  std::deque<std::string> texts_;  // keys and values made here; a deque keeps their addresses stable
  std::size_t texts_used_ = 0;
  std::optional<std::int64_t> time_ns_;
  std::string fault_;
};

}  // namespace unix_socket
