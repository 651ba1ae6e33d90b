// SPDX-License-Identifier: MIT
#include "titles.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <atm/plugin/thread.hpp>
#include <atm/plugin/values.hpp>
#include <atm/posix/proc_stat.hpp>
#include <chrono>
#include <exception>

namespace tmux {

using atm::Status;

namespace {

constexpr std::chrono::seconds kReadEvery{1};
constexpr std::chrono::seconds kLookEvery{5};
constexpr std::chrono::milliseconds kLongestAnswer{500};

/// A title describes the program in the foreground of its pane.
bool is_in_foreground(const atm::LiveSession& session, const std::string& tty) {
  const auto stat = session.pid > 0 ? atm::posix::read_proc_stat(session.pid) : std::nullopt;
  return stat && stat->start_ticks == session.start_ticks && stat->is_in_foreground() &&
         atm::posix::tty_name(stat->tty_nr) == tty;
}

}  // namespace

Titles::Titles(const atm::Host& host, std::string_view) : host_(host), agents_(host), processes_(host) {}

Titles::~Titles() {
  static_cast<void>(stop(0));
}

Status Titles::start(atm::ErrorText&) {
  thread_ = atm::start_thread("atm-tmux", [this] { run(); });
  return Status::kOk;
}

Status Titles::stop(std::uint32_t) {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  return Status::kOk;
}

void Titles::run() {
  auto look_at = std::chrono::steady_clock::now();
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    try {
      if (now >= look_at) {
        look_at = now + kLookEvery;
        look();
      }
      for (const auto& [socket, sessions] : sessions_) read(socket, sessions);
    } catch (const std::exception& error) {
      host_.log(atm::LogLevel::kError, "cannot read the titles of tmux", {atm::attr("error", error.what())});
    }
    std::unique_lock lock(mutex_);
    const auto until = sessions_.empty() ? look_at : std::min(look_at, now + kReadEvery);
    if (wake_.wait_until(lock, until, [this] { return is_stopping_; })) return;
  }
}

/// Finds the servers to read.
void Titles::look() {
  std::uint64_t revision = revision_;
  if (agents_.refresh(revision) == Status::kOk && revision != revision_) {
    revision_ = revision;
    rules_.clear();
    manifests_.clear();
    programs_.clear();
    std::vector<std::string> manifests;
    static_cast<void>(agents_.list(manifests));
    atm::json::Reader reader;
    for (std::string& text : manifests) {
      const atm::json::Value* root = reader.parse(text);
      const atm::json::Value* agent = root == nullptr ? nullptr : atm::json::get_object(*root, "agent");
      if (agent == nullptr || atm::json::get_object(*root, "title") == nullptr) continue;
      const std::string id(atm::json::get_string(*agent, "id").value_or(""));
      const atm::json::Value* process = atm::json::get_object(*root, "process");
      const atm::json::Value* programs =
          process == nullptr ? nullptr : atm::json::get_array(*process, "programs");
      if (programs != nullptr) {
        for (const atm::json::Value& program : programs->GetArray())
          programs_[id].emplace_back(atm::json::text_of(program));
      }
      manifests_.insert_or_assign(id, std::move(text));
    }
  }
  sessions_.clear();
  panes_.clear();
  if (!manifests_.empty()) {
    std::vector<std::string_view> ids;
    for (const auto& [id, manifest] : manifests_) ids.emplace_back(id);
    for (atm::LiveSession& session : atm::live_sessions(host_, ids)) {
      add_place(session);
      add_view(session);
      const bool is_in_tmux = !session.tmux_socket.empty() && !session.tmux_pane.empty();
      if (is_in_tmux && has_rules(session.agent))
        sessions_[session.tmux_socket].push_back(std::move(session));
    }
  }
  std::erase_if(clients_, [this](const auto& client) { return sessions_.count(client.first) == 0; });
  std::erase_if(levels_, [this](const auto& level) { return sessions_.count(level.first.first) == 0; });
  host_.gauge("servers", static_cast<std::int64_t>(sessions_.size()));
}

bool Titles::has_rules(const std::string& agent) {
  const auto [known, is_new] = rules_.try_emplace(agent);
  if (is_new) {
    atm::json::Reader reader;
    atm::TitleRules::Fault fault;
    if (const atm::json::Value* root = reader.parse(manifests_.at(agent)))
      known->second = atm::TitleRules::compile(*atm::json::get_object(*root, "title"), fault);
  }
  return known->second.has_value();
}

