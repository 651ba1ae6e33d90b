// SPDX-License-Identifier: MIT
#include "trust.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <filesystem>

#include "command.hpp"
#include "journaled_edit.hpp"
#include "manifest_checks.hpp"
#include "settings_file.hpp"
#include "table.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli::setup {

namespace {

namespace fs = std::filesystem;

using doctor::agent_directories;
using doctor::own_manifests;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidField, std::move(message)};
}

bool is_file_of(const AgentFile& file, const std::string& typed) {
  std::error_code ignored;
  return file.id == typed || file.file == typed || fs::equivalent(file.file, typed, ignored);
}

/// What the tables of a manifest let atmd and atm open or write, a line each.
std::string reach_of(const std::string& manifest) {
  json::Reader reader;
  const json::Value* root = reader.parse(manifest);
  std::string text;
  if (root == nullptr) return text;
  const auto add = [&text](const char* title, std::string_view path) {
    text += title + terminal_safe(path) + '\n';
  };
  if (const json::Value* follow = json::find(*root, "follow"); follow != nullptr && follow->IsArray()) {
    for (const json::Value& one : follow->GetArray()) {
      if (const json::Value* under = json::get_array(one, "under")) {
        for (const json::Value& directory : under->GetArray()) add("atmd reads   ", json::text_of(directory));
      }
    }
  }
  if (const json::Value* usage = json::get_object(*root, "usage"))
    add("atm reads    ", json::get_string(*usage, "directory").value_or(""));
  if (const json::Value* setup = json::get_array(*root, "setup")) {
    for (const json::Value& one : setup->GetArray())
      add("setup writes ", json::get_string(one, "file").value_or(""));
  }
  return text;
}

std::string state_of(const AgentFile& file) {
  if (!file.read.manifest) return "broken";
  switch (file.trust) {
    case Trust::kNotNeeded:
      return "needs no trust";
    case Trust::kTrusted:
      return "trusted";
    case Trust::kChanged:
      return "needs trust: changed";
    case Trust::kNeeded:
      break;
  }
  return "needs trust";
}

/// The files beside a manifest that setup copies.
std::vector<std::string> sources_of(const AgentFile& file) {
  json::Reader reader;
  const json::Value* root = reader.parse(file.read.manifest->json);
  const json::Value* setup = root == nullptr ? nullptr : json::get_array(*root, "setup");
  std::vector<std::string> sources;
  if (setup == nullptr) return sources;
  for (const json::Value& one : setup->GetArray()) {
    if (const auto source = json::get_string(one, "source"))
      sources.push_back((fs::path(file.file).parent_path() / *source).string());
  }
  return sources;
}

/// The list of the trusted files, or what is wrong with it.
Result<TrustedFiles> trusted_files(const AgentDirectories& directories) {
  TrustedFiles trusted = TrustedFiles::read(directories.trusted);
  if (trusted.problem()) return invalid(trusted.problem()->message());
  return trusted;
}

Result<void> store(const AgentDirectories& directories, const TrustedFiles& trusted) {
  return write_private(directories.trusted.string(), trusted.text());
}

Result<std::string> withdraw(const TrustOptions& options, const AgentDirectories& directories) {
  auto trusted = trusted_files(directories);
  if (!trusted) return trusted.error();
  // A manifest that was removed has an entry, too.
  const std::string by_name = (directories.user / options.what / "agent.toml").string();
  for (const std::string& file : {options.what, by_name}) {
    if (!trusted->remove(file)) continue;
    // The files beside it, too.
    const std::string directory = fs::path(file).parent_path().string() + '/';
    const auto all = trusted->all();
    for (const auto& [other, hash] : all) {
      if (other.starts_with(directory)) static_cast<void>(trusted->remove(other));
    }
    if (auto written = store(directories, *trusted); !written) return written.error();
    return "not trusted  " + terminal_safe(file) + '\n';
  }
  return invalid("no manifest " + options.what + " is trusted; atm plugin trust lists those that are");
}

}  // namespace

Result<std::string> trust_manifest(const TrustOptions& options) {
  const AgentDirectories directories = agent_directories(options.agents);
  // The lock of setup: both write files in the state directory.
  JournalDirectory lock = journal_directory("trust");
  if (auto held = lock.hold(); !held) return held.error();
  if (options.remove) return withdraw(options, directories);
  const auto files = own_manifests(directories);
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const AgentFile& one) { return is_file_of(one, options.what); });
  if (file == files.end())
    return invalid("no manifest " + options.what + ", expected the name or the file of one in " +
                   directories.user.string() + "; manifests of the installation need no trust");
  if (!file->read.manifest) return invalid(file->read.problems.front().message());
  if (file->trust == Trust::kNotNeeded)
    return "needs no trust: it names no files; atmd uses " + terminal_safe(file->file) + '\n';
  auto trusted = trusted_files(directories);
  if (!trusted) return trusted.error();
  if (!trusted->add(file->file, file->sha256))
    return invalid(file->file + " cannot be stored in " + directories.trusted.string() +
                   ": its path has a line break, or the list is full; rename the directory");
  std::string copied;
  for (const std::string& source : sources_of(*file)) {
    std::string text;
    if (auto problem = read_own_file(source, AgentManifest::kMaxBytes, text))
      return invalid(problem->message());
    if (!trusted->add(source, sha256_text(text))) return invalid("the list of trusted files is full");
    copied += "setup copies " + terminal_safe(source) + '\n';
  }
  if (auto written = store(directories, *trusted); !written) return written.error();
  return "trusted      " + terminal_safe(file->file) + "\nSHA-256      " + file->sha256 + '\n' +
         reach_of(file->read.manifest->json) + copied +
         "A change of the file ends the trust.\nundo         atm plugin trust --remove " + file->id + '\n';
}

std::string trust_overview(const TrustOptions& options) {
  const AgentDirectories directories = agent_directories(options.agents);
  const auto files = own_manifests(directories);
  std::string below;
  if (const auto trusted = trusted_files(directories); !trusted)
    below += terminal_safe(trusted.error().message) + '\n';
  if (files.empty()) return below + "no manifest in " + terminal_safe(directories.user.string()) + '\n';
  Table table({{.title = "AGENT"}, {.title = "STATE"}, {.title = "MANIFEST"}});
  for (const AgentFile& file : files) {
    table.add_row({{terminal_safe(file.id)}, {state_of(file)}, {terminal_safe(file.file)}});
    if (!file.read.problems.empty()) below += terminal_safe(file.read.problems.front().message()) + '\n';
  }
  return table.render({}) + below;
}

}  // namespace atm::cli::setup

namespace atm::cli {

ExitCode run_trust(const TrustOptions& options) {
  if (options.what.empty() && options.remove)
    return complain_of_usage("--remove needs the name of a manifest; see atm plugin trust --help");
  if (options.what.empty()) return print(setup::trust_overview(options));
  const auto report = setup::trust_manifest(options);
  if (report) return print(*report);
  static_cast<void>(complain(report.error()));
  return kFailed;
}

}  // namespace atm::cli
