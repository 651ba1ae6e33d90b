// SPDX-License-Identifier: MIT
#include "ledger/claude_code.hpp"

#include <atm/domain/timestamp.hpp>
#include <cctype>
#include <cstring>
#include <optional>

#include "ledger/transcript_fields.hpp"

namespace atm::ledger {

namespace {

constexpr std::string_view kProgram = "claude_code";
constexpr std::string_view kWorktrees = "/.claude/worktrees/";

std::string slug_of(std::string_view path) {
  std::string slug(path);
  for (char& c : slug) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  }
  return slug;
}

// `mcp__SERVER__TOOL` is a tool of SERVER.
std::string_view tool_server(std::string_view tool) {
  constexpr std::string_view kPrefix = "mcp__";
  if (tool.empty()) return {};
  if (!tool.starts_with(kPrefix)) return "(built in)";
  tool.remove_prefix(kPrefix.size());
  return tool.substr(0, tool.find("__"));
}

}  // namespace

using namespace transcript;

struct ClaudeCodeReader::Fields {
  TranscriptPath path;
  RecordFields outer;
  RecordFields inner;
  Text data_type;
  Text data_agent;
  Text session;
  Text owner_session;
  Text agent;
  Text agent_type;
  Text directory;
  Text branch;
  bool is_sidechain = false;
  bool is_aborted = false;
  std::uint64_t block = 0;
  std::optional<Pico> cost;  // of clients up to 1.0
  std::string key;
  std::string last_directory;  // project and worktree below are of this directory
  std::string project;
  std::string worktree;

  void clear();
  bool read_line(JsonCursor& at);
  bool read_data(JsonCursor& at);
  void find_project();
  bool find_key(const RecordFields& from);
};

void ClaudeCodeReader::Fields::clear() {
  outer.clear();
  inner.clear();
  for (Text* text :
       {&data_type, &data_agent, &session, &owner_session, &agent, &agent_type, &directory, &branch})
    text->clear();
  is_sidechain = is_aborted = false;
  block = 0;
  cost.reset();
}

bool ClaudeCodeReader::Fields::read_data(JsonCursor& at) {
  data_type.clear();
  data_agent.clear();
  inner.clear();
  if (at.kind() != Kind::kObject) return at.skip();
  return at.object([&](std::string_view name) {
    if (name == "type") return data_type.read(at);
    if (name == "agentId") return data_agent.read(at);
    if (name != "message") return at.skip();
    inner.clear();
    if (at.kind() != Kind::kObject) return at.skip();
    return at.object([&](std::string_view member) {
      bool is_known = false;
      return inner.read_member(at, member, is_known) && (is_known || at.skip());
    });
  });
}

bool ClaudeCodeReader::Fields::read_line(JsonCursor& at) {
  return at.object([&](std::string_view name) {
    bool is_known = false;
    if (!outer.read_member(at, name, is_known)) return false;
    if (is_known) return true;
    if (name == "sessionId") return session.read(at);
    if (name == "requestSessionId") return owner_session.read(at);
    if (name == "agentId") return agent.read(at);
    if (name == "attributionAgent") return agent_type.read(at);
    if (name == "cwd") return directory.read(at);
    if (name == "gitBranch") return branch.read(at);
    if (name == "isSidechain") return read_flag(at, is_sidechain);
    if (name == "isAbortedMidStream") return read_flag(at, is_aborted);
    if (name == "apiBlockIndex") {
      bool ignored = false;
      return read_count(at, block, ignored);
    }
    if (name == "costUSD") {
      cost.reset();
      std::string_view number;
      if (at.kind() != Kind::kNumber) return at.skip();
      if (!at.number(number)) return false;
      cost = dollars_of_json(number);
      return true;
    }
    if (name == "data") return read_data(at);
    return at.skip();
  });
}

// The project is the directory whose slug names the file's directory: the working directory of the record or one above.
void ClaudeCodeReader::Fields::find_project() {
  const std::string_view name = (*directory).substr(0, kMaxName);
  if (name == last_directory && !project.empty()) return;
  last_directory = name;
  project.clear();
  worktree.clear();
  for (std::string_view above = name; !above.empty(); above = above.substr(0, above.rfind('/'))) {
    if (slug_of(above) == path.project_directory) {
      project = above;
      break;
    }
    if (above.rfind('/') == above.npos) break;
  }
  if (project.empty()) project = path.project_directory;
  if (const std::size_t at = project.find(kWorktrees); at != project.npos) {
    worktree = project.substr(at + kWorktrees.size());
    project.resize(at);
  }
}

// COST-U1, COST-U12. False: a text is too long.
bool ClaudeCodeReader::Fields::find_key(const RecordFields& from) {
  const std::string_view id = *from.message.id;
  if (id.size() > kMaxName || (*from.request).size() > kMaxName || (*from.uuid).size() > kMaxName)
    return false;
  if (id.starts_with("msg_")) {
    key = id;
  } else if (!id.empty()) {
    key = std::string(id) + " " + std::string(*from.request);
  } else if (!(*from.uuid).empty()) {
    key = "uuid:" + std::string(*from.uuid);
  } else {
    key.clear();
  }
  return true;
}

