// SPDX-License-Identifier: MIT
#include "page_reports.hpp"

#include <chrono>
#include <string>

namespace atm::cli {

std::vector<Report::Command> commands_of(Page page, const std::optional<Timestamp>& at) {
  const auto since = [&at](const char* words, std::chrono::hours before) {
    return at ? to_rfc3339(*at - before) : std::string(words);
  };
  const std::string until = at ? to_rfc3339(*at) : "now";
  switch (page) {
    case Page::kTimeline:
      return {{"history", "timeline", "--since", since("-4h", std::chrono::hours(4)), "--until", until},
              {"history", "waits", "--since", since("-1d", std::chrono::hours(24)), "--until", until}};
    case Page::kCost:
      return {{"cost"}, {"cost", "--by", "project", "--since", "-7d"}};
    case Page::kSystem:
      return {{"plugins"}, {"doctor"}, {"stats"}};
    default:
      return {};
  }
}

}  // namespace atm::cli
