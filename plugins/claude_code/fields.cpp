// SPDX-License-Identifier: MIT
#include "fields.hpp"

#include <atm/domain/money.hpp>
#include <cmath>

namespace claude_code {

namespace {

using atm::json::Value;

std::optional<std::int64_t> nanos_of_millis(const Value& value) noexcept {
  const std::optional<std::int64_t> millis = atm::json::to_count(value);
  std::int64_t nanos = 0;
  if (!millis || __builtin_mul_overflow(*millis, std::int64_t{1'000'000}, &nanos)) return std::nullopt;
  return nanos;
}

std::optional<double> number_of(const Value& value) noexcept {
  if (!value.IsNumber()) return std::nullopt;
  const double d = value.GetDouble();
  return std::isfinite(d) && d >= 0 ? std::optional(d) : std::nullopt;
}

template <class T>
bool add(std::string_view key, const std::optional<T>& value, Attributes& out) noexcept {
  out.add(key, value);
  return value.has_value();
}

/// False when the value is malformed.
bool take(const Field& field, const Value& value, Attributes& out) noexcept {
  switch (field.take) {
    case Take::kText:
      if (value.IsString() && value.GetStringLength() > 0) out.add(field.key, atm::json::text_of(value));
      return value.IsString();
    case Take::kBool:
      if (value.IsBool()) out.add(field.key, value.GetBool());
      return value.IsBool();
    case Take::kCount:
      return add(field.key, atm::json::to_count(value), out);
    case Take::kNumber:
      return add(field.key, number_of(value), out);
    case Take::kMillis:
      return add(field.key, nanos_of_millis(value), out);
    case Take::kMicros: {
      const std::optional<double> usd = number_of(value);
      if (usd) out.add(field.key, atm::Money::from_usd(*usd).microdollars());
      return usd.has_value();
    }
    case Take::kLength:
      if (value.IsArray()) out.add(field.key, static_cast<std::int64_t>(value.Size()));
      return value.IsArray();
    case Take::kObject:
      if (value.IsObject()) collect(value, field.inner, out);
      return value.IsObject();
  }
  return false;
}

}  // namespace

void collect(const Value& object, Fields fields, Attributes& out) noexcept {
  std::uint64_t seen = 0;
  // Claude Code writes its fields in the order of the table: the search starts after the last match.
  std::size_t next = 0;
  for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member) {
    const std::string_view name = atm::json::text_of(member->name);
    for (std::size_t tried = 0, at = next; tried < fields.count; ++tried, ++at) {
      if (at == fields.count) at = 0;
      if (fields.first[at].name != name) continue;
      next = at + 1 == fields.count ? 0 : at + 1;
      const std::uint64_t bit = std::uint64_t{1} << at;
      if ((seen & bit) == 0 && !member->value.IsNull() && !take(fields.first[at], member->value, out))
        out.count_malformed();
      seen |= bit;
      break;
    }
  }
}

std::string_view text_member(const Value& object, std::string_view name, Attributes& out) noexcept {
  const Value* value = atm::json::find(object, name);
  if (value == nullptr) return {};
  if (value->IsString()) return atm::json::text_of(*value);
  out.count_malformed();
  return {};
}

std::optional<std::int64_t> count_member(const Value& object, std::string_view name,
                                         Attributes& out) noexcept {
  const Value* value = atm::json::find(object, name);
  if (value == nullptr) return std::nullopt;
  const std::optional<std::int64_t> count = atm::json::to_count(*value);
  if (!count) out.count_malformed();
  return count;
}

std::optional<std::int64_t> millis_member(const Value& object, std::string_view name,
                                          Attributes& out) noexcept {
  const Value* value = atm::json::find(object, name);
  if (value == nullptr) return std::nullopt;
  const std::optional<std::int64_t> nanos = nanos_of_millis(*value);
  if (!nanos) out.count_malformed();
  return nanos;
}

}  // namespace claude_code
