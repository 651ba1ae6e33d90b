// SPDX-License-Identifier: MIT
#include "jsonc_edit.hpp"

#include <algorithm>

#include "json_string.hpp"

namespace atm::cli::jsonc {

namespace {

using Id = JsonNode::Id;
constexpr std::size_t kNoPlace = JsonNode::kNoPlace;
constexpr std::string_view kBlanks = " \t";

std::string_view indentation_at(std::string_view text, std::size_t at) {
  const std::size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  const std::size_t from = line == 0 && text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : line;
  const std::size_t end = std::min(text.find_first_not_of(kBlanks, from), at);
  return text.substr(from, end - from);
}

bool begins_its_line(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? kNoPlace : text.find_last_not_of(kBlanks, at - 1);
  return before != kNoPlace && text[before] == '\n';
}

// The position after the first line end in the white space and comments at `at` that is not inside a block comment.
std::size_t next_line(std::string_view text, std::size_t at) {
  for (;;) {
    at = text.find_first_not_of(" \t\r", at);
    if (at == kNoPlace) return kNoPlace;
    if (text[at] == '\n') return at + 1;
    if (text.substr(at, 2) != "/*") break;
    at = text.find("*/", at + 2) + 2;
  }
  if (text.substr(at, 2) != "//") return kNoPlace;
  const std::size_t end = text.find('\n', at);
  return end == kNoPlace ? kNoPlace : end + 1;
}

class Editor final {
 public:
  Editor(const JsonTree& tree, const JsonEdits& edits) : tree_(tree), edits_(edits), text_(tree.text()) {
    const JsonNode& root = tree.at(0);
    const std::string_view whole = tree.raw(0);
    is_one_line_ = whole.find('\n') == whole.npos && root.first_child != JsonNode::kNone;
    const std::size_t end = text_.find('\n');
    if (end != kNoPlace && end > 0 && text_[end - 1] == '\r') line_end_ = "\r\n";
    if (root.first_child == JsonNode::kNone) return;
    const std::size_t first = tree.at(root.first_child).start();
    const std::string_view found = indentation_at(text_, first);
    if (begins_its_line(text_, first) && !found.empty()) unit_ = found;
  }

  std::string run() {
    for (const auto& [container, entries] : edits_.inserted) insert(container, entries);
    for (const auto& [array, entries] : edits_.appended) append(array, entries);
    for (const auto& [id, value] : edits_.replaced) {
      const JsonNode& node = tree_.at(id);
      cut(node.begin, node.end, value);
    }
    std::set<Id> parents;
    for (const Id id : edits_.removed) parents.insert(tree_.at(id).parent);
    for (const Id parent : parents) remove_from(parent);
    return written();
  }

 private:
  struct Change {
    std::size_t from;
    std::size_t to;
    std::string with;
  };

  void cut(std::size_t from, std::size_t to, std::string with = "") {
    changes_.push_back({from, to, std::move(with)});
  }
  [[nodiscard]] bool stays(Id id) const { return edits_.removed.count(id) == 0; }

  std::string written() {
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const Change& a, const Change& b) { return a.from < b.from; });
    std::string out;
    std::size_t at = 0;
    for (const Change& change : changes_) {
      if (change.from > at) out += text_.substr(at, change.from - at);
      out += change.with;
      at = std::max(at, change.to);
    }
    return out += text_.substr(at);
  }

  [[nodiscard]] std::string lines(const NewEntry& entry, const std::string& indent) const {
    if (entry.members.empty()) return one_line(entry);
    std::string out = encode_string(entry.key) + ": {";
    for (std::size_t i = 0; i < entry.members.size(); ++i)
      out += (i == 0 ? "" : ",") + line_end_ + indent + unit_ + lines(entry.members[i], indent + unit_);
    return out + line_end_ + indent + "}";
  }

  void insert(Id container, const std::vector<NewEntry>& entries) {
    const JsonNode& node = tree_.at(container);
    const auto children = tree_.children(container);
    const bool is_last = std::none_of(children.begin(), children.end(), [this](Id id) { return stays(id); });
    const bool has_child = !children.empty();
    const std::size_t first = has_child ? tree_.at(children.front()).start() : node.end - 1;
    const std::size_t line = next_line(text_, node.begin + 1);
    if (is_one_line_ || (has_child && line == kNoPlace)) {
      std::string out;
      for (std::size_t i = 0; i < entries.size(); ++i)
        out += one_line(entries[i]) + (i + 1 == entries.size() && is_last ? "" : has_child ? ", " : ",");
      return cut(first, first, std::move(out));
    }
    const std::string outer(indentation_at(text_, node.begin));
    const std::string indent = has_child && begins_its_line(text_, first)
                                   ? std::string(indentation_at(text_, first))
                                   : outer + unit_;
    std::string out = line == kNoPlace ? line_end_ : "";
    for (std::size_t i = 0; i < entries.size(); ++i)
      out += indent + lines(entries[i], indent) + (i + 1 == entries.size() && is_last ? "" : ",") + line_end_;
    if (line == kNoPlace) out += outer;
    const std::size_t at = line == kNoPlace ? node.begin + 1 : line;
    cut(at, at, std::move(out));
  }

