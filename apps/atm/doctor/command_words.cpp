// SPDX-License-Identifier: MIT
#include "command_words.hpp"

#include <algorithm>
#include <optional>

namespace atm::cli::doctor {

namespace {

constexpr int kLevels = 4;  // of nested commands

class Splitter final {
 public:
  explicit Splitter(std::string_view text) : rest_(text) {}

  std::vector<std::string> split() {
    while (!rest_.empty()) {
      const char c = take();
      if (c == '\'') {
        quoted('\'');
      } else if (c == '"') {
        quoted('"');
      } else if (c == '\\') {
        if (!rest_.empty()) word() += take();
      } else if (std::string_view(" \t\r\n;&|()<>").find(c) != std::string_view::npos) {
        end_word();
      } else {
        word() += c;
      }
    }
    end_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  std::string& word() {
    if (!word_) word_.emplace();
    return *word_;
  }
  void quoted(char quote) {
    std::string& to = word();
    while (!rest_.empty()) {
      const char c = take();
      if (c == quote) return;
      to += quote == '"' && c == '\\' && !rest_.empty() ? take() : c;
    }
  }
  void end_word() {
    if (word_) words_.push_back(std::move(*word_));
    word_.reset();
  }

  std::string_view rest_;
  std::optional<std::string> word_;
  std::vector<std::string> words_;
};

void collect(std::string_view command, int level, OurCommand& to) {
  const std::vector<std::string> words = command_words(command);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::string_view name = word.substr(word.rfind('/') + 1);
    const std::string_view next = i + 1 < words.size() ? std::string_view(words[i + 1]) : std::string_view();
    const bool is_atm = name == "atm" && next == "status-line";
    if (name == "atm-hook" || name == "atm-hook.sh" || name == "atm-status.sh" || is_atm) {
      if (std::find(to.programs.begin(), to.programs.end(), word) == to.programs.end())
        to.programs.emplace_back(word);
    }
    to.is_status_line = to.is_status_line || is_atm || name == "atm-status.sh" || word == "--status-line";
    if (word == "--then" && level < kLevels) collect(next, level + 1, to);
  }
}

}  // namespace

std::vector<std::string> command_words(std::string_view command) {
  return Splitter(command).split();
}

OurCommand our_part(std::string_view command) {
  OurCommand ours;
  collect(command, 0, ours);
  if (ours.programs.empty()) ours.is_status_line = false;
  return ours;
}

}  // namespace atm::cli::doctor
