// SPDX-License-Identifier: MIT
// The recorded hooks, logs and titles of real agents through parsers, titles and registry, compared with a judgement by
// hand (testdata/truth/truth.tsv). ATM_UPDATE=1 rewrites the answers without a source: review the difference before you
// commit it.
#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "gauntlet/world.hpp"
#include "lib/agents/title_rules.hpp"
#include "plugins/tmux/title_levels.hpp"
#include "support/catch.hpp"
#include "support/installed_agents.hpp"

namespace json = atm::json;
using atm::gauntlet::Nanos;
using atm::gauntlet::World;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPid = 4242;
constexpr std::uint64_t kStart = 77;

struct Row {
  std::string agent;
  std::string recording;
  int row = 0;
  std::int64_t at_ns = 0;
  std::vector<std::string> titles{};
  std::int64_t held_ns = 0;
  std::string session{};
  std::string truth{};

  [[nodiscard]] std::string name() const { return agent + ' ' + recording + ' ' + std::to_string(row); }
};

std::string read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Row> read_rows() {
  std::ifstream in(TRUTH_TESTDATA "/truth.tsv");
  std::vector<Row> rows;
  json::Reader reader;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#' || line.starts_with("agent\t")) continue;
    std::istringstream cells(line);
    std::vector<std::string> cell;
    for (std::string one; std::getline(cells, one, '\t');) cell.push_back(one);
    REQUIRE(cell.size() == 9);
    Row row{cell[0], cell[1], std::stoi(cell[2]), std::stoll(cell[3])};
    const json::Value* titles = reader.parse(cell[4]);
    REQUIRE(titles != nullptr);
    for (const json::Value& title : titles->GetArray()) row.titles.emplace_back(json::text_of(title));
    row.held_ns = std::stoll(cell[5]) * kSecond;
    row.session = cell[6];
    row.truth = cell[7];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string compact(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

/// Something that a source delivers at a time.
struct Delivery {
  std::int64_t at_ns;
  std::function<void(World&, Nanos)> tell;
};

struct Sources {
  std::string_view name;
  bool hooks = true;
  bool logs = true;
  bool titles = true;
};

class Replay final {
 public:
  Replay(std::vector<Row> rows, const Sources& sources, std::int64_t phase_ns)
      : rows_(std::move(rows)), agent_(rows_.front().agent), begin_ns_(rows_.front().at_ns - 30 * kSecond) {
    if (sources.hooks && has_extension()) add_observations();
    if (sources.hooks && !has_extension()) add_hooks();
    if (sources.logs) add_logs();
    if (!sources.hooks) add_discovery();
    if (has_extension()) add_exit();
    if (sources.titles && !has_extension()) add_titles(sources, phase_ns);
    std::stable_sort(deliveries_.begin(), deliveries_.end(),
                     [](const Delivery& a, const Delivery& b) { return a.at_ns < b.at_ns; });
  }

  /// "ROW TRUTH ANSWER" of each row; certain answers without a question mark.
  std::map<std::string, std::pair<std::string, std::string>> run() {
    World world(atm::gauntlet::Processes::kWatched);
    atm::gauntlet::ProcessNews begun;
    begun.pid = kPid;
    begun.start_ticks = kStart;
    world.tell(begun);
    std::map<std::string, std::pair<std::string, std::string>> answers;
    auto next = deliveries_.begin();
    for (const Row& row : rows_) {
      for (; next != deliveries_.end() && next->at_ns <= row.at_ns; ++next) {
        world.pass_until(Nanos(next->at_ns - begin_ns_));
        next->tell(world, Nanos(next->at_ns - begin_ns_));
      }
      world.pass_until(Nanos(row.at_ns - begin_ns_));
      answers[row.name()] = {row.truth, answer(world, row)};
    }
    return answers;
  }

 private:
  [[nodiscard]] bool is_within(std::int64_t at_ns) const {
    return at_ns >= begin_ns_ && at_ns <= rows_.back().at_ns;
  }

  void add_hooks() {
    const bool is_pair = rows_.front().recording.starts_with("tui_daemon");
    std::ifstream in(is_pair ? std::string(TRUTH_TESTDATA "/codex_two_panes.jsonl")
                             : MANIFEST_TESTDATA "/" + agent_ + ".jsonl");
    json::Reader reader;
    for (std::string line; std::getline(in, line);) {
      const json::Value* root = reader.parse(line);
      REQUIRE(root != nullptr);
      const std::int64_t at_ns = json::get_int(*root, "t_ns").value_or(0);
      if (!is_within(at_ns)) continue;
      deliver(agent_ + "/hook", compact(*json::get_object(*root, "stdin")),
              {{"pid", kPid},
               {"start_ticks", static_cast<std::int64_t>(kStart)},
               {"tmux.pane", std::string("%0")}},
              at_ns);
    }
  }

  /// An agent whose extension states observations; its titles say nothing about the state.
  [[nodiscard]] bool has_extension() const { return agent_ == "opencode" || agent_ == "pi"; }

  /// What the extension sends for its recorded events, and the end of the process.
  void add_observations() {
    std::ifstream in(TRUTH_TESTDATA "/" + agent_ + ".observations.jsonl");
    json::Reader reader;
    for (std::string line; std::getline(in, line);) {
      const json::Value* root = reader.parse(line);
      REQUIRE(root != nullptr);
      const std::int64_t at_ns = json::get_int(*root, "t_ns").value_or(0);
      if (const json::Value* payload = json::get_object(*root, "payload"))
        deliver(agent_ + "/observation", compact(*payload),
                {{"pid", kPid}, {"start_ticks", static_cast<std::int64_t>(kStart)}}, at_ns);
    }
  }

  /// The end of a client that reports none.
  void add_exit() {
    std::ifstream in(TRUTH_TESTDATA "/" + agent_ + ".observations.jsonl");
    json::Reader reader;
    for (std::string line; std::getline(in, line);) {
      const json::Value* root = reader.parse(line);
      if (!json::get_bool(*root, "exited").value_or(false)) continue;
      deliveries_.push_back({json::get_int(*root, "t_ns").value_or(0), [](World& world, Nanos) {
                               atm::gauntlet::ProcessNews gone;
                               gone.pid = kPid;
                               gone.start_ticks = kStart;
                               gone.state = atm::gauntlet::ProcessState::kExited;
                               world.tell(gone);
                             }});
    }
  }

  void add_logs() {
    if (has_extension()) return;
    std::ifstream in(MANIFEST_TESTDATA "/" + agent_ + ".transcript.jsonl");
    json::Reader reader;
    std::string session;
    std::string file;
    for (std::string line; std::getline(in, line);) {
      const json::Value* root = reader.parse(line);
      REQUIRE(root != nullptr);
      const json::Value& content = *json::get_object(*root, "line");
      if (const std::string name(json::get_string(*root, "file").value_or("")); name != file) {
        file = name;
        const json::Value* payload = json::get_object(content, "payload");
        session = json::get_string(payload == nullptr ? content : *payload,
                                   payload == nullptr ? "sessionId" : "session_id")
                      .value_or("");
      }
      const auto stated = atm::parse_rfc3339(json::get_string(content, "timestamp").value_or(""));
      if (!stated || !is_within(stated->time_since_epoch().count())) continue;
      const std::int64_t at_ns = stated->time_since_epoch().count();
      std::string text = compact(content);
      const std::string from(json::get_string(content, "timestamp").value_or(""));
      const std::string to =
          atm::to_rfc3339(atm::Timestamp(Nanos(atm::gauntlet::kBeginNs + at_ns - begin_ns_)));
      text.replace(text.find(from), from.size(), to);
      // The plugin reads twice a second.
      deliver(agent_ + "/transcript", text, {{"session", session}}, at_ns + kSecond / 2);
    }
  }

  /// What the source of processes finds.
  void add_discovery() {
    deliveries_.push_back(
        {begin_ns_ + kSecond, [this](World& world, Nanos at) {
           const atm::testing::OwnedAttrs begun{{"source", std::string("discovered")}};
           observe(world, at, "pending-" + std::to_string(kPid), "session.started", "processes", begun);
           observe(world, at, "pending-" + std::to_string(kPid), "process.bound", "processes",
                   {{"pid", kPid}, {"start_ticks", static_cast<std::int64_t>(kStart)}});
         }});
  }

  void add_titles(const Sources& sources, std::int64_t phase_ns) {
    std::map<std::int64_t, std::string> shown;  // from this time
    std::int64_t before = begin_ns_;
    for (const Row& row : rows_) {
      const auto count = static_cast<std::int64_t>(row.titles.size());
      const std::int64_t begin =
          std::max(before + 1, row.at_ns - std::max<std::int64_t>(row.held_ns, kSecond / 5));
      for (std::int64_t i = 0; i + 1 < count; ++i)
        shown.emplace(before + (begin - before) * (i + 1) / count, row.titles[static_cast<std::size_t>(i)]);
      shown.emplace(begin, row.titles.back());
      before = row.at_ns;
    }
    const auto levels = std::make_shared<tmux::TitleLevels>();
    const auto rules = std::make_shared<atm::TitleRules>(rules_of(agent_));
    for (std::int64_t at = begin_ns_ + phase_ns; at < rows_.back().at_ns; at += kSecond) {
      const auto title = shown.upper_bound(at);
      if (title == shown.begin()) continue;
      const std::string text = std::prev(title)->second;
      deliveries_.push_back(
          {at, [this, levels, rules, text, hooks = sources.hooks](World& world, Nanos now) {
             const std::string session = session_now(world, now, hooks, rules->session_in(text));
             if (session.empty()) return levels->interrupt();
             const auto level = levels->take(rules->find(text), now.count());
             if (!level) return;
             atm::testing::OwnedAttrs attrs{{"state", level->state}};
             if (!level->reason.empty()) attrs["reason"] = level->reason;
             observe(world, Nanos(level->since_ns), session, "state.reported", agent_ + "/title", attrs);
           }});
    }
  }

  /// The session in the pane; the plugin knows it from the registry.
  std::string session_now(World& world, Nanos now, bool has_hooks, const std::string& named) const {
    std::string session;
    for (const Row& row : rows_) {
      if (row.session == "-") continue;
      if (!named.empty() ? row.session.starts_with(named.substr(0, row.session.size()))
                         : session.empty() || row.at_ns - begin_ns_ <= now.count())
        session = row.session;
    }
    std::string known = known_id(world, session);
    if (!known.empty()) return known;
    const std::string pending = "pending-" + std::to_string(kPid);
    return !has_hooks && world.view().find(pending) != nullptr ? pending : std::string();
  }

  /// truth.tsv cuts the ids as the titles do.
  static std::string known_id(World& world, const std::string& begin) {
    if (begin.empty()) return {};
    for (const auto& [id, session] : world.view().sessions()) {
      if (id.starts_with(begin)) return id;
    }
    return {};
  }

  std::string answer(World& world, const Row& row) const {
    const std::string pending = "pending-" + std::to_string(kPid);
    std::string id = row.session == "-" ? std::string() : known_id(world, row.session);
    if (id.empty() && world.view().find(pending) != nullptr) id = pending;
    const atm::protocol::Session* found = id.empty() ? nullptr : world.view().find(id);
    if (found == nullptr) return row.truth == "gone" ? "gone" : "none";
    std::string word;
    switch (found->domain.status.kind()) {
      case atm::StatusKind::kActive:
      case atm::StatusKind::kThinking:
      case atm::StatusKind::kRunningTool:
      case atm::StatusKind::kCompacting:
        word = "works";
        break;
      case atm::StatusKind::kWaitingForPermission:
      case atm::StatusKind::kWaitingForInput:
        word = "waits";
        break;
      case atm::StatusKind::kEnded:
        return "gone";
      default:
        word = "rests";
    }
    return found->domain.certain ? word : word + '?';
  }

  void deliver(const std::string& channel, std::string payload, atm::testing::OwnedAttrs context,
               std::int64_t at_ns) {
    atm::gauntlet::Record record;
    record.channel = channel;
    record.payload = std::move(payload);
    record.context = std::move(context);
    deliveries_.push_back({at_ns, [record = std::move(record)](World& world, Nanos at) mutable {
                             record.sent = at;
                             world.tell(record);
                           }});
  }

  void observe(World& world, Nanos at, const std::string& session, const std::string& type,
               const std::string& origin, const atm::testing::OwnedAttrs& attrs) const {
    atm::testing::OwnedObservation observation{
        type, session, agent_, "", origin, atm::gauntlet::kBeginNs + at.count(), attrs};
    world.tell(atm::gauntlet::Observed{std::move(observation), at});
  }

  static atm::TitleRules rules_of(const std::string& agent) {
    json::Reader reader;
    for (const std::string& text : atm::test::installed_agents()) {
      const json::Value* root = reader.parse(text);
      if (json::get_string(*json::get_object(*root, "agent"), "id") != agent) continue;
      atm::TitleRules::Fault fault;
      return atm::TitleRules::compile(*json::get_object(*root, "title"), fault).value();
    }
    throw std::runtime_error("no manifest of " + agent);
  }

  const std::vector<Row> rows_;
  const std::string agent_;
  const std::int64_t begin_ns_;
  std::vector<Delivery> deliveries_;
};

/// A wrong answer that is certain; with no session, rest is right.
bool is_right(const std::string& truth, const std::string& answer) {
  const std::string word = answer.substr(0, answer.find('?'));
  if (truth == "none") return word == "none" || word == "rests";
  return word == truth;
}

std::map<std::string, std::vector<Row>> by_recording() {
  std::map<std::string, std::vector<Row>> recordings;
  for (Row& row : read_rows()) recordings[row.agent + ' ' + row.recording].push_back(std::move(row));
  return recordings;
}

}  // namespace

TEST_CASE("with all sources, each row of the titles has the state that it has by hand", "[truth]") {
  const std::int64_t phase = GENERATE(0, 250, 500, 750);
  std::size_t rows = 0;
  for (const auto& [name, recording] : by_recording()) {
    for (const auto& [row, answer] : Replay(recording, {"nothing"}, phase * 1'000'000).run()) {
      CAPTURE(row, phase, answer.first, answer.second);
      CHECK(is_right(answer.first, answer.second));
      ++rows;
    }
  }
  CHECK(rows == 68);
}

TEST_CASE("without a source the state is right or uncertain", "[truth]") {
  constexpr Sources kLosses[] = {
      {"hooks", false, true, true}, {"logs", true, false, true}, {"titles", true, true, false}};
  std::string found;
  for (const Sources& sources : kLosses) {
    for (const auto& [name, recording] : by_recording()) {
      for (const auto& [row, answer] : Replay(recording, sources, 0).run()) {
        CAPTURE(sources.name, row, answer.first, answer.second);
        const bool is_uncertain = answer.second.ends_with('?') || answer.second == "none";
        CHECK((is_right(answer.first, answer.second) || is_uncertain));
        if (!is_right(answer.first, answer.second))
          found += "without " + std::string(sources.name) + ": " + row + " is " + answer.first + ", answer " +
                   answer.second + '\n';
      }
    }
  }
  const char* const update = std::getenv("ATM_UPDATE");
  const std::string expected = TRUTH_TESTDATA "/unknown.txt";
  if (update != nullptr && std::string_view(update) == "1")
    std::ofstream(expected, std::ios::binary) << found;
  CHECK(found == read_file(expected));
}
