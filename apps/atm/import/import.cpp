// SPDX-License-Identifier: MIT
#include "import/import.hpp"

#include <unistd.h>

#include <algorithm>
#include <atm/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <history/file.hpp>
#include <history/imports.hpp>
#include <history/time_words.hpp>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "command.hpp"
#include "cost/books.hpp"
#include "history/history.hpp"
#include "import/transcript_inputs.hpp"
#include "ledger/claude_code.hpp"
#include "ledger/scan.hpp"
#include "reading_progress.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using history::HistoryFile;
using history::ImportedFile;
using history::Imports;
using history::Input;

/// A part of a file is stored when its inputs reach this size, so that a hostile file takes little memory.
constexpr std::size_t kPartBytes = std::size_t{4} << 20;
constexpr std::int64_t kDayNs = 86'400'000'000'000;

std::size_t size_of(const Input& one) {
  std::size_t size = sizeof one + one.session.size();
  for (const auto& [key, value] : one.attrs) {
    size += 64 + key.size();
    if (const auto* text = std::get_if<std::string>(&value)) size += text->size();
  }
  return size;
}

/// The time of the first stored input of each session.
std::map<std::string, std::int64_t, std::less<>> first_live(HistoryFile& file) {
  std::map<std::string, std::int64_t, std::less<>> first;
  file.read(0, [&first](const Input& one, std::uint64_t) {
    if (one.session.empty()) return true;
    const std::int64_t at_ns = one.time_ns != 0 ? std::min(one.time_ns, one.arrived_ns) : one.arrived_ns;
    const auto [known, is_new] = first.try_emplace(one.session, at_ns);
    if (!is_new) known->second = std::min(known->second, at_ns);
    return true;
  });
  return first;
}

/// Reads transcripts into the history.
class Import final {
 public:
  Import(HistoryFile& file, const ImportRange& range, bool is_dry)
      : file_(file), imports_(file.database()), range_(range), is_dry_(is_dry) {}

