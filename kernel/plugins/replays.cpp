// SPDX-License-Identifier: MIT
#include "kernel/plugins/replays.hpp"

#include <algorithm>
#include <atm/posix/thread.hpp>
#include <atomic>
#include <cmath>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include "kernel/model/observation.hpp"
#include "kernel/registry/replayed_registry.hpp"
#include "kernel/system/clock.hpp"

namespace atm::kernel {
namespace {

constexpr std::size_t kMaxSessionBytes = 256;
constexpr double kMaxSpeed = 1e6;
constexpr std::size_t kBytesPerCheckpointByte = 4;  // of a session in memory, measured: about 3
constexpr atm_status kInterrupted = ATM_E_CLOSED;

bool is_speed(double speed) noexcept {
  return std::isfinite(speed) && speed >= 0 && speed <= kMaxSpeed;
}

}  // namespace

class Replays::Replay final {
 public:
  struct Source {
    const atm_store* store;
    void* instance;
    const Clock& clock;
    std::uint64_t epoch;
    RegistryOptions registry;
    ReplayLimits limits;
  };

  Replay(std::uint64_t id, const atm_subscription_options& options, const Source& source)
      : id_(id),
        session_(text_of(options.session)),
        source_(source),
        speed_(options.replay_speed),
        seeks_{options.replay_at_ns},
        ready_(options.ready),
        ready_context_(options.context) {}

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

  /// On the thread of the replay, until close().
  void run() {
    std::int64_t at_ns = 0;
    while (wait_for_seek(at_ns)) play(at_ns);
  }

  [[nodiscard]] atm_status drain(std::uint64_t max_events, const atm_event_sink& sink) {
    for (std::uint64_t given = 0; max_events == 0 || given < max_events; ++given) {
      Item item;
      {
        const std::lock_guard lock(mutex_);
        if (queue_.empty()) {
          is_signalled_ = false;
          if (given != 0) return ATM_OK;
          return is_closed_ ? ATM_E_CLOSED : ATM_SKIP;
        }
        item = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= item.bytes();
        changed_.notify_all();
      }
      const atm_event event = item.lend(source_.epoch);
      if (sink.event(sink.self, &event) != ATM_OK) return ATM_OK;
    }
    return ATM_OK;
  }

