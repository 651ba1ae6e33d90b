// SPDX-License-Identifier: MIT
#include "lib/agents/manifest_paths.hpp"

#include <algorithm>
#include <cstdlib>

namespace atm {
namespace {

bool is_plain_path(std::string_view path) noexcept {
  constexpr std::string_view kBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
  return path.starts_with('/') && path.find_first_not_of(kBytes) == std::string_view::npos &&
         path.find("..") == std::string_view::npos && path.find("//") == std::string_view::npos;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace

bool has_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || is_c1) return true;
  }
  return false;
}

bool is_place(std::string_view path, std::string_view& variable) {
  const std::string lower = lower_case(path);
  for (const std::string_view secret : {"auth", "credential", "token", "secret", ".ssh", ".gnupg"}) {
    if (lower.find(secret) != std::string::npos) return false;
  }
  variable = {};
  if (path.starts_with("~/")) return path.size() > 2 && is_plain_path(path.substr(1));
  const std::size_t colon = path.find(":-~/");
  const std::size_t end = path.find('}');
  if (!path.starts_with("${") || colon == std::string_view::npos || end == std::string_view::npos ||
      colon > end)
    return false;
  variable = path.substr(2, colon - 2);
  const bool is_variable =
      !variable.empty() && variable.size() <= 64 &&
      variable.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
  const std::string_view inside = path.substr(colon + 3, end - colon - 3);
  const std::string_view rest = path.substr(end + 1);
  return is_variable && inside.size() > 1 && is_plain_path(inside) && (rest.empty() || is_plain_path(rest));
}

bool is_settings_path(std::string_view path, std::string_view begin, std::string_view ending) {
  const std::string_view name = path.substr(std::min(path.rfind('/') + 1, path.size()));
  std::string_view variable;
  return name.starts_with(begin) && name.ends_with(ending) && name.size() > begin.size() + ending.size() &&
         is_place(path, variable) && !path.ends_with('}');
}

bool is_glob(std::string_view glob) {
  constexpr std::ptrdiff_t kMaxDepth = 5;
  return !glob.empty() && !glob.starts_with('/') && !glob.ends_with('/') &&
         glob.find("//") == std::string_view::npos && glob.find("..") == std::string_view::npos &&
         glob.find("**") == std::string_view::npos && std::count(glob.begin(), glob.end(), '/') < kMaxDepth &&
         !is_secret_file(glob);
}

bool is_own_path(std::string_view path) {
  std::string_view variable;
  return is_place(path, variable) && !path.ends_with('}');
}

bool is_usage_pattern(std::string_view pattern) {
  if (!pattern.ends_with(".jsonl")) return false;
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    std::string name(pattern.substr(0, slash));
    if (name.empty() || name == "." || name == ".." || has_control(name)) return false;
    for (const std::string_view part : {"*", "{project}", "{session}", "{subagent}"}) {
      if (const std::size_t at = name.find(part); at != std::string::npos) {
        name.erase(at, part.size());
        break;
      }
    }
    if (name.find_first_of("*{}") != std::string::npos) return false;
    if (slash + 1 == pattern.size()) return false;
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
  }
  return true;
}

std::string resolved_path(std::string_view path) {
  const auto variable = [](const std::string& name) {
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): no thread sets it
    return std::string(value == nullptr ? "" : value);
  };
  std::string_view rest = path;
  std::string begin;
  if (path.starts_with("${")) {
    const std::size_t colon = path.find(":-");
    const std::size_t end = path.find('}');
    begin = variable(std::string(path.substr(2, colon - 2)));
    if (!begin.starts_with('/')) begin = resolved_path(path.substr(colon + 2, end - colon - 2));
    rest = path.substr(end + 1);
  } else {
    begin = variable("HOME");
    rest = path.substr(1);
  }
  return begin.starts_with('/') ? begin + std::string(rest) : std::string();
}

bool is_secret_file(std::string_view path) {
  const std::string lower = lower_case(path);
  const std::string_view name = std::string_view(lower).substr(lower.rfind('/') + 1);
  const bool is_named = name == "auth.json" || name == ".env" || name.starts_with(".env.") ||
                        name.starts_with("id_") || name.ends_with(".pem") || name.ends_with(".key") ||
                        name.find("credential") != std::string_view::npos ||
                        name.find("token") != std::string_view::npos;
  return is_named || ('/' + lower).find("/.ssh/") != std::string::npos ||
         ('/' + lower).find("/.gnupg/") != std::string::npos;
}

}  // namespace atm
