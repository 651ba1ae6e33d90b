// SPDX-License-Identifier: MIT
// Secrets in every field of the hooks and status lines of a recording.
#include <atm/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

/// The fields of each hook and of status lines that the history stores: names, ids, directories and words of the agent
/// (docs/operate/history.md). A field of the same name in another hook may contain a text of the user.
const std::set<std::string> kStored{"Elicitation.prompt_id",
                                    "ElicitationResult.prompt_id",
                                    "Notification.prompt_id",
                                    "PermissionRequest.permission_mode",
                                    "PermissionRequest.prompt_id",
                                    "PermissionRequest.tool_name",
                                    "PostCompact.prompt_id",
                                    "PostModelSwitch.prompt_id",
                                    "PostModelSwitch.to_model",
                                    "PostToolBatch.agent_id",
                                    "PostToolBatch.tool_name",
                                    "PostToolBatch.tool_use_id",
                                    "PostToolUse.agent_id",
                                    "PostToolUse.permission_mode",
                                    "PostToolUse.prompt_id",
                                    "PostToolUse.tool_name",
                                    "PostToolUse.tool_use_id",
                                    "PostToolUseFailure.permission_mode",
                                    "PostToolUseFailure.prompt_id",
                                    "PostToolUseFailure.tool_name",
                                    "PostToolUseFailure.tool_use_id",
                                    "PreCompact.prompt_id",
                                    "PreToolUse.agent_id",
                                    "PreToolUse.permission_mode",
                                    "PreToolUse.prompt_id",
                                    "PreToolUse.tool_name",
                                    "PreToolUse.tool_use_id",
                                    "SessionEnd.prompt_id",
                                    "SessionEnd.reason",
                                    "SessionStart.cwd",
                                    "SessionStart.model",
                                    "SessionStart.prompt_id",
                                    "SessionStart.source",
                                    "SessionStart.transcript_path",
                                    "Stop.permission_mode",
                                    "Stop.prompt_id",
                                    "StopFailure.error",
                                    "StopFailure.prompt_id",
                                    "SubagentStart.agent_id",
                                    "SubagentStart.agent_type",
                                    "SubagentStart.prompt_id",
                                    "SubagentStop.agent_id",
                                    "SubagentStop.agent_type",
                                    "SubagentStop.permission_mode",
                                    "SubagentStop.prompt_id",
                                    "UserPromptSubmit.cwd",
                                    "UserPromptSubmit.permission_mode",
                                    "UserPromptSubmit.prompt_id",
                                    "status_line.cwd",
                                    "status_line.display_name",
                                    "status_line.id",
                                    "status_line.level",
                                    "status_line.prompt_id",
                                    "status_line.transcript_path",
                                    "status_line.version"};

/// Replaces texts of a payload by secrets that name their field.
class Planter final {
 public:
  /// A payload with a secret in each field, apart from what the parser needs in order to know the event.
  std::string plant(const json::Value& payload, const std::string& session) {
    event_ = std::string(json::get_string(payload, "hook_event_name").value_or("status_line"));
    json::Buffer buffer;
    json::Writer writer(buffer);
    session_ = session;
    write(writer, payload, "", 0);
    return std::string(json::text_of(buffer));
  }
  /// The fields whose secrets occur in `text`, as EVENT.FIELD.
  [[nodiscard]] std::set<std::string> fields_in(const std::string& text) const {
    std::set<std::string> fields;
    for (std::size_t at = text.find(kMark); at != text.npos; at = text.find(kMark, at + 1)) {
      const std::size_t end = text.find('!', at);
      const auto known = planted_.find(text.substr(at, end == text.npos ? end : end - at + 1));
      // A compressed row contains parts of secrets; it is searched as plain text, too.
      if (known != planted_.end()) fields.insert(known->second);
    }
    return fields;
  }
  [[nodiscard]] std::size_t count() const noexcept { return planted_.size(); }

 private:
  static constexpr const char* kMark = "CANARY-";

  void write(json::Writer& writer, const json::Value& value, const std::string& field, int depth) {
    if (value.IsObject()) {
      writer.StartObject();
      for (const auto& member : value.GetObject()) {
        const std::string name(json::text_of(member.name));
        json::key(writer, name);
        write(writer, member.value, name, depth + 1);
      }
      // A field that no parser knows, in each object.
      json::member(writer, "unknown_field", secret("unknown_field"));
      writer.EndObject();
    } else if (value.IsArray()) {
      writer.StartArray();
      for (const json::Value& one : value.GetArray()) write(writer, one, field, depth + 1);
      writer.EndArray();
    } else if (depth == 1 && field == "session_id") {
      json::string(writer, session_);
    } else if (value.IsString() && field != "hook_event_name") {
      json::string(writer, secret(field));
    } else {
      value.Accept(writer);
    }
  }
  std::string secret(const std::string& field) {
    std::string text = kMark + std::to_string(planted_.size()) + '!';
    planted_[text] = event_ + '.' + field;
    return text;
  }

  std::map<std::string, std::string> planted_;
  std::string session_;
  std::string event_;
};

/// Everything in the files of the state directory, compressed rows included.
std::string stored_texts(const fs::path& directory) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) all += content_of(entry.path());
  }
  const auto file = history::HistoryFile::open_read_only((directory / "history.db").string());
  file->read(0, [&all](const history::Input& input, std::uint64_t) {
    all += history::encode(std::vector{input});
    return true;
  });
  for (const std::string& state : file->restored().checkpoints) all += state;
  return all;
}

}  // namespace

TEST_CASE("a secret in any field of any hook is stored only in the fields of the vocabulary", "[history]") {
  const char* const wanted = std::getenv("ATM_TEST_CANARIES");
  const std::size_t least = wanted == nullptr ? 20'000 : std::strtoul(wanted, nullptr, 10);
  ServedDaemon daemon(kWithHistory);
  Planter planter;
  {
    Wire client(daemon);
    client.greet();
    for (int round = 0; planter.count() < least; ++round) {
      for (const auto& entry : fs::directory_iterator(ATM_TEST_FLOWS)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".jsonl") || name.find(".expected.") != name.npos ||
            name.find(".transcript.") != name.npos)
          continue;
        std::ifstream in(entry.path());
        json::Reader reader;
        for (std::string text; planter.count() < least && std::getline(in, text);) {
          const json::Value* line = reader.parse(text);
          REQUIRE(line != nullptr);
          const auto kind = json::get_string(*line, "kind");
          const json::Value* payload = json::get_object(*line, "stdin");
          if (payload == nullptr || (kind != "hook" && kind != "statusline")) continue;
          const std::string channel = kind == "hook" ? "hook" : "status_line";
          client.send(R"({"type":"ingest","channel":"claude_code/)" + channel +
                      R"(","context":{},"payload":)" +
                      planter.plant(*payload, "kept-" + std::to_string(round)) + '}');
        }
      }
    }
    client.sync();
  }
  REQUIRE(daemon.process().stop() == 0);
  const std::string stored = stored_texts(daemon.home().dir().path() / "state/atm");
  CHECK(planter.count() >= least);
  const std::set<std::string> fields = planter.fields_in(stored);
  for (const std::string& field : fields) {
    INFO(field);
    CHECK(kStored.count(field) == 1);
  }
  CHECK(fields.count("PreToolUse.tool_name") == 1);
  CHECK(contains(stored, "kept-0"));
  if (wanted == nullptr) return;
  std::printf("%zu secrets; stored were those of %zu fields:", planter.count(), fields.size());
  for (const std::string& field : fields) std::printf(" %s", field.c_str());
  std::printf("\n");
}

}  // namespace atm::test
