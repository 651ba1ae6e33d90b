// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm::protocol {

/// Reads the members of one JSON object and remembers the first that has a wrong form.
///
/// A message has many optional members. With a sticky fault, the caller reads all of them and checks once, as with a
/// stream. Null counts as absent; unknown members are ignored. The object must outlive the reader; not synchronised.
class FieldReader final {
 public:
  /// `path` precedes member names in messages: `context.`. It must outlive the reader.
  explicit FieldReader(const json::Value& object, std::string_view path = {})
      : object_(object), path_(path) {}

  /// Whether no fault was found so far.
  [[nodiscard]] bool ok() const noexcept { return fault_.empty(); }
  /// `field NAME is FOUND, expected EXPECTED`; empty: none.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// An optional text of any length. Another type is a fault, and the result is absent.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return std::nullopt;
    if (value->IsString()) return std::string(json::text_of(*value));
    fail(name, "text");
    return std::nullopt;
  }
  /// A text of 1 to `max` bytes that must be present; its absence is a fault.
  [[nodiscard]] std::string required_text(std::string_view name, std::size_t max) {
    std::string value = text(name).value_or("");
    // An empty text counts as missing: no identifier is empty.
    if (value.empty() || value.size() > max) fail(name, "text of 1 to " + std::to_string(max) + " bytes");
    return value;
  }
  /// An optional boolean; absent: false.
  [[nodiscard]] bool flag(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return false;
    // 0, 1 and "true" are faults, too.
    if (!value->IsBool()) fail(name, "true or false");
    return value->IsTrue();
  }
  /// An optional whole number, 0 to 2^64 - 1. A number written as text is a fault.
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return std::nullopt;
    // The full range; get_int() ends at 2^63 - 1.
    if (value->IsUint64()) return value->GetUint64();
    // 3.0 is a whole number; 3.5 is not.
    const auto whole = json::get_int(object_, name);
    if (whole && *whole >= 0) return static_cast<std::uint64_t>(*whole);
    fail(name, "a whole number, not below 0");
    return std::nullopt;
  }
  /// An optional finite number.
  [[nodiscard]] std::optional<double> number(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr) return std::nullopt;
    if (const auto number = json::get_double(object_, name)) return number;
    fail(name, "a number");
    return std::nullopt;
  }
  /// An optional object; nullptr if absent or a fault. Valid as long as the document.
  [[nodiscard]] const json::Value* object(std::string_view name) {
    const json::Value* value = json::find(object_, name);
    if (value == nullptr || value->IsObject()) return value;
    fail(name, "an object");
    return nullptr;
  }

  /// Records a fault unless there is one already. `wanted` completes `expected ...`.
  void fail(std::string_view name, std::string_view wanted) {
    // The first fault is the useful one; later ones often follow from it.
    if (!fault_.empty()) return;
    const json::Value* found = json::find(object_, name);
    fault_.append("field ").append(path_).append(name).append(" is ").append(kind(found));
    fault_.append(", expected ").append(wanted);
  }

 private:
  /// The found type in words.
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
      // The content of a text is not shown: it may be private.
      case rapidjson::kStringType:
        return value->GetStringLength() == 0 ? "empty" : "other text";
      case rapidjson::kNullType:
        break;
    }
    return "null";
  }

  /// Both are borrowed.
  const json::Value& object_;
  std::string_view path_;
  /// The first fault.
  std::string fault_;
};

}  // namespace atm::protocol