  void append(Id array, const std::vector<NewEntry>& entries) {
    const auto children = tree_.children(array);
    const JsonNode& last = tree_.at(children.back());
    const bool had_comma = last.comma != kNoPlace;
    const std::size_t end = had_comma ? last.comma + 1 : last.end;
    const std::size_t line = next_line(text_, end);
    const bool is_inline = is_one_line_ || line == kNoPlace || !begins_its_line(text_, last.start());
    if (!had_comma) cut(last.end, last.end, ",");
    std::string out;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string comma = i + 1 < entries.size() || had_comma ? "," : "";
      if (is_inline) {
        out += " " + one_line(entries[i]) + comma;
      } else {
        const std::string indent(indentation_at(text_, last.start()));
        out += indent + lines(entries[i], indent) + comma + line_end_;
      }
    }
    const std::size_t at = is_inline ? end : line;
    cut(at, at, std::move(out));
  }

  void remove_from(Id parent) {
    const auto children = tree_.children(parent);
    const JsonNode& node = tree_.at(parent);
    const bool is_inserted_to = edits_.inserted.count(parent) != 0;
    if (!is_inserted_to &&
        std::none_of(children.begin(), children.end(), [this](Id id) { return stays(id); }) &&
        has_only_space(node))
      return cut(node.begin + 1, node.end - 1);
    Id last_staying = JsonNode::kNone;
    for (const Id child : children) {
      if (stays(child)) {
        last_staying = child;
      } else {
        remove(tree_.at(child));
      }
    }
    // A comma that now follows the last entry, where none was before.
    const bool had_comma = tree_.at(children.back()).comma != kNoPlace;
    if (last_staying == JsonNode::kNone || last_staying == children.back() || had_comma) return;
    const std::size_t comma = tree_.at(last_staying).comma;
    cut(comma, comma + 1);
  }

  // If all entries are removed, no comments between them are lost.
  [[nodiscard]] bool has_only_space(const JsonNode& node) const {
    std::size_t at = node.begin + 1;
    for (const Id child : tree_.children(tree_.at(node.first_child).parent)) {
      const JsonNode& entry = tree_.at(child);
      if (!is_space(at, entry.start())) return false;
      at = entry.end;
      if (entry.comma == kNoPlace) continue;
      if (!is_space(at, entry.comma)) return false;
      at = entry.comma + 1;
    }
    return is_space(at, node.end - 1);
  }
  [[nodiscard]] bool is_space(std::size_t from, std::size_t to) const {
    return text_.substr(from, to - from).find_first_not_of(" \t\r\n") == text_.npos;
  }

  void remove(const JsonNode& node) {
    std::size_t from = node.start();
    std::size_t to = node.end;
    const bool is_joined = node.comma != kNoPlace && is_space(node.end, node.comma);
    if (is_joined) to = node.comma + 1;
    if (node.comma != kNoPlace && !is_joined) cut(node.comma, node.comma + 1);
    const std::size_t after = std::min(text_.find_first_not_of(" \t\r", to), text_.size());
    const bool ends_its_line = after < text_.size() && text_[after] == '\n';
    if (begins_its_line(text_, from) && ends_its_line) {
      cut(text_.rfind('\n', from) + 1, after + 1);
    } else if (is_joined && !ends_its_line) {
      cut(from, std::min(text_.find_first_not_of(kBlanks, to), text_.size()));
    } else {
      const std::size_t before = text_.find_last_not_of(kBlanks, from - 1);
      if (text_[before] != '\n') from = before + 1;
      cut(from, to);
    }
  }

  const JsonTree& tree_;
  const JsonEdits& edits_;
  std::string_view text_;
  bool is_one_line_ = false;
  std::string line_end_ = "\n";
  std::string unit_ = "  ";
  std::vector<Change> changes_;
};

}  // namespace

std::string one_line(const NewEntry& entry) {
  std::string out = entry.key.empty() ? "" : encode_string(entry.key) + ": ";
  if (entry.members.empty()) return out + entry.value;
  out += '{';
  for (std::size_t i = 0; i < entry.members.size(); ++i)
    out += (i == 0 ? "" : ", ") + one_line(entry.members[i]);
  return out + '}';
}

std::string apply(const JsonTree& tree, const JsonEdits& edits) {
  return Editor(tree, edits).run();
}

}  // namespace atm::cli::jsonc
