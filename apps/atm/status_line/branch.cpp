// SPDX-License-Identifier: MIT
#include "branch.hpp"

#include <algorithm>
#include <string_view>

#include "text_file.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kHeadBytes = 4096;
constexpr int kLevels = 64;

std::string first_line_of(const std::string& path) {
  const auto text = read_text_file(path, kHeadBytes);
  if (!text || !*text) return {};
  return (*text)->substr(0, (*text)->find_first_of("\r\n"));
}

std::string branch_in(std::string_view head) {
  constexpr std::string_view kBranch = "ref: refs/heads/";
  if (head.starts_with(kBranch)) return std::string(head.substr(kBranch.size()));
  constexpr std::size_t kShort = 7;
  const bool is_commit = head.size() >= 40 && head.find_first_not_of("0123456789abcdef") == head.npos;
  return is_commit ? std::string(head.substr(0, kShort)) : std::string();
}

}  // namespace

std::string branch_of(const std::string& directory) {
  if (directory.empty() || directory.front() != '/') return {};
  std::string current = directory;
  for (int level = 0; level < kLevels; ++level) {
    if (const std::string head = first_line_of(current + "/.git/HEAD"); !head.empty()) return branch_in(head);
    // In a linked work tree this is a file that names its git directory.
    constexpr std::string_view kElsewhere = "gitdir: ";
    if (const std::string link = first_line_of(current + "/.git"); link.starts_with(kElsewhere)) {
      std::string target = link.substr(kElsewhere.size());
      if (!target.starts_with('/')) target.insert(0, "/").insert(0, current);
      return branch_in(first_line_of(target.append("/HEAD")));
    }
    if (current.empty()) break;
    current.resize(current.rfind('/'));
  }
  return {};
}

}  // namespace atm::cli
