// SPDX-License-Identifier: MIT
#include "wire_schema_test_support.hpp"

#include <atm/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include <rapidjson/schema.h>

namespace atm::test {

namespace {

/// Makes an object schema refuse unknown members, unless it defines them itself.
void close(json::Value& schema, json::Document::AllocatorType& allocator) {
  if (schema.IsArray()) {
    for (json::Value& item : schema.GetArray()) close(item, allocator);
  }
  if (!schema.IsObject()) return;
  // By index: clang finds the comparison of these iterators ambiguous.
  for (rapidjson::SizeType i = 0; i < schema.MemberCount(); ++i)
    close((schema.MemberBegin() + static_cast<std::ptrdiff_t>(i))->value, allocator);
  if (json::get_string(schema, "type") == "object" && schema.HasMember("properties") &&
      !schema.HasMember("additionalProperties")) {
    schema.AddMember("additionalProperties", false, allocator);
  }
}

/// RapidJSON treats a member that is only required as a described one: it would escape close().
void check_required(const json::Value& schema, const std::string& file) {
  if (schema.IsArray()) {
    for (const json::Value& item : schema.GetArray()) check_required(item, file);
  }
  if (!schema.IsObject()) return;
  for (const auto& member : schema.GetObject()) check_required(member.value, file);
  const json::Value* properties = json::get_object(schema, "properties");
  const json::Value* required = json::get_array(schema, "required");
  if (properties == nullptr || required == nullptr) return;
  for (const json::Value& name : required->GetArray()) {
    if (!properties->HasMember(name))
      throw std::runtime_error("schema " + file + " requires '" + std::string(json::text_of(name)) +
                               "' and does not describe it");
  }
}

std::string text_of(const rapidjson::Pointer& pointer) {
  json::Buffer buffer;
  pointer.Stringify(buffer);
  return std::string(json::text_of(buffer));
}

}  // namespace

class WireSchema::Files final : public rapidjson::IRemoteSchemaDocumentProvider {
 public:
  explicit Files(Unknown unknown) : unknown_(unknown) {}

  /// RapidJSON 1.1.0 returns a length that is one too short; the text itself is complete.
  const rapidjson::SchemaDocument* GetRemoteDocument(const char* uri, rapidjson::SizeType) override {
    const std::string_view reference(uri);
    return &compiled(std::string(reference.substr(0, reference.find('#'))));
  }

  const rapidjson::SchemaDocument& compiled(const std::string& file) {
    Entry& entry = entries_[file];
    if (!entry.schema) {
      std::ostringstream text;
      text << std::ifstream(std::filesystem::path(ATM_TEST_SCHEMAS) / file).rdbuf();
      compile(entry, text.str(), file);
    }
    return *entry.schema;
  }

  /// The definition of one message.
  const rapidjson::SchemaDocument* definition(const std::string& file, const std::string& type) {
    static_cast<void>(compiled(file));
    const json::Value* all = json::get_object(entries_.at(file).document, "definitions");
    if (all == nullptr || json::find(*all, type) == nullptr) return nullptr;
    Entry& entry = entries_[file + "#/definitions/" + type];
    if (!entry.schema)
      compile(entry, R"({"$ref":")" + file + "#/definitions/" + type + R"("})", file + " " + type);
    return &*entry.schema;
  }

 private:
  struct Entry {
    json::Document document;  // the texts of the compiled schema are here
    std::unique_ptr<rapidjson::SchemaDocument> schema;
  };

  void compile(Entry& entry, const std::string& text, const std::string& name) {
    entry.document.Parse(text.data(), text.size());  // with its length, so that nothing beyond it is read
    if (entry.document.HasParseError()) throw std::runtime_error("schema " + name + " is not JSON");
    check_required(entry.document, name);
    if (unknown_ == Unknown::kRefused) close(entry.document, entry.document.GetAllocator());
    entry.schema = std::make_unique<rapidjson::SchemaDocument>(entry.document, this);
  }

  const Unknown unknown_;
  std::map<std::string, Entry> entries_;
};

WireSchema::WireSchema(Unknown unknown) : files_(std::make_unique<Files>(unknown)) {
  for (const char* file : {"client_message.json", "daemon_message.json"})
    static_cast<void>(files_->compiled(file));
}

WireSchema::~WireSchema() = default;

std::string WireSchema::fault(const std::string& file, std::string_view line) const {
  json::Reader reader;
  const json::Value* message = reader.parse(line);
  if (message == nullptr) return "not JSON: " + reader.error();
  const std::string type(json::get_string(*message, "type").value_or(""));
  const rapidjson::SchemaDocument* schema = files_->definition(file, type);
  if (schema == nullptr) return "no definition of type '" + type + "'";
  rapidjson::SchemaValidator one(*schema);
  if (!message->Accept(one)) {
    return "at " + text_of(one.GetInvalidDocumentPointer()) + ": against " + one.GetInvalidSchemaKeyword() +
           " of " + text_of(one.GetInvalidSchemaPointer());
  }
  // The file as a whole, for programs that do not know the types: no two definitions may match.
  rapidjson::SchemaValidator any(files_->compiled(file));
  return message->Accept(any) ? "" : "fits its definition, but not " + file + " as a whole";
}

}  // namespace atm::test
