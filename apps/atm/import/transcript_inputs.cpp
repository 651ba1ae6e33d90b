// SPDX-License-Identifier: MIT
#include "import/transcript_inputs.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "ledger/json_cursor.hpp"

extern "C" const atm_plugin atm_plugin_v1;  // of the plugin claude_code, which is linked into this program

namespace atm::cli {

namespace {

using history::Input;
using ledger::JsonCursor;

constexpr std::string_view kChannel = "claude_code/transcript";
constexpr std::string_view kAgent = "claude_code";
/// A prompt after such a silence in an open turn: the agent process had ended.
constexpr std::int64_t kSilenceNs = 600'000'000'000;
constexpr std::size_t kMaxText = 4'096;

bool has_long_text(const Input& input) {
  const auto is_long = [](const std::string& text) { return text.size() > kMaxText; };
  return is_long(input.session) || is_long(input.actor) ||
         std::any_of(input.attrs.begin(), input.attrs.end(), [&](const auto& attr) {
           const auto* text = std::get_if<std::string>(&attr.second);
           return text != nullptr && is_long(*text);
         });
}

}  // namespace

/// The members of a line that the parser does not report.
struct TranscriptInputs::Line {
  std::string type;
  std::string session;
  std::string timestamp;
  std::string directory;
  std::string version;
  std::string model;

  /// False: no JSON object.
  [[nodiscard]] bool read(std::string_view line) {
    JsonCursor at(line);
    if (at.kind() != JsonCursor::Kind::kObject) return false;
    const bool is_good = at.object([&](std::string_view key) {
      if (key == "type") return text(at, type);
      if (key == "sessionId") return text(at, session);
      if (key == "timestamp") return text(at, timestamp);
      if (key == "cwd") return text(at, directory);
      if (key == "version") return text(at, version);
      if (key != "message" || at.kind() != JsonCursor::Kind::kObject) return at.skip();
      return at.object(
          [&](std::string_view inner) { return inner == "model" ? text(at, model) : at.skip(); });
    });
    return is_good && at.at_end();
  }

