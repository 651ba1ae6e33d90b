// SPDX-License-Identifier: MIT
// Applies the same changes to RapidJSON's view of the text: both implementations must agree.
#include <atm/json.hpp>

#include "json_string.hpp"
#include "jsonc_edit.hpp"

namespace atm::cli::jsonc {

namespace {

using Id = JsonNode::Id;
using json::Document;
using json::Value;

// Numbers stay text, so that 1e999 and 1.0 do not change.
constexpr unsigned kTolerant = rapidjson::kParseIterativeFlag | rapidjson::kParseCommentsFlag |
                               rapidjson::kParseTrailingCommasFlag | rapidjson::kParseNumbersAsStringsFlag;

bool parse(Document& to, std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  to.Parse<kTolerant>(text.data(), text.size());
  return !to.HasParseError();
}

/// The scan bounds the depth, so recursion is safe.
class Expected final {
 public:
  Expected(const JsonTree& tree, const JsonEdits& edits, Document::AllocatorType& memory)
      : tree_(tree), edits_(edits), memory_(memory) {}

  /// Returns false if the two parsers already differ.
  bool make(Id id, Value& from, Value& to) {
    if (const auto found = edits_.replaced.find(id); found != edits_.replaced.end())
      return parsed(found->second, to);
    const JsonNode& node = tree_.at(id);
    if (from.IsObject() != (node.kind == JsonNode::Kind::kObject) ||
        from.IsArray() != (node.kind == JsonNode::Kind::kArray))
      return false;
    if (!node.is_container()) {
      to = from;
      return true;
    }
    if (from.IsObject()) {
      to.SetObject();
    } else {
      to.SetArray();
    }
    if (const auto found = edits_.inserted.find(id); found != edits_.inserted.end()) {
      for (const NewEntry& entry : found->second) {
        Value value;
        if (!parsed(value_of(entry), value)) return false;
        put(to, Value(entry.key, memory_), value);
      }
    }
    if (!keep_children(id, from, to)) return false;
    const auto found = edits_.appended.find(id);
    if (found == edits_.appended.end()) return true;
    for (const NewEntry& entry : found->second) {
      Value value;
      if (!parsed(value_of(entry), value)) return false;
      put(to, Value(), value);
    }
    return true;
  }

 private:
  static std::string value_of(const NewEntry& entry) {
    NewEntry unnamed = entry;
    unnamed.key.clear();
    return one_line(unnamed);
  }

  bool keep_children(Id id, Value& from, Value& to) {
    rapidjson::SizeType i = 0;
    const auto children = tree_.children(id);
    if (children.size() != (from.IsObject() ? from.MemberCount() : from.Size())) return false;
    for (const Id child : children) {
      Value name;
      Value* value = nullptr;
      if (from.IsObject()) {
        const auto member = from.MemberBegin() + static_cast<std::ptrdiff_t>(i);
        if (json::text_of(member->name) != tree_.key(child)) return false;
        name = member->name;
        value = &member->value;
      } else {
        value = &from[i];
      }
      ++i;
      if (edits_.removed.count(child) != 0) continue;
      Value kept;
      if (!make(child, *value, kept)) return false;
      put(to, std::move(name), kept);
    }
    return true;
  }

  void put(Value& to, Value name, Value& value) {
    if (to.IsObject()) {
      to.AddMember(name, value, memory_);
    } else {
      to.PushBack(value, memory_);
    }
  }
  bool parsed(const std::string& text, Value& to) {
    Document document(&memory_);
    if (!parse(document, text)) return false;
    to = static_cast<Value&>(document);
    return true;
  }

  const JsonTree& tree_;
  const JsonEdits& edits_;
  Document::AllocatorType& memory_;
};

// RapidJSON's own comparison ignores the order of members and duplicate names.
bool is_same(const Value& a, const Value& b) {
  if (a.GetType() != b.GetType()) return false;
  if (a.IsString()) return json::text_of(a) == json::text_of(b);
  if (a.IsArray()) {
    if (a.Size() != b.Size()) return false;
    for (rapidjson::SizeType i = 0; i < a.Size(); ++i) {
      if (!is_same(a[i], b[i])) return false;
    }
  }
  if (!a.IsObject()) return true;
  if (a.MemberCount() != b.MemberCount()) return false;
  for (auto x = a.MemberBegin(), y = b.MemberBegin(); x != a.MemberEnd(); ++x, ++y) {
    if (json::text_of(x->name) != json::text_of(y->name) || !is_same(x->value, y->value)) return false;
  }
  return true;
}

}  // namespace

Result<void> check_edits(const JsonTree& tree, const JsonEdits& edits, std::string_view after) {
  const auto failed = [](std::string_view why) {
    return Error{ErrorCode::kInternal,
                 "the edited text would differ from the intended one (" + std::string(why) + ")"};
  };
  Document before;
  if (!parse(before, tree.text())) return failed("the former text is read in two ways");
  if (const auto scanned = JsonTree::scan(after); !scanned) return failed(scanned.error().message);
  Document now;
  if (!parse(now, after)) return failed("invalid JSON at byte " + std::to_string(now.GetErrorOffset()));
  Value expected;
  if (!Expected(tree, edits, before.GetAllocator()).make(0, before, expected))
    return failed("the former text is read in two ways");
  if (!is_same(expected, now)) return failed("the entries differ");
  return {};
}

}  // namespace atm::cli::jsonc
