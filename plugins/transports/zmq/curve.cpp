// SPDX-License-Identifier: MIT
#include "curve.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/client/endpoint.hpp>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <optional>
#include <system_error>

#include "settings.hpp"

namespace zeromq {

namespace {

using atm::Error;
using atm::ErrorCode;
using atm::Result;

constexpr std::size_t kKeyChars = 40;
constexpr std::size_t kMaxFileBytes = 1024 * 1024;

Error refused(const std::string& what) {
  return {ErrorCode::kInvalidField, what};
}

bool is_key(std::string_view text) {
  constexpr std::string_view kZ85 =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  return text.size() == kKeyChars && text.find_first_not_of(kZ85) == std::string_view::npos;
}

/// The text of a regular file of ours or root's whose mode has no bit of `banned`.
Result<std::string> read_key_file(const std::string& path, mode_t banned, const std::string& remedy) {
  const atm::client::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found {};
  if (file.get() < 0 || ::fstat(file.get(), &found) != 0)
    return refused("cannot read " + path + ": " + std::generic_category().message(errno) +
                   "; create it with atm keys");
  if (!S_ISREG(found.st_mode)) return refused(path + " is not a regular file; create one with atm keys");
  if (!atm::posix::is_own_or_root(found))
    return refused(path + ' ' + atm::posix::owner_text(found) + "; create another with atm keys");
  if ((found.st_mode & banned) != 0) return refused(path + remedy);
  std::string text(kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<std::size_t>(got)) {
    got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0) return refused("cannot read " + path + ": " + std::generic_category().message(errno));
  }
  if (size > kMaxFileBytes) return refused(path + " is over 1 MiB, expected keys of 40 characters");
  text.resize(size);
  return text;
}

/// The next line without comment and blanks; none at the end.
std::optional<std::string_view> next_line(std::string_view& text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    constexpr std::string_view kBlank = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    // A Z85 key may contain '#': a comment starts at the start of a line or after a blank.
    line = line.substr(0, line.find_first_of(kBlank));
    const bool is_comment = line.starts_with('#') && !is_key(line);
    if (!line.empty() && !is_comment) return line;
  }
  return std::nullopt;
}

Result<std::string> read_secret(const std::string& path) {
  auto text = read_key_file(path, S_IRWXG | S_IRWXO, " can be read by others; run chmod 600 " + path);
  if (!text) return text.error();
  std::string_view rest = *text;
  const auto key = next_line(rest);
  if (!key || !is_key(*key) || next_line(rest))
    return refused(
        path +
        " contains no secret key, expected one line of 40 characters in Z85; create one with atm keys");
  return std::string(*key);
}

Result<std::set<std::string, std::less<>>> read_allowed(const std::string& path) {
  auto text = read_key_file(path, S_IWGRP | S_IWOTH, " can be written by others; run chmod go-w " + path);
  if (!text) return text.error();
  std::set<std::string, std::less<>> keys;
  std::string_view rest = *text;
  while (const auto key = next_line(rest)) {
    if (!is_key(*key))
      return refused(
          path +
          " contains a line that is not a public key, expected 40 characters in Z85; create one with "
          "atm keys");
    keys.emplace(*key);
  }
  if (keys.empty())
    return refused(path + " contains no keys; add the public keys of the clients, one per line");
  return keys;
}

}  // namespace

bool is_loopback(std::string_view endpoint) {
  constexpr std::string_view kScheme = "tcp://";
  if (!endpoint.starts_with(kScheme)) return false;
  endpoint.remove_prefix(kScheme.size());
  const std::string host(endpoint.substr(0, endpoint.rfind(':')));
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "[::1]";
}

Result<Keys> admit_tcp(const Settings& settings) {
  Keys keys;
  const bool has_secret = !settings.secret_key_file.empty();
  const bool has_allowed = !settings.allowed_keys_file.empty();
  if (has_secret != has_allowed) {
    return refused(std::string(has_secret ? "curve_secret_key_file" : "curve_allowed_keys_file") +
                   " is set without " + (has_secret ? "curve_allowed_keys_file" : "curve_secret_key_file") +
                   ", expected both; see atm keys");
  }
  if (!has_secret) {
    for (const std::string& endpoint : {settings.publish_tcp, settings.request_tcp}) {
      if (endpoint.empty() || is_loopback(endpoint)) continue;
      return refused(
          endpoint +
          " can be reached from other machines without keys, expected an address in "
          "127.0.0.0/8 or [::1]; use one, or set curve_secret_key_file and curve_allowed_keys_file, see "
          "atm keys");
    }
    return keys;
  }
  auto secret = read_secret(settings.secret_key_file);
  if (!secret) return secret.error();
  auto allowed = read_allowed(settings.allowed_keys_file);
  if (!allowed) return allowed.error();
  keys.secret = std::move(*secret);
  keys.allowed = std::move(*allowed);
  return keys;
}

}  // namespace zeromq
