// SPDX-License-Identifier: MIT
#include "scan_test_support.hpp"

#include <rapidjson/document.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <memory>

#include "message.h"

namespace {

constexpr unsigned kStrict = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;

class JsonWriter {
 public:
  JsonWriter(const std::vector<std::uint8_t>& choices, std::size_t longest)
      : choices_(choices), longest_(longest) {}

  std::string document() {
    value(0);
    return std::move(text_);
  }

 private:
  std::uint8_t next() { return at_ < choices_.size() ? choices_[at_++] : std::uint8_t{0}; }

  void space() {
    static const std::array<const char*, 8> kinds{"", "", "", "", " ", "\n", "\r\n", "\t  "};
    text_ += kinds[next() % kinds.size()];
  }

  void value(int depth) {
    static const std::array<const char*, 12> numbers{"0",    "-0",     "7",      "-12.5", "1e5",  "0.1",
                                                     "1E-7", "123456", "2.5e+3", "-1",    "1e-9", "42"};
    space();
    switch (depth > 6 ? next() % 4 : next() % 7) {
      case 0:
        text_ += "null";
        break;
      case 1:
        text_ += next() % 2 == 0 ? "true" : "false";
        break;
      case 2:
        text_ += numbers[next() % numbers.size()];
        break;
      case 3:
        string("");
        break;
      case 4:
        container(depth, '[', ']');
        break;
      default:
        container(depth, '{', '}');
        break;
    }
    space();
  }

  void container(int depth, char open, char close) {
    text_ += open;
    for (unsigned i = 0, count = next() % 6; i < count; ++i) {
      if (i > 0) text_ += ',';
      if (open == '{') {
        space();
        string("k" + std::to_string(i));
        space();
        text_ += ':';
      }
      value(depth + 1);
    }
    space();
    text_ += close;
  }

  void string(const std::string& prefix) {
    static const std::array<const char*, 16> units{"a",
                                                   "Z",
                                                   " ",
                                                   "\\n",
                                                   "\\\"",
                                                   "\\\\",
                                                   "\\/",
                                                   "/",
                                                   "~",
                                                   "\\u00e9",
                                                   "\\uD83D\\uDE00",
                                                   "\xC3\xA9",
                                                   "\xE2\x82\xAC",
                                                   "\xF0\x9F\x98\x80",
                                                   "\\u002f",
                                                   "\\u0000"};
    text_ += '"' + prefix;
    const std::size_t end = text_.size() + longest_ * next() / 255;
    while (text_.size() + 12 <= end) text_ += units[next() % units.size()];
    text_ += '"';
  }

  const std::vector<std::uint8_t>& choices_;
  std::size_t longest_;
  std::size_t at_ = 0;
  std::string text_;
};

}  // namespace

Scanned scan(const std::string& input, const std::vector<std::size_t>& pieces) {
  static std::vector<char> buffer(HOOK_SCAN_CAPACITY);
  hook_text out{buffer.data(), 0, buffer.size(), false};
  const auto state = std::make_unique<hook_scan>();
  hook_scan_start(state.get(), &out);
  std::size_t at = 0;
  for (std::size_t i = 0; at < input.size(); ++i) {
    const std::size_t piece =
        pieces.empty() ? input.size() : std::max<std::size_t>(1, pieces[i % pieces.size()]);
    const std::size_t size = std::min(piece, input.size() - at);
    // A copy of the exact size lets AddressSanitizer detect a read past the end.
    const std::vector<char> exact(input.begin() + static_cast<std::ptrdiff_t>(at),
                                  input.begin() + static_cast<std::ptrdiff_t>(at + size));
    hook_scan_feed(state.get(), exact.data(), exact.size());
    at += size;
  }
  Scanned result;
  result.is_json = hook_scan_finish(state.get());
  if (!result.is_json)
    hook_message_put_text(&out, input.data(), std::min<std::size_t>(input.size(), HOOK_STRING_MAX + 3));
  result.text.assign(out.data, out.size);
  result.notes = "{" + std::string(state->notes.data, state->notes.size) + "}";
  result.cut_count = state->cut_count;
  result.elided_count = state->elided_count;
  return result;
}

std::string json_from(const std::vector<std::uint8_t>& choices, std::size_t longest_string) {
  return JsonWriter(choices, longest_string).document();
}

bool is_valid_json(const std::string& text) {
  // RapidJSON treats NUL as the end of the text and skips the bytes of a byte order mark one by one.
  if (text.find('\0') != std::string::npos || text.empty() || text.front() < 0) return false;
  rapidjson::Document document;
  document.Parse<kStrict>(text.data(), text.size());
  return !document.HasParseError();
}

bool is_same_document(const std::string& a, const std::string& b) {
  rapidjson::Document first;
  rapidjson::Document second;
  first.Parse<kStrict>(a.data(), a.size());
  second.Parse<kStrict>(b.data(), b.size());
  return !first.HasParseError() && !second.HasParseError() && first == second;
}

std::size_t longest_string(const std::string& json) {
  std::size_t longest = 0;
  for (std::size_t at = json.find('"'); at != std::string::npos; at = json.find('"', at + 1)) {
    const std::size_t start = ++at;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    longest = std::max(longest, at - start);
  }
  return longest;
}

std::size_t deepest_nesting(const std::string& json) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '"')
      for (++at; at < json.size() && json[at] != '"';) at += json[at] == '\\' ? 2 : 1;
    else if (json[at] == '[' || json[at] == '{')
      deepest = std::max(deepest, ++depth);
    else if (json[at] == ']' || json[at] == '}')
      --depth;
  }
  return deepest;
}
