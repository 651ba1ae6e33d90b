// SPDX-License-Identifier: MIT
#include "sources/source_options.hpp"

#include <atm/json.hpp>
#include <stdexcept>

#include "sources/config_dirs.hpp"

namespace claude_code {

namespace json = atm::json;

SourceOptions SourceOptions::read(std::string_view config_json, const std::string& default_config_dir) {
  constexpr std::int64_t kDiscoverSeconds = 30;
  json::Reader reader;
  const json::Value* config = reader.parse(config_json.empty() ? "{}" : config_json);
  if (config == nullptr) throw std::invalid_argument("claude_code: configuration is not JSON");
  SourceOptions options;
  options.transcripts = json::get_bool(*config, "transcripts").value_or(true);
  options.discover_every =
      std::chrono::seconds(json::get_int(*config, "discover_seconds").value_or(kDiscoverSeconds));
  const json::Value* directories = json::get_array(*config, "config_dirs");
  if (directories == nullptr) {
    if (!default_config_dir.empty()) options.config_dirs.insert(default_config_dir);
    return options;
  }
  for (const json::Value& directory : directories->GetArray()) {
    const std::string_view text = directory.IsString() ? json::text_of(directory) : "";
    std::string path = config_dir(text);
    if (path.empty())
      throw std::invalid_argument("claude_code: config_dirs has '" + std::string(text) +
                                  "', expected absolute paths; write each from the root, without ~");
    options.config_dirs.insert(std::move(path));
  }
  return options;
}

}  // namespace claude_code
