// SPDX-License-Identifier: MIT
#include "history/history.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/file_descriptor.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <history/file.hpp>
#include <history/index.hpp>
#include <history/time_words.hpp>
#include <map>
#include <optional>
#include <set>

#include "command.hpp"
#include "doctor/environment.hpp"
#include "history/export.hpp"
#include "history/past.hpp"
#include "history/results.hpp"
#include "lookup.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

using history::HistoryFile;
using history::Index;
using history::SqlError;
using history::Statement;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kSqlRows = 100'000;
constexpr std::chrono::seconds kSqlTime{30};

std::string directory_of(const HistoryOptions& options) {
  return options.directory.empty() ? state_directory() : options.directory;
}

ExitCode refuse(const std::string& text) {
  std::fprintf(stderr, "atm: %s\n", terminal_safe(text).c_str());
  return kFailed;
}

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

/// The complete id of the session that the user named; empty if none was named.
Result<std::string> session_of(const HistoryOptions& options, Index& index) {
  if (options.session.empty()) return std::string();
  std::vector<std::string> ids;
  Statement statement(index.database().c(), "SELECT id FROM session");
  while (statement.step()) ids.emplace_back(statement.text(0));
  const auto found =
      find_id(std::vector<std::string_view>(ids.begin(), ids.end()), options.session, "atm history sessions");
  if (!found) return found.error();
  return ids[*found];
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

/// Reads what is new, with progress on a terminal.
void catch_up(Index& index, HistoryFile& file) {
  const bool is_shown = ::isatty(STDERR_FILENO) == 1;
  bool has_shown = false;
  index.catch_up(file, [&](std::uint64_t read) {
    if (!is_shown) return;
    has_shown = true;
    std::fprintf(stderr, "\ratm: reading the history, %llu inputs", static_cast<unsigned long long>(read));
  });
  if (has_shown) std::fputs("\r\x1b[K", stderr);
}

/// session_of() for what reads the history itself; makes no index if no session is named.
Result<std::string> named_session(const HistoryOptions& options, const std::string& directory,
                                  HistoryFile& file) {
  if (options.session.empty()) return std::string();
  Index index(directory + "/index.db");
  catch_up(index, file);
  return session_of(options, index);
}

bool is_of(const history::Input& input, const std::string& session) {
  return session.empty() || input.session == session;
}

ExitCode answer(const HistoryQuestion& question, const HistoryOptions& options) {
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

/// Daemon lives and gaps, from the history itself.
ExitCode losses(const HistoryOptions& options) {
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
                            static_cast<std::int64_t>(gap.inputs), gap_reason(gap.reason)});
  }
  std::sort(results.rows.begin(), results.rows.end(), [](const auto& a, const auto& b) {
    return std::get<std::int64_t>(a[0]) < std::get<std::int64_t>(b[0]);
  });
  return show(results, options, "no gap in this time");
}

