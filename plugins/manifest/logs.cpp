// SPDX-License-Identifier: MIT
#include "logs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <atm/plugin/live_sessions.hpp>
#include <atm/plugin/values.hpp>
#include <atm/posix/ownership.hpp>

#include "hook.hpp"

namespace manifest {

namespace json = atm::json;
using atm::Status;

namespace {

constexpr std::size_t kMaxVariableBytes = 256;

/// "${NAME:-~/x}/y" in parts; "~/x/y" has no variable.
struct Place {
  std::string variable;
  std::string fallback;
  std::string rest;
};

Place parse_place(const std::string& text) {
  const std::size_t colon = text.find(":-");
  const std::size_t end = text.find('}');
  if (!text.starts_with("${") || colon == std::string::npos || end == std::string::npos)
    return {"", text, ""};
  return {text.substr(2, colon - 2), text.substr(colon + 2, end - colon - 2), text.substr(end + 1)};
}

bool is_usable_directory(const std::string& path) {
  return path.starts_with('/') && path.size() <= kMaxVariableBytes &&
         ('/' + path + '/').find("/../") == std::string::npos;
}

std::string text_at(const json::Value& root, const std::optional<Pointer>& pointer) {
  const json::Value* value = pointer ? resolve(root, *pointer) : nullptr;
  const bool is_id = value != nullptr && value->IsString() && value->GetStringLength() <= kMaxIdBytes;
  return is_id ? std::string(json::text_of(*value)) : std::string();
}

/// Whether a process has a file open now.
bool has_open(std::int64_t pid, const std::pair<dev_t, ino_t>& file) {
  const std::string name = "/proc/" + std::to_string(pid) + "/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(name.c_str()), &::closedir);
  if (!list) return false;
  while (const dirent* entry = ::readdir(list.get())) {
    struct stat about {};
    if (::fstatat(::dirfd(list.get()), entry->d_name, &about, 0) == 0 && about.st_dev == file.first &&
        about.st_ino == file.second)
      return true;
  }
  return false;
}

}  // namespace

std::set<std::string> Logs::roots_of(const AgentRules& agent, const Follow& follow,
                                     const std::vector<atm::Process>& running) const {
  std::set<std::string> roots;
  const auto add = [&roots](std::string home, const Place& place) {
    while (home.size() > 1 && home.back() == '/') home.pop_back();
    if (is_usable_directory(home)) roots.insert(home + place.rest);
  };
  for (const std::string& text : follow.under) {
    const Place place = parse_place(text);
    roots.insert(home_ + place.fallback.substr(1) + place.rest);
    if (place.variable.empty()) continue;
    if (const auto homes = homes_.find(agent.id); homes != homes_.end()) {
      for (const std::string& home : homes->second) add(home, place);
    }
    for (const atm::Process& process : running) {
      std::string value;
      if (processes_.environment(process.pid, process.start_ticks, place.variable, value) == Status::kOk)
        add(std::move(value), place);
    }
  }
  return roots;
}

void Logs::look(const Agents& agents) {
  for (auto& [id, followed] : files_) followed.is_listed = false;
  std::vector<std::string_view> ids;
  for (const auto& [id, agent] : agents) {
    if (!agent.follows.empty()) ids.emplace_back(id);
  }
  const std::vector<atm::LiveSession> sessions =
      ids.empty() ? std::vector<atm::LiveSession>() : atm::live_sessions(host_, ids);
  for (const auto& [id, agent] : agents) {
    if (agent.follows.empty()) continue;
    const std::vector<std::string_view> names(agent.programs.begin(), agent.programs.end());
    const std::vector<atm::Process> running = processes_.list(names);
    // A file that a glob has found is followed while the agent runs: to open it again would repeat its last part.
    for (auto& [file, followed] : files_) {
      if (followed.agent == id && !running.empty()) followed.is_listed = true;
    }
    for (std::size_t i = 0; i < agent.follows.size(); ++i) {
      const Follow& follow = agent.follows[i];
      for (const std::string& root : roots_of(agent, follow, running)) {
        const atm::posix::FileDescriptor directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat about {};
        if (!directory || ::fstat(directory.get(), &about) != 0 || !atm::posix::is_own(about)) continue;
        for (const atm::LiveSession& session : sessions) {
          if (session.agent == id && session.transcript_path.starts_with(root + '/'))
            open(agent, i, directory.get(), std::string_view(session.transcript_path).substr(root.size() + 1),
                 session.id, {});
        }
        if (follow.glob.empty() || running.empty()) continue;
        std::size_t left = follow.newest;
        for (const FoundFile& file : find_below(directory.get(), follow.glob)) {
          if (left-- == 0) break;
          open(agent, i, directory.get(), file.relative, {}, running);
        }
      }
    }
  }
  // A file that nothing names any more is read to its end and closed.
  std::erase_if(files_, [](const auto& entry) { return !entry.second.is_listed; });
  host_.gauge("logs", static_cast<std::int64_t>(files_.size()));
}

void Logs::open(const AgentRules& agent, std::size_t index, int directory, std::string_view relative,
                std::string_view session, const std::vector<atm::Process>& running) {
  atm::posix::FileDescriptor file = open_below(directory, relative);
  if (!file) return host_.count("logs_refused");
  LogFile log(std::move(file));
  const FileId id{log.device(), log.inode()};
  if (const auto known = files_.find(id); known != files_.end()) {
    known->second.is_listed = true;
    return;
  }
  if (files_.size() >= kMaxFiles) return host_.count("logs_refused");
  Followed followed{std::move(log), agent.id, agent.id + "/transcript", static_cast<std::int64_t>(index),
                    std::string(session)};
  if (session.empty()) {
    const auto writer = std::find_if(running.begin(), running.end(),
                                     [&](const atm::Process& process) { return has_open(process.pid, id); });
    if (writer == running.end()) return;  // of a session that has ended
    followed.pid = writer->pid;
    followed.start_ticks = static_cast<std::int64_t>(writer->start_ticks);
  }
  if (!read_head(agent.follows[index], followed)) return;
  files_.emplace(id, std::move(followed));
}

/// Returns false if the first line does not state the session yet.
bool Logs::read_head(const Follow& follow, Followed& followed) {
  if (!follow.head_session) return !followed.session.empty() || follow.table.session.has_value();
  const json::Value* head = reader_.parse(followed.file.first_line());
  if (head == nullptr) return false;
  followed.session = text_at(*head, follow.head_session);
  const bool is_of_actor = !follow.head_actor_if || resolve(*head, *follow.head_actor_if) != nullptr;
  if (is_of_actor) followed.actor = text_at(*head, follow.head_actor);
  return !followed.session.empty();
}

std::size_t Logs::read() {
  for (auto it = files_.begin(); it != files_.end();) {
    const Followed& followed = it->second;
    const bool is_there = it->second.file.read([&](std::string_view line) { return pass(followed, line); });
    it = is_there ? std::next(it) : files_.erase(it);
  }
  return files_.size();
}

bool Logs::pass(const Followed& followed, std::string_view line) {
  const atm_attr context[] = {atm::attr("session", std::string_view(followed.session)),
                              atm::attr("actor", std::string_view(followed.actor)),
                              atm::attr("follow", followed.index), atm::attr("pid", followed.pid),
                              atm::attr("start_ticks", followed.start_ticks)};
  atm_record record{};
  record.size = sizeof record;
  record.time_ns = host_.wall_ns();
  record.channel = atm::to_c(std::string_view(followed.channel));
  std::string mended;
  if (!atm::utf8_valid(line)) {
    mended = atm::utf8_sanitize(line);
    line = mended;
  }
  record.payload = atm::to_c(line);
  record.context = static_cast<const atm_attr*>(context);
  record.context_count = followed.pid == 0 ? 3 : std::size(context);
  atm::ErrorBuffer error;
  const Status status = host_.ingest(record, error);
  if (status == Status::kInvalid) host_.count("lines_refused");
  return status != Status::kBusy && status != Status::kPaused;
}

}  // namespace manifest
