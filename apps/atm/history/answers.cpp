// SPDX-License-Identifier: MIT
// atm history: what the user asks.
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <history/file.hpp>
#include <history/imports.hpp>
#include <history/index.hpp>
#include <history/past_reader.hpp>
#include <history/time_words.hpp>
#include <map>

#include "command.hpp"
#include "history/commands.hpp"
#include "history/export.hpp"
#include "history/past.hpp"
#include "history/results.hpp"
#include "session_table.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

using history::HistoryFile;
using history::Index;
using sqlite::SqlError;
using sqlite::Statement;

constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kSqlRows = 100'000;
constexpr std::chrono::seconds kSqlTime{30};

/// When the user last saw the sessions; a day ago if that is unknown.
std::int64_t last_look() {
  struct stat status {};
  if (::stat((state_directory() + "/looked").c_str(), &status) != 0) return now_ns() - kDay;
  return status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec;
}

struct Range {
  std::int64_t since_ns = 0;
  std::int64_t until_ns = 0;
};

std::string text_of(std::int64_t ns) {
  return local_time(Timestamp(std::chrono::nanoseconds(ns)));
}

/// `usual_since`: relative to the end of the range.
Result<Range> range_of(const HistoryOptions& options, const char* usual_since) {
  const std::int64_t now = now_ns();
  Range range{0, now};
  const std::string& until = options.at.empty() ? options.until : options.at;
  if (!until.empty()) {
    const auto time = history::parse_time(until, now);
    if (!time) return time.error();
    range.until_ns = *time;
  }
  if (options.since.empty() && *usual_since == '\0') {
    range.since_ns = std::min(last_look(), range.until_ns);
    return range;
  }
  const auto time = options.since.empty() ? history::parse_time(usual_since, range.until_ns)
                                          : history::parse_time(options.since, now);
  if (!time) return time.error();
  range.since_ns = *time;
  if (range.since_ns <= range.until_ns) return range;
  return Error{ErrorCode::kInvalidField,
               "--since is " + text_of(range.since_ns) + ", expected a time before " +
                   (until.empty() ? "now" : "--until, which is") + ' ' + text_of(range.until_ns)};
}

/// Why a question has no answer.
std::string nothing_in(const Range& range, const HistoryOptions& options, HistoryFile& file) {
  std::string text = options.at.empty()
                         ? "nothing from " + text_of(range.since_ns) + " to " + text_of(range.until_ns)
                         : "no session at " + text_of(range.until_ns);
  if (!options.project.empty()) text += " in a directory with '" + options.project + "'";
  if (!options.session.empty()) text += " of session " + options.session;
  const std::int64_t first_ns = file.first_ns();
  const std::int64_t begin_ns = options.at.empty() ? range.since_ns : range.until_ns;
  history::Imports imports(file.database());
  if (imports.exists() && imports.count() != 0) return terminal_safe(text);
  if (first_ns == 0) {
    text += "; the history has no input yet";
  } else if (begin_ns < first_ns) {
    text += "; the history begins at " + text_of(first_ns) +
            ", and atm import adds the turns of earlier transcripts";
  }
  return terminal_safe(text);
}

Results rows_of(Statement& statement, std::uint64_t most, bool& is_cut) {
  Results results;
  for (int i = 0; i < statement.columns(); ++i) results.columns.push_back(column_of(statement.name(i)));
  while (statement.step()) {
    if (results.rows.size() == most) {
      is_cut = true;
      break;
    }
    auto& row = results.rows.emplace_back();
    for (int i = 0; i < statement.columns(); ++i) {
      switch (statement.type(i)) {
        case SQLITE_INTEGER:
          row.emplace_back(statement.integer(i));
          break;
        case SQLITE_FLOAT:
          row.emplace_back(statement.real(i));
          break;
        case SQLITE_NULL:
          row.emplace_back(std::monostate{});
          break;
        default:
          row.emplace_back(std::string(statement.text(i)));
      }
    }
  }
  return results;
}

ExitCode show(const Results& results, const HistoryOptions& options, const std::string& nothing) {
  if (options.json) return print_json(results_json(results));
  if (options.csv) return print(results_csv(results));
  if (results.rows.empty()) return print(nothing + '\n');
  const char* const home = std::getenv("HOME");
  return print(results_table(results, now_ns(), home == nullptr ? "" : home, output_canvas()));
}

constexpr std::size_t kNameColumns = 33;

