// SPDX-License-Identifier: MIT
#include "protocol/discovery.hpp"

#include <atm/plugin/thread.hpp>

namespace unix_socket {

void Discovery::ask(std::uint64_t client, std::uint64_t reply) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return refuse(client, reply, atm::Status::kClosed);
  try {
    if (!thread_.joinable()) thread_ = atm::start_thread("atm-discover", [this] { run(); });
  } catch (const atm::ThreadError& error) {
    host_.log(atm::LogLevel::kWarn, error.what());
    return refuse(client, reply, atm::Status::kBusy);
  }
  askers_.emplace_back(client, reply);
  wake_.notify_one();
}

void Discovery::refuse(std::uint64_t client, std::uint64_t reply, atm::Status status) {
  PeerMessage refusal;
  refusal.client = client;
  refusal.reply = reply;
  refusal.kind = PeerMessage::Kind::kDiscovered;
  refusal.status = status;
  inbox_->post(std::move(refusal));
}

void Discovery::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return is_stopping_ || !askers_.empty(); });
    if (is_stopping_) return;
    const std::vector<Asker> askers = std::exchange(askers_, {});
    lock.unlock();
    PeerMessage result;
    result.kind = PeerMessage::Kind::kDiscovered;
    result.status = host_.discover(result.found, result.failed);
    for (const auto& [client, reply] : askers) {
      result.client = client;
      result.reply = reply;
      inbox_->post(result);
    }
    lock.lock();
  }
}

void Discovery::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace unix_socket
