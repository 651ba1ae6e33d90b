// SPDX-License-Identifier: MIT
#include "json_string.hpp"

#include <cstddef>
#include <cstdint>

namespace atm::cli::jsonc {

namespace {

std::uint32_t hex4(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const auto digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

void put_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

char plain_escape(char c) {
  constexpr std::string_view kNames = "bfnrt";
  constexpr std::string_view kValues = "\b\f\n\r\t";
  const std::size_t at = kNames.find(c);
  return at == kNames.npos ? c : kValues[at];
}

}  // namespace

std::string decode_string(std::string_view quoted) {
  if (quoted.find('\\') == quoted.npos) return std::string(quoted.substr(1, quoted.size() - 2));
  std::string out;
  out.reserve(quoted.size());
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\') {
      out += quoted[i];
      continue;
    }
    if (quoted[++i] != 'u') {
      out += plain_escape(quoted[i]);
      continue;
    }
    std::uint32_t point = hex4(quoted.substr(i + 1, 4));
    i += 4;
    if (point >= 0xD800 && point < 0xDC00) {
      point = 0x10000 + ((point - 0xD800) << 10) + (hex4(quoted.substr(i + 3, 4)) - 0xDC00);
      i += 6;
    }
    put_utf8(out, point);
  }
  return out;
}

std::string encode_string(std::string_view text) {
  constexpr std::string_view kNames = "bfnrt";
  constexpr std::string_view kValues = "\b\f\n\r\t";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (const std::size_t at = kValues.find(c); at != kValues.npos) {
      out.append({'\\', kNames[at]});
    } else if (byte < 0x20) {
      out.append("\\u00").append({kDigits[byte >> 4], kDigits[byte & 0xF]});
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace atm::cli::jsonc
