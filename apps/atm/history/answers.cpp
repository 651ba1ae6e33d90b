// SPDX-License-Identifier: MIT
// atm history: what the user asks.
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <history/file.hpp>
#include <history/index.hpp>
#include <history/past_reader.hpp>
#include <history/time_words.hpp>
#include <map>

#include "command.hpp"
#include "history/commands.hpp"
#include "history/export.hpp"
#include "history/past.hpp"
#include "history/results.hpp"
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

Result<Range> range_of(const HistoryOptions& options, const char* usual_since) {
  const std::int64_t now = now_ns();
  Range range{0, now};
  const std::string since = options.since.empty() ? usual_since : options.since;
  if (since.empty()) {
    range.since_ns = last_look();
  } else {
    const auto time = history::parse_time(since, now);
    if (!time) return time.error();
    range.since_ns = *time;
  }
  const std::string& until = options.at.empty() ? options.until : options.at;
  if (!until.empty()) {
    const auto time = history::parse_time(until, now);
    if (!time) return time.error();
    range.until_ns = *time;
  }
  if (range.since_ns > range.until_ns) range.since_ns = range.until_ns;
  return range;
}

/// A LIKE pattern for a part of a directory; wildcards of the user's text have no meaning in it.
std::string part(const std::string& text) {
  return '%' + text + '%';
}

/// A LIKE pattern for the session that the user named, or for all.
Result<std::string> session_pattern(const HistoryOptions& options, Index& index) {
  auto id = session_of(options, index);
  if (id && id->empty()) return std::string("%");
  return id;
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

}  // namespace

ExitCode answer_question(const HistoryQuestion& question, const HistoryOptions& options) {
  const auto range = range_of(options, question.since);
  if (!range) return complain(range.error());
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  Index index(directory + "/index.db");
  catch_up(index, *file);
  const auto session = session_pattern(options, index);
  if (!session) return complain(session.error());
  Statement statement(index.database().c(), question.sql);
  statement.with(range->since_ns, range->until_ns, part(options.project), *session);
  bool is_cut = false;
  return show(rows_of(statement, kSqlRows, is_cut), options, "nothing in this time");
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
  for (const history::Gap& gap : file->gaps(range->since_ns, range->until_ns)) {
    results.rows.push_back({gap.from_ns, gap.to_ns, gap.to_ns - gap.from_ns,
                            static_cast<std::int64_t>(gap.inputs), history::gap_reason(gap.reason)});
  }
  std::sort(results.rows.begin(), results.rows.end(), [](const auto& a, const auto& b) {
    return std::get<std::int64_t>(a[0]) < std::get<std::int64_t>(b[0]);
  });
  return show(results, options, "no gap in this time");
}

ExitCode show_timeline(const HistoryOptions& options) {
  const auto range = range_of(options, "-8h");
  if (!range) return complain(range.error());
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  Index index(directory + "/index.db");
  catch_up(index, *file);
  const auto session = session_pattern(options, index);
  if (!session) return complain(session.error());
  const std::size_t width = std::clamp<std::size_t>(output_canvas().columns.value_or(100), 40, 200) - 34;
  const std::int64_t step =
      std::max<std::int64_t>((range->until_ns - range->since_ns) / static_cast<std::int64_t>(width), 1);
  struct Line {
    std::string project;
    std::vector<int> rank;
  };
  std::map<std::string, Line> lines;
  Statement spans(
      index.database().c(),
      "SELECT s.id, s.project, p.state, p.started_ns, coalesce(p.ended_ns, ?2) FROM span p JOIN session s ON "
      "s.id = p.session WHERE p.started_ns < ?2 AND (p.ended_ns > ?1 OR p.ended_ns IS NULL) AND s.directory "
      "LIKE ?3 "
      "AND s.id LIKE ?4");
  spans.with(range->since_ns, range->until_ns, part(options.project), *session);
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
  if (lines.empty()) return print("nothing in this time\n");
  const char* const home = std::getenv("HOME");
  std::string text;
  for (const auto& [id, line] : lines) {
    const std::string project = with_tilde(terminal_safe(line.project), home == nullptr ? "" : home);
    text += pad_right(terminal_safe(id).substr(0, 8), 9) + pad_right(cut_middle(project, 23), 24);
    for (const int rank : line.rank) text += rank == 3 ? "!" : rank == 2 ? "█" : rank == 1 ? "·" : " ";
    text += '\n';
  }
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
  bool is_good = put(ScenarioWriter::header());
  // Rows before the range are skipped by their time: the number of the first one in it is unknown.
  file->read(file->position_at(range->since_ns), [&](const history::Input& input, std::uint64_t) {
    if (input.arrived_ns > range->until_ns) return false;
    if (input.arrived_ns < range->since_ns || !is_of(input, *session)) return true;
    const std::string line = writer.line(input);
    is_good = is_good && (line.empty() || put(line));
    return is_good;
  });
  return is_good ? kOk : kFailed;
}

ExitCode run_sql(const HistoryOptions& options) {
  const std::string directory = directory_of(options);
  {
    const auto file = open_history(directory);
    Index index(directory + "/index.db");
    catch_up(index, *file);
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
    return refuse(error.what());
  }
}

}  // namespace atm::cli
