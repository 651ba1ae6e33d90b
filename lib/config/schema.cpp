// SPDX-License-Identifier: MIT
#include "lib/config/schema.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <map>
#include <set>

#include <rapidjson/pointer.h>
#include <rapidjson/schema.h>

#include "lib/config/problem.hpp"
#include "lib/config/schema_words.hpp"

namespace atm {
namespace {

constexpr std::size_t kMaxMismatches = 64;
constexpr int kMaxRounds = 256;

using Pointer = rapidjson::SchemaDocument::PointerType;
using Path = std::vector<std::string>;

// Validates a copy, removes the offending value and repeats until the copy is valid.
class Sweep final {
 public:
  Sweep(const json::Value& schema, const rapidjson::SchemaDocument& compiled, json::Document& document)
      : schema_(schema), compiled_(compiled), document_(document) {}

  std::vector<Mismatch> run() {
    for (int round = 0; round < kMaxRounds && found_.size() < kMaxMismatches; ++round) {
      rapidjson::SchemaValidator validator(compiled_);
      if (document_.Accept(validator)) break;
      const char* keyword = validator.GetInvalidSchemaKeyword();
      const json::Value* rule = validator.GetInvalidSchemaPointer().Get(schema_);
      if (!take(validator.GetInvalidDocumentPointer(), rule != nullptr ? *rule : schema_,
                keyword != nullptr ? keyword : "")) {
        break;
      }
    }
    return std::move(found_);
  }

 private:
  // Returns false if there is nothing left to validate.
  bool take(const Pointer& pointer, const json::Value& rule, std::string_view keyword) {
    const Path path = original(pointer);
    const json::Value* value = pointer.Get(static_cast<const json::Value&>(document_));
    if (value == nullptr) return false;
    if (keyword == "required") {
      report_missing(path, *value, rule);
    } else {
      found_.push_back(describe_mismatch(path, *value, rule, keyword));
    }
    return erase(pointer, path);
  }

  void report_missing(const Path& path, const json::Value& object, const json::Value& rule) {
    const json::Value* required = json::get_array(rule, "required");
    if (required == nullptr) return;
    for (const json::Value& name : required->GetArray()) {
      if (!name.IsString() || object.HasMember(name)) continue;
      Path member = path;
      member.emplace_back(json::text_of(name));
      if (erased_.count(member) == 0) found_.push_back(describe_missing(member, rule));
    }
  }

  bool erase(const Pointer& pointer, const Path& path) {
    if (pointer.GetTokenCount() == 0) return false;
    const auto& last = pointer.GetTokens()[pointer.GetTokenCount() - 1];
    json::Value* parent = Pointer(pointer.GetTokens(), pointer.GetTokenCount() - 1).Get(document_);
    if (parent == nullptr) return false;
    erased_.insert(path);
    if (parent->IsArray()) {
      parent->Erase(parent->Begin() + last.index);
    } else {
      parent->EraseMember(json::Value(rapidjson::StringRef(last.name, last.length)));
    }
    return true;
  }

  // The path in the original document: removals from a list have shifted later elements.
  Path original(const Pointer& pointer) const {
    Path path;
    const json::Value* at = &document_;
    for (std::size_t i = 0; i < pointer.GetTokenCount(); ++i) {
      const auto& token = pointer.GetTokens()[i];
      std::string name(token.name, token.length);
      if (at != nullptr && at->IsArray()) {
        std::size_t index = 0;
        for (std::size_t left = token.index;; ++index) {
          path.push_back(std::to_string(index));
          const bool is_gone = erased_.count(path) != 0;
          path.pop_back();
          if (!is_gone && left-- == 0) break;
        }
        name = std::to_string(index);
        at = token.index < at->Size() ? &(*at)[token.index] : nullptr;
      } else if (at != nullptr) {
        at = json::find(*at, name);
      }
      path.push_back(std::move(name));
    }
    return path;
  }

  const json::Value& schema_;
  const rapidjson::SchemaDocument& compiled_;
  json::Document& document_;
  std::set<Path> erased_;
  std::vector<Mismatch> found_;
};

}  // namespace

// Keeps the reader, because the schema's texts point into its buffer.
struct Schema::Impl {
  json::Reader reader;
  const json::Value* root = nullptr;
  std::optional<rapidjson::SchemaDocument> compiled;
};

std::string Mismatch::key() const {
  std::string text;
  for (const std::string& part : path) {
    const bool is_index =
        !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_index) {
      text += "[" + part + "]";
    } else {
      text += (text.empty() ? "" : ".") + part;
    }
  }
  return text;
}

std::optional<Schema> Schema::parse(std::string_view text, std::string& error) {
  auto impl = std::make_unique<Impl>();
  impl->root = impl->reader.parse(text);
  if (impl->root == nullptr || !impl->root->IsObject()) {
    error = impl->root == nullptr ? impl->reader.error() : "not a JSON object";
    return std::nullopt;
  }
  impl->compiled.emplace(*impl->root);
  return Schema(std::move(impl));
}

Schema::Schema(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

std::vector<Mismatch> Schema::validate(std::string_view text) const {
  json::Reader reader;
  const json::Value* root = reader.parse(text);
  if (root == nullptr) return {Mismatch{{}, reader.error(), "JSON", ""}};
  json::Document copy;
  copy.CopyFrom(*root, copy.GetAllocator());
  return Sweep(*impl_->root, *impl_->compiled, copy).run();
}

}  // namespace atm
