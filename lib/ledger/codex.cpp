// SPDX-License-Identifier: MIT
#include "ledger/codex.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

#include "ledger/field_reader.hpp"
#include "ledger/scan.hpp"
#include "ledger/state_text.hpp"

namespace atm::ledger {

// Named, because a type of an anonymous namespace cannot be a member of CodexReader::Impl.
namespace rollout {

namespace fs = std::filesystem;

constexpr std::string_view kCodex = "codex";
constexpr std::size_t kMaxRolloutLine = 256U << 20;  // as for every file
constexpr std::uint64_t kMaxTotal = 1ULL << 53;      // of a thread; a response has at most kMaxCount

/// RolloutCounts as Codex writes them: input includes both kinds of cached tokens, output includes reasoning (COST-X2).
struct RolloutCounts {
  static constexpr std::array<std::string_view, 5> kNames{"input_tokens", "cached_input_tokens",
                                                          "cache_write_input_tokens", "output_tokens",
                                                          "reasoning_output_tokens"};
  std::array<std::uint64_t, 5> values{};

  [[nodiscard]] bool is_zero() const noexcept { return *this == RolloutCounts{}; }
  /// Whether some count is below that of `other`.
  [[nodiscard]] bool is_below(const RolloutCounts& other) const noexcept {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] < other.values[i]) return true;
    }
    return false;
  }
  [[nodiscard]] RolloutCounts minus(const RolloutCounts& other) const noexcept {
    RolloutCounts difference;
    for (std::size_t i = 0; i < values.size(); ++i) difference.values[i] = values[i] - other.values[i];
    return difference;
  }
  [[nodiscard]] RolloutCounts plus(const RolloutCounts& other) const noexcept {
    RolloutCounts sum;
    for (std::size_t i = 0; i < values.size(); ++i) sum.values[i] = values[i] + other.values[i];
    return sum;
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const std::uint64_t value : values)
      text.append(text.empty() ? "" : ",").append(std::to_string(value));
    return text;
  }
  /// std::nullopt: not the counts of one response.
  [[nodiscard]] std::optional<Usage> usage() const {
    const auto [input, cached, written, output, reasoning] = values;
    for (const std::uint64_t value : values) {
      if (value > kMaxCount) return std::nullopt;
    }
    if (cached + written > input) return std::nullopt;
    Usage usage;
    usage[TokenKind::kInput] = static_cast<std::uint32_t>(input - cached - written);
    usage[TokenKind::kOutput] = static_cast<std::uint32_t>(output);
    usage[TokenKind::kCacheWrite] = static_cast<std::uint32_t>(written);
    usage[TokenKind::kCacheRead] = static_cast<std::uint32_t>(cached);
    return usage;
  }
  friend bool operator==(const RolloutCounts&, const RolloutCounts&) = default;
};

/// The counts below a pointer.
struct CountsFields {
  CountsFields(FieldReader& fields, const std::string& pointer) : object(fields.add(pointer)) {
    for (std::size_t i = 0; i < RolloutCounts::kNames.size(); ++i)
      parts[i] = fields.add(pointer + "/" + std::string(RolloutCounts::kNames[i]));
  }
  [[nodiscard]] bool is_object(const FieldReader& fields) const {
    return fields[object].kind == JsonCursor::Kind::kObject;
  }
  /// std::nullopt: a value is no count.
  [[nodiscard]] std::optional<RolloutCounts> read(const FieldReader& fields) const {
    RolloutCounts counts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto count = count_of(fields[parts[i]], kMaxTotal);
      if (!count) return std::nullopt;
      counts.values[i] = *count;
    }
    return counts;
  }
  std::size_t object;
  std::array<std::size_t, 5> parts{};
};

