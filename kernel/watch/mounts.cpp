// SPDX-License-Identifier: MIT
#include "kernel/watch/mounts.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace atm::kernel {
namespace {

namespace fs = std::filesystem;

// The kernel writes space, tab, newline and backslash as three octal digits.
std::string unescaped(const std::string& field) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && field.size() - i > 3 && is_octal(field[i + 1]) && is_octal(field[i + 2]) &&
        is_octal(field[i + 3])) {
      text += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + (field[i + 3] - '0'));
      i += 3;
    } else {
      text += field[i];
    }
  }
  return text;
}

bool is_below(const std::string& path, const std::string& point) {
  if (point == "/") return true;
  return path.compare(0, point.size(), point) == 0 &&
         (path.size() == point.size() || path[point.size()] == '/');
}

// Empty if `path` is not a symbolic link.
std::string target_of(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

}  // namespace

Mounts::Mounts() {
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;  // id, parent, device, root, mount point
    if (fields && field.front() == '/') points_.push_back(unescaped(field));
  }
  points_.emplace_back("/");
  std::sort(points_.begin(), points_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string Mounts::point_of(const std::string& path) const {
  return *std::find_if(points_.begin(), points_.end(),
                       [&](const std::string& point) { return point == "/" || is_below(path, point); });
}

std::string Mounts::resolve(const std::string& path, const std::string& here) const {
  constexpr int kMostLinks = 40;  // the kernel's limit
  fs::path done = "/";
  fs::path left = fs::path(path).relative_path();
  for (int links = 0; !left.empty();) {
    const fs::path name = *left.begin();
    fs::path rest;
    for (auto part = std::next(left.begin()); part != left.end(); ++part) rest /= *part;
    if (name == "..") {
      done = done.parent_path();
    } else if (name != ".") {
      const fs::path next = done / name;
      const bool is_here = point_of(next.string()) == here;
      // Skips a mount point on the path to `here` by its name.
      if (!is_here && !is_below(here, next.string())) return (next / rest).string();
      const std::string target = is_here ? target_of(next.string()) : std::string();
      if (target.empty()) {
        done = next;
      } else if (++links > kMostLinks) {
        return path;
      } else {
        rest = fs::path(target).relative_path() / rest;
        if (target.front() == '/') done = "/";
      }
    }
    left = rest;
  }
  return done.string();
}

}  // namespace atm::kernel
