// SPDX-License-Identifier: MIT
#include "jsonc_tree.hpp"

#include <algorithm>

#include "json_string.hpp"

namespace atm::cli::jsonc {

std::vector<JsonNode::Id> JsonTree::children(Id id) const {
  std::vector<Id> all;
  for (Id child = nodes_[id].first_child; child != JsonNode::kNone; child = nodes_[child].next)
    all.push_back(child);
  return all;
}

std::string_view JsonTree::raw(Id id) const noexcept {
  return text_.substr(nodes_[id].begin, nodes_[id].end - nodes_[id].begin);
}

std::string JsonTree::key(Id id) const {
  const JsonNode& node = nodes_[id];
  return node.key == JsonNode::kNoPlace ? "" : decode_string(text_.substr(node.key, node.key_end - node.key));
}

std::optional<std::string> JsonTree::string(Id id) const {
  if (!is(id, JsonNode::Kind::kString)) return std::nullopt;
  return decode_string(raw(id));
}

std::optional<JsonNode::Id> JsonTree::member(Id object, std::string_view name) const {
  std::optional<Id> found;
  if (!is(object, JsonNode::Kind::kObject)) return found;
  for (const Id child : children(object)) {
    if (key(child) == name) found = child;
  }
  return found;
}

std::string place_in(std::string_view text, std::size_t at) {
  std::size_t line = 1;
  std::size_t begin = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
  for (std::size_t i = 0; i < at && i < text.size(); ++i) {
    if (text[i] != '\n') continue;
    ++line;
    begin = i + 1;
  }
  return std::to_string(line) + ':' + std::to_string(at < begin ? 1 : at - begin + 1);
}

std::size_t skip_trivia(std::string_view text, std::size_t at) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (kSpace.find(rest[0]) != std::string_view::npos) {
      ++at;
    } else if (rest.substr(0, 2) == "//") {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.substr(0, 2) == "/*") {
      const std::size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace atm::cli::jsonc
