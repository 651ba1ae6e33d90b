// SPDX-License-Identifier: MIT
// One pass over the text, without recursion: the parents in the tree form the stack.
#include <algorithm>

#include "jsonc_tree.hpp"

namespace atm::cli::jsonc {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

}  // namespace

class JsonScanner final {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) { tree_.text_ = text; }

  Result<JsonTree> run() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    if (!skip()) return error();
    if (at_ == text_.size()) return std::move(tree_);
    if (!value(JsonNode::kNoPlace, JsonNode::kNoPlace)) return error();
    while (open_ != JsonNode::kNone) {
      if (!step()) return error();
    }
    if (!skip()) return error();
    if (at_ != text_.size()) return fail("text after the end of the value"), error();
    return std::move(tree_);
  }

 private:
  using Kind = JsonNode::Kind;
  using Id = JsonNode::Id;

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }

  bool fail(std::string what) {
    if (what_.empty()) what_ = std::move(what);
    return false;
  }
  [[nodiscard]] Error error() const { return {ErrorCode::kParseError, place_in(text_, at_) + ": " + what_}; }
  [[nodiscard]] std::string found() const {
    if (done()) return "the end of the file";
    const char c = text_[at_];
    return c > ' ' && c <= '~' ? std::string("'") + c + "'" : std::string("an unexpected byte");
  }

  bool skip() {
    const std::size_t end = skip_trivia(text_, at_);
    const std::size_t open = open_comment(at_, end);
    at_ = std::min(open, end);
    return open == JsonNode::kNoPlace || fail("a comment without end");
  }
  // The start of an unterminated block comment.
  [[nodiscard]] std::size_t open_comment(std::size_t from, std::size_t end) const {
    if (end != text_.size()) return JsonNode::kNoPlace;
    while (from < end) {
      const std::string_view rest = text_.substr(from);
      if (rest.substr(0, 2) == "//") {
        from = std::min(text_.find('\n', from), end);
      } else if (rest.substr(0, 2) == "/*") {
        const std::size_t close = text_.find("*/", from + 2);
        if (close == std::string_view::npos) return from;
        from = close + 2;
      } else {
        ++from;
      }
    }
    return JsonNode::kNoPlace;
  }

  // Handles the next entry of the open container, or its end.
  bool step() {
    if (!skip()) return false;
    const bool is_object = tree_.nodes_[open_].kind == Kind::kObject;
    if (peek() == (is_object ? '}' : ']') && !done()) return close();
    const Id before = tree_.nodes_[open_].last_child;
    if (before != JsonNode::kNone && tree_.nodes_[before].comma == JsonNode::kNoPlace)
      return fail("found " + found() + ", expected ',' or '" + (is_object ? '}' : ']') + "'");
    if (!is_object) return value(JsonNode::kNoPlace, JsonNode::kNoPlace);
    const std::size_t key = at_;
    if (peek() != '"') return fail("found " + found() + ", expected a key in quotes or '}'");
    if (!string()) return false;
    const std::size_t key_end = at_;
    if (!skip()) return false;
    if (peek() != ':') return fail("found " + found() + ", expected ':'");
    ++at_;
    return skip() && value(key, key_end);
  }

  bool close() {
    JsonNode& node = tree_.nodes_[open_];
    node.end = ++at_;
    const Id closed = open_;
    open_ = node.parent;
    --depth_;
    return comma_behind(closed);
  }

  bool comma_behind(Id id) {
    if (open_ == JsonNode::kNone) return true;
    if (!skip()) return false;
    if (peek() == ',') tree_.nodes_[id].comma = at_++;
    return true;
  }

  bool value(std::size_t key, std::size_t key_end) {
    if (done()) return fail("found the end of the file, expected a value");
    const auto id = static_cast<Id>(tree_.nodes_.size());
    JsonNode node;
    node.begin = at_;
    node.key = key;
    node.key_end = key_end;
    node.parent = open_;
    const char c = peek();
    const bool is_container = c == '{' || c == '[';
    if (is_container) {
      if (depth_ == kMostLevels) return fail("nested deeper than " + std::to_string(kMostLevels) + " levels");
      node.kind = c == '{' ? Kind::kObject : Kind::kArray;
      ++at_;
    } else if (!scalar(node)) {
      return false;
    }
    node.end = at_;
    tree_.nodes_.push_back(node);
    if (open_ != JsonNode::kNone) link(id);
    if (!is_container) return comma_behind(id);
    open_ = id;
    ++depth_;
    return true;
  }

  void link(Id id) {
    JsonNode& parent = tree_.nodes_[open_];
    if (parent.last_child == JsonNode::kNone) {
      parent.first_child = id;
    } else {
      tree_.nodes_[parent.last_child].next = id;
    }
    parent.last_child = id;
  }

  bool scalar(JsonNode& node) {
    if (peek() == '"') return node.kind = Kind::kString, string();
    if (peek() == '-' || is_digit(peek())) return node.kind = Kind::kNumber, number();
    node.kind = Kind::kLiteral;
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) == word) return at_ += word.size(), true;
    }
    return fail("found " + found() + ", expected a value");
  }

  bool digits() {
    const std::size_t from = at_;
    while (is_digit(peek())) ++at_;
    return at_ != from || fail("found " + found() + ", expected a digit");
  }
  bool number() {
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.' && (++at_, !digits())) return false;
    if ((peek() | 0x20) != 'e') return true;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return digits();
  }

  bool string() {
    ++at_;
    while (!done() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20)
        return fail("a line end or control character in a string");
      if (text_[at_] == '\\' ? !escape() : (++at_, false)) return false;
    }
    if (done()) return fail("a string without end");
    ++at_;
    return true;
  }
  bool escape() {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c != 'u') {
      if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
        return fail("an invalid escape");
      at_ += 2;
      return true;
    }
    const std::uint32_t unit = code_unit(at_);
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    if (unit > 0xFFFF) return fail("\\u without four hexadecimal digits");
    if (unit >= 0xDC00 && unit < 0xE000) return fail("half a surrogate pair");
    if (is_high && (code_unit(at_ + 6) < 0xDC00 || code_unit(at_ + 6) > 0xDFFF))
      return fail("half a surrogate pair");
    at_ += is_high ? 12 : 6;
    return true;
  }
  // The value of the \uXXXX that begins there; above 0xFFFF: none.
  [[nodiscard]] std::uint32_t code_unit(std::size_t at) const {
    const std::string_view text = text_.substr(std::min(at, text_.size()), 6);
    if (text.size() != 6 || text.substr(0, 2) != "\\u") return 0x10000;
    std::uint32_t value = 0;
    for (const char c : text.substr(2)) {
      if (!is_hex(c)) return 0x10000;
      value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  Id open_ = JsonNode::kNone;
  std::string what_;
  JsonTree tree_;
};

Result<JsonTree> JsonTree::scan(std::string_view text) {
  return JsonScanner(text).run();
}

}  // namespace atm::cli::jsonc
