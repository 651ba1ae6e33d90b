// SPDX-License-Identifier: MIT
// The part of PluginHost that reads the configuration's [plugins.<id>] tables.
#include <algorithm>
#include <atm/json.hpp>

#include "kernel/config/removed_keys.hpp"
#include "kernel/model/observation.hpp"
#include "kernel/plugins/plugin_host.hpp"
#include "kernel/system/log.hpp"
#include "lib/config/schema.hpp"

namespace atm::kernel {

namespace {

/// A table of the configuration that is no table of a plugin, because it describes more than one program or agent.
struct SharedTable {
  const char* name;
  const char* property;  ///< a plugin whose schema has it gets the table under this name
};
constexpr SharedTable kSharedTables[] = {{"budget", "budget"}, {"agents", "homes"}};

void add_table(const SharedTable& shared, std::string_view schema_text, const std::string& file,
               std::string& config) {
  json::Reader schema_reader;
  json::Reader file_reader;
  json::Reader reader;
  const json::Value* const schema = schema_reader.parse(schema_text);
  const json::Value* const properties = schema == nullptr ? nullptr : json::get_object(*schema, "properties");
  const json::Value* const root = file_reader.parse(file);
  const json::Value* const table = root == nullptr ? nullptr : json::get_object(*root, shared.name);
  const json::Value* const own = reader.parse(config);
  if (properties == nullptr || json::find(*properties, shared.property) == nullptr || table == nullptr ||
      own == nullptr || !own->IsObject())
    return;
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  for (const auto& member : own->GetObject()) {
    if (json::text_of(member.name) == shared.property) continue;
    json::key(writer, json::text_of(member.name));
    member.value.Accept(writer);
  }
  json::key(writer, shared.property);
  table->Accept(writer);
  writer.EndObject();
  config = json::text_of(buffer);
}

}  // namespace

std::optional<Problem> PluginHost::check_config(const PluginEntry& entry, std::string& config) {
  // A plugin without a schema takes no keys.
  std::string_view text = text_of(entry.plugin->config_schema);
  if (text.empty()) text = R"({"type":"object","additionalProperties":false})";
  std::string error;
  const std::optional<Schema> schema = Schema::parse(text, error);
  if (!schema) {
    return Problem{entry.file.string(), "config_schema is " + error, "a JSON Schema, draft 4",
                   "fix the plugin"};
  }
  for (const RemovedKey& removed : drop_removed_keys(text, config)) {
    warnings_.push_back(warning_at(settings_.file, {"plugins", entry.id}, removed));
    kernel_.log.write(LogLevel::kWarn, entry.id, warnings_.back().message(), {});
  }
  for (const SharedTable& shared : kSharedTables) add_table(shared, text, settings_.file.json, config);
  const std::vector<Mismatch> mismatches = schema->validate(config);
  if (mismatches.empty()) return std::nullopt;
  const auto problem = [&](const Mismatch& mismatch) {
    return problem_at(settings_.file, {"plugins", entry.id}, mismatch);
  };
  // The first mismatch becomes the plugin's own problem; the others are reported here.
  for (std::size_t i = 1; i < mismatches.size(); ++i) note(problem(mismatches[i]));
  return problem(mismatches.front());
}

void PluginHost::check_unknown_tables() {
  std::vector<std::string> ids;
  for (const auto& entry : entries_) ids.push_back(entry->id);
  for (const auto& [id, table] : settings_.plugins) {
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    const std::string_view near = closest(id, ids);
    note({settings_.file.place({"plugins", id}), "plugins." + id + " names a plugin that is not installed",
          "the id of an installed plugin",
          near.empty() ? "install it or remove the table" : "did you mean " + std::string(near) + "?"});
  }
}

}  // namespace atm::kernel
