// SPDX-License-Identifier: MIT
// Generates settings files in the style of users, editors and accidents, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace atm::cli::setup {

struct GeneratedSettings {
  std::string text;
  bool is_sound = false;  ///< Claude Code accepts it; the others are unspecified
};

class SettingsGenerator final {
 public:
  explicit SettingsGenerator(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] GeneratedSettings next();

 private:
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  template <std::size_t N>
  [[nodiscard]] std::string one_of(const char* const (&list)[N]) {
    return list[below(N)];
  }

  void choose_style();
  std::string gap(std::size_t level);  // between tokens, with comments
  std::string entry_gap(std::size_t level);
  std::string wrapped(char open, const std::vector<std::string>& entries, char close, std::size_t level);
  std::string member(const std::string& key, const std::string& value);
  std::string text();
  std::string scalar();
  std::string value(std::size_t level, std::size_t depth);
  std::string handler(std::size_t level);
  std::string group(std::size_t level);
  std::string hooks(std::size_t level);
  std::string status_line(std::size_t level);
  std::string root();
  std::string broken(std::string text);

  std::mt19937_64 random_;
  std::string line_end_ = "\n";
  std::string unit_ = "  ";
  unsigned comments_ = 0;
  unsigned trailing_commas_ = 0;
  bool is_one_line_ = false;
};

}  // namespace atm::cli::setup
