// SPDX-License-Identifier: MIT
#include "net/server.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "net/endpoint.hpp"
#include "net/server_loop.hpp"

namespace unix_socket {

using atm::Status;

namespace {

Status failed(const atm::Error& why, atm::ErrorText& error) {
  error.set(why.message);
  return why.code == atm::ErrorCode::kBusy ? Status::kExists : Status::kInvalid;
}

}  // namespace

Server::Server(const atm::Host& host, std::string_view config)
    : host_(host), settings_(Settings::from_json(config)) {}

Server::~Server() {
  static_cast<void>(stop(0));
}

Status Server::reserve(atm::ErrorText& error) {
  auto endpoint = reserve_endpoint(settings_.socket);
  if (!endpoint) return failed(endpoint.error(), error);
  reserved_.emplace(std::move(*endpoint));
  return Status::kOk;
}

Status Server::start(atm::ErrorText& error) {
  auto endpoint = open_endpoint(settings_.socket, std::exchange(reserved_, std::nullopt));
  if (!endpoint) return failed(endpoint.error(), error);
  const std::string path = endpoint->path();
  auto loop = std::make_unique<ServerLoop>(host_, settings_, std::move(*endpoint));
  host_.gauge("max_connections", static_cast<std::int64_t>(settings_.max_connections));
  host_.gauge("line_bytes", static_cast<std::int64_t>(settings_.line_bytes));
  host_.gauge("out_bytes", static_cast<std::int64_t>(settings_.out_bytes));
  host_.gauge("max_replies", static_cast<std::int64_t>(settings_.max_replies));
  host_.gauge("handshake_ms", settings_.handshake.count());
  host_.gauge("busy_ms", settings_.busy.count());
  host_.gauge("spool_max_age_seconds", settings_.spool_max_age.count());
  loop->start();
  loop_ = std::move(loop);
  host_.log(atm::LogLevel::kInfo, "serving", {atm::attr("socket", std::string_view(path))});
  return Status::kOk;
}

Status Server::stop(std::uint32_t deadline_ms) {
  if (!loop_) return Status::kOk;
  const Status status = loop_->stop(std::chrono::milliseconds(deadline_ms));
  loop_.reset();
  return status;
}

}  // namespace unix_socket
