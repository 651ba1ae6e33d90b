// SPDX-License-Identifier: MIT
#include "ledger/claude_code.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <cctype>
#include <charconv>
#include <cstring>
#include <deque>
#include <optional>

#include "ledger/json_cursor.hpp"

namespace atm::ledger {

// Named, because a type of an anonymous namespace cannot be a member of ClaudeCodeReader::Fields.
namespace transcript {

using Kind = JsonCursor::Kind;

constexpr std::string_view kProgram = "claude_code";
constexpr std::size_t kMaxIterations = 64;
constexpr std::string_view kWorktrees = "/.claude/worktrees/";

// A text member. Each has memory of its own, so that several stay valid together.
class Text final {
 public:
  /// A value of another kind gives an empty text.
  [[nodiscard]] bool read(JsonCursor& at) {
    value_ = {};
    return at.kind() == Kind::kString ? at.string(value_, scratch_) : at.skip();
  }
  void clear() { value_ = {}; }
  [[nodiscard]] std::string_view operator*() const noexcept { return value_; }

 private:
  std::string_view value_;
  std::string scratch_;
};

bool read_flag(JsonCursor& at, bool& flag) {
  flag = at.kind() == Kind::kTrue;
  return at.skip();
}

// A count of tokens (COST-U20). Another value sets `is_malformed`.
bool read_count(JsonCursor& at, std::uint64_t& count, bool& is_malformed) {
  count = 0;
  const Kind kind = at.kind();
  if (kind != Kind::kNumber) {
    is_malformed = is_malformed || kind != Kind::kNull;
    return at.skip();
  }
  std::string_view text;
  if (!at.number(text)) return false;
  if (text == "-0") return true;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc() || end != text.data() + text.size() || count > kMaxCount) {
    is_malformed = true;
    count = 0;
  }
  return true;
}

// Reads an object with `on_member`. Null is as good as absent; another kind sets `is_malformed`.
template <class OnMember>
bool read_object(JsonCursor& at, bool& is_malformed, OnMember&& on_member) {
  const Kind kind = at.kind();
  if (kind == Kind::kObject) return at.object(on_member);
  is_malformed = is_malformed || kind != Kind::kNull;
  return at.skip();
}

struct Counts {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t write = 0;
  std::uint64_t write_5m = 0;
  std::uint64_t write_1h = 0;
  std::uint64_t read = 0;
  std::uint64_t searches = 0;

  // COST-U13. Each part is at most 2 * kMaxCount, which fits.
  [[nodiscard]] Usage usage() const {
    Usage usage;
    const std::uint64_t parts = write_5m + write_1h;
    usage[TokenKind::kInput] = static_cast<std::uint32_t>(input);
    usage[TokenKind::kOutput] = static_cast<std::uint32_t>(output);
    usage[TokenKind::kCacheWrite] =
        static_cast<std::uint32_t>(write_5m + (write > parts ? write - parts : 0));
    usage[TokenKind::kCacheWriteLong] = static_cast<std::uint32_t>(write_1h);
    usage[TokenKind::kCacheRead] = static_cast<std::uint32_t>(read);
    usage.web_searches = static_cast<std::uint32_t>(searches);
    return usage;
  }

  // Reads the member `key` if it is a count; `is_known` says whether it was.
  bool read_member(JsonCursor& at, std::string_view key, bool& is_known, bool& is_malformed) {
    is_known = true;
    if (key == "input_tokens") return read_count(at, input, is_malformed);
    if (key == "output_tokens") return read_count(at, output, is_malformed);
    if (key == "cache_creation_input_tokens") return read_count(at, write, is_malformed);
    if (key == "cache_read_input_tokens") return read_count(at, read, is_malformed);
    if (key == "cache_creation") {
      write_5m = write_1h = 0;
      return read_object(at, is_malformed, [&](std::string_view inner) {
        if (inner == "ephemeral_5m_input_tokens") return read_count(at, write_5m, is_malformed);
        if (inner == "ephemeral_1h_input_tokens") return read_count(at, write_1h, is_malformed);
        return at.skip();
      });
    }
    if (key == "server_tool_use") {
      searches = 0;
      return read_object(at, is_malformed, [&](std::string_view inner) {
        if (inner == "web_search_requests") return read_count(at, searches, is_malformed);
        return at.skip();
      });
    }
    is_known = false;
    return true;
  }
};

struct Iteration {
  Text type;
  Text model;
  Counts counts;

