// SPDX-License-Identifier: MIT
// The model of a session. Its id is kept verbatim; names and windows are looked up in a table and may be unknown.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace atm {

/// One row of a table of models.
struct ModelInfo {
  /// Id without provider decorations and date.
  std::string_view prefix;
  /// As the vendor's program shows it.
  std::string_view display_name;
  /// Context window of the plain id, in tokens.
  std::uint64_t window = 0;
};

/// Parts of the look-up.
namespace detail {

[[nodiscard]] constexpr bool all_of(std::string_view text, bool (*is)(char)) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter_or_hyphen(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
/// Whether the id carries Claude Code's mark for a window of 1,000,000 tokens.
[[nodiscard]] constexpr bool has_long_window_mark(std::string_view id) noexcept {
  return id.ends_with("[1m]") || id.ends_with("[1M]");
}
/// Removes the revision that Bedrock appends: `-v1` or `-v1:0`.
[[nodiscard]] constexpr std::string_view without_revision(std::string_view id) noexcept {
  const std::size_t at = id.rfind("-v");
  if (at == std::string_view::npos || at == 0) return id;
  const std::string_view number = id.substr(at + 2);
  const std::size_t colon = number.find(':');
  const bool minor_ok = colon == std::string_view::npos || all_of(number.substr(colon + 1), is_digit);
  return minor_ok && all_of(number.substr(0, colon), is_digit) ? id.substr(0, at) : id;
}
/// Whether the rest of an id is only a release: `-20250929`, `-2025-09-29` or `-latest`.
[[nodiscard]] constexpr bool is_release(std::string_view rest) noexcept {
  if (rest == "-latest") return true;
  if (rest.size() == 9) return rest[0] == '-' && all_of(rest.substr(1), is_digit);
  return rest.size() == 11 && rest[0] == '-' && all_of(rest.substr(1, 4), is_digit) && rest[5] == '-' &&
         all_of(rest.substr(6, 2), is_digit) && rest[8] == '-' && all_of(rest.substr(9), is_digit);
}

}  // namespace detail

/// The id without the decorations of providers and agents, for look-ups only: routes (`anthropic/`, an ARN), regions
/// and vendors (`us.anthropic.`), revisions (`-v1:0`), dates (`@20251001`), the window mark (`[1m]`). A view into `id`.
/// [any]
[[nodiscard]] constexpr std::string_view strip_decorations(std::string_view id) noexcept {
  if (detail::has_long_window_mark(id)) id.remove_suffix(4);
  id = id.substr(id.rfind('/') + 1);
  for (std::size_t dot = id.find('.'); dot != std::string_view::npos; dot = id.find('.')) {
    // A dot after a digit belongs to the model's own name: gpt-4.1.
    if (!detail::all_of(id.substr(0, dot), detail::is_letter_or_hyphen)) break;
    id.remove_prefix(dot + 1);
  }
  return detail::without_revision(id.substr(0, id.find('@')));
}

/// A display name for an unknown model: its id without a trailing `-YYYYMMDD`. A view into `id`. [any]
[[nodiscard]] constexpr std::string_view fallback_name(std::string_view id) noexcept {
  constexpr std::size_t kDate = 9;
  const bool dated = id.size() > kDate && id[id.size() - kDate] == '-' &&
                     detail::all_of(id.substr(id.size() - kDate + 1), detail::is_digit);
  return dated ? id.substr(0, id.size() - kDate) : id;
}

/// The entry with the longest `prefix` that begins the stripped id, or nullptr.
///
/// Only a release (a date, `latest`) may follow the prefix, so that `claude-opus-4-9` does not get the data of
/// `claude-opus-4`, nor `gpt-5-mini` that of `gpt-5`. `Entry` has a string-like member `prefix`; the order of the
/// entries is irrelevant. The result points into `entries`. [any]
template <class Entry>
[[nodiscard]] constexpr const Entry* longest_prefix(std::span<const Entry> entries,
                                                    std::string_view id) noexcept {
  const std::string_view name = strip_decorations(id);
  const Entry* best = nullptr;
  for (const Entry& entry : entries) {
    const std::string_view prefix = entry.prefix;
    if (prefix.empty() || !name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    if (!rest.empty() && !detail::is_release(rest)) continue;
    if (best == nullptr || prefix.size() > std::string_view(best->prefix).size()) best = &entry;
  }
  return best;
}

namespace detail {
/// Usual window sizes in tokens.
inline constexpr std::uint64_t k200k = 200'000;
inline constexpr std::uint64_t k1M = 1'000'000;
}  // namespace detail

/// Names and windows of Claude models, from the table of Claude Code 2.1.330 (August 2026). Prices are data of the
/// `cost` plugin.
inline constexpr std::array<ModelInfo, 24> kBuiltinModels{{
    {"claude-opus-5-5", "Opus 5.5", detail::k1M},       {"claude-opus-5", "Opus 5", detail::k1M},
    {"claude-opus-4-8", "Opus 4.8", detail::k1M},       {"claude-opus-4-7", "Opus 4.7", detail::k1M},
    {"claude-opus-4-6", "Opus 4.6", detail::k200k},     {"claude-opus-4-5", "Opus 4.5", detail::k200k},
    {"claude-opus-4-1", "Opus 4.1", detail::k200k},     {"claude-opus-4", "Opus 4", detail::k200k},
    {"claude-sonnet-5-5", "Sonnet 5.5", detail::k1M},   {"claude-sonnet-5", "Sonnet 5", detail::k1M},
    {"claude-sonnet-4-6", "Sonnet 4.6", detail::k200k}, {"claude-sonnet-4-5", "Sonnet 4.5", detail::k200k},
    {"claude-sonnet-4", "Sonnet 4", detail::k200k},     {"claude-3-7-sonnet", "Sonnet 3.7", detail::k200k},
    {"claude-3-5-sonnet", "Sonnet 3.5", detail::k200k}, {"claude-haiku-5-5", "Haiku 5.5", detail::k1M},
    {"claude-haiku-4-5", "Haiku 4.5", detail::k200k},   {"claude-3-5-haiku", "Haiku 3.5", detail::k200k},
    {"claude-fable-5", "Fable 5", detail::k1M},         {"claude-mythos-5", "Mythos 5", detail::k1M},
    {"claude-fable-5-1", "Fable 5.1", detail::k1M},     {"claude-mythos-5-1", "Mythos 5.1", detail::k1M},
    {"claude-fable-5-2", "Fable 5.2", detail::k1M},     {"claude-mythos-5-2", "Mythos 5.2", detail::k1M},
}};

/// The built-in entry for an id in any spelling, or nullptr. It lives as long as the process. [any]
[[nodiscard]] constexpr const ModelInfo* find_model(std::string_view id) noexcept {
  return longest_prefix(std::span<const ModelInfo>(kBuiltinModels), id);
}

/// The window that an id suggests, in tokens, with `[1m]` taken into account; absent for an unknown model. Only an
/// estimate until the agent reports the window: providers and settings change it. [any]
[[nodiscard]] constexpr std::optional<std::uint64_t> nominal_window(std::string_view id) noexcept {
  // The mark only widens the window of a known model.
  const ModelInfo* info = find_model(id);
  if (info == nullptr) return std::nullopt;
  return detail::has_long_window_mark(id) ? std::max(info->window, detail::k1M) : info->window;
}

/// The model of a session, as the agent reports it.
struct Model {
  /// Verbatim; empty while unknown.
  std::string id;
  /// The agent's name for it; may be empty.
  std::string display_name;

  /// A display name: that of the table, else the agent's, else the id without its date; empty while the model is
  /// unknown. A view into this object or the table.
  [[nodiscard]] std::string_view name() const noexcept {
    if (const ModelInfo* info = find_model(id)) return info->display_name;
    return display_name.empty() ? fallback_name(id) : std::string_view(display_name);
  }

  friend bool operator==(const Model&, const Model&) = default;
};

}  // namespace atm