/// Times below the columns of a timeline, as `|14:00`, at round local times.
std::string time_axis(std::int64_t since_ns, std::int64_t step_ns, std::size_t width) {
  constexpr std::array<std::int64_t, 17> kRound{1,     5,      10,     30,         60,        300,
                                                600,   900,    1800,   3600,       7200,      10800,
                                                21600, 43'200, 86'400, 2 * 86'400, 7 * 86'400};
  constexpr std::int64_t kLeastColumns = 13;
  const auto seconds = static_cast<std::time_t>(since_ns / kSecond);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const std::int64_t wanted = step_ns * kLeastColumns / kSecond;
  const auto* const found = std::lower_bound(kRound.begin(), kRound.end(), wanted);
  const std::int64_t round = found == kRound.end() ? kRound.back() : *found;
  std::string axis(width, ' ');
  for (std::int64_t at = (seconds + local.tm_gmtoff) / round * round - local.tm_gmtoff;; at += round) {
    const std::int64_t column = (at * kSecond - since_ns) / step_ns;
    if (at * kSecond < since_ns) continue;
    std::array<char, 32> text{};
    const std::time_t time = at;
    ::localtime_r(&time, &local);
    const char* const format = round >= 43'200 ? "|%b %d" : round < 60 ? "|%H:%M:%S" : "|%H:%M";
    const std::size_t size = std::strftime(text.data(), text.size(), format, &local);
    if (static_cast<std::size_t>(column) + size > width) break;
    axis.replace(static_cast<std::size_t>(column), size, text.data(), size);
  }
  return axis.substr(0, axis.find_last_not_of(' ') + 1);
}

bool is_of(const history::Input& input, const std::string& session) {
  return session.empty() || input.session == session;
}

/// SELECT and functions; no other statement, no other file.
int authorize(void* /*context*/, int action, const char* /*a*/, const char* function, const char* /*c*/,
              const char* /*d*/) {
  if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
  if (action == SQLITE_FUNCTION)
    return std::string_view(function) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
  return SQLITE_DENY;
}

bool has_second_statement(sqlite3* db, const std::string& text) {
  sqlite3_stmt* first = nullptr;
  const char* rest = nullptr;
  static_cast<void>(sqlite3_prepare_v2(db, text.c_str(), -1, &first, &rest));
  sqlite3_finalize(first);
  return rest != nullptr && std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos;
}

}  // namespace

ExitCode answer_question(const HistoryQuestion& question, const HistoryOptions& options) {
  const auto range = range_of(options, question.since);
  if (!range) return complain(range.error());
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  const auto index = index_of(directory, *file);
  const auto session = session_of(options, *index);
  if (!session) return complain(session.error());
  Statement statement(index->database().c(), question.sql);
  statement.with(range->since_ns, range->until_ns, options.project, *session);
  bool is_cut = false;
  const Results results = rows_of(statement, kSqlRows, is_cut);
  return show(results, options, results.rows.empty() ? nothing_in(*range, options, *file) : "");
}

ExitCode show_losses(const HistoryOptions& options) {
  const auto range = range_of(options, "-7d");
  if (!range) return complain(range.error());
  const auto file = open_history(directory_of(options));
  Results results;
  results.columns = {
      {"from", "time"}, {"to", "time"}, {"lasted", "duration"}, {"inputs", "count"}, {"what", "text"}};
  std::int64_t stopped_ns = 0;
  for (const history::Run& run : file->runs()) {
    if (stopped_ns != 0 && run.started_ns > stopped_ns && run.started_ns >= range->since_ns &&
        stopped_ns <= range->until_ns) {
      results.rows.push_back({stopped_ns, run.started_ns, run.started_ns - stopped_ns, std::monostate{},
                              std::string("no daemon ran")});
    }
    stopped_ns = run.stopped_ns;
  }
  if (stopped_ns != 0 && stopped_ns <= range->until_ns)
    results.rows.push_back(
        {stopped_ns, now_ns(), now_ns() - stopped_ns, std::monostate{}, std::string("no daemon runs")});
  for (const history::Gap& gap : file->gaps(range->since_ns, range->until_ns)) {
    results.rows.push_back({gap.from_ns, gap.to_ns, gap.to_ns - gap.from_ns,
                            static_cast<std::int64_t>(gap.inputs), history::gap_reason(gap.reason)});
  }
  std::sort(results.rows.begin(), results.rows.end(), [](const auto& a, const auto& b) {
    return std::get<std::int64_t>(a[0]) < std::get<std::int64_t>(b[0]);
  });
  return show(results, options,
              "no gap from " + text_of(range->since_ns) + " to " + text_of(range->until_ns));
}