  void read(const ledger::FoundFile& found, ReadingProgress& progress) {
    ++figures.files;
    struct stat status {};
    std::string problem;
    const posix::FileDescriptor fd = ledger::LineReader::open(found, status, problem);
    if (!fd) {
      if (!problem.empty()) figures.problems.push_back(problem);
      return;
    }
    const auto nanoseconds = [](const timespec& time) {
      return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    ImportedFile state{history::hash(found.path),
                       status.st_dev,
                       status.st_ino,
                       static_cast<std::uint64_t>(status.st_size),
                       nanoseconds(status.st_mtim),
                       nanoseconds(status.st_ctim),
                       range_.since_ns};
    if (const auto known = imports_.file(state.key)) {
      // What an earlier import has read stays.
      state.since_ns = std::min(state.since_ns, known->since_ns);
      if (state == *known) {
        ++figures.unchanged;
        return;
      }
    }
    ImportRange range = range_;
    range.since_ns = state.since_ns;
    inputs_.open(ledger::transcript_path(found.below), range);
    key_ = state.key;
    parts_ = 0;
    const auto on_line = [this](const ledger::FileLine& line) { take(line); };
    const auto on_bytes = [&progress](std::size_t bytes) { progress.add(bytes); };
    if (!lines_.read(fd.get(), 0, state.size, kMaxImportedLine, on_line, on_bytes)) {
      figures.problems.push_back(found.path + ": " + std::strerror(errno));
      pending_.clear();
      pending_bytes_ = 0;
      return;
    }
    const std::size_t before = pending_.size();
    inputs_.close(pending_);
    for (std::size_t i = before; i < pending_.size(); ++i) pending_bytes_ += size_of(pending_[i]);
    store();
    if (is_dry_) return;
    sqlite::Transaction transaction(file_.database());
    imports_.end(state, parts_);
    transaction.commit();
  }

  ImportFigures figures{};

 private:
  void take(const ledger::FileLine& line) {
    if (line.is_too_long) {
      ++figures.too_long;
      return;
    }
    const std::size_t before = pending_.size();
    switch (inputs_.take(line.text, pending_)) {
      case ImportedLine::kInvalid:
        // The agent process may be writing the last line.
        figures.invalid += line.is_last ? 0 : 1;
        break;
      case ImportedLine::kCopy:
        ++figures.copied;
        break;
      default:
        break;
    }
    for (std::size_t i = before; i < pending_.size(); ++i) pending_bytes_ += size_of(pending_[i]);
    if (pending_.size() >= history::kImportedInputs || pending_bytes_ >= kPartBytes) store();
  }

  /// One transaction for each part: a daemon that writes the same file waits for none of them long.
  void store() {
    if (pending_.empty()) return;
    if (!imports_.has(key_, parts_, pending_)) {
      for (const Input& one : pending_) figures.add(one);
      if (!is_dry_) {
        sqlite::Transaction transaction(file_.database());
        imports_.put(key_, parts_, pending_);
        transaction.commit();
      }
    }
    ++parts_;
    pending_.clear();
    pending_bytes_ = 0;
  }

  HistoryFile& file_;
  Imports imports_;
  ImportRange range_;
  bool is_dry_;
  ledger::LineReader lines_;
  TranscriptInputs inputs_;
  std::uint64_t key_ = 0;
  std::uint64_t parts_ = 0;
  std::vector<Input> pending_;
  std::size_t pending_bytes_ = 0;
};

std::string json_of(const ImportFigures& figures, const ImportOptions& options) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  const auto number = [&writer](const char* name, std::uint64_t value) {
    json::key(writer, name);
    writer.Uint64(value);
  };
  writer.StartObject();
  json::key(writer, "dry_run");
  writer.Bool(options.dry_run);
  number("files", figures.files);
  number("unchanged_files", figures.unchanged);
  number("sessions", figures.sessions.size());
  number("turns", figures.turns);
  number("tool_uses", figures.tools);
  number("inputs", figures.inputs);
  number("copied_lines", figures.copied);
  number("invalid_lines", figures.invalid);
  number("too_long_lines", figures.too_long);
  json::key(writer, "problems");
  writer.StartArray();
  for (const std::string& problem : figures.problems) json::string(writer, problem);
  writer.EndArray();
  writer.EndObject();
  return std::string(json::text_of(buffer));
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

std::string text_of(const ImportFigures& figures, const ImportOptions& options) {
  std::string text = options.dry_run ? "would import " : "imported ";
  if (figures.inputs == 0) {
    text = "nothing new in " + counted(figures.files, "transcript", "transcripts") + '\n';
  } else {
    text += counted(figures.turns, "turn", "turns") + " and " +
            counted(figures.tools, "tool use", "tool uses") + " of " +
            counted(figures.sessions.size(), "session", "sessions") + " from " +
            counted(figures.files - figures.unchanged, "transcript", "transcripts") + '\n';
  }
  if (figures.copied != 0)
    text += counted(figures.copied, "line was", "lines were") + " left out: a copy of another session\n";
  if (figures.invalid != 0)
    text +=
        counted(figures.invalid, "line was", "lines were") + " left out: not in the form of a transcript\n";
  if (figures.too_long != 0)
    text += counted(figures.too_long, "line was", "lines were") + " left out: longer than 8 MiB\n";
  return text;
}

ExitCode import_or_throw(const ImportOptions& options) {
  const auto since = history::parse_time(options.since, now_ns());
  if (!since) return complain(since.error());
  const std::string directory = options.directory.empty() ? history_directory() : options.directory;
  auto file = open_history(directory);
  // The daemon has created the file and may write it now; short transactions go between its own.
  if (!options.dry_run) file = HistoryFile::open(directory + "/history.db");
  const ImportFigures figures =
      import_transcripts(*file, cost_paths().config_directories, *since, options.dry_run);
  if (options.json) return print_json(json_of(figures, options));
  for (const std::string& problem : figures.problems)
    std::fprintf(stderr, "atm: %s\n", terminal_safe(problem).c_str());
  return print(text_of(figures, options));
}

}  // namespace

void ImportFigures::add(const Input& one) {
  ++inputs;
  turns += one.type == "prompt.submitted" ? 1 : 0;
  tools += one.type == "tool.started" ? 1 : 0;
  sessions.insert(one.session);
}

ImportFigures import_transcripts(HistoryFile& file, const std::vector<std::string>& config_directories,
                                 std::int64_t since_ns, bool is_dry) {
  const auto live = first_live(file);
  const ledger::FoundFiles found = ledger::find_transcripts(config_directories);
  Import import(file, {since_ns, now_ns() + kDayNs, &live}, is_dry);
  import.figures.problems = found.problems;
  ReadingProgress progress(found.files.size());
  for (const ledger::FoundFile& one : found.files) {
    progress.next_file();
    import.read(one, progress);
  }
  return std::move(import.figures);
}

ExitCode run_import(const ImportOptions& options) {
  try {
    return import_or_throw(options);
  } catch (const sqlite::SqlError& error) {
    std::fprintf(stderr, "atm: %s\n", terminal_safe(error.what()).c_str());
    return kFailed;
  }
}

}  // namespace atm::cli