  /// After the return, `ready` is not running and is not called.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
      changed_.notify_all();
    }
    const std::lock_guard lock(ready_mutex_);
    ready_ = nullptr;
  }

  [[nodiscard]] atm_status seek(std::int64_t at_ns) {
    const std::lock_guard lock(mutex_);
    if (seeks_.size() >= source_.limits.seeks) return ATM_E_FULL;
    seeks_.push_back(at_ns);
    changed_.notify_all();
    return ATM_OK;
  }

  void set_speed(double speed) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_ns = source_.clock.monotonic_ns();
    from_.at_ns += static_cast<std::int64_t>(static_cast<double>(now_ns - from_.mono_ns) * speed_);
    from_.mono_ns = now_ns;
    speed_ = speed;
    changed_.notify_all();
  }

 private:
  struct Item {
    std::uint32_t kind = 0;
    std::uint64_t seq = 0;
    std::uint64_t rev = 0;
    std::int64_t time_ns = 0;
    std::string session{};
    std::string text{};

    [[nodiscard]] std::size_t bytes() const noexcept { return sizeof *this + session.size() + text.size(); }
    [[nodiscard]] atm_event lend(std::uint64_t epoch) const noexcept {
      atm_event event{};
      event.size = sizeof event;
      event.kind = kind;
      event.epoch = epoch;
      event.seq = seq;
      event.rev = rev;
      event.time_ns = time_ns;
      event.session = str_of(session);
      const bool has_json = kind == ATM_EVENT_SESSION_REGISTERED || kind == ATM_EVENT_SESSION_UPDATED ||
                            kind == ATM_EVENT_SNAPSHOT_ITEM;
      (has_json ? event.json : event.type) = str_of(text);
      return event;
    }
  };
  /// The time of the past that belongs to a monotonic time.
  struct Origin {
    std::int64_t at_ns = 0;
    std::int64_t mono_ns = 0;
  };

  // On the thread of the replay.

  /// False: the replay is closed.
  [[nodiscard]] bool wait_for_seek(std::int64_t& at_ns) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_closed_ || !seeks_.empty(); });
    if (is_closed_) return false;
    at_ns = seeks_.front();
    seeks_.pop_front();
    return true;
  }

  void play(std::int64_t at_ns) {
    begin_at(at_ns);
    const atm_past_sink sink{sizeof sink,
                             0,
                             this,
                             [](void* self, const std::uint8_t* data, std::uint64_t size) {
                               const std::string_view bytes(reinterpret_cast<const char*>(data), size);
                               return static_cast<Replay*>(self)->registry_->restore(bytes) ? ATM_OK
                                                                                            : ATM_E_INVALID;
                             },
                             [](void* self, const atm_stored* input, std::int64_t arrived_ns) {
                               return static_cast<Replay*>(self)->input(*input, arrived_ns);
                             },
                             [](void* self, std::int64_t from_ns, std::int64_t to_ns, atm_str reason,
                                const std::uint8_t* data, std::uint64_t size) {
                               const std::string_view bytes(reinterpret_cast<const char*>(data), size);
                               return static_cast<Replay*>(self)->gap(from_ns, to_ns, text_of(reason), bytes);
                             },
                             [](void* self, const std::uint8_t** data, std::uint64_t* size) {
                               auto& replay = *static_cast<Replay*>(self);
                               replay.state_ = replay.registry_->checkpoint();
                               *data = reinterpret_cast<const std::uint8_t*>(replay.state_.data());
                               *size = replay.state_.size();
                               return ATM_OK;
                             },
                             [](void* self, atm_status result, atm_str why, std::int64_t* to_ns) {
                               auto& replay = *static_cast<Replay*>(self);
                               replay.finish(result, std::string(text_of(why)));
                               if (!replay.wait_for_seek(*to_ns)) return kInterrupted;
                               replay.begin_at(*to_ns);
                               return ATM_OK;
                             }};
    ErrorBuffer error;
    const atm_status status = source_.store->past(source_.instance, at_ns, &sink, error.c());
    finish(status, std::string(error.view()));
  }

  void begin_at(std::int64_t at_ns) {
    registry_ = std::make_unique<ReplayedRegistry>(source_.registry);
    at_ns_ = at_ns;
    batch_ns_ = 0;
    inputs_ = 0;
    has_begun_ = false;
    too_large_ = false;
  }

  /// The past from one time ended with this result.
  void finish(atm_status status, std::string why) {
    if (status == ATM_OK && !has_begun_) status = begin();
    if (status == ATM_OK) status = end_batch();
    if (status == kInterrupted) return;
    if (too_large_) {
      why = "the sessions at this time need more than " + std::to_string(source_.limits.bytes >> 20) +
            " MiB, the limit of a replay; expected fewer sessions; use atm replay";
    } else if (status != ATM_OK && why.empty()) {
      why = "the store cannot read the past; see the log of the daemon";
    }
    if (has_begun_) {
      push({ATM_EVENT_REPLAY_END, 0, 0, 0, {}, status == ATM_OK ? std::string() : std::move(why)});
    } else {
      push({ATM_EVENT_REPLAY_REFUSED, 0, 0, 0, {}, std::move(why)});
    }
  }

  [[nodiscard]] atm_status input(const atm_stored& stored, std::int64_t arrived_ns) {
    constexpr std::uint64_t kCheckEvery = 4096;
    if (++inputs_ % kCheckEvery == 0 && !has_room(0)) return ATM_E_FULL;
    if (!has_begun_ && arrived_ns <= at_ns_) {
      registry_->add(stored);
      registry_->drop_events();
      return is_closed_ ? kInterrupted : ATM_OK;
    }
    if (!has_begun_) {
      if (const atm_status status = begin(); status != ATM_OK) return status;
    }
    // The inputs of one batch of the registry have one time, and their events are published together.
    if (arrived_ns != batch_ns_) {
      if (const atm_status status = end_batch(); status != ATM_OK) return status;
      batch_ns_ = arrived_ns;
    }
    registry_->add(stored);
    return ATM_OK;
  }

  [[nodiscard]] atm_status gap(std::int64_t from_ns, std::int64_t to_ns, std::string_view reason,
                               std::string_view checkpoint) {
    atm_status status = has_begun_ ? ATM_OK : begin();
    if (status == ATM_OK) status = end_batch();
    if (status == ATM_OK) status = wait_until(std::max(from_ns, at_ns_));
    if (status != ATM_OK) return status;
    push({ATM_EVENT_REPLAY_TIME, 0, 0, std::max(from_ns, at_ns_)});
    push({ATM_EVENT_GAP, 0, 0, 0, {}, std::string(reason)});
    const bool is_restored = !checkpoint.empty() && registry_->restore(checkpoint);
    registry_->drop_events();
    continue_from(to_ns);
    push({ATM_EVENT_REPLAY_TIME, 0, 0, to_ns});
    status = push_snapshot();
    return status == ATM_OK && !checkpoint.empty() && !is_restored ? ATM_SKIP : status;
  }

  [[nodiscard]] atm_status begin() {
    if (!has_room(0)) return ATM_E_FULL;
    registry_->drop_events();
    continue_from(at_ns_);
    push({ATM_EVENT_REPLAY_BEGIN, registry_->seq(), 0, at_ns_});
    has_begun_ = true;
    return push_snapshot();
  }

  [[nodiscard]] atm_status end_batch() {
    auto events = registry_->take_events();
    if (events.empty()) return ATM_OK;
    if (const atm_status status = wait_until(batch_ns_); status != ATM_OK) return status;
    push({ATM_EVENT_REPLAY_TIME, 0, 0, batch_ns_});
    for (auto& event : events) push_event(std::move(event));
    return ATM_OK;
  }

  [[nodiscard]] atm_status push_snapshot() {
    auto items = registry_->snapshot();
    std::size_t bytes = 0;
    for (const auto& item : items) bytes += item.text.size();
    const bool fits = has_room(bytes);
    push({ATM_EVENT_SNAPSHOT_BEGIN, registry_->seq()});
    if (fits) {
      for (auto& item : items) push_event(std::move(item));
    }
    push({ATM_EVENT_SNAPSHOT_END, registry_->seq()});
    return fits ? ATM_OK : ATM_E_FULL;
  }

  void push_event(ReplayedRegistry::Event event) {
    if (!session_.empty() && session_ != event.session) return;
    push({event.kind, event.seq, event.rev, 0, std::move(event.session), std::move(event.text)});
  }

  void push(Item item) {
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      queued_bytes_ += item.bytes();
      queue_.push_back(std::move(item));
      is_first = !std::exchange(is_signalled_, true);
    }
    if (!is_first) return;
    const std::lock_guard lock(ready_mutex_);
    if (ready_ != nullptr) ready_(ready_context_, id_);
  }

  [[nodiscard]] bool has_room(std::size_t snapshot_bytes) {
    too_large_ = registry_->checkpoint().size() * kBytesPerCheckpointByte + snapshot_bytes +
                     source_.limits.queued_bytes >
                 source_.limits.bytes;
    return !too_large_;
  }

  void continue_from(std::int64_t at_ns) {
    const std::lock_guard lock(mutex_);
    from_ = {at_ns, source_.clock.monotonic_ns()};
  }

  /// Waits until it is this time at the speed of the replay, and the queue has room.
  [[nodiscard]] atm_status wait_until(std::int64_t at_ns) {
    std::unique_lock lock(mutex_);
    while (true) {
      if (is_closed_ || !seeks_.empty()) return kInterrupted;
      if (speed_ == 0 || queued_bytes_ > source_.limits.queued_bytes) {
        changed_.wait(lock);
        continue;
      }
      const double left_ns = static_cast<double>(at_ns - from_.at_ns) / speed_ -
                             static_cast<double>(source_.clock.monotonic_ns() - from_.mono_ns);
      if (left_ns <= 0) return ATM_OK;
      constexpr double kLongestNs = 60e9;
      changed_.wait_for(lock,
                        std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(left_ns, kLongestNs))));
    }
  }

  const std::uint64_t id_;
  const std::string session_;  // the only session of this replay; empty: all
  const Source source_;

  // The thread of the replay only.
  std::unique_ptr<ReplayedRegistry> registry_;
  std::string state_;  // for the store
  std::int64_t at_ns_ = 0;
  std::int64_t batch_ns_ = 0;
  std::uint64_t inputs_ = 0;
  bool has_begun_ = false;  // the seek is answered
  bool too_large_ = false;

  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  double speed_;
  Origin from_;
  std::deque<std::int64_t> seeks_;
  std::deque<Item> queue_;
  std::size_t queued_bytes_ = 0;
  bool is_signalled_ = false;           // ready was called and no drain has emptied the queue since
  std::atomic<bool> is_closed_{false};  // written under mutex_

  std::mutex ready_mutex_;  // held while ready runs; never together with mutex_
  void (*ready_)(void*, std::uint64_t);
  void* const ready_context_;
};

