// SPDX-License-Identifier: MIT
#include "scenario.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace atm::gauntlet {
namespace {

namespace fs = std::filesystem;
using json::Value;

Nanos nanos(double seconds) {
  // Microseconds suffice and avoid rounding errors of a double.
  return Nanos(std::llround(seconds * 1e6) * 1000);
}

[[noreturn]] void fail(const std::string& why) {
  throw std::runtime_error(why);
}

std::string text(const Value& from, std::string_view name) {
  return std::string(json::get_string(from, name).value_or(""));
}

std::vector<std::string> texts(const Value& from, std::string_view name) {
  std::vector<std::string> all;
  if (const Value* found = json::get_array(from, name)) {
    for (const Value& one : found->GetArray()) all.emplace_back(json::text_of(one));
  }
  return all;
}

std::string payload_of(const Value& line) {
  const Value* payload = json::find(line, "payload");
  if (payload == nullptr) fail("a record has no payload");
  if (payload->IsString()) return std::string(json::text_of(*payload));
  json::Buffer buffer;
  json::Writer writer(buffer);
  payload->Accept(writer);
  return std::string(json::text_of(buffer));
}

testing::OwnedAttrs context_of(const Value& line) {
  testing::OwnedAttrs context;
  const Value* from = json::get_object(line, "context");
  if (from == nullptr) return context;
  for (const auto& member : from->GetObject()) {
    const std::string key(json::text_of(member.name));
    if (member.value.IsBool()) context[key] = member.value.GetBool();
    if (member.value.IsInt64()) context[key] = member.value.GetInt64();
    if (member.value.IsString()) context[key] = std::string(json::text_of(member.value));
  }
  return context;
}

std::string session_of(const Record& record, const Value& payload) {
  if (record.is_entry()) return text(payload, "sessionId");
  if (!record.is_transcript()) return text(payload, "session_id");
  const auto session = record.context.find("session");
  return session == record.context.end() ? std::string() : std::get<std::string>(session->second);
}

Record read_record(const Value& line, Nanos at) {
  Record record;
  record.channel = text(line, "channel");
  record.payload = payload_of(line);
  record.context = context_of(line);
  record.sent = nanos(json::get_double(line, "sent").value_or(std::chrono::duration<double>(at).count()));
  record.is_torn = json::get_bool(line, "torn").value_or(false);
  const Value* payload = json::get_object(line, "payload");
  if (payload == nullptr) return record;
  record.session = session_of(record, *payload);
  const std::string event = text(*payload, "hook_event_name");
  record.asks = event == "PermissionRequest" || event == "Elicitation" ||
                (text(*payload, "status") == "waiting" && text(*payload, "waitingFor") != "dialog open");
  if (const auto stated = parse_rfc3339(text(*payload, "timestamp")); stated && record.is_transcript())
    record.stated = stated->time_since_epoch() - Nanos(kBeginNs);
  if (!record.is_entry()) return record;
  const std::string ticks = text(*payload, "procStart");
  std::from_chars(ticks.data(), ticks.data() + ticks.size(), record.entry_ticks);
  record.entry_of = json::get_int(*payload, "pid").value_or(0);
  record.is_gone = text(*json::get_object(line, "context"), "event") == "gone";
  return record;
}

ProcessNews read_process(const Value& from) {
  constexpr std::array<std::pair<std::string_view, ProcessState>, 5> kStates{
      {{"alive", ProcessState::kAlive},
       {"stopped", ProcessState::kStopped},
       {"traced", ProcessState::kTraced},
       {"exited", ProcessState::kExited},
       {"zombie", ProcessState::kZombie}}};
  const std::string state = text(from, "state");
  const auto known =
      std::find_if(kStates.begin(), kStates.end(), [&state](const auto& one) { return one.first == state; });
  if (known == kStates.end()) fail("a process is alive, stopped, traced, exited or zombie, not " + state);
  return {json::get_int(from, "pid").value_or(0),
          static_cast<std::uint64_t>(json::get_int(from, "start_ticks").value_or(0)),
          known->second,
          json::get_bool(from, "discovered").value_or(false),
          text(from, "cwd"),
          json::get_int(from, "pid_ns").value_or(0),
          json::get_int(from, "ns_pid").value_or(0),
          json::get_bool(from, "asks_at_start").value_or(false)};
}

Observed read_observation(const Value& line, const Value& from, Nanos at) {
  Observed observed;
  observed.sent = nanos(json::get_double(line, "sent").value_or(std::chrono::duration<double>(at).count()));
  observed.observation = {text(from, "type"),
                          text(from, "session"),
                          text(from, "agent"),
                          text(from, "actor"),
                          text(from, "origin"),
                          0,
                          {}};
  if (const Value* attrs = json::get_object(from, "attrs")) {
    for (const auto& member : attrs->GetObject()) {
      testing::OwnedValue& to = observed.observation.attrs[std::string(json::text_of(member.name))];
      if (member.value.IsBool()) to = member.value.GetBool();
      if (member.value.IsInt64()) to = member.value.GetInt64();
      if (member.value.IsDouble()) to = member.value.GetDouble();
      if (member.value.IsString()) to = std::string(json::text_of(member.value));
    }
  }
  return observed;
}

Step read_step(const Value& line, std::size_t number) {
  const auto at = json::get_double(line, "at");
  if (!at) fail("a step says when: at, in seconds from the start");
  Step step{nanos(*at), number, {}};
  if (json::find(line, "channel") != nullptr) {
    step.what = read_record(line, step.at);
  } else if (const Value* process = json::get_object(line, "process")) {
    step.what = read_process(*process);
  } else if (const auto by = json::get_double(line, "wall_step")) {
    step.what = WallStep{nanos(*by)};
  } else if (const auto duration = json::get_double(line, "sleep")) {
    step.what = Sleep{nanos(*duration)};
  } else if (const Value* observation = json::get_object(line, "observation")) {
    step.what = read_observation(line, *observation, step.at);
  } else if (const std::string daemon = text(line, "daemon"); !daemon.empty()) {
    if (daemon != "stop" && daemon != "kill" && daemon != "start")
      fail("daemon is '" + daemon + "', expected stop, kill or start");
    step.what = daemon == "stop"   ? DaemonNews::kStopped
                : daemon == "kill" ? DaemonNews::kKilled
                                   : DaemonNews::kStarted;
  } else if (text(line, "client") == "acknowledge") {
    step.what = Acknowledge{text(line, "session")};
  } else if (const Value* expected = json::get_object(line, "expect")) {
    step.what = read_expectation(*expected);
  } else {
    fail("a step is a record, process, wall_step, sleep, observation, daemon, client or expect");
  }
  return step;
}

void read_header(const Value& line, Scenario& scenario) {
  scenario.claim = text(line, "scenario");
  scenario.source = text(line, "source");
  scenario.traps = texts(line, "traps");
  scenario.rules = texts(line, "rules");
  scenario.not_doubled = text(line, "not_doubled");
  scenario.not_swapped = text(line, "not_swapped");
  scenario.needs_processes = text(line, "needs_processes");
  scenario.not_cold = text(line, "not_cold");
  scenario.expected_failure = text(line, "expected_failure");
  if (scenario.claim.empty() || scenario.source.empty()) fail("the first line says scenario and source");
}

/// What an export of a history lacks.
void require_claims(const Scenario& scenario) {
  if (scenario.rules.empty()) fail(scenario.file.string() + ":1: the first line says rules");
  if (scenario.steps.empty() || !std::holds_alternative<Expectation>(scenario.steps.back().what))
    fail(scenario.file.string() + ": a scenario ends with an expect");
}

}  // namespace

