// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <utility>

#include "text.hpp"

namespace atm::cli {

void Report::start(std::deque<Command> commands, std::size_t width) {
  stop();
  text_.clear();
  part_.clear();
  commands_ = std::move(commands);
  width_ = width;
  start_next();
}

void Report::stop() {
  commands_.clear();
  child_.stop();
}

void Report::start_next() {
  if (commands_.empty()) return;
  end_ = text_.size();
  if (!text_.empty()) text_ += "\n";
  if (const std::string why = child_.start(std::move(commands_.front()), width_); !why.empty())
    text_ += why + "\n";
  commands_.pop_front();
}

void Report::read() {
  constexpr std::size_t kMost = 1UL << 20;
  child_.read(text_);
  text_.resize(std::min(text_.size(), kMost));
  if (child_.is_running()) return;
  std::string part = text_.substr(std::min(text_.size(), end_ == 0 ? 0 : end_ + 1));
  // Two commands that lack the same file give the same message.
  if (!part.empty() && part == part_) text_.resize(end_);
  part_ = std::move(part);
  start_next();
}

std::vector<std::string> Report::lines() const {
  std::vector<std::string> lines;
  const std::string_view text = text_;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(terminal_safe(text.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

}  // namespace atm::cli
