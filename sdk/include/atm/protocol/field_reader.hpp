// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm::protocol {

/// Reads the members of one object and remembers the first that is not what it has to be. Null counts as
/// absent.
class FieldReader final {
 public:
  explicit FieldReader(const json::Value& object, std::string_view path = {})
      : object_(object), path_(path) {}

  [[nodiscard]] bool ok() const noexcept { return fault_.empty(); }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  [[nodiscard]] std::optional<std::string> text(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return std::nullopt;
    if (value->IsString()) return std::string(json::text_of(*value));
    fail(name, "text");
    return std::nullopt;
  }
  /// 1 to `max` bytes that must be there.
  [[nodiscard]] std::string required_text(std::string_view name, std::size_t max) {
    std::string value = text(name).value_or("");
    if (value.empty() || value.size() > max) fail(name, "text of 1 to " + std::to_string(max) + " bytes");
    return value;
  }
  [[nodiscard]] bool flag(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return false;
    if (!value->IsBool()) fail(name, "true or false");
    return value->IsTrue();
  }
  /// A whole number, not below zero. A count that is text is a fault.
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return std::nullopt;
    if (value->IsUint64()) return value->GetUint64();
    const auto whole = json::get_int(object_, name);
    if (whole && *whole >= 0) return static_cast<std::uint64_t>(*whole);
    fail(name, "a whole number, not below 0");
    return std::nullopt;
  }
  [[nodiscard]] std::optional<double> number(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return std::nullopt;
    if (const auto number = json::get_double(object_, name)) return number;
    fail(name, "a number");
    return std::nullopt;
  }
  /// nullptr when absent, and when it is a fault.
  [[nodiscard]] const json::Value* object(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr || value->IsObject()) return value;
    fail(name, "an object");
    return nullptr;
  }

  void fail(std::string_view name, std::string_view wanted) {
    if (!fault_.empty()) return;
    const json::Value* found = json::find(object_, name);
    fault_.append("field ").append(path_).append(name).append(" is ").append(kind(found));
    fault_.append(", wanted ").append(wanted);
  }

 private:
  [[nodiscard]] static std::string_view kind(const json::Value* value) noexcept {
    if (value == nullptr) return "missing";
    switch (value->GetType()) {
      case rapidjson::kFalseType:
      case rapidjson::kTrueType:
        return "a boolean";
      case rapidjson::kObjectType:
        return "an object";
      case rapidjson::kArrayType:
        return "an array";
      case rapidjson::kNumberType:
        return "a number";
      case rapidjson::kStringType:
        return value->GetStringLength() == 0 ? "empty" : "other text";
      case rapidjson::kNullType:
        break;
    }
    return "null";
  }

  const json::Value& object_;
  std::string_view path_;
  std::string fault_;
};

}  // namespace atm::protocol
