// SPDX-License-Identifier: MIT
#include "lib/agents/trusted_files.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <array>

#include "lib/agents/agent_manifest.hpp"

namespace atm {
namespace {

constexpr std::size_t kDigits = 2 * std::size_t{crypto_hash_sha256_BYTES};
constexpr std::string_view kBetween = "  ";

bool is_entry(std::string_view line) noexcept {
  return line.size() > kDigits + kBetween.size() && line.substr(kDigits, kBetween.size()) == kBetween &&
         line.find_first_not_of("0123456789abcdef") == kDigits && line[kDigits + kBetween.size()] == '/';
}

}  // namespace

std::string sha256_text(std::string_view content) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(content.data()), content.size());
  std::string text;
  for (const unsigned char byte : hash) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

TrustedFiles TrustedFiles::read(const std::filesystem::path& file) {
  TrustedFiles trusted;
  std::error_code ignored;
  const auto status = std::filesystem::symlink_status(file, ignored);
  if (file.empty() || !std::filesystem::exists(status)) return trusted;
  const std::string remedy = "remove it and trust the manifests again";
  if (std::filesystem::is_symlink(status)) {
    trusted.problem_ = Problem{file.string(), "a symbolic link", "a regular file", remedy};
    return trusted;
  }
  std::string text;
  trusted.problem_ = read_own_file(file, kMaxBytes, text);
  if (trusted.problem_) return trusted;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    ++number;
    if (is_entry(line)) {
      trusted.files_.insert_or_assign(std::string(line.substr(kDigits + kBetween.size())),
                                      std::string(line.substr(0, kDigits)));
    } else {
      trusted.files_.clear();
      trusted.problem_ = Problem{file.string() + ':' + std::to_string(number), "a line of another form",
                                 "a SHA-256, two spaces and a path", remedy};
      return trusted;
    }
  }
  return trusted;
}

Trust TrustedFiles::of(const std::string& file, std::string_view sha256) const {
  const auto found = files_.find(file);
  if (found == files_.end()) return Trust::kNeeded;
  return found->second == sha256 ? Trust::kTrusted : Trust::kChanged;
}

bool TrustedFiles::add(const std::string& file, std::string_view sha256) {
  if (!file.starts_with('/') || file.find('\n') != std::string::npos ||
      text().size() + kDigits + kBetween.size() + file.size() + 1 > kMaxBytes)
    return false;
  files_.insert_or_assign(file, std::string(sha256));
  return true;
}

bool TrustedFiles::remove(const std::string& file) {
  return files_.erase(file) != 0;
}

std::string TrustedFiles::text() const {
  std::string text;
  for (const auto& [file, hash] : files_) text.append(hash).append(kBetween).append(file).append("\n");
  return text;
}

}  // namespace atm