/// The members of a line that this reader uses.
struct LineFields {
  FieldReader fields;
  std::size_t type = fields.add("/type");
  std::size_t timestamp = fields.add("/timestamp");
  std::size_t event = fields.add("/payload/type");
  std::size_t id = fields.add("/payload/id");
  std::size_t session = fields.add("/payload/session_id");
  std::size_t thread = fields.add("/payload/thread_id");
  std::size_t response = fields.add("/payload/response_id");
  std::size_t forked_from = fields.add("/payload/forked_from_id");
  std::size_t parent = fields.add("/payload/parent_thread_id");
  std::size_t spawned_by = fields.add("/payload/source/subagent/thread_spawn/parent_thread_id");
  std::size_t role = fields.add("/payload/source/subagent/thread_spawn/agent_role");
  std::size_t created = fields.add("/payload/timestamp");
  std::size_t cwd = fields.add("/payload/cwd");
  std::size_t branch = fields.add("/payload/git/branch");
  std::size_t model = fields.add("/payload/model");
  CountsFields usage{fields, "/payload/usage"};
  CountsFields thread_total{fields, "/payload/thread_token_usage"};
  CountsFields total{fields, "/payload/info/total_token_usage"};
  CountsFields last{fields, "/payload/info/last_token_usage"};

  [[nodiscard]] std::string_view text(std::size_t field) const {
    const std::string_view text = fields[field].string();
    return text.size() <= kMaxName ? text : std::string_view();
  }
  [[nodiscard]] bool is_token_count() const {
    return text(type) == "event_msg" && text(event) == "token_count" && total.is_object(fields);
  }
};

Time time_of(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? time->time_since_epoch().count() : kUndated;
}

bool has_bytes(std::string_view line, std::string_view word) {
  return memmem(line.data(), line.size(), word.data(), word.size()) != nullptr;
}

bool take_number(std::string_view& bytes, std::uint64_t& number) {
  std::string text;
  if (!take_text(bytes, text)) return false;
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

}  // namespace rollout

using namespace rollout;

struct CodexReader::Impl {
  /// What is known of the file at a line.
  struct State {
    std::string session{};
    std::string thread{};
    std::string parent{};
    std::string role{};
    std::string cwd{};
    std::string branch{};
    std::string model{};
    std::uint64_t created = 0;  // nanoseconds since 1970; 0: unknown
    std::uint64_t has_meta = 0;
    std::uint64_t may_inherit = 0;  // the next counts may be copies of the parent's
    std::uint64_t parent_at = 0;    // position in the parent's totals
    std::uint64_t has_total = 0;
    RolloutCounts total{};  // the running total

    [[nodiscard]] auto texts() {
      return std::array{&session, &thread, &parent, &role, &cwd, &branch, &model};
    }
    [[nodiscard]] auto numbers() {
      return std::array{&created,         &has_meta,        &may_inherit,     &parent_at,
                        &has_total,       &total.values[0], &total.values[1], &total.values[2],
                        &total.values[3], &total.values[4]};
    }
  };

  std::vector<std::string> directories;
  LineFields line;
  State now;
  std::optional<std::vector<RolloutCounts>> parent_totals;
  std::string key;
  std::string copied_session;

  void load_parent();
  [[nodiscard]] std::string find_rollout(std::string_view thread) const;
  void read_meta();
  [[nodiscard]] LineResult read_record(Record& record);
  [[nodiscard]] LineResult read_count(Record& record);
  [[nodiscard]] bool is_inherited(const RolloutCounts& total);
  [[nodiscard]] LineResult fill(const RolloutCounts& counts, Record& record);
};

std::string CodexReader::Impl::find_rollout(std::string_view thread) const {
  if (thread.empty() || thread.find('/') != thread.npos) return {};
  const std::string end = "-" + std::string(thread) + ".jsonl";
  std::string found;
  for (const std::string& directory : directories) {
    std::error_code failed;
    for (fs::recursive_directory_iterator at(directory, failed), last; !failed && at != last;
         at.increment(failed)) {
      const std::string path = at->path().string();
      // Of several copies the one with the smallest name, so that the order of the directory has no influence.
      if (path.ends_with(end) && (found.empty() || path < found)) found = path;
    }
  }
  return found;
}