/// A session that no hook has reported has the pane that its process began in.
void Titles::add_place(atm::LiveSession& session) const {
  if (!session.tmux_socket.empty() || session.pid <= 0) return;
  std::string server;
  if (processes_.environment(session.pid, session.start_ticks, "TMUX", server) != Status::kOk) return;
  static_cast<void>(processes_.environment(session.pid, session.start_ticks, "TMUX_PANE", session.tmux_pane));
  session.tmux_socket = server.substr(0, server.find(','));  // SOCKET,PID,SESSION
}

/// The process of a shared server has no terminal: the agent in the terminal of the session shows it.
void Titles::add_view(atm::LiveSession& session) const {
  const auto programs = programs_.find(session.agent);
  if (session.tty.empty() || session.pid <= 0 || programs == programs_.end()) return;
  const auto stat = atm::posix::read_proc_stat(session.pid);
  if (!stat || stat->tty_nr != 0) return;
  const std::vector<std::string_view> names(programs->second.begin(), programs->second.end());
  for (const atm::Process& process : processes_.list(names)) {
    if (process.tty != session.tty) continue;
    session.pid = process.pid;
    session.start_ticks = process.start_ticks;
  }
}

void Titles::read(const std::string& socket, const std::vector<atm::LiveSession>& sessions) {
  std::unique_ptr<ControlClient>& client = clients_[socket];
  if (!client) client = std::make_unique<ControlClient>(socket);
  const auto panes = client->panes(kLongestAnswer);
  if (!panes) return host_.count("servers_unread");
  for (const Pane& pane : *panes) take(socket, pane, sessions);
}

void Titles::take(const std::string& socket, const Pane& pane,
                  const std::vector<atm::LiveSession>& sessions) {
  for (const atm::LiveSession& session : sessions) {
    const atm::TitleRules& rules = *rules_.at(session.agent);
    const std::string id = rules.session_in(pane.title);
    // A title that names a session describes it in every pane: the process of a shared server has no terminal.
    const bool is_here = id.empty() ? session.tmux_pane == pane.id && is_in_foreground(session, pane.tty)
                                    : session.id.starts_with(id);
    if (!id.empty() && session.id.starts_with(id)) tell_pane(socket, pane, session);
    const std::pair key(socket, pane.id + ' ' + session.id);
    if (!is_here) {
      if (const auto known = levels_.find(key); known != levels_.end()) known->second.interrupt();
      continue;
    }
    if (const auto level = levels_[key].take(rules.find(pane.title), host_.wall_ns()))
      report(session, *level);
  }
}

/// The hooks of a shared server name the pane in which the server was started.
void Titles::tell_pane(const std::string& socket, const Pane& pane, const atm::LiveSession& session) {
  const std::string place = socket + ' ' + pane.id;
  std::string& told = panes_[session.id];
  if (told == place || (session.tmux_socket == socket && session.tmux_pane == pane.id)) return;
  atm::AttrList<4> attrs;
  attrs.add("role", std::string_view("ui"));
  attrs.add("tmux.pane", std::string_view(pane.id));
  attrs.add("tmux.socket", std::string_view(socket));
  attrs.add("tty", std::string_view(pane.tty));
  atm::ObservationHead head{"process.bound", session.id, session.agent};
  const std::string origin = session.agent + "/title";
  head.origin = origin;
  head.time_ns = host_.wall_ns();
  atm::ErrorBuffer error;
  const atm_observation observation = atm::make_observation(head, attrs.view());
  if (host_.observe(observation, ATM_EXPECT_PRESENT, nullptr, nullptr, error) == Status::kOk) told = place;
}

void Titles::report(const atm::LiveSession& session, const TitleLevel& level) {
  const std::string origin = session.agent + "/title";
  const atm_attr attrs[] = {atm::attr("state", std::string_view(level.state)),
                            atm::attr("reason", std::string_view(level.reason))};
  atm_observation observation{};
  observation.size = sizeof observation;
  observation.time_ns = level.since_ns;
  observation.type = atm::to_c(std::string_view("state.reported"));
  observation.session = atm::to_c(std::string_view(session.id));
  observation.agent = atm::to_c(std::string_view(session.agent));
  observation.origin = atm::to_c(std::string_view(origin));
  observation.attrs = static_cast<const atm_attr*>(attrs);
  observation.attr_count = level.reason.empty() ? 1 : 2;
  atm::ErrorBuffer error;
  if (host_.observe(observation, ATM_EXPECT_PRESENT, nullptr, nullptr, error) != Status::kOk)
    host_.count("levels_refused");
}

}  // namespace tmux