ExitCode show_timeline(const HistoryOptions& options) {
  const auto range = range_of(options, "-8h");
  if (!range) return complain(range.error());
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  const auto index = index_of(directory, *file);
  const auto session = session_of(options, *index);
  if (!session) return complain(session.error());
  const std::size_t width =
      std::clamp<std::size_t>(output_canvas().columns.value_or(100), kNameColumns + 7, 200) - kNameColumns -
      1;
  const std::int64_t step =
      std::max<std::int64_t>((range->until_ns - range->since_ns) / static_cast<std::int64_t>(width), 1);
  struct Line {
    std::string project;
    std::vector<int> rank;
  };
  std::map<std::string, Line> lines;
  Statement spans(
      index->database().c(),
      "SELECT s.id, s.project, p.state, p.started_ns, coalesce(p.ended_ns, ?2) FROM span p JOIN session s ON "
      "s.id = p.session WHERE p.started_ns < ?2 AND (p.ended_ns > ?1 OR p.ended_ns IS NULL) AND "
      "instr(s.directory, ?3) <> 0 AND ?4 IN ('', s.id)");
  spans.with(range->since_ns, range->until_ns, options.project, *session);
  while (spans.step()) {
    Line& line = lines[std::string(spans.text(0))];
    line.project = spans.text(1);
    line.rank.resize(width, 0);
    const int rank = spans.text(2) == "waiting" ? 3 : spans.text(2) == "working" ? 2 : 1;
    const auto at = [&](std::int64_t ns) {
      return static_cast<std::size_t>(
          std::clamp<std::int64_t>((ns - range->since_ns) / step, 0, static_cast<std::int64_t>(width) - 1));
    };
    for (std::size_t i = at(spans.integer(3)); i <= at(spans.integer(4)); ++i)
      line.rank[i] = std::max(line.rank[i], rank);
  }
  if (lines.empty()) return print(nothing_in(*range, options, *file) + '\n');
  const char* const home = std::getenv("HOME");
  std::string text;
  for (const auto& [id, line] : lines) {
    const std::string project = with_tilde(terminal_safe(line.project), home == nullptr ? "" : home);
    text += pad_right(short_id(id), 9) + pad_right(cut_path(project, kNameColumns - 10), kNameColumns - 9);
    for (const int rank : line.rank) text += rank == 3 ? "!" : rank == 2 ? "█" : rank == 1 ? "·" : " ";
    text += '\n';
  }
  text += std::string(kNameColumns, ' ') + time_axis(range->since_ns, step, width) + '\n';
  return print(text + "█ working   ! waiting for you   · idle; one column is " + duration_text(step) + '\n');
}

ExitCode export_scenario(const HistoryOptions& options) {
  const auto range = range_of(options, "-1h");
  if (!range) return complain(range.error());
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  const auto session = named_session(options, directory, *file);
  if (!session) return complain(session.error());
  ScenarioWriter writer(range->since_ns, options.is_redacted);
  bool is_good = put(writer.header());
  // Rows before the range are skipped by their time: the number of the first one in it is unknown.
  file->read(file->position_at(range->since_ns), [&](const history::Input& input, std::uint64_t) {
    if (input.arrived_ns > range->until_ns) return false;
    if (input.arrived_ns < range->since_ns || !is_of(input, *session)) return true;
    const std::string line = writer.line(input);
    is_good = is_good && (line.empty() || put(line));
    return is_good;
  });
  return is_good ? kOk : complain_of_output();
}

ExitCode run_sql(const HistoryOptions& options) {
  const std::string directory = directory_of(options);
  {
    const auto file = open_history(directory);
    static_cast<void>(index_of(directory, *file));
  }
  sqlite::Database db(directory + "/index.db", sqlite::OpenMode::kReadOnly);
  sqlite3_set_authorizer(db.c(), &authorize, nullptr);
  const auto until = std::chrono::steady_clock::now() + kSqlTime;
  const auto is_late = [](void* context) -> int {
    return std::chrono::steady_clock::now() >
           *static_cast<const std::chrono::steady_clock::time_point*>(context);
  };
  sqlite3_progress_handler(db.c(), 10'000, is_late,
                           const_cast<std::chrono::steady_clock::time_point*>(&until));
  try {
    Statement statement(db.c(), options.text);
    if (statement.columns() == 0 || has_second_statement(db.c(), options.text))
      return refuse("the text has no statement or several ones, expected one SELECT; see atm history schema");
    bool is_cut = false;
    const Results results = rows_of(statement, kSqlRows, is_cut);
    if (is_cut)
      std::fprintf(stderr, "atm: the result has more than %llu rows; the rest is left out\n",
                   static_cast<unsigned long long>(kSqlRows));
    return show(results, options, "no rows");
  } catch (const SqlError& error) {
    if ((error.code() & 0xff) == SQLITE_INTERRUPT)
      return refuse("the statement runs for more than 30 s, expected a shorter one; add conditions");
    if ((error.code() & 0xff) == SQLITE_AUTH)
      return refuse(
          "the statement is not allowed, expected a SELECT of the tables of index.db; see atm history "
          "schema");
    return refuse(std::string(error.what()) +
                  ", expected a SELECT of the tables of index.db; see atm history schema");
  }
}

}  // namespace atm::cli