  void clear() {
    type.clear();
    model.clear();
    counts = {};
  }
};

struct UsageFields {
  Counts counts;
  std::deque<Iteration> iterations;  // grown only: texts refer to their own memory and must not move
  std::size_t iteration_count = 0;
  bool is_fast = false;
  bool is_us_only = false;
  bool has_fallback_credit = false;
  Text tier;
  bool is_malformed = false;

  bool read(JsonCursor& at) {
    counts = {};
    iteration_count = 0;
    is_fast = is_us_only = has_fallback_credit = is_malformed = false;
    tier.clear();
    return at.object([&](std::string_view key) {
      bool is_count = false;
      if (!counts.read_member(at, key, is_count, is_malformed)) return false;
      if (is_count) return true;
      if (key == "speed") return read_word(at, "fast", is_fast);
      if (key == "inference_geo") return read_word(at, "us", is_us_only);
      if (key == "service_tier") return tier.read(at);
      if (key == "iterations") return read_iterations(at);
      if (key == "fallback_credit") {
        has_fallback_credit = at.kind() != Kind::kNull;
        return at.skip();
      }
      return at.skip();
    });
  }

 private:
  static bool read_word(JsonCursor& at, std::string_view word, bool& is_word) {
    Text text;
    if (!text.read(at)) return false;
    is_word = *text == word;
    return true;
  }

  bool read_iterations(JsonCursor& at) {
    iteration_count = 0;
    if (at.kind() != Kind::kArray) {
      is_malformed = is_malformed || at.kind() != Kind::kNull;
      return at.skip();
    }
    return at.array([&] {
      if (at.kind() != Kind::kObject || iteration_count == kMaxIterations) {
        is_malformed = true;
        return at.skip();
      }
      if (iteration_count == iterations.size()) iterations.emplace_back();
      Iteration& iteration = iterations[iteration_count++];
      iteration.clear();
      return at.object([&](std::string_view key) {
        bool is_count = false;
        if (!iteration.counts.read_member(at, key, is_count, is_malformed)) return false;
        if (is_count) return true;
        if (key == "type") return iteration.type.read(at);
        if (key == "model") return iteration.model.read(at);
        return at.skip();
      });
    });
  }
};

struct MessageFields {
  bool is_object = false;
  bool has_usage = false;
  Text id;
  Text model;
  Text stop_reason;
  std::string tool;  // name of the first tool use
  UsageFields usage;

  void clear() {
    is_object = has_usage = false;
    id.clear();
    model.clear();
    stop_reason.clear();
    tool.clear();
  }

  bool read(JsonCursor& at) {
    clear();
    if (at.kind() != Kind::kObject) return at.skip();
    is_object = true;
    return at.object([&](std::string_view key) {
      if (key == "id") return id.read(at);
      if (key == "model") return model.read(at);
      if (key == "stop_reason") return stop_reason.read(at);
      if (key == "content") return read_content(at);
      if (key == "usage") {
        has_usage = at.kind() == Kind::kObject;
        return has_usage ? usage.read(at) : at.skip();
      }
      return at.skip();
    });
  }

 private:
  bool read_content(JsonCursor& at) {
    tool.clear();
    if (at.kind() != Kind::kArray) return at.skip();
    return at.array([&] {
      if (at.kind() != Kind::kObject) return at.skip();
      Text type;
      Text name;
      const bool is_valid = at.object([&](std::string_view key) {
        if (key == "type") return type.read(at);
        if (key == "name") return name.read(at);
        return at.skip();
      });
      if (tool.empty() && *type == "tool_use") tool = (*name).substr(0, kMaxName);
      return is_valid;
    });
  }
};

// The members of a line, and those of the record inside a progress record.
struct RecordFields {
  Text type;
  Text uuid;
  Text timestamp;
  Text request;
  MessageFields message;

  void clear() {
    type.clear();
    uuid.clear();
    timestamp.clear();
    request.clear();
    message.clear();
  }
  bool read_member(JsonCursor& at, std::string_view key, bool& is_known) {
    is_known = true;
    if (key == "type") return type.read(at);
    if (key == "uuid") return uuid.read(at);
    if (key == "timestamp") return timestamp.read(at);
    if (key == "requestId") return request.read(at);
    if (key == "message") return message.read(at);
    is_known = false;
    return true;
  }
};

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

}  // namespace transcript

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