Replays::Replays(const Clock& clock, std::uint64_t epoch, RegistryOptions registry, ReplayLimits limits)
    : clock_(clock), epoch_(epoch), registry_(std::move(registry)), limits_(limits) {}

Replays::~Replays() {
  static_cast<void>(stop(std::chrono::milliseconds(0)));
}

void Replays::connect(const atm_store* store, void* instance) noexcept {
  store_ = store;
  instance_ = instance;
}

std::shared_ptr<Replays::Replay> Replays::find(std::uint64_t subscription) {
  const std::lock_guard lock(mutex_);
  for (const auto& replay : replays_) {
    if (replay->id() == subscription) return replay;
  }
  return nullptr;
}

atm_status Replays::open(const atm_subscription_options& options, std::uint64_t& subscription,
                         ErrorText& error) {
  if (options.activity != 0 || options.type.size != 0 || options.session.size > kMaxSessionBytes ||
      !is_speed(options.replay_speed)) {
    error.set(
        "the replay has activity events or a speed outside of 0 to 1,000,000, expected none and one in it");
    return ATM_E_INVALID;
  }
  if (store_ == nullptr || store_->past == nullptr) {
    error.set("this daemon keeps no history, expected one; add the table [plugins.history] to atm.toml");
    return ATM_E_UNSUPPORTED;
  }
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return ATM_E_CLOSED;
  if (replays_.size() >= limits_.replays) {
    error.set("the daemon runs " + std::to_string(replays_.size()) + " replays, expected fewer than " +
              std::to_string(limits_.replays) + "; end one of them");
    return ATM_E_FULL;
  }
  {
    // A thread notices later that its replay is closed.
    const std::lock_guard count_lock(running_->mutex);
    if (running_->count >= limits_.replays + limits_.ending) {
      error.set("the threads of " + std::to_string(running_->count) +
                " replays have not ended, expected fewer than " +
                std::to_string(limits_.replays + limits_.ending) + "; try again later");
      return ATM_E_FULL;
    }
    ++running_->count;
  }
  subscription = kBit | next_id_++;
  const auto replay = std::make_shared<Replay>(
      subscription, options, Replay::Source{store_, instance_, clock_, epoch_, registry_, limits_});
  const auto end = [running = running_] {
    const std::lock_guard count_lock(running->mutex);
    --running->count;
    running->changed.notify_all();
  };
  try {
    posix::start_thread("atm-replay", [replay, end] {
      replay->run();
      end();
    }).detach();
  } catch (const posix::ThreadError& refused) {
    end();
    error.set(refused.what());
    return ATM_E_BUSY;
  }
  replays_.push_back(replay);
  return ATM_OK;
}