/// One line for each session: what it did in each part of the range.
ExitCode timeline(const HistoryOptions& options) {
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
      "s.id = p.session WHERE p.started_ns < ?2 AND coalesce(p.ended_ns, ?2) > ?1 AND s.directory LIKE ?3 "
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

ExitCode verify(const HistoryOptions& options) {
  const auto file = open_history(directory_of(options));
  const std::vector<std::string> faults = file->verify();
  std::string text;
  for (const std::string& fault : faults) text += terminal_safe(fault) + '\n';
  const history::Totals totals = file->totals();
  text += std::to_string(totals.inputs) + " inputs in " + std::to_string(totals.chunks) + " chunks, " +
          std::to_string(totals.checkpoints) + " checkpoints, " + std::to_string(totals.gaps) + " gaps, " +
          std::to_string((totals.bytes + (1 << 20) - 1) >> 20) +
          " MiB: " + (faults.empty() ? "no fault" : std::to_string(faults.size()) + " faults") + '\n';
  const ExitCode printed = print(text);
  return faults.empty() ? printed : kFailed;
}

ExitCode backup(const HistoryOptions& options) {
  struct stat status {};
  if (::lstat(options.text.c_str(), &status) == 0)
    return refuse(options.text + " exists, expected the name of a new file; choose another one");
  const auto file = open_history(directory_of(options));
  const mode_t before = ::umask(0077);
  try {
    Statement(file->database().c(), "VACUUM INTO ?").with(options.text).run();
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
  return print("copied to " + terminal_safe(options.text) + '\n');
}

/// The lock of the writer, as long as the result lives.
FileDescriptor lock_history(const std::string& directory) {
  FileDescriptor lock(
      ::open((directory + "/history.lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock = FileDescriptor();
  return lock;
}

/// Which inputs `forget` deletes.
class Forgotten final {
 public:
  Forgotten(HistoryFile& file, std::string session, std::string project, std::int64_t before_ns)
      : session_(std::move(session)), project_(std::move(project)), before_ns_(before_ns) {
    if (project_.empty()) return;
    // The directory of a session is an attribute of some of its inputs only.
    file.read(0, [this](const history::Input& input, std::uint64_t) {
      if (input.text("cwd").find(project_) != std::string_view::npos) in_project_.insert(input.session);
      return true;
    });
  }

  [[nodiscard]] bool has(const history::Input& input) const {
    return input.arrived_ns < before_ns_ && has_session(input.session);
  }
  [[nodiscard]] bool has_session(const std::string& id) const {
    return (session_.empty() || session_ == id) && (project_.empty() || in_project_.count(id) != 0);
  }
  [[nodiscard]] std::int64_t before_ns() const noexcept { return before_ns_; }

 private:
  std::string session_;
  std::string project_;
  std::int64_t before_ns_;
  std::set<std::string> in_project_;
};

/// Why the daemon that writes this history would store the sessions again; nothing if it would not.
std::optional<std::string> stored_again(const Global& global, HistoryFile& file, const Forgotten& forgotten,
                                        const std::string& path) {
  auto client = Client::connect(client_options(global, protocol::ClientType::kCli));
  const auto reply = client ? ask_sessions(*client) : Result<Client::Message>(client.error());
  if (!reply) {
    return "a daemon writes " + path +
           ", and none answers, expected the one that writes; name its socket with --socket, or stop it (" +
           reply.error().message + ")";
  }
  // What arrived before a time may be deleted of a session that the daemon knows.
  if (forgotten.before_ns() != INT64_MAX) return std::nullopt;
  for (const protocol::Session& session : std::get<protocol::Sessions>(reply->value).sessions) {
    if (!forgotten.has_session(session.domain.id.str())) continue;
    return "atmd still knows session " + session.domain.id.str() +
           ", expected an ended one; end it, or stop atmd, forget, and start it again";
  }
  // The registry remembers a replaced session for a minute.
  constexpr std::int64_t kRemembered = 120 * kSecond;
  const std::int64_t since_ns = now_ns() - kRemembered;
  bool is_recent = false;
  file.read(file.position_at(since_ns), [&](const history::Input& input, std::uint64_t) {
    is_recent = is_recent || (input.arrived_ns >= since_ns && forgotten.has(input));
    return !is_recent;
  });
  if (!is_recent) return std::nullopt;
  return "the session ended less than two minutes ago, and atmd still knows its id; try again later";
}

ExitCode forget(const Global& global, const HistoryOptions& options) {
  if (options.session.empty() && options.project.empty() && options.until.empty())
    return refuse("nothing to forget was named, expected --session, --project or --before");
  std::int64_t before_ns = INT64_MAX;
  if (!options.until.empty()) {
    const auto time = history::parse_time(options.until, now_ns());
    if (!time) return complain(time.error());
    before_ns = *time;
  }
  const std::string directory = directory_of(options);
  const std::string path = directory + "/history.db";
  const auto session = named_session(options, directory, *open_history(directory));
  if (!session) return complain(session.error());
  const FileDescriptor lock = lock_history(directory);
  const auto file = HistoryFile::open(path);
  const Forgotten forgotten(*file, *session, options.project, before_ns);
  if (!lock) {
    if (const auto why = stored_again(global, *file, forgotten, path)) return refuse(*why);
  }
  const std::uint64_t count =
      file->forget([&](const history::Input& input) { return forgotten.has(input); }, before_ns);
  for (const char* suffix : {"", "-wal", "-shm"}) ::unlink((directory + "/index.db" + suffix).c_str());
  return print("forgot " + std::to_string(count) + " inputs\n");
}

ExitCode reindex(const HistoryOptions& options) {
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  Index index(directory + "/index.db");
  index.clear();
  catch_up(index, *file);
  return print(std::to_string(index.database().value("SELECT count(*) FROM session")) + " sessions, " +
               std::to_string(index.database().value("SELECT count(*) FROM turn")) + " turns, " +
               std::to_string(index.database().value("SELECT count(*) FROM tool")) + " tool uses\n");
}

/// SELECT and functions; no other statement, no other file.
int authorize(void* /*context*/, int action, const char* /*a*/, const char* function, const char* /*c*/,
              const char* /*d*/) {
  if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
  if (action == SQLITE_FUNCTION)
    return std::string_view(function) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
  return SQLITE_DENY;
}

ExitCode sql(const HistoryOptions& options) {
  const std::string directory = directory_of(options);
  {
    const auto file = open_history(directory);
    Index index(directory + "/index.db");
    catch_up(index, *file);
  }
  history::Database db(directory + "/index.db", history::OpenMode::kReadOnly);
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

}  // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string state_directory() {
  return doctor::Environment::of_this_process("").state_directory;
}

void note_look() noexcept {
  try {
    const FileDescriptor fd(
        ::open((state_directory() + "/looked").c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd) ::futimens(fd.get(), nullptr);
  } catch (...) {
    // Only a lack of memory: the next look counts.
  }
}

std::unique_ptr<HistoryFile> open_history(const std::string& directory) {
  const std::string file = directory + "/history.db";
  if (const auto wrong = HistoryFile::check_header(file)) throw SqlError(wrong->message, SQLITE_ERROR);
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    throw SqlError(
        file + " does not exist, expected the history of a daemon; start atmd, which keeps one from then on",
        SQLITE_CANTOPEN);
  }
  return HistoryFile::open_read_only(file);
}

ExitCode run_history(const Global& global, const HistoryOptions& options) {
  try {
    for (const HistoryQuestion& question : history_questions()) {
      if (options.command == question.name) {
        const ExitCode code = answer(question, options);
        if (options.command == "since" && options.since.empty() && output_is_terminal()) note_look();
        return code;
      }
    }
    if (options.command == "losses") return losses(options);
    if (options.command == "timeline") return timeline(options);
    if (options.command == "export") return export_scenario(options);
    if (options.command == "verify") return verify(options);
    if (options.command == "backup") return backup(options);
    if (options.command == "forget") return forget(global, options);
    if (options.command == "reindex") return reindex(options);
    if (options.command == "schema") return print(std::string(history::index_schema()));
    return sql(options);
  } catch (const SqlError& error) {
    return refuse(error.what());
  }
}

}  // namespace atm::cli
