// SPDX-License-Identifier: MIT
#include "recording.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>

namespace atm::replay {

namespace {

using std::chrono::nanoseconds;

struct Line {
  std::int64_t seq = 0;
  nanoseconds time{};
  std::optional<std::int64_t> client;  // absent: not run by an agent process
  Step step;
};

// The agent process is named by its own variable, in older versions only by the process chain.
std::optional<std::int64_t> client_of(const json::Value& line) {
  if (const json::Value* env = json::get_object(line, "env")) {
    if (const auto text = json::get_string(*env, "CLAUDE_PID")) {
      std::int64_t pid = 0;
      const auto end = text->data() + text->size();
      if (std::from_chars(text->data(), end, pid).ptr == end && pid > 0) return pid;
    }
  }
  const json::Value* proc = json::get_object(line, "proc");
  const json::Value* chain = proc == nullptr ? nullptr : json::get_array(*proc, "chain");
  if (chain == nullptr) return std::nullopt;
  for (const json::Value& link : chain->GetArray()) {
    if (!link.IsArray() || link.Size() < 3 || !link[0].IsInt64() || !link[2].IsString()) continue;
    if (json::text_of(link[2]) == "claude") return link[0].GetInt64();
  }
  return std::nullopt;
}

// The status line of subagents has a different format and setting; atm-hook is not installed there.
bool is_played(const json::Value& line) {
  const auto kind = json::get_string(line, "kind");
  if (kind == "hook") return true;
  return kind == "statusline" && json::get_string(line, "event") != "subagentStatusLine";
}

std::string compact(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

std::vector<std::string> environment_of(const json::Value& line) {
  std::vector<std::string> environment;
  if (const json::Value* env = json::get_object(line, "env")) {
    for (const auto& member : env->GetObject()) {
      if (!member.value.IsString()) continue;
      environment.push_back(std::string(json::text_of(member.name)) + "=" +
                            std::string(json::text_of(member.value)));
    }
  }
  return environment;
}

Result<Line> read_line(const json::Value& root) {
  Line line;
  const auto seq = json::get_int(root, "seq");
  const auto time = json::get_int(root, "t_ns");
  if (!seq || !time) return Error{ErrorCode::kParseError, "seq or t_ns is missing, expected a recorded line"};
  line.seq = *seq;
  line.time = nanoseconds(*time);
  const json::Value* input = json::get_object(root, "stdin");
  if (!is_played(root) || input == nullptr) return line;
  line.client = client_of(root);
  line.step.status_line = json::get_string(root, "kind") == "statusline";
  line.step.payload = compact(*input) + "\n";
  line.step.environment = environment_of(root);
  return line;
}

Client& client_with(std::vector<Client>& clients, std::int64_t pid) {
  for (Client& client : clients) {
    if (client.recorded_pid == pid) return client;
  }
  clients.push_back({pid, {}, false});
  return clients.back();
}

}  // namespace

Result<Selection> Selection::parse(std::string_view text) {
  Selection selection;
  const std::size_t at = text.rfind('@');
  selection.path = std::string(text.substr(0, at));
  if (at == std::string_view::npos) return selection;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at + 1, end, selection.last_seq);
  if (error != std::errc{} || stop != end || selection.last_seq < 1 || selection.path.empty()) {
    return Error::invalid_field("flow", text, "FILE or FILE@SEQ with SEQ a whole number from 1");
  }
  return selection;
}

Result<std::vector<Client>> read_recording(const Selection& selection) {
  std::ifstream file(selection.path);
  if (!file) {
    return Error{ErrorCode::kIo, "cannot open " + selection.path + ": " + std::strerror(errno) +
                                     "; a flow is a .jsonl file below plugins/claude_code/testdata"};
  }
  json::Reader reader;
  std::vector<Client> clients;
  std::optional<nanoseconds> begin;
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    const auto where = [&](const std::string& why) {
      return Error{ErrorCode::kParseError, selection.path + ":" + std::to_string(number) + ": " + why};
    };
    const json::Value* root = reader.parse(text);
    if (root == nullptr) return where(reader.error());
    Result<Line> line = read_line(*root);
    if (!line) return where(line.error().message);
    if (!begin) begin = line->time;
    if (!line->client) continue;
    if (line->seq > selection.last_seq) {
      // An agent process that first appears after the cut is not started.
      for (Client& client : clients) client.goes_on |= client.recorded_pid == *line->client;
      continue;
    }
    line->step.at = std::max(line->time - *begin, nanoseconds::zero());
    client_with(clients, *line->client).steps.push_back(std::move(line->step));
  }
  if (file.bad()) return Error{ErrorCode::kIo, "cannot read " + selection.path + ": " + std::strerror(errno)};
  if (clients.empty()) {
    return Error{ErrorCode::kParseError, selection.path + " has no hook or status line to play up to seq " +
                                             std::to_string(selection.last_seq)};
  }
  return clients;
}

}  // namespace atm::replay