// The totals of the parent up to the start of this thread: a later one cannot have been copied.
void CodexReader::Impl::load_parent() {
  parent_totals.emplace();
  const std::string path = find_rollout(now.parent);
  if (path.empty()) return;
  FoundFile file;
  file.path = path;
  struct stat status {};
  std::string problem;
  const posix::FileDescriptor fd = LineReader::open(file, status, problem);
  if (!fd || (status.st_uid != geteuid() && status.st_uid != 0)) return;
  LineFields parent;
  LineReader lines;
  const auto on_line = [&](const FileLine& at) {
    if (!has_bytes(at.text, "token_count") || !parent.fields.read(without_blanks(at.text)) ||
        !parent.is_token_count())
      return;
    const Time time = time_of(parent.text(parent.timestamp));
    if (now.created != 0 && time != kUndated && time > static_cast<Time>(now.created)) return;
    const auto total = parent.total.read(parent.fields);
    if (total && (parent_totals->empty() || parent_totals->back() != *total))
      parent_totals->push_back(*total);
  };
  // An error of the read leaves the totals that were read.
  static_cast<void>(
      lines.read(fd.get(), 0, static_cast<std::uint64_t>(status.st_size), kMaxRolloutLine, on_line, {}));
}

// A copied history has the parent's session_meta too: the first one is the thread's own.
void CodexReader::Impl::read_meta() {
  if (now.has_meta != 0) return;
  now.has_meta = 1;
  now.thread = line.text(line.id);
  now.session = line.text(line.session);
  if (now.session.empty()) now.session = now.thread;
  for (const std::size_t field : {line.forked_from, line.parent, line.spawned_by}) {
    if (now.parent.empty()) now.parent = line.text(field);
  }
  now.role = line.text(line.role);
  now.cwd = line.text(line.cwd);
  now.branch = line.text(line.branch);
  Time created = time_of(line.text(line.created));
  if (created == kUndated) created = time_of(line.text(line.timestamp));
  now.created = created == kUndated || created < 0 ? 0 : static_cast<std::uint64_t>(created);
  now.may_inherit = now.parent.empty() ? 0 : 1;
}

LineResult CodexReader::Impl::fill(const RolloutCounts& counts, Record& record) {
  const auto usage = counts.usage();
  if (!usage) return LineResult::kMalformed;
  record = Record{.extras = std::move(record.extras)};
  record.extras.clear();
  record.key = key;
  record.program = kCodex;
  record.model = now.model;
  record.session = now.session;
  record.project = now.cwd;
  record.branch = now.branch;
  if (now.thread != now.session) {
    record.subagent = now.thread;
    record.subagent_type = now.role;
    record.is_sidechain = true;
  }
  record.time = time_of(line.text(line.timestamp));
  record.usage = *usage;
  return LineResult::kResponse;
}

// COST-X1.
LineResult CodexReader::Impl::read_record(Record& record) {
  now.may_inherit = 0;
  const auto counts = line.usage.read(line.fields);
  if (!counts || !line.usage.is_object(line.fields)) return LineResult::kMalformed;
  const auto total = line.thread_total.read(line.fields);
  if (!total) return LineResult::kMalformed;
  // COST-X8: the count that follows adds nothing.
  now.total = line.thread_total.is_object(line.fields) ? *total : now.total.plus(*counts);
  now.has_total = 1;
  if (counts->is_zero()) return LineResult::kNothing;
  const std::string_view response = line.fields[line.response].string();
  if (response.size() > kMaxName) return LineResult::kMalformed;
  if (response.empty()) {
    key = "codex " + std::string(line.text(line.timestamp)) + " " + now.total.text();
  } else {
    key = "codex " + std::string(response);
  }
  const LineResult result = fill(*counts, record);
  const std::string_view session = line.text(line.session);
  if (result == LineResult::kResponse && !session.empty() && session != now.session) {
    copied_session = session;
    record.owner_session = copied_session;
  }
  return result;
}

