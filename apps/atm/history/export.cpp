// SPDX-License-Identifier: MIT
#include "history/export.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <chrono>
#include <cmath>
#include <utility>

namespace atm::cli {
namespace {

/// Words of agents and of the vocabulary: the only texts that a redacted export shows.
constexpr std::array<std::string_view, 21> kWords{
    "abort.reason", "about",    "effort",          "error.kind",      "mode.permission",  "mode.sandbox",
    "model.effort", "outcome",  "permission.kind", "permission_mode", "reason",           "role",
    "scope",        "source",   "state",           "tmux.pane",       "terminal.program", "trigger",
    "version",      "model.id", "model.name"};

/// The other texts get a pseudonym of their kind; by default the kind is their key.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kKinds{
    {{"cwd", "/dir"},
     {"transcript_path", "/file"},
     {"tty", "/tty"},
     {"tmux.socket", "/socket"},
     {"terminal.socket", "/socket"},
     {"boot_id", "boot"},
     {"by", "s"},
     {"parent", "s"},
     {"forked_from", "s"},
     {"tool_use_id", "tool"},
     {"wait.id", "wait"},
     {"prompt.id", "prompt"},
     {"subagent.id", "actor"},
     {"subagent.parent", "actor"},
     {"subagent.type", "type"},
     {"agent_type", "type"}}};

/// Tools of the agent itself; any other name may be that of a private server.
constexpr std::array<std::string_view, 14> kKnownTools{
    "Bash",  "Read",     "Write",           "Edit",         "Glob",      "Grep",  "Task",
    "Agent", "WebFetch", "AskUserQuestion", "ExitPlanMode", "WebSearch", "Skill", "TodoWrite"};

template <std::size_t Size>
bool has(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The name of a model may contain an account or a server.
bool is_word(std::string_view key, std::string_view text) {
  if (key == "tool") return has(kKnownTools, text);
  if (key.starts_with("cost.") || key.starts_with("context.")) return true;  // facts of our analyzers
  if (!has(kWords, key)) return false;
  return !key.starts_with("model.") || text.find_first_of("/:@") == std::string_view::npos;
}

/// The wall clock at the start of every scenario: 2027-01-15T08:00:00Z.
constexpr std::int64_t kScenarioBeginNs = 1'800'000'000'000'000'000;

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 4> kInputKinds{
    {{ATM_STORED_REPEAT, "repeat"},
     {ATM_STORED_TIMEOUT, "timeout"},
     {ATM_STORED_CHECK, "check"},
     {ATM_STORED_FACTS, "facts"}}};

/// An attribute that is a time.
bool is_time(std::string_view key) {
  return key.ends_with("_at_ns");
}

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

}  // namespace

std::string ScenarioWriter::header() const {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::member(writer, "scenario", "exported from a history");
  json::member(writer, "source", "atm history export");
  if (!is_redacted_)
    json::member(writer, "begin", to_rfc3339(Timestamp(std::chrono::nanoseconds(begin_ns_))));
  writer.EndObject();
  return std::string(json::text_of(buffer)) + '\n';
}

std::string ScenarioWriter::shown(std::string_view kind, std::string_view text) {
  if (!is_redacted_ || text.empty()) return std::string(text);
  // The number of a pending session is a pid.
  if (kind == "s" && text.starts_with("pending-")) return std::string(text);
  const std::string key = std::string(kind) + '\0' + std::string(text);
  const auto known = pseudonyms_.find(key);
  if (known != pseudonyms_.end()) return known->second;
  std::string name = std::string(kind) + '-' + std::to_string(++counts_[std::string(kind)]);
  return pseudonyms_.emplace(key, std::move(name)).first->second;
}

std::string ScenarioWriter::shown_attribute(std::string_view key, const std::string& text) {
  if (is_word(key, text)) return text;
  if (key == "tool") return shown("Tool", text);
  const auto* const kind =
      std::find_if(kKinds.begin(), kKinds.end(), [key](const auto& one) { return one.first == key; });
  return shown(kind == kKinds.end() ? key : kind->second, text);
}

std::string ScenarioWriter::line(const history::Input& input) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  const auto time = [&writer](std::string_view name, std::int64_t ns) {
    json::key(writer, name);
    writer.Double(seconds(ns));
  };
  const auto member = [&writer](std::string_view name, const std::string& text) {
    if (!text.empty()) json::member(writer, name, text);
  };
  writer.StartObject();
  time("at", input.arrived_ns - begin_ns_);
  if (input.time_ns != 0) time("sent", input.time_ns - begin_ns_);
  const auto* const kind = std::find_if(kInputKinds.begin(), kInputKinds.end(),
                                        [&input](const auto& one) { return one.first == input.kind; });
  const bool is_observation = kind == kInputKinds.end();
  if (!is_observation) json::member(writer, "kind", kind->second);
  json::key(writer, is_observation ? "observation" : "input");
  writer.StartObject();
  member("type", input.type);
  member("session", shown("s", input.session));
  member("agent", input.agent);
  member("actor", shown("actor", input.actor));
  member("origin", input.origin);
  json::key(writer, "attrs");
  writer.StartObject();
  for (const auto& [key, value] : input.attrs) {
    json::key(writer, key);
    if (const auto* flag = std::get_if<bool>(&value)) {
      writer.Bool(*flag);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      writer.Int64(is_time(key) ? *integer - begin_ns_ + kScenarioBeginNs : *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      writer.Double(*real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      json::string(writer, shown_attribute(key, *text));
    } else {
      writer.Null();
    }
  }
  writer.EndObject();
  writer.EndObject();
  if (!begin_awake_ns_) begin_awake_ns_ = input.awake_ns;
  time("awake", input.awake_ns - *begin_awake_ns_);
  member("learnt", input.learnt);
  const auto process = [&](std::uint32_t bit, std::string_view name, std::int64_t number) {
    if ((input.from & bit) == 0) return;
    json::key(writer, name);
    writer.Int64(number);
  };
  process(ATM_FROM_PID, "from_pid", input.from_pid);
  process(ATM_FROM_START_TICKS, "from_start_ticks", static_cast<std::int64_t>(input.from_start_ticks));
  process(ATM_FROM_PID_NS, "from_pid_ns", static_cast<std::int64_t>(input.from_pid_ns));
  writer.EndObject();
  return std::string(json::text_of(buffer)) + '\n';
}

Result<ScenarioReader> ScenarioReader::begin(std::string_view header) {
  json::Reader reader;
  const json::Value* const root = reader.parse(header);
  if (root == nullptr || !root->IsObject() || json::get_string(*root, "source") != "atm history export")
    return Error{ErrorCode::kInvalidFormat,
                 "this is no export of a history, expected the output of atm history export"};
  ScenarioReader made;
  if (const auto text = json::get_string(*root, "begin")) {
    const auto begin = parse_rfc3339(*text);
    if (!begin)
      return Error{ErrorCode::kInvalidFormat,
                   "begin is '" + std::string(*text) + "', expected an RFC 3339 time"};
    made.begin_ns_ = begin->time_since_epoch().count();
  }
  return made;
}

Result<history::Input> ScenarioReader::read(std::string_view line) const {
  json::Reader reader;
  const json::Value* const root = reader.parse(line);
  if (root == nullptr) return Error{ErrorCode::kInvalidFormat, reader.error()};
  const json::Value* from = json::get_object(*root, "observation");
  history::Input input;
  if (from == nullptr) {
    from = json::get_object(*root, "input");
    const auto name = json::get_string(*root, "kind");
    const auto* const kind = std::find_if(kInputKinds.begin(), kInputKinds.end(),
                                          [&name](const auto& one) { return one.second == name; });
    if (from == nullptr || kind == kInputKinds.end())
      return Error{ErrorCode::kInvalidFormat,
                   "the line has no observation and no input, expected a line of atm history export"};
    input.kind = kind->first;
  }
  const auto time = [root](std::string_view name) {
    return static_cast<std::int64_t>(std::llround(json::get_double(*root, name).value_or(0) * 1e9));
  };
  const auto text = [](const json::Value& object, std::string_view name) {
    return std::string(json::get_string(object, name).value_or(""));
  };
  input.arrived_ns = begin_ns_ + time("at");
  if (json::find(*root, "sent") != nullptr) input.time_ns = begin_ns_ + time("sent");
  input.awake_ns = time("awake");
  input.type = text(*from, "type");
  input.session = text(*from, "session");
  input.agent = text(*from, "agent");
  input.actor = text(*from, "actor");
  input.origin = text(*from, "origin");
  input.learnt = text(*root, "learnt");
  if (const json::Value* attrs = json::get_object(*from, "attrs")) {
    for (const auto& member : attrs->GetObject()) {
      std::string key(json::text_of(member.name));
      history::Value value;
      if (member.value.IsBool()) value = member.value.GetBool();
      if (member.value.IsDouble()) value = member.value.GetDouble();
      if (member.value.IsString()) value = std::string(json::text_of(member.value));
      if (member.value.IsInt64())
        value = member.value.GetInt64() + (is_time(key) ? begin_ns_ - kScenarioBeginNs : 0);
      input.attrs.emplace_back(std::move(key), std::move(value));
    }
  }
  const auto process = [&](std::uint32_t bit, std::string_view name) {
    const auto number = json::get_int(*root, name);
    if (number) input.from |= bit;
    return number.value_or(0);
  };
  input.from_pid = process(ATM_FROM_PID, "from_pid");
  input.from_start_ticks = static_cast<std::uint64_t>(process(ATM_FROM_START_TICKS, "from_start_ticks"));
  input.from_pid_ns = static_cast<std::uint64_t>(process(ATM_FROM_PID_NS, "from_pid_ns"));
  return input;
}

}  // namespace atm::cli
