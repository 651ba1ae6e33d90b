// SPDX-License-Identifier: MIT
#include "history/history.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/domain/limits.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/json.hpp>
#include <chrono>
#include <cstdio>
#include <history/file.hpp>
#include <history/index.hpp>
#include <vector>

#include "command.hpp"
#include "doctor/environment.hpp"
#include "history/commands.hpp"
#include "lib/config/toml.hpp"
#include "lookup.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "text_file.hpp"

namespace atm::cli {

using history::HistoryFile;
using history::Index;
using sqlite::SqlError;

std::string directory_of(const HistoryOptions& options) {
  return options.directory.empty() ? history_directory() : options.directory;
}

ExitCode refuse(const std::string& text) {
  std::fprintf(stderr, "atm: %s\n", terminal_safe(text).c_str());
  return kFailed;
}

namespace {

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

}  // namespace

std::unique_ptr<Index> index_of(const std::string& directory, HistoryFile& file) {
  const auto made = [&] {
    auto index = std::make_unique<Index>(directory + "/index.db");
    catch_up(*index, file);
    return index;
  };
  try {
    return made();
  } catch (const SqlError& error) {
    if (!error.is_damage()) throw;
  }
  remove_index(directory);
  return made();
}

void remove_index(const std::string& directory) noexcept {
  for (const char* suffix : {"/index.db", "/index.db-wal", "/index.db-shm"})
    ::unlink((directory + suffix).c_str());
}

Result<std::string> session_of(const HistoryOptions& options, Index& index) {
  if (options.session.empty()) return std::string();
  std::vector<std::string> ids;
  sqlite::Statement statement(index.database().c(), "SELECT id FROM session");
  while (statement.step()) ids.emplace_back(statement.text(0));
  const auto found =
      find_id(std::vector<std::string_view>(ids.begin(), ids.end()), options.session, "atm history sessions");
  if (!found) return found.error();
  return ids[*found];
}

Result<std::string> named_session(const HistoryOptions& options, const std::string& directory,
                                  HistoryFile& file) {
  if (options.session.empty()) return std::string();
  return session_of(options, *index_of(directory, file));
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string state_directory() {
  return doctor::Environment::of_this_process("").state_directory;
}

HistorySettings history_settings() {
  const doctor::Environment around = doctor::Environment::of_this_process("");
  HistorySettings settings{around.state_directory, kDefaultLimits.sessions};
  const std::string path = around.config_directory + "/atm.toml";
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  const auto text = read_text_file(path, kMostBytes);
  if (!text) throw SqlError(path + ": " + text.error().message, SQLITE_CANTOPEN);
  if (!*text) return settings;
  const auto file = parse_toml(**text, path);
  if (const auto* problem = std::get_if<Problem>(&file)) throw SqlError(problem->message(), SQLITE_ERROR);
  json::Reader reader;
  const json::Value* const root = reader.parse(std::get<TomlFile>(file).json);
  const auto table = [](const json::Value* at, std::string_view name) {
    return at == nullptr ? nullptr : json::get_object(*at, name);
  };
  if (const json::Value* limits = table(root, "limits")) {
    const auto sessions = json::get_int(*limits, "sessions");
    if (sessions && *sessions > 0) settings.max_sessions = static_cast<std::size_t>(*sessions);
  }
  if (const json::Value* history = table(table(root, "plugins"), "history")) {
    const auto directory = json::get_string(*history, "directory");
    if (directory && !directory->empty()) settings.directory = *directory;
  }
  return settings;
}

std::string history_directory() {
  return history_settings().directory;
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
        const ExitCode code = answer_question(question, options);
        const bool is_look = options.command == "since" && options.since.empty() && output_is_terminal();
        if (code == kOk && is_look) note_look();
        return code;
      }
    }
    if (options.command == "losses") return show_losses(options);
    if (options.command == "timeline") return show_timeline(options);
    if (options.command == "export") return export_scenario(options);
    if (options.command == "verify") return verify_history(options);
    if (options.command == "backup") return backup_history(options);
    if (options.command == "forget") return forget_inputs(global, options);
    if (options.command == "reindex") return rebuild_index(options);
    if (options.command == "schema") return print(std::string(history::index_schema()));
    return run_sql(options);
  } catch (const SqlError& error) {
    const bool is_of_index = std::string_view(error.what()).find("index.db") != std::string_view::npos;
    const std::string remedy =
        is_of_index ? "run atm history reindex" : "atm history verify names every fault";
    return refuse(error.what() + (error.is_damage() ? "; " + remedy : std::string()));
  }
}

}  // namespace atm::cli
