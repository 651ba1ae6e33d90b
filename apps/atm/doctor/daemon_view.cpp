// SPDX-License-Identifier: MIT
#include "daemon_view.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <atm/client.hpp>
#include <atm/client/endpoint.hpp>
#include <cerrno>
#include <variant>

#include "lookup.hpp"

namespace atm::cli::doctor {

namespace {

using std::chrono::milliseconds;

std::optional<std::int64_t> peer_of(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0) return std::nullopt;
  return peer.pid;
}

// The reason for a missing greeting: the client's error does not tell whether a process listens.
Place::State state_of(const std::string& path, milliseconds time, std::optional<std::int64_t>& pid) {
  errno = 0;
  const auto connection = client::connect_to(path, time);
  if (connection) {
    pid = peer_of(connection->socket.get());
    return Place::State::kSilent;
  }
  switch (errno) {
    case ECONNREFUSED:
      return Place::State::kLeftOver;
    case ENOENT:
    case ENOTDIR:
      return Place::State::kNothing;
    case EAGAIN:
      return Place::State::kSilent;
    default:
      return Place::State::kUnreachable;
  }
}

}  // namespace

DaemonView::DaemonView() = default;
DaemonView::~DaemonView() = default;

void DaemonView::ask(const std::vector<std::string>& places, milliseconds time) {
  for (const std::string& path : places) {
    Place place = look(path, time);
    places_.push_back(std::move(place));
  }
}

Place DaemonView::look(const std::string& path, milliseconds time) {
  const bool is_first = answering() == nullptr;
  Place place{path};
  const auto begin = std::chrono::steady_clock::now();
  auto client = Client::connect({path, protocol::ClientType::kCli, time});
  if (!client) {
    place.why = client.error().message;
    place.state = state_of(path, time, place.pid);
    if (client.error().code == ErrorCode::kUnsupported) place.state = Place::State::kRefuses;
    return place;
  }
  place.state = Place::State::kAnswers;
  place.pid = peer_of(client->fd());
  if (!is_first) return place;
  took_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  const auto& hello = client->server();
  version_ = hello.daemon_version;
  protocol_ =
      std::to_string(hello.protocol_version.major) + "." + std::to_string(hello.protocol_version.minor);
  const auto stats = client->ask(protocol::GetStats{});
  if (!stats) {
    place.why = stats.error().message;
    return place;
  }
  if (const auto* reply = std::get_if<protocol::Stats>(&stats->value))
    stats_ = stats_reader_.parse(reply->json);
  if (const auto pid = count({"process", "pid"}); pid > 0) place.pid = static_cast<std::int64_t>(pid);
  const auto plugins = client->ask(protocol::GetPlugins{});
  if (plugins) {
    if (const auto* reply = std::get_if<protocol::Plugins>(&plugins->value)) {
      plugins_ = plugins_reader_.parse(reply->json);
    }
    if (auto reply = ask_sessions(*client)) {
      sessions_ = std::move(std::get<protocol::Sessions>(reply->value).sessions);
      return place;
    }
  }
  place.why = "it did not answer every request";
  return place;
}

const Place* DaemonView::answering() const noexcept {
  const auto found = std::find_if(places_.begin(), places_.end(),
                                  [](const Place& place) { return place.state == Place::State::kAnswers; });
  return found == places_.end() ? nullptr : &*found;
}

const json::Value* DaemonView::stats_at(const std::vector<std::string_view>& path) const {
  const json::Value* at = stats_;
  for (const std::string_view name : path) {
    if (at == nullptr) return nullptr;
    at = json::find(*at, name);
  }
  return at;
}

std::uint64_t DaemonView::count(const std::vector<std::string_view>& path) const {
  const json::Value* value = stats_at(path);
  return value != nullptr && value->IsUint64() ? value->GetUint64() : 0;
}

bool DaemonView::has_plugin(std::string_view id) const {
  if (plugins_ == nullptr || !plugins_->IsArray()) return false;
  const auto list = plugins_->GetArray();
  return std::any_of(list.begin(), list.end(), [id](const json::Value& plugin) {
    return json::get_string(plugin, "id") == id && json::get_string(plugin, "status") == "loaded";
  });
}

void DaemonView::tell(std::string_view stats, std::string_view plugins,
                      std::vector<protocol::Session> sessions) {
  places_.assign(1, Place{"/run/atm.sock", Place::State::kAnswers, {}, 1});
  version_ = "1.0.0";
  protocol_ = "1.1";
  stats_ = stats_reader_.parse(stats);
  plugins_ = plugins_reader_.parse(plugins);
  sessions_ = std::move(sessions);
}

}  // namespace atm::cli::doctor