atm_status Replays::drain(std::uint64_t subscription, std::uint64_t max_events, const atm_event_sink& sink) {
  const auto replay = find(subscription);
  return replay == nullptr ? ATM_E_NOT_FOUND : replay->drain(max_events, sink);
}

atm_status Replays::close(std::uint64_t subscription) {
  const auto replay = find(subscription);
  if (replay == nullptr) return ATM_E_NOT_FOUND;
  replay->close();
  const std::lock_guard lock(mutex_);
  replays_.erase(std::remove(replays_.begin(), replays_.end(), replay), replays_.end());
  return ATM_OK;
}

atm_status Replays::seek(std::uint64_t subscription, std::int64_t at_ns) {
  const auto replay = find(subscription);
  return replay == nullptr ? ATM_E_NOT_FOUND : replay->seek(at_ns);
}

atm_status Replays::set_speed(std::uint64_t subscription, double speed) {
  if (!is_speed(speed)) return ATM_E_INVALID;
  const auto replay = find(subscription);
  if (replay == nullptr) return ATM_E_NOT_FOUND;
  replay->set_speed(speed);
  return ATM_OK;
}

bool Replays::stop(std::chrono::milliseconds limit) {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    for (const auto& replay : replays_) replay->close();
  }
  std::unique_lock lock(running_->mutex);
  return running_->changed.wait_for(lock, limit, [this] { return running_->count == 0; });
}

}  // namespace atm::kernel
