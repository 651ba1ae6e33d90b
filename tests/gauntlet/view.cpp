// SPDX-License-Identifier: MIT
#include "view.hpp"

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <atm/protocol/session_reader.hpp>
#include <sstream>
#include <stdexcept>

namespace atm::gauntlet {
namespace {

constexpr std::uint32_t kPlenty = 100'000;

void write_status(std::ostream& out, const SessionDomain& session) {
  out << session.status.name();
  if (const auto tool = session.status.tool_name()) out << ' ' << *tool;
  if (const auto reason = session.status.reason()) out << ' ' << *reason;
  if (const auto kind = session.status.error_kind()) out << ' ' << *kind;
  if (session.status.background_tasks() != 0) out << ' ' << session.status.background_tasks();
  if (session.detail) out << ' ' << session.detail->word;
  out << (session.certain ? ", certain" : ", uncertain") << (session.finished ? ", finished" : "");
  if (session.attention) {
    out << ", calls for " << session.attention->reason
        << (session.attention->confirmed ? " (confirmed" : " (unconfirmed")
        << (session.attention->acknowledged ? ", acknowledged)" : ")");
  }
}

bool is_waiting(const SessionDomain& session) {
  return session.attention && !session.attention->acknowledged &&
         session.status.kind() != StatusKind::kError && session.attention->reason != "idle";
}

}  // namespace

void View::connect(kernel::Bus& bus) {
  bus_ = &bus;
  sessions_.clear();
  atm_subscription_options options{};
  options.size = sizeof options;
  options.activity = 1;
  options.max_queue = kPlenty;
  options.ready = [](void*, std::uint64_t) {};
  if (bus_->subscribe(options, subscription_) != ATM_OK) throw std::runtime_error("the bus takes no client");
}

void View::disconnect() {
  if (bus_ != nullptr) static_cast<void>(bus_->unsubscribe(subscription_));
  bus_ = nullptr;
}

void View::drain(std::chrono::nanoseconds now) {
  now_ = now;
  const atm_event_sink sink{sizeof sink, 0, this, [](void* self, const atm_event* event) -> atm_status {
                              return static_cast<View*>(self)->take(*event);
                            }};
  static_cast<void>(bus_->drain(subscription_, 0, sink));
  if (!failure_.empty()) throw std::runtime_error(failure_);
}

atm_status View::take(const atm_event& event) {
  const std::string id(to_view(event.session));
  switch (event.kind) {
    case ATM_EVENT_SESSION_REGISTERED:
    case ATM_EVENT_SESSION_UPDATED:
    case ATM_EVENT_SNAPSHOT_ITEM: {
      const json::Value* told = reader_.parse(to_view(event.json));
      auto session = told != nullptr ? protocol::read_session(*told)
                                     : Result<protocol::Session>(Error::parse_error("session", "no JSON"));
      if (session) {
        sessions_.insert_or_assign(id, std::move(session).value());
      } else {
        failure_ = "session " + id + " cannot be read back: " + std::string(to_view(event.json));
      }
      note(waits_, id, find(id) != nullptr && is_waiting(find(id)->domain));
      break;
    }
    case ATM_EVENT_SESSION_REMOVED:
      sessions_.erase(id);
      removed_[id] = std::string(to_view(event.type));
      note(waits_, id, false);
      break;
    case ATM_EVENT_ACTIVITY:
      if (to_view(event.type).starts_with("attention."))
        note(alerts_, id, to_view(event.type) == "attention.raised");
      ++counts_[std::string(to_view(event.type))];
      break;
    case ATM_EVENT_GAP:
      failure_ = "the client lost events";
      break;
    default:
      break;
  }
  return ATM_OK;
}

void View::note(std::vector<Wait>& waits, const std::string& id, bool is_on) {
  const auto open = std::find_if(waits.begin(), waits.end(),
                                 [&id](const Wait& wait) { return wait.session == id && !wait.end; });
  if (is_on && open == waits.end()) waits.push_back({id, now_, {}});
  if (!is_on && open != waits.end()) open->end = now_;
}

const protocol::Session* View::find(const std::string& id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : &found->second;
}

std::string View::removal_of(const std::string& id) const {
  const auto found = removed_.find(id);
  return found == removed_.end() || find(id) != nullptr ? std::string() : found->second;
}

std::uint64_t View::told(const std::string& type) const {
  const auto found = counts_.find(type);
  return found == counts_.end() ? 0 : found->second;
}

std::string View::describe(const std::string& id) const {
  std::ostringstream out;
  const protocol::Session* session = find(id);
  if (session == nullptr) {
    const std::string why = removal_of(id);
    out << id << (why.empty() ? " was never there" : " is removed as " + why) << '\n';
    return std::move(out).str();
  }
  out << id << ": ";
  write_status(out, session->domain);
  out << "\n  since " << to_rfc3339(session->domain.status_since) << " because of "
      << session->domain.status_cause.type << " from " << session->domain.status_cause.origin << '\n';
  for (const Evidence& evidence : session->domain.evidence) {
    out << "  " << evidence.origin << " says " << evidence.says << " at " << to_rfc3339(evidence.at) << " ("
        << stance_name(evidence.stance) << ")\n";
  }
  return std::move(out).str();
}

std::string View::summary() const {
  std::ostringstream out;
  for (const auto& [id, session] : sessions_) {
    out << id << ": ";
    write_status(out, session.domain);
    out << '\n';
  }
  for (const auto& [id, reason] : removed_) {
    if (find(id) == nullptr) out << id << ": removed as " << reason << '\n';
  }
  out << "raised " << told("attention.raised") << ", cleared " << told("attention.cleared") << '\n';
  return std::move(out).str();
}

}  // namespace atm::gauntlet
