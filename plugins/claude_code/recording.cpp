// SPDX-License-Identifier: MIT
#include "recording.hpp"

#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <charconv>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace claude_code::recording {

namespace {

namespace fs = std::filesystem;
using atm::json::Value;

/// The variables that atm-hook sends.
constexpr std::array<std::string_view, 7> kReported = {"AI_AGENT",
                                                       "CLAUDE_CODE_ENTRYPOINT",
                                                       "CLAUDE_CODE_SESSION_ATTENDED",
                                                       "CLAUDE_CODE_SESSION_ID",
                                                       "CLAUDE_EFFORT",
                                                       "CLAUDE_PID",
                                                       "CLAUDE_PROJECT_DIR"};

std::int64_t client_pid(const Value& line) {
  const Value* env = atm::json::get_object(line, "env");
  const auto text = env != nullptr ? atm::json::get_string(*env, "CLAUDE_PID") : std::nullopt;
  std::int64_t pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  const Value* proc = atm::json::get_object(line, "proc");
  const Value* chain = pid == 0 && proc != nullptr ? atm::json::get_array(*proc, "chain") : nullptr;
  if (chain == nullptr) return pid;
  // Each is [pid, ppid, name, "tty"|"-", "leader"|"-"]; 2.1.197 does not set CLAUDE_PID.
  for (const Value& process : chain->GetArray()) {
    if (atm::json::text_of(process[2]) == "claude") return process[0].GetInt64();
  }
  return 0;
}

atm::testing::OwnedAttrs extra_context(const Value& line) {
  atm::testing::OwnedAttrs context;
  const Value* extra = atm::json::get_object(line, "context");
  if (extra == nullptr) return context;
  for (const auto& member : extra->GetObject()) {
    const std::string key(atm::json::text_of(member.name));
    if (member.value.IsInt64()) context[key] = member.value.GetInt64();
    if (member.value.IsString()) context[key] = std::string(atm::json::text_of(member.value));
  }
  return context;
}

std::int64_t time_of(const Value& line) {
  return atm::json::get_int(line, "t_ns").value_or(0);
}

/// Calls `visit(number, line, text)` for each line of a file of JSON.
template <class Visit>
void for_each_line(const fs::path& file, Visit visit) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file.string() + ": cannot be read");
  atm::json::Reader reader;
  std::int64_t number = 0;
  for (std::string text; std::getline(in, text);) {
    const Value* line = reader.parse(text);
    ++number;
    if (line == nullptr)
      throw std::runtime_error(file.string() + ':' + std::to_string(number) + ": " + reader.error());
    visit(number, *line, text);
  }
}

atm::testing::OwnedAttrs context_of(const Value& line) {
  atm::testing::OwnedAttrs context;
  if (const std::int64_t pid = client_pid(line); pid != 0) context["pid"] = pid;
  if (const Value* proc = atm::json::get_object(line, "proc")) {
    if (const auto ticks = atm::json::get_int(*proc, "start_ticks")) context["start_ticks"] = *ticks;
  }
  if (const Value* env = atm::json::get_object(line, "env")) {
    for (const std::string_view name : kReported) {
      if (const auto value = atm::json::get_string(*env, name))
        context["env." + std::string(name)] = std::string(*value);
    }
    if (const auto pane = atm::json::get_string(*env, "TMUX_PANE")) context["tmux.pane"] = std::string(*pane);
    if (const auto tmux = atm::json::get_string(*env, "TMUX"))
      context["tmux.socket"] = std::string(tmux->substr(0, tmux->find(',')));
  }
  for (auto& [key, value] : extra_context(line)) context.insert_or_assign(key, std::move(value));
  return context;
}

std::string payload_of(const Value& line) {
  if (const auto raw = atm::json::get_string(line, "raw")) return std::string(*raw);
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  if (const Value* payload = atm::json::find(line, "stdin")) payload->Accept(writer);
  return std::string(atm::json::text_of(buffer));
}

