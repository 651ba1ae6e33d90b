// SPDX-License-Identifier: MIT
#include "sources/session_directory.hpp"

#include <utility>

namespace claude_code {

using atm::Status;
using Kind = SessionFileIndex::Kind;

namespace {

constexpr std::string_view kSuffix = ".json";

}  // namespace

SessionDirectory::SessionDirectory(const atm::Host& host, SessionFileIndex& index, std::string config_dir)
    : host_(host),
      files_(host),
      processes_(host),
      index_(index),
      config_dir_(std::move(config_dir)),
      boot_id_(processes_.boot_id()),
      own_domain_(PidDomain::own()) {}

SessionDirectory::~SessionDirectory() {
  if (watch_ != 0) static_cast<void>(files_.close(watch_));
  index_.erase_below(path_of(""));
}

Status SessionDirectory::open() {
  return files_.watch(config_dir_ + "/sessions", kSuffix, true, *this, watch_);
}

Status SessionDirectory::on_file(std::uint64_t watch, const atm_file_change& change) {
  const std::string_view name = atm::to_view(change.name);
  switch (static_cast<Status>(change.status)) {
    case Status::kOk:
      return changed(watch, name, atm::to_view(change.content));
    case Status::kNotFound:
      return gone(name);
    default:
      host_.count("unreadable_files");
      return Status::kOk;
  }
}

Status SessionDirectory::changed(std::uint64_t watch, std::string_view name, std::string_view content) {
  auto entry = read_entry(content, reader_);
  if (!entry) return ask_again(watch, name), Status::kOk;
  const std::string path = path_of(name);
  const auto known = index_.find(path);
  if (known && known->content == content) return Status::kOk;
  const bool is_own = name.substr(0, name.size() - kSuffix.size()) == std::to_string(entry->process.pid);
  const Whereabouts place = is_own ? locate(*entry, processes_, own_domain_, host_.wall_ns()) : Whereabouts{};
  if (!place.process && !place.is_foreign) {
    host_.count("dead_files");
    index_.erase(path);
    return Status::kOk;
  }
  const Status status = hand_over("changed", content, *entry, place);
  if (status == Status::kBusy) return status;
  if (status == Status::kPaused) {
    static_cast<void>(files_.retry(watch, name, kPausedRetryNs));
    return Status::kOk;
  }
  if (status != Status::kOk && status != Status::kSkip) host_.count("records_refused");
  tries_.erase(std::string(name));
  const Kind kind = status == Status::kOk ? Kind::kSession : Kind::kOther;
  std::optional<ProcessClaim> process;
  if (place.process) process = ProcessClaim{place.process->pid, place.process->start_ticks};
  index_.put(path, {kind, std::move(*entry), process, config_dir_, std::string(content)});
  return Status::kOk;
}

Status SessionDirectory::gone(std::string_view name) {
  tries_.erase(std::string(name));
  const std::string path = path_of(name);
  const auto known = index_.find(path);
  if (!known) return Status::kOk;
  if (known->kind == Kind::kSession) {
    const Status status = hand_over("gone", known->content, known->parsed,
                                    locate(known->parsed, processes_, own_domain_, host_.wall_ns()));
    if (status == Status::kBusy || status == Status::kPaused) return Status::kBusy;
  }
  index_.erase(path);
  return Status::kOk;
}

void SessionDirectory::ask_again(std::uint64_t watch, std::string_view name) {
  int& tries = tries_.emplace(name, 0).first->second;
  if (tries < kMaxTries) {
    host_.count("torn_retries");
    static_cast<void>(files_.retry(watch, name, kFirstRetryNs << tries));
    ++tries;
    return;
  }
  tries_.erase(std::string(name));
  host_.count("unreadable_files");
  const std::string path = path_of(name);
  host_.log(atm::LogLevel::kWarn, "a session file cannot be read", {atm::attr("file", path)});
  if (!index_.find(path)) index_.put(path, {});
}

void SessionDirectory::repeat() const {
  for (const SessionFileIndex::Entry& entry : index_.sessions()) {
    if (entry.process || entry.config_dir != config_dir_) continue;
    const Whereabouts place = locate(entry.parsed, processes_, own_domain_, host_.wall_ns());
    if (place.is_foreign) static_cast<void>(hand_over("changed", entry.content, entry.parsed, place));
  }
}

Status SessionDirectory::hand_over(std::string_view event, std::string_view content,
                                   const SessionEntry& entry, const Whereabouts& place) const {
  atm::AttrList<8> context;
  context.add("event", event);
  context.add("config_dir", std::string_view(config_dir_));
  context.add("pid", entry.process.pid);
  context.add("start_ticks", static_cast<std::int64_t>(entry.process.start_ticks));
  if (place.pid_ns) context.add("pid_ns", *place.pid_ns);
  if (!place.is_foreign && !boot_id_.empty()) context.add("boot_id", std::string_view(boot_id_));
  std::string tmux;
  if (place.process && !place.process->tty.empty()) {
    context.add("tty", std::string_view(place.process->tty));
    // "/tmp/tmux-1000/default,4711,0": which of several tmux servers the pane in the file belongs to.
    const Status read = processes_.environment(place.process->pid, place.process->start_ticks, "TMUX", tmux);
    if (read == Status::kOk && !tmux.empty())
      context.add("tmux.socket", std::string_view(tmux).substr(0, tmux.find(',')));
  }
  const atm::Attrs attrs = context.view();
  const atm_record record{
      sizeof(atm_record), 0,           host_.wall_ns(), atm::to_c(kChannel), atm::to_c(content),
      attrs.begin(),      attrs.size()};
  atm::ErrorBuffer error;
  return host_.ingest(record, error);
}

std::string SessionDirectory::path_of(std::string_view name) const {
  return config_dir_ + "/sessions/" + std::string(name);
}

}  // namespace claude_code
