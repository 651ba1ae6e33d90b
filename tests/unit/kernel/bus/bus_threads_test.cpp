// SPDX-License-Identifier: MIT
// Registry, producers and subscribers on separate threads, for ThreadSanitizer.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "../registry/actor_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

/// A minimal transport thread: waits for ready, drains, applies.
class Reader {
 public:
  Reader(Bus& bus, std::uint32_t max_queue) : bus_(bus), thread_([this, max_queue] { run(max_queue); }) {}
  ~Reader() { thread_.join(); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] bool knows(const std::map<std::string, std::string>& truth) {
    const std::lock_guard lock(mutex_);
    return sessions_ == truth;
  }

 private:
  void run(std::uint32_t max_queue) {
    atm_subscription_options options{};
    options.size = sizeof options;
    options.activity = 1;
    options.max_queue = max_queue;
    options.context = this;
    options.ready = [](void* self, std::uint64_t) { static_cast<Reader*>(self)->wake(); };
    std::uint64_t id = 0;
    if (bus_.subscribe(options, id) != ATM_OK) return;
    const atm_event_sink sink{sizeof sink, 0, this, [](void* self, const atm_event* event) -> atm_status {
                                static_cast<Reader*>(self)->take(*event);
                                return ATM_OK;
                              }};
    while (bus_.drain(id, 0, sink) != ATM_E_CLOSED) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_ready_; });
      is_ready_ = false;
    }
    static_cast<void>(bus_.unsubscribe(id));
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    is_ready_ = true;
    wake_.notify_one();
  }
  void take(const atm_event& event) {
    const std::lock_guard lock(mutex_);
    const std::string id(text_of(event.session));
    if (event.kind == ATM_EVENT_SNAPSHOT_BEGIN) sessions_.clear();
    if (event.kind == ATM_EVENT_SESSION_REMOVED) sessions_.erase(id);
    if (event.kind <= ATM_EVENT_SESSION_UPDATED || event.kind == ATM_EVENT_SNAPSHOT_ITEM)
      sessions_[id] = std::string(text_of(event.json));
  }

  Bus& bus_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::string> sessions_;
  bool is_ready_ = false;
  std::thread thread_;
};

/// All sessions, requested from a thread other than the registry's.
struct Answer {
  std::map<std::string, std::string> sessions;
  std::atomic<bool> is_there{false};

  static void take(void* self, atm_status, std::uint64_t, const atm_str* items, std::uint64_t count) {
    auto& to = *static_cast<Answer*>(self);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string json(text_of(items[i]));
      const std::size_t at = json.find("\"id\":\"") + 6;
      to.sessions.emplace(json.substr(at, json.find('"', at) - at), json);
    }
    to.is_there = true;
  }
};

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("TRAP-W3: after a burst every subscriber has the registry's state despite lost events",
          "[TRAP-W3]") {
  constexpr int kProducers = 2;
  constexpr int kEach = 5000;
  Bus bus({.epoch = 1});
  RegistryActorOptions options;
  options.monotonic_ns = [] { return std::int64_t{1}; };
  RegistryActor registry(std::move(options), bus);
  std::vector<std::unique_ptr<Reader>> readers;
  for (const std::uint32_t max_queue : {8U, 1024U, 60'000U})
    readers.push_back(std::make_unique<Reader>(bus, max_queue));
  std::thread actor([&registry] { registry.run(); });
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&registry, producer] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id = "s" + std::to_string((producer * kEach + i) % 37);
        const ObservationSpec report =
            observed("status.reported", {{"cost.total_usd_micros", i}}).of(id).at(i * 1ms);
        while (registry.observe(report.copy()) == ATM_E_BUSY) std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    EventRecorder passing(bus, i % 2 == 0);
    passing.drain(3);
    static_cast<void>(registry.stats());
    static_cast<void>(bus.stats());
  }
  for (std::thread& producer : producers) producer.join();

  Answer truth;
  CHECK(comes_true([&] { return registry.snapshot("", &Answer::take, &truth) == ATM_OK; }));
  REQUIRE(comes_true([&] { return truth.is_there.load(); }));
  CHECK(truth.sessions.size() == 37);
  for (const auto& reader : readers) CHECK(comes_true([&] { return reader->knows(truth.sessions); }));
  registry.stop();
  actor.join();
}
