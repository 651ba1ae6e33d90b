// SPDX-License-Identifier: MIT
#include "lib/agents/title_rules.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

namespace atm {
namespace {

// A title has at most 512 bytes, so that an expression that needs more steps is a fault of the expression.
constexpr std::uint32_t kMaxSteps = 10'000;
constexpr std::uint32_t kMaxHeapKib = 1024;
constexpr std::uint32_t kMaxParentheses = 32;
constexpr const char* kGroup = "id";

PCRE2_SPTR units(const char* text) noexcept {
  return reinterpret_cast<PCRE2_SPTR>(text);
}

pcre2_match_context* limits() {
  static pcre2_match_context* const context = [] {
    pcre2_match_context* made = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(made, kMaxSteps);
    pcre2_set_depth_limit(made, kMaxSteps);
    pcre2_set_heap_limit(made, kMaxHeapKib);
    return made;
  }();
  return context;
}

pcre2_compile_context* compile_limits() {
  static pcre2_compile_context* const context = [] {
    pcre2_compile_context* made = pcre2_compile_context_create(nullptr);
    pcre2_set_parens_nest_limit(made, kMaxParentheses);
    return made;
  }();
  return context;
}

}  // namespace

std::optional<Regex> Regex::compile(std::string_view pattern, std::string& error) {
  int code = 0;
  PCRE2_SIZE at = 0;
  constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
  std::shared_ptr<pcre2_real_code_8> compiled(
      pcre2_compile(units(pattern.data()), pattern.size(), kOptions, &code, &at, compile_limits()),
      &pcre2_code_free);
  if (compiled) return Regex(std::move(compiled));
  std::array<PCRE2_UCHAR, 256> text{};
  static_cast<void>(pcre2_get_error_message(code, text.data(), text.size()));
  error = std::string(reinterpret_cast<const char*>(text.data())) + " at byte " + std::to_string(at);
  return std::nullopt;
}

bool Regex::matches(std::string_view text, std::string* group) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code_.get(), nullptr), &pcre2_match_data_free);
  if (!data || pcre2_match(code_.get(), units(text.data()), text.size(), 0, 0, data.get(), limits()) < 0)
    return false;
  if (group != nullptr) {
    const int number = pcre2_substring_number_from_name(code_.get(), units(kGroup));
    const PCRE2_SIZE* const places = pcre2_get_ovector_pointer(data.get());
    group->clear();
    if (number > 0 && static_cast<std::uint32_t>(number) < pcre2_get_ovector_count(data.get())) {
      const PCRE2_SIZE begin = places[2 * number];
      const PCRE2_SIZE end = places[2 * number + 1];
      // \K in a lookahead may set the begin behind the end.
      if (begin != PCRE2_UNSET && begin <= end && end <= text.size())
        *group = text.substr(begin, end - begin);
    }
  }
  return true;
}

bool Regex::has_group() const {
  return pcre2_substring_number_from_name(code_.get(), units(kGroup)) > 0;
}

std::optional<TitleRules> TitleRules::compile(const json::Value& title, Fault& fault) {
  TitleRules made;
  const json::Value* rules = json::find(title, "rules");
  for (rapidjson::SizeType i = 0; rules != nullptr && rules->IsArray() && i < rules->Size(); ++i) {
    const json::Value& from = (*rules)[i];
    auto match = Regex::compile(json::get_string(from, "match").value_or(""), fault.why);
    if (!match) {
      fault.path = {"title", "rules", std::to_string(i), "match"};
      return std::nullopt;
    }
    made.rules_.push_back({std::move(*match), std::string(json::get_string(from, "state").value_or("")),
                           std::string(json::get_string(from, "reason").value_or("")),
                           json::get_bool(from, "after_work").value_or(false)});
  }
  if (const auto session = json::get_string(title, "session")) {
    fault.path = {"title", "session"};
    made.session_ = Regex::compile(*session, fault.why);
    if (!made.session_) return std::nullopt;
    if (!made.session_->has_group()) {
      fault.why = "it has no group (?<id>...)";
      return std::nullopt;
    }
  }
  return made;
}

const TitleRules::Rule* TitleRules::find(std::string_view title) const {
  if (title.empty() || title.size() > kMaxTitleBytes) return nullptr;
  for (const Rule& rule : rules_) {
    if (rule.match.matches(title)) return &rule;
  }
  return nullptr;
}

std::string TitleRules::session_in(std::string_view title) const {
  std::string id;
  if (!session_ || title.size() > kMaxTitleBytes || !session_->matches(title, &id)) return {};
  return id.size() >= kMinSessionBytes ? id : std::string();
}

}  // namespace atm