void write_value(atm::json::Writer& writer, const atm::testing::OwnedValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) writer.Bool(*b);
  if (const auto* i = std::get_if<std::int64_t>(&value)) writer.Int64(*i);
  if (const auto* d = std::get_if<double>(&value)) writer.Double(*d);
  if (const auto* s = std::get_if<std::string>(&value)) atm::json::string(writer, *s);
  if (std::holds_alternative<std::monostate>(value)) writer.Null();
}

std::string line_of(const Step& step, const atm::testing::OwnedObservation* observation,
                    std::string_view refusal) {
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  writer.StartObject();
  atm::json::key(writer, "seq");
  writer.Int64(step.seq);
  if (observation == nullptr) {
    atm::json::member(writer, "refused", refusal);
  } else {
    atm::json::member(writer, "type", observation->type);
    atm::json::member(writer, "session", observation->session);
    if (!observation->actor.empty()) atm::json::member(writer, "actor", observation->actor);
    if (observation->time_ns != step.record.time_ns) {
      atm::json::key(writer, "t_ns");
      writer.Int64(observation->time_ns);
    }
    atm::json::key(writer, "attrs");
    writer.StartObject();
    for (const auto& [key, value] : observation->attrs) {
      atm::json::key(writer, key);
      write_value(writer, value);
    }
    writer.EndObject();
  }
  writer.EndObject();
  return std::string(atm::json::text_of(buffer)) + '\n';
}

}  // namespace

namespace {

/// The last content of each session file before its removal.
using SessionFiles = std::map<std::string, std::string, std::less<>>;

atm::testing::OwnedRecord session_file_record(const Value& line, SessionFiles& files) {
  const bool is_gone = atm::json::get_string(line, "event") == "file gone";
  std::string& content = files[std::string(atm::json::get_string(line, "file").value_or(""))];
  if (!is_gone) content = payload_of(line);
  atm::testing::OwnedAttrs context = extra_context(line);
  context.try_emplace("event", is_gone ? "gone" : "changed");
  context.try_emplace("config_dir", "/home/dev/.claude");
  return {"claude_code/session_file", content, std::move(context), time_of(line)};
}

/// A line of a transcript is the payload; the file is named after the session.
atm::testing::OwnedRecord transcript_record(const Value& line, std::string_view text) {
  atm::testing::OwnedAttrs context;
  if (const auto session = atm::json::get_string(line, "sessionId"))
    context["session"] = std::string(*session);
  return {"claude_code/transcript", std::string(text), std::move(context), 0};
}

atm::testing::OwnedRecord record_of(const Value& line, SessionFiles& files) {
  const auto kind = atm::json::get_string(line, "kind");
  if (kind == "registry") return session_file_record(line, files);
  if (kind == "transcript")
    return {"claude_code/transcript", payload_of(line), extra_context(line), time_of(line)};
  const bool is_status_line = kind == "statusline";
  return {is_status_line ? "claude_code/status_line" : "claude_code/hook", payload_of(line), context_of(line),
          time_of(line)};
}

}  // namespace

std::vector<Step> read_flow(const fs::path& file) {
  std::vector<Step> steps;
  SessionFiles files;
  const bool is_transcript = file.filename().string().ends_with(".transcript.jsonl");
  for_each_line(file, [&](std::int64_t number, const Value& line, std::string_view text) {
    if (is_transcript) {
      steps.push_back({number, transcript_record(line, text)});
    } else {
      steps.push_back({atm::json::get_int(line, "seq").value_or(0), record_of(line, files)});
    }
  });
  return steps;
}

std::vector<fs::path> flows() {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(CLAUDE_CODE_TESTDATA)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".jsonl") && !name.ends_with(".expected.jsonl")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string expectation(const Step& step, const atm::testing::ParseResult& result) {
  std::string lines;
  for (const atm::testing::OwnedObservation& o : result.observations) lines += line_of(step, &o, {});
  if (atm::to_c(result.status) < 0) lines += line_of(step, nullptr, result.error);
  return lines;
}

}  // namespace claude_code::recording