Scenario read_scenario(const fs::path& file) {
  std::ifstream in(file);
  if (!in) fail(file.string() + ": cannot be read");
  Scenario scenario;
  scenario.file = file;
  scenario.group = file.parent_path().filename().string();
  json::Reader reader;
  std::size_t number = 0;
  try {
    for (std::string line; std::getline(in, line);) {
      const Value* read = reader.parse(line);
      ++number;
      if (read == nullptr) fail(reader.error());
      if (number == 1) {
        read_header(*read, scenario);
        continue;
      }
      // The runner derives the inputs of the registry itself.
      if (json::find(*read, "note") != nullptr || json::find(*read, "input") != nullptr) continue;
      scenario.steps.push_back(read_step(*read, number));
      if (scenario.steps.size() > 1 && scenario.steps.end()[-2].at > scenario.steps.back().at)
        fail("a step is earlier than the one before it");
    }
  } catch (const std::exception& problem) {
    fail(file.string() + ':' + std::to_string(number) + ": " + problem.what());
  }
  return scenario;
}

std::vector<Scenario> read_scenarios(const fs::path& root) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Scenario> all;
  all.reserve(files.size());
  for (const fs::path& file : files) {
    all.push_back(read_scenario(file));
    require_claims(all.back());
  }
  return all;
}

}  // namespace atm::gauntlet
