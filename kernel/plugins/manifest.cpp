// SPDX-License-Identifier: MIT
#include "kernel/plugins/manifest.hpp"

#include <atm/abi.h>

#include <algorithm>
#include <atm/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "kernel/plugins/contract.hpp"
#include "lib/config/schema.hpp"

namespace atm::kernel {
namespace {

constexpr std::string_view kSchema = R"json({
  "type": "object",
  "required": ["id", "version", "abi", "vocabulary", "arch", "sanitizer", "provides", "library"],
  "properties": {
    "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 64},
    "version": {"type": "string", "pattern": "^[0-9]+[.][0-9]+[.][0-9]+[-+.0-9A-Za-z]*$", "maxLength": 64},
    "abi": {"type": "string", "pattern": "^[0-9]{1,5}[.][0-9]{1,5}$"},
    "vocabulary": {"type": "string", "pattern": "^[0-9]{1,5}[.][0-9]{1,5}$"},
    "arch": {"type": "string", "minLength": 1},
    "sanitizer": {"enum": ["none", "address", "thread"]},
    "provides": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    "needs": {"type": "array", "items": {"type": "string"}},
    "enabled": {"type": "boolean"},
    "library": {"type": "string", "pattern": "^[A-Za-z0-9_][-A-Za-z0-9_.]*[.]so$"}
  }
})json";

const Schema& schema() {
  static const Schema compiled = [] {
    std::string error;
    return Schema::parse(kSchema, error).value();
  }();
  return compiled;
}

Manifest::Version version_of(std::string_view text) {
  Manifest::Version version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ptr != end) std::from_chars(major.ptr + 1, end, version.minor);
  return version;
}

std::string text_of_version(Manifest::Version version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string text_at(const json::Value& root, std::string_view key) {
  return std::string(json::get_string(root, key).value_or(""));
}

std::vector<std::string> texts_at(const json::Value& root, std::string_view key) {
  std::vector<std::string> texts;
  if (const json::Value* list = json::get_array(root, key)) {
    for (const json::Value& text : list->GetArray()) texts.emplace_back(json::text_of(text));
  }
  return texts;
}

Problem not_a_manifest(const std::filesystem::path& file, std::string found) {
  return {file.string(), std::move(found), "a plugin's manifest", "rebuild the plugin with atm_add_plugin()"};
}

}  // namespace

HostTraits host_traits() {
  HostTraits traits{"unknown", "none"};
#if defined(__x86_64__)
  traits.arch = "x86_64";
#elif defined(__aarch64__)
  traits.arch = "aarch64";
#elif defined(__riscv)
  traits.arch = "riscv64";
#endif
#if defined(__SANITIZE_ADDRESS__)
  traits.sanitizer = "address";
#elif defined(__SANITIZE_THREAD__)
  traits.sanitizer = "thread";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  traits.sanitizer = "address";
#elif __has_feature(thread_sanitizer)
  traits.sanitizer = "thread";
#endif
#endif
  return traits;
}

std::variant<Manifest, Problem> parse_manifest(std::string_view text, const std::filesystem::path& file) {
  json::Reader reader;
  const json::Value* root = reader.parse(text);
  if (root == nullptr) return not_a_manifest(file, "not JSON: " + reader.error());
  const std::vector<Mismatch> mismatches = schema().validate(text);
  if (!mismatches.empty()) {
    const Mismatch& m = mismatches.front();
    const std::string key = m.key();
    return Problem{file.string(), (key.empty() ? "it" : key) + " is " + m.found, m.wanted,
                   "rebuild the plugin with atm_add_plugin()"};
  }
  Manifest manifest;
  manifest.file = file;
  manifest.library = file.parent_path() / text_at(*root, "library");
  manifest.id = text_at(*root, "id");
  manifest.version = text_at(*root, "version");
  manifest.abi = version_of(text_at(*root, "abi"));
  manifest.vocabulary = version_of(text_at(*root, "vocabulary"));
  manifest.arch = text_at(*root, "arch");
  manifest.sanitizer = text_at(*root, "sanitizer");
  manifest.provides = texts_at(*root, "provides");
  manifest.needs = texts_at(*root, "needs");
  manifest.is_enabled = json::get_bool(*root, "enabled").value_or(true);
  return manifest;
}

std::variant<Manifest, Problem> read_manifest(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxManifestBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.is_open()) {
    return Problem{file.string(), std::strerror(errno), "a readable manifest",
                   "make it readable for this user"};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxManifestBytes) return not_a_manifest(file, "a file over 64 KiB");
  return parse_manifest(text, file);
}

std::optional<Problem> check_manifest(const Manifest& manifest, const HostTraits& traits) {
  const auto refuse = [&](std::string found, std::string wanted, std::string remedy) {
    return Problem{manifest.file.string(), std::move(found), std::move(wanted), std::move(remedy)};
  };
  const Manifest::Version abi{ATM_ABI_MAJOR, ATM_ABI_MINOR};
  if (manifest.abi.major != abi.major || manifest.abi.minor > abi.minor) {
    return refuse("abi is " + text_of_version(manifest.abi),
                  std::to_string(abi.major) + ".0 to " + text_of_version(abi),
                  manifest.abi.major < abi.major
                      ? "build the plugin against the installed SDK"
                      : "update atmd or build the plugin against the installed SDK");
  }
  if (manifest.vocabulary.major != ATM_VOCABULARY_MAJOR) {
    return refuse("vocabulary is " + text_of_version(manifest.vocabulary),
                  std::to_string(ATM_VOCABULARY_MAJOR) + ".x", "build the plugin against the installed SDK");
  }
  if (manifest.arch != traits.arch) {
    return refuse("arch is " + manifest.arch, std::string(traits.arch),
                  "install the plugin for this machine");
  }
  if (manifest.sanitizer != traits.sanitizer) {
    return refuse("sanitizer is " + manifest.sanitizer, std::string(traits.sanitizer),
                  "build plugin and atmd with the same sanitizer");
  }
  const auto is_kind = [](const std::string& id) { return is_plugin_interface(id); };
  if (std::none_of(manifest.provides.begin(), manifest.provides.end(), is_kind)) {
    return refuse("provides " + manifest.provides.front(),
                  "one of atm.parser/1, atm.analyzer/1, atm.transport/1, atm.source/1, atm.store/1",
                  "update atmd");
  }
  for (const std::string& need : manifest.needs) {
    if (!is_host_interface(need)) return refuse("needs " + need, "a service this atmd has", "update atmd");
  }
  return std::nullopt;
}

}  // namespace atm::kernel
