// SPDX-License-Identifier: MIT
#include "session_names.hpp"

#include <algorithm>
#include <atm/domain/utf8.hpp>

namespace atm::cli {

namespace {

constexpr std::size_t kShort = 8;

bool is_uuid7(std::string_view id) noexcept {
  constexpr std::size_t kLength = 36;
  if (id.size() != kLength || id[14] != '7') return false;
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_digit = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f');
    if (is_hyphen ? id[i] != '-' : !is_digit) return false;
  }
  return true;
}

// The shortest part of at least `size` bytes that can be a word of a command line.
std::string part(std::string_view id, std::size_t size) {
  const bool is_end = is_uuid7(id);
  for (; size < id.size(); ++size) {
    if (is_end && id[id.size() - size] != '-') return std::string(id.substr(id.size() - size));
    if (!is_end && utf8_is_boundary(id, size)) return std::string(id.substr(0, size));
  }
  return std::string(id);
}

bool is_before_from_the_end(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

}  // namespace

std::string short_name(std::string_view id) {
  return id.starts_with("pending-") ? std::string(id) : part(id, kShort);
}

bool is_named(std::string_view id, std::string_view name) noexcept {
  return id.starts_with(name) || id.ends_with(name);
}

void SessionNames::add(std::string_view id) {
  const auto end = by_begin_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  if (!std::binary_search(by_begin_.begin(), end, id)) by_begin_.push_back(stored(id));
}

std::string_view SessionNames::stored(std::string_view id) {
  constexpr std::size_t kBlock = 16 * 1024;
  if (blocks_.empty() || used_ + id.size() > kBlock) {
    blocks_.push_back(std::make_unique<char[]>(std::max(kBlock, id.size())));
    used_ = 0;
  }
  char* const at = blocks_.back().get() + used_;
  std::copy(id.begin(), id.end(), at);
  used_ += id.size();
  return {at, id.size()};
}

void SessionNames::sort() const {
  if (sorted_ == by_begin_.size()) return;
  std::sort(by_begin_.begin(), by_begin_.end());
  by_begin_.erase(std::unique(by_begin_.begin(), by_begin_.end()), by_begin_.end());
  by_begin_.shrink_to_fit();
  by_end_ = by_begin_;
  std::sort(by_end_.begin(), by_end_.end(), is_before_from_the_end);
  sorted_ = by_begin_.size();
}

std::string SessionNames::of(std::string_view id) const {
  std::string name = short_name(id);
  while (name.size() < id.size() && !is_unique(name, id)) name = part(id, name.size() + 1);
  return name;
}

bool SessionNames::is_unique(std::string_view name, std::string_view id) const {
  sort();
  for (auto at = std::lower_bound(by_begin_.begin(), by_begin_.end(), name);
       at != by_begin_.end() && at->starts_with(name); ++at) {
    if (*at != id) return false;
  }
  for (auto at = std::lower_bound(by_end_.begin(), by_end_.end(), name, is_before_from_the_end);
       at != by_end_.end() && at->ends_with(name); ++at) {
    if (*at != id) return false;
  }
  return true;
}

}  // namespace atm::cli