TranscriptPath transcript_path(std::string_view below_projects) {
  TranscriptPath path;
  std::vector<std::string_view> parts;
  for (std::string_view rest = below_projects; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
  }
  if (parts.empty()) return path;
  std::string_view file = parts.back();
  if (file.ends_with(".jsonl")) file.remove_suffix(6);
  if (parts.size() > 1) path.project_directory = parts.front();
  const bool is_subagent = file.starts_with("agent-");
  if (is_subagent) path.subagent = file.substr(6);
  if (parts.size() > 2) {
    path.session = parts[1];
  } else if (!is_subagent) {
    path.session = file;
  }
  return path;
}

ClaudeCodeReader::ClaudeCodeReader() : fields_(std::make_unique<Fields>()) {}
ClaudeCodeReader::~ClaudeCodeReader() = default;

void ClaudeCodeReader::open(std::string_view below, std::string_view /*state*/) {
  fields_->path = transcript_path(below);
  fields_->project.clear();
}

LineResult ClaudeCodeReader::read(std::string_view line, bool is_last, Record& record) {
  Fields& f = *fields_;
  const LineResult broken = is_last ? LineResult::kTorn : LineResult::kUnreadable;
  constexpr std::string_view kBlank(" \t\r\n\0", 5);
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == line.npos) return LineResult::kNothing;
  line = line.substr(first, line.find_last_not_of(kBlank) - first + 1);
  // COST-U23: no line without these bytes is a response. A cut line is noticed all the same.
  if (memmem(line.data(), line.size(), "usage", 5) == nullptr)
    return line.front() == '{' && line.back() != '}' ? broken : LineResult::kNothing;

  f.clear();
  JsonCursor at(line);
  if (at.kind() != Kind::kObject) {
    return at.skip() && at.at_end() ? LineResult::kNothing : broken;
  }
  if (!f.read_line(at) || !at.at_end()) return broken;

  const bool is_progress = *f.outer.type == "progress" && *f.data_type == "agent_progress";
  const RecordFields& from = is_progress ? f.inner : f.outer;
  if (*from.type != "assistant" || !from.message.is_object || !from.message.has_usage)
    return LineResult::kNothing;
  if (*from.message.model == "<synthetic>") return LineResult::kSynthetic;
  const UsageFields& usage = from.message.usage;
  const std::string_view model = *from.message.model;
  if (usage.is_malformed || model.empty() || model.size() > kMaxName || (*f.session).size() > kMaxName ||
      (*f.owner_session).size() > kMaxName || !f.find_key(from))
    return LineResult::kMalformed;

  record = Record{.extras = std::move(record.extras)};
  record.extras.clear();
  for (std::size_t i = 0; i < usage.iteration_count; ++i) {
    const Iteration& iteration = usage.iterations[i];
    if (*iteration.type == "message") continue;
    if ((*iteration.model).size() > kMaxName) return LineResult::kMalformed;
    record.extras.push_back({*iteration.model, iteration.counts.usage()});
  }
  record.key = f.key;
  record.program = kProgram;
  record.model = model;
  record.session = (*f.session).empty() ? std::string_view(f.path.session) : *f.session;
  record.owner_session = *f.owner_session;
  f.find_project();
  record.project = f.project;
  record.worktree = f.worktree;
  record.branch = (*f.branch).substr(0, kMaxName);
  record.is_sidechain = f.is_sidechain || is_progress;
  record.subagent = is_progress ? *f.data_agent : *f.agent;
  if (record.subagent.empty()) record.subagent = f.path.subagent;
  if (record.subagent.size() > kMaxName) record.subagent = {};
  record.subagent_type = (*f.agent_type).substr(0, kMaxName);
  record.tool_server = tool_server(from.message.tool);
  record.block = f.block;
  record.usage = usage.counts.usage();
  record.agent_amount = f.cost;
  if (const auto time = parse_rfc3339(*from.timestamp)) record.time = time->time_since_epoch().count();
  const std::string_view tier = *usage.tier;
  record.conditions =
      static_cast<Conditions>((usage.is_fast ? kFast : 0) | (usage.is_us_only ? kUsOnly : 0) |
                              (tier == "batch" ? kBatch : 0) | (tier == "priority" ? kPriority : 0));
  record.marks = static_cast<Marks>((f.is_aborted ? kLow : 0) |
                                    (*from.message.stop_reason == "refusal" ? kMaybeNotBilled : 0) |
                                    (usage.has_fallback_credit ? kFallbackCredit : 0));
  return LineResult::kResponse;
}

}  // namespace atm::ledger