bool CodexReader::Impl::is_inherited(const RolloutCounts& total) {
  if (now.may_inherit == 0) return false;
  if (!parent_totals) load_parent();
  const auto first = parent_totals->begin() +
                     static_cast<std::ptrdiff_t>(std::min<std::size_t>(now.parent_at, parent_totals->size()));
  const auto at = std::find(first, parent_totals->end(), total);
  now.may_inherit = at == parent_totals->end() ? 0 : 1;
  if (now.may_inherit != 0) now.parent_at = static_cast<std::uint64_t>(at - parent_totals->begin()) + 1;
  return now.may_inherit != 0;
}

// COST-X3 to COST-X7.
LineResult CodexReader::Impl::read_count(Record& record) {
  const auto total = line.total.read(line.fields);
  const auto last = line.last.read(line.fields);
  if (!total || !last) return LineResult::kMalformed;
  const bool has_last = line.last.is_object(line.fields);
  const bool is_first = now.has_total == 0;
  const RolloutCounts before = now.total;
  now.total = *total;
  now.has_total = 1;
  if (has_last && last->is_zero()) return LineResult::kNothing;
  // A repeated count comes first: a copied history has it too, and it is not the parent's next one.
  if ((!is_first && *total == before) || is_inherited(*total)) return LineResult::kNothing;
  RolloutCounts spent = *total;
  if (is_first) {
    // A thread with a parent may begin at the parent's total.
    if (has_last && !now.parent.empty()) spent = *last;
  } else if (total->is_below(before)) {
    if (has_last) spent = *last;
  } else {
    spent = total->minus(before);
  }
  if (spent.is_zero()) return LineResult::kNothing;
  // Copies of a count keep its time, and two threads do not reach the same total in the same millisecond.
  const std::string_view time = line.text(line.timestamp);
  key = "codex " + std::string(time_of(time) == kUndated ? now.thread : time) + " " + total->text();
  return fill(spent, record);
}

CodexReader::CodexReader(std::vector<std::string> directories) : impl_(std::make_unique<Impl>()) {
  impl_->directories = std::move(directories);
}
CodexReader::~CodexReader() = default;

void CodexReader::open(std::string_view /*below*/, std::string_view state) {
  impl_->parent_totals.reset();
  impl_->now = {};
  Impl::State read;
  for (std::string* const text : read.texts()) {
    if (!take_text(state, *text)) return;
  }
  for (std::uint64_t* const number : read.numbers()) {
    if (!take_number(state, *number)) return;
  }
  impl_->now = std::move(read);
}

std::string CodexReader::state() const {
  std::string bytes;
  for (const std::string* const text : impl_->now.texts()) put_text(bytes, *text);
  for (const std::uint64_t* const number : impl_->now.numbers()) put_text(bytes, std::to_string(*number));
  return bytes;
}

LineResult CodexReader::read(std::string_view text, bool is_last, Record& record) {
  const LineResult broken = is_last ? LineResult::kTorn : LineResult::kUnreadable;
  text = without_blanks(text);
  if (text.empty()) return LineResult::kNothing;
  if (!has_bytes(text, "token_") && !has_bytes(text, "turn_context") && !has_bytes(text, "session_meta"))
    return text.front() == '{' && text.back() != '}' ? broken : LineResult::kNothing;
  LineFields& line = impl_->line;
  if (!line.fields.read(text)) {
    JsonCursor at(text);
    return at.kind() != JsonCursor::Kind::kObject && at.skip() && at.at_end() ? LineResult::kNothing : broken;
  }
  const std::string_view type = line.text(line.type);
  if (type == "session_meta") {
    impl_->read_meta();
  } else if (type == "turn_context") {
    // COST-X9.
    if (const std::string_view model = line.text(line.model); !model.empty()) impl_->now.model = model;
  } else if (type == "token_usage_record") {
    return impl_->read_record(record);
  } else if (line.is_token_count()) {
    return impl_->read_count(record);
  }
  return LineResult::kNothing;
}

}  // namespace atm::ledger
