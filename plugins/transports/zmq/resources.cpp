// SPDX-License-Identifier: MIT
#include "resources.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atm/json.hpp>
#include <atm/plugin/thread.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace zeromq {

using atm::Error;
using atm::ErrorCode;

namespace {

constexpr std::uint64_t kForTheRest = 128;       // the spool, the log, watched files and libzmq's own
constexpr std::int64_t kUsualConnections = 256;  // of the unix transport
constexpr std::size_t kThreads = 3;              // one for I/O, one that closes sockets, and ours
constexpr std::size_t kSpareThreads = 5;         // other processes may take so many before libzmq starts
constexpr std::chrono::seconds kLongestEnd{1};

/// Reads the gauge max_connections of the other transports.
std::uint64_t connections_of_others(const atm::Host& host) {
  atm::json::Reader reader;
  const std::string stats = host.stats();
  const atm::json::Value* const root = reader.parse(stats);
  const atm::json::Value* const plugins = root != nullptr ? atm::json::get_object(*root, "plugins") : nullptr;
  const auto of = [plugins](std::string_view plugin) -> std::optional<std::int64_t> {
    const atm::json::Value* const numbers =
        plugins != nullptr ? atm::json::get_object(*plugins, plugin) : nullptr;
    return numbers != nullptr ? atm::json::get_int(*numbers, "max_connections") : std::nullopt;
  };
  return static_cast<std::uint64_t>(of("unix").value_or(kUsualConnections) + of("http").value_or(0));
}

}  // namespace

atm::Result<void> reserve_descriptors(const atm::Host& host, const Settings& settings) {
  const std::uint64_t endpoints =
      2u + (settings.publish_tcp.empty() ? 0u : 1u) + (settings.request_tcp.empty() ? 0u : 1u);
  const std::uint64_t others = connections_of_others(host);
  const std::uint64_t own = endpoints * settings.max_connections;
  const std::uint64_t wanted = others + own + kForTheRest;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  if (limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max >= wanted) {
    limit.rlim_cur = wanted;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  }
  return Error{
      ErrorCode::kInvalidField,
      "the limit of descriptors is " + std::to_string(limit.rlim_max) + ", expected " +
          std::to_string(wanted) + " (" + std::to_string(own) + " for connections of zmq, " +
          std::to_string(others) + " for those of the other transports, " + std::to_string(kForTheRest) +
          " for the rest); raise the limit (LimitNOFILE=, ulimit -n) or lower max_connections of zmq"};
}

void probe_threads() {
  std::promise<void> seen;
  const std::shared_future<void> is_seen = seen.get_future().share();
  std::array<std::atomic<pid_t>, kThreads + kSpareThreads> ids{};
  struct Threads {
    ~Threads() {
      seen.set_value();
      for (std::thread& thread : all) thread.join();
    }
    std::promise<void>& seen;
    std::vector<std::thread> all{};
  };
  {
    Threads threads{seen};
    threads.all.reserve(ids.size());
    for (std::atomic<pid_t>& id : ids) {
      threads.all.push_back(atm::start_thread("atm-zmq", [is_seen, &id] {
        id = ::gettid();
        is_seen.wait();
      }));
    }
  }
  // The kernel counts a thread for a moment after join() returns.
  const auto until = std::chrono::steady_clock::now() + kLongestEnd;
  for (const std::atomic<pid_t>& id : ids) {
    const std::string task = "/proc/self/task/" + std::to_string(id.load());
    while (::access(task.c_str(), F_OK) == 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
  }
}

}  // namespace zeromq
