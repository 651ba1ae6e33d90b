// SPDX-License-Identifier: MIT
// atm history: the care of the file.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/file_descriptor.hpp>
#include <history/file.hpp>
#include <history/imports.hpp>
#include <history/index.hpp>
#include <history/time_words.hpp>
#include <optional>
#include <set>

#include "command.hpp"
#include "history/commands.hpp"
#include "lookup.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

using history::HistoryFile;
using sqlite::Statement;

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
    const auto look = [this](const history::Input& input) {
      if (input.text("cwd").find(project_) != std::string_view::npos) in_project_.insert(input.session);
    };
    file.read(0, [&look](const history::Input& input, std::uint64_t) { return look(input), true; });
    history::Imports(file.database()).read(look);
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

}  // namespace

ExitCode verify_history(const HistoryOptions& options) {
  const auto file = open_history(directory_of(options));
  const std::vector<std::string> faults = file->verify();
  std::string text;
  for (const std::string& fault : faults) text += terminal_safe(fault) + '\n';
  const history::Totals totals = file->totals();
  const std::uint64_t imported = history::Imports(file->database()).count();
  text += std::to_string(totals.inputs) + " inputs in " + std::to_string(totals.chunks) + " chunks, " +
          std::to_string(totals.checkpoints) + " checkpoints, " + std::to_string(totals.gaps) + " gaps, " +
          std::to_string(imported) + " imported inputs, " +
          std::to_string((totals.bytes + (1 << 20) - 1) >> 20) +
          " MiB: " + (faults.empty() ? "no fault" : std::to_string(faults.size()) + " faults") + '\n';
  const ExitCode printed = print(text);
  return faults.empty() ? printed : kFailed;
}

ExitCode backup_history(const HistoryOptions& options) {
  struct stat status {};
  if (::lstat(options.text.c_str(), &status) == 0)
    return refuse(options.text + " exists, expected the name of a new file; choose another one");
  const auto file = open_history(directory_of(options));
  const mode_t before = ::umask(0077);
  try {
    Statement(file->database().c(), "VACUUM INTO ?").with(options.text).run();
  } catch (const sqlite::SqlError& error) {
    ::umask(before);
    return refuse(std::string(error.what()) + ", expected a directory of " + options.text +
                  " with room for the copy");
  }
  ::umask(before);
  return print("copied to " + terminal_safe(options.text) + '\n');
}

ExitCode forget_inputs(const Global& global, const HistoryOptions& options) {
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
  // A daemon that starts meanwhile must not begin with what is deleted now.
  const FileDescriptor lock = lock_history(directory);
  const auto session = named_session(options, directory, *open_history(directory));
  if (!session) return complain(session.error());
  const auto file = HistoryFile::open(path);
  const Forgotten forgotten(*file, *session, options.project, before_ns);
  if (!lock) {
    if (const auto why = stored_again(global, *file, forgotten, path)) return refuse(*why);
  }
  const std::uint64_t count =
      file->forget([&](const history::Input& input) { return forgotten.has(input); }, before_ns);
  remove_index(directory);
  return print("forgot " + std::to_string(count) + " inputs\n");
}

ExitCode rebuild_index(const HistoryOptions& options) {
  const std::string directory = directory_of(options);
  const auto file = open_history(directory);
  remove_index(directory);
  const auto index = index_of(directory, *file);
  return print(std::to_string(index->database().value("SELECT count(*) FROM session")) + " sessions, " +
               std::to_string(index->database().value("SELECT count(*) FROM turn")) + " turns, " +
               std::to_string(index->database().value("SELECT count(*) FROM tool")) + " tool uses\n");
}

}  // namespace atm::cli