 private:
  /// A value of another kind or an overlong one counts as absent.
  static bool text(JsonCursor& at, std::string& to) {
    if (at.kind() != JsonCursor::Kind::kString) return at.skip();
    std::string scratch;
    std::string_view value;
    if (!at.string(value, scratch)) return false;
    to = value.size() <= kMaxText ? value : std::string_view{};
    return true;
  }
};

TranscriptInputs::TranscriptInputs()
    : host_{sizeof(atm_host), ATM_ABI_MAJOR,
            ATM_ABI_MINOR,    0,
            nullptr,          [](void*, atm_str) -> const void* { return nullptr; }} {
  ErrorBuffer error;
  if (atm_plugin_v1.create(&host_, to_c(std::string_view("{}")), &parser_, error.c()) != ATM_OK)
    throw std::runtime_error("the parser of transcripts: " + std::string(error.view()));
  table_ =
      static_cast<const atm_parser*>(atm_plugin_v1.query(parser_, to_c(std::string_view(ATM_IFACE_PARSER))));
}

TranscriptInputs::~TranscriptInputs() {
  atm_plugin_v1.destroy(parser_);
}

void TranscriptInputs::open(const ledger::TranscriptPath& path, const ImportRange& range) {
  path_ = path;
  range_ = range;
  session_ = path.session;
  model_.clear();
  version_.clear();
  last_ns_ = 0;
  is_begun_ = is_in_turn_ = is_cut_ = false;
}

Input TranscriptInputs::input(std::string type, std::int64_t time_ns) const {
  Input one;
  one.time_ns = one.arrived_ns = one.awake_ns = time_ns;
  one.type = std::move(type);
  one.session = session_;
  one.agent = kAgent;
  one.origin = kChannel;
  one.attrs.emplace_back("recorded", true);
  return one;
}

bool TranscriptInputs::parse(std::string_view line, const std::string& session, std::int64_t time_ns) {
  parsed_.clear();
  const atm_attr context = attr("session", std::string_view(session));
  const atm_record record{sizeof(atm_record), 0, time_ns, to_c(kChannel), to_c(line), &context, 1};
  const atm_observation_sink sink{sizeof(atm_observation_sink), 0, &parsed_,
                                  [](void* self, const atm_observation* o) -> atm_status {
                                    std::string raw;
                                    atm_stored stored{};
                                    stored.kind = ATM_STORED_OBSERVATION;
                                    stored.awake_ns = o->time_ns;
                                    stored.observation = o;
                                    history::append_raw(raw, stored, o->time_ns);
                                    auto& to = *static_cast<std::vector<Input>*>(self);
                                    for (Input& one : history::read_raw(raw)) to.push_back(std::move(one));
                                    return ATM_OK;
                                  }};
  ErrorBuffer error;
  const atm_status status = table_->parse(parser_, &record, &sink, error.c());
  if (status == to_c(Status::kSkip)) parsed_.clear();
  return status == ATM_OK || status == to_c(Status::kSkip);
}

/// What the parser does not report: the begin of the session, its version and its model.
void TranscriptInputs::begin(const Line& line, std::int64_t time_ns, std::vector<Input>& inputs) {
  const bool has_news = (!line.version.empty() && line.version != version_) ||
                        (!line.model.empty() && line.model != "<synthetic>" && line.model != model_);
  if (is_begun_ && !has_news) return;
  Input one = input(is_begun_ ? "status.reported" : "session.started", time_ns);
  if (!is_begun_ && !line.directory.empty()) one.attrs.emplace_back("cwd", line.directory);
  if (!line.version.empty()) one.attrs.emplace_back("version", version_ = line.version);
  if (!line.model.empty() && line.model != "<synthetic>")
    one.attrs.emplace_back("model.id", model_ = line.model);
  inputs.push_back(std::move(one));
  is_begun_ = true;
}

void TranscriptInputs::end(std::vector<Input>& inputs) {
  Input one = input("session.ended", last_ns_);
  one.attrs.emplace_back("reason", std::string("imported"));
  inputs.push_back(std::move(one));
  is_begun_ = is_in_turn_ = false;
}

ImportedLine TranscriptInputs::take(std::string_view text, std::vector<Input>& inputs) {
  if (text.find_first_not_of(std::string_view(" \t\r\0", 4)) == text.npos) return ImportedLine::kNothing;
  Line line;
  if (!line.read(text)) return ImportedLine::kInvalid;
  if (line.type != "user" && line.type != "assistant" && line.type != "system") return ImportedLine::kNothing;
  if (session_.empty()) session_ = line.session;  // an old subagent's file
  if (session_.empty()) return ImportedLine::kInvalid;
  if (!line.session.empty() && line.session != session_) return ImportedLine::kCopy;
  const auto time = parse_rfc3339(line.timestamp);
  if (!time) return ImportedLine::kInvalid;
  const std::int64_t time_ns = time->time_since_epoch().count();
  if (time_ns > range_.until_ns) return ImportedLine::kInvalid;
  if (time_ns < range_.since_ns) return ImportedLine::kNothing;
  if (const auto live = range_.first_live->find(session_);
      live != range_.first_live->end() && time_ns >= live->second) {
    is_cut_ = true;
    return ImportedLine::kNothing;
  }
  if (!parse(text, session_, time_ns) || std::any_of(parsed_.begin(), parsed_.end(), has_long_text))
    return ImportedLine::kInvalid;
  const bool is_main = path_.subagent.empty();
  for (Input& one : parsed_) {
    one.origin = kChannel;
    if (one.time_ns == 0) one.time_ns = one.arrived_ns = one.awake_ns = time_ns;
    if (is_main && one.type == "prompt.submitted") {
      if (is_in_turn_ && time_ns - last_ns_ > kSilenceNs) end(inputs);
      is_in_turn_ = true;
    } else if (one.type == "turn.finished") {
      is_in_turn_ = false;
    }
    if (is_main) begin(line, time_ns, inputs);
    inputs.push_back(std::move(one));
  }
  last_ns_ = std::max(last_ns_, time_ns);
  return parsed_.empty() ? ImportedLine::kNothing : ImportedLine::kTaken;
}

void TranscriptInputs::close(std::vector<Input>& inputs) {
  if (is_begun_ && !is_cut_) end(inputs);
}

}  // namespace atm::cli
