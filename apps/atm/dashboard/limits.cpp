// SPDX-License-Identifier: MIT
#include "limits.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <utility>

#include "prompt_cache.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

constexpr std::string_view kPrefix = "agent.limits.";
constexpr std::string_view kUsed = ".used_percentage";

struct Limit {
  Timestamp seen;
  double percent;
  std::int64_t resets_at;  // Unix seconds; 0: unknown
  std::int64_t full_at;    // Unix seconds; 0: not before the reset, or unknown
  std::int64_t full_error;
};

std::string bar(double percent) {
  constexpr double kCells = 20;
  const auto filled = static_cast<std::size_t>(std::clamp(percent / 100 * kCells, 0.0, kCells));
  return "[" + std::string(filled, '#') + std::string(static_cast<std::size_t>(kCells) - filled, '.') + "]";
}

std::string span_text(std::int64_t seconds) {
  const auto days = seconds / 86'400;
  const auto hours = seconds % 86'400 / 3600;
  const auto minutes = seconds % 3600 / 60;
  return days > 0 ? std::to_string(days) + "d " + std::to_string(hours) + "h"
                  : std::to_string(hours) + "h " + std::to_string(minutes) + "m";
}

// At the rate so far.
std::string full_text(const Limit& limit, Timestamp now) {
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (limit.full_at <= now_s || limit.full_at >= limit.resets_at || limit.full_error < 0) return {};
  return ", full in " + span_text(limit.full_at - now_s) + " (+-" + span_text(limit.full_error) + ")";
}

std::string reset_text(std::int64_t resets_at, Timestamp now) {
  if (resets_at == 0) return {};
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // A far date of a faulty agent must not overflow.
  const std::int64_t left = resets_at < now_s ? 0 : std::min<std::int64_t>(resets_at - now_s, 366L * 86'400);
  if (left == 0) return "  has been reset since the last report";
  return "  resets in " + span_text(left);
}

}  // namespace

std::vector<std::string> limits_lines(const SessionMap& sessions, Timestamp now) {
  std::map<std::pair<std::string, std::string>, Limit> limits;  // by agent and window
  for (const auto& [id, session] : sessions) {
    const SessionDomain& domain = session.domain;
    for (const auto& [key, value] : domain.facts) {
      const std::string_view name = key.view();
      const auto* const percent = std::get_if<double>(&value);
      if (percent == nullptr || !std::isfinite(*percent) || !name.starts_with(kPrefix) ||
          !name.ends_with(kUsed) || name.size() < kPrefix.size() + kUsed.size())
        continue;
      const std::string window(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kUsed.size()));
      const auto* const resets = domain.facts.get<std::int64_t>(std::string(kPrefix) + window + ".resets_at");
      const auto* const full = domain.facts.get<std::int64_t>("cost." + window + ".full_at");
      const auto* const error = domain.facts.get<std::int64_t>("cost." + window + ".full_error_s");
      const Limit limit{domain.last_activity, *percent, resets == nullptr ? 0 : *resets,
                        full == nullptr ? 0 : *full, error == nullptr ? 0 : *error};
      const auto [at, is_new] = limits.emplace(std::pair(domain.agent, window), limit);
      if (!is_new && at->second.seen < limit.seen) at->second = limit;
    }
  }
  std::vector<std::string> lines;
  for (const auto& [name, limit] : limits) {
    lines.push_back(pad_right(cut_end(terminal_safe(name.first), 14), 14) + "  " +
                    pad_right(cut_end(terminal_safe(name.second), 14), 14) + "  " + bar(limit.percent) +
                    pad_left(std::to_string(static_cast<int>(std::clamp(limit.percent, 0.0, 999.0))), 5) +
                    "%" + reset_text(limit.resets_at, now) + full_text(limit, now));
  }
  return lines;
}

std::vector<std::string> prompt_cache_lines(const SessionMap& sessions, Timestamp now) {
  constexpr std::size_t kMost = 5;
  constexpr std::string_view kTitle = "prompt cache    ";
  std::multimap<Timestamp, const protocol::Session*> by_expiry;
  for (const auto& [id, session] : sessions) {
    const auto cache = prompt_cache_of(session.domain.facts);
    if (cache && cache->expires_at > now && session.domain.status.kind() != StatusKind::kEnded)
      by_expiry.emplace(cache->expires_at, &session);
  }
  std::vector<std::string> lines;
  for (const auto& [expires_at, session] : by_expiry) {
    if (lines.size() == kMost) {
      lines.push_back(std::string(kTitle) + "and " + std::to_string(by_expiry.size() - kMost) + " more");
      break;
    }
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(expires_at - now).count();
    lines.push_back(std::string(kTitle) + pad_right(cut_end(session_name(*session), 30), 30) +
                    "  expires in " + span_text(left) +
                    prompt_cache_of(session->domain.facts)->tokens_text());
  }
  return lines;
}

}  // namespace atm::cli
