// SPDX-License-Identifier: MIT
// The kinds of plugin, as C++ base classes. A plugin class derives from one or more of them and is exported with
// ATM_PLUGIN.
#pragma once

#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/store.h>
#include <atm/iface/transport.h>

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <span>
#include <string_view>

namespace atm {

/// What a plugin states about itself. All texts must be literals: they live as long as the process.
struct Descriptor {
  std::string_view id;                  ///< [a-z][a-z0-9_]{0,63}, the name given to atm_add_plugin
  std::string_view version;             ///< semantic version
  std::string_view summary;             ///< one line for the user
  std::string_view config_schema = {};  ///< JSON Schema, draft 4; empty: no configuration
};

/// The members of an observation other than its attributes. All texts are borrowed.
struct ObservationHead {
  /// `tool.started`; a type of one vendor only has a prefix.
  std::string_view type;
  /// The agent's session id, 1 to 256 bytes.
  std::string_view session;
  /// `claude_code`.
  std::string_view agent;
  std::string_view actor = {};  ///< id of the subagent; empty: the main thread
  /// The channel; in a parser the host replaces it by the record's channel.
  std::string_view origin = {};
  /// Unix time in nanoseconds; 0: the record's time.
  std::int64_t time_ns = 0;
};

/// The C form of an observation. It borrows all texts and attributes. [any]
[[nodiscard]] inline atm_observation make_observation(const ObservationHead& head, Attrs attrs) noexcept {
  return {sizeof(atm_observation),
          0,
          head.time_ns,
          to_c(head.type),
          to_c(head.session),
          to_c(head.agent),
          to_c(head.actor),
          to_c(head.origin),
          attrs.begin(),
          attrs.size()};
}

/// Receives the observations of one record; the host copies each one before emit() returns. Valid during one call of
/// parse().
class ObservationSink final {
 public:
  explicit ObservationSink(const atm_observation_sink* sink) noexcept : sink_(sink) {}
  /// kInvalid: the observation has no session or type, or exceeds a limit; kFull: too many for one record. [the caller
  /// of parse]
  Status emit(const ObservationHead& head, Attrs attrs = {}) const noexcept {
    const atm_observation observation = make_observation(head, attrs);
    return static_cast<Status>(sink_->emit(sink_->self, &observation));
  }

 private:
  const atm_observation_sink* sink_;
};

/// Turns records into observations.
///
/// The host calls a parser on whichever thread received the record, so several calls overlap. A parser therefore has no
/// state, does no I/O and reads no clock: equal records give equal observations.
class Parser {
 public:
  /// The destructor runs on the main thread, after the last call.
  virtual ~Parser() = default;
  /// The channels that the parser claims, 1 to 64; constant. The texts must live as long as the instance.
  [[nodiscard]] virtual std::span<const std::string_view> channels() const noexcept = 0;
  /// Parses one record. kSkip: no observation in it; kInvalid: malformed, with the reason in `error`. A thrown
  /// exception counts as kInternal. [any]
  virtual Status parse(const Record& record, const ObservationSink& sink, ErrorText& error) const = 0;
};

/// An observation as an analyzer sees it. All members are borrowed for the duration of the call.
struct ObservationView {
  explicit ObservationView(const atm_observation& o) noexcept
      : type(to_view(o.type)),
        session(to_view(o.session)),
        agent(to_view(o.agent)),
        actor(to_view(o.actor)),
        origin(to_view(o.origin)),
        time_ns(o.time_ns),
        attrs(o.attrs, o.attr_count) {}

  std::string_view type;
  std::string_view session;
  std::string_view agent;
  /// Id of the subagent; empty: the main thread.
  std::string_view actor;
  /// The channel of the record.
  std::string_view origin;
  /// Unix time in nanoseconds.
  std::int64_t time_ns;
  Attrs attrs;
};

/// A session as an analyzer sees it (docs/sdk/session-attributes.md). Borrowed for the duration of the call.
struct SessionSnapshot {
  explicit SessionSnapshot(const atm_session& s) noexcept
      : rev(s.rev),
        id(to_view(s.id)),
        agent(to_view(s.agent)),
        started_at_ns(s.started_at_ns),
        last_activity_ns(s.last_activity_ns),
        attrs(s.attrs, s.attr_count) {}

  /// The revision that the observation makes.
  std::uint64_t rev;
  std::string_view id;
  std::string_view agent;
  /// Unix time in nanoseconds, as is last_activity_ns.
  std::int64_t started_at_ns;
  std::int64_t last_activity_ns;
  /// Sorted bytewise by key; unknown attributes are absent.
  Attrs attrs;
};

/// Receives the facts of one call of analyze(). The host applies them only if that returns kOk.
class FactSink final {
 public:
  explicit FactSink(const atm_fact_sink* sink) noexcept : sink_(sink) {}
  /// Sets a fact. kInvalid: another analyzer's prefix, or a number that is not finite; kFull: over 64 facts. [registry]
  template <class T>
  Status set(std::string_view key, T value) const noexcept {
    const atm_attr fact = attr(key, value);
    return static_cast<Status>(sink_->set(sink_->self, &fact));
  }
  /// Removes a fact that is no longer known. [registry]
  Status clear(std::string_view key) const noexcept {
    const atm_attr fact{to_c(key), {ATM_VALUE_NONE, 0, {0}}};
    return static_cast<Status>(sink_->set(sink_->self, &fact));
  }

 private:
  const atm_fact_sink* sink_;
};

/// Derives facts from a session. It is a pure function of observation and session; the registry calls it inline, so it
/// must return within microseconds and must not block.
class Analyzer {
 public:
  virtual ~Analyzer() = default;
  /// The prefix of all its facts, with the dot; constant.
  [[nodiscard]] virtual std::string_view prefix() const noexcept = 0;
  /// Derives the facts of `session`, which already contains `observation`. kSkip: no change; kInternal: failed, with
  /// the reason in `error`. A thrown exception counts as kInternal. [instance]
  virtual Status analyze(const ObservationView& observation, const SessionSnapshot& session,
                         const FactSink& sink, ErrorText& error) = 0;
};

/// Brings records in and sends events out. It owns its threads; start_thread() of atm/plugin/thread.hpp makes them.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Binds and serves; returns when clients can connect. kBusy: the system has no thread available. [main]
  virtual Status start(ErrorText& error) = 0;
  /// Takes the address without serving it, before the first plugin starts. kExists: another process serves it. [main]
  virtual Status reserve(ErrorText& error) {
    static_cast<void>(error);
    return Status::kOk;
  }
  /// Flushes, closes, joins all threads and removes what was bound. kBusy: the deadline has passed. [main]
  virtual Status stop(std::uint32_t deadline_ms) = 0;
};

/// Finds agents by itself and passes records to Host::ingest().
class Source {
 public:
  virtual ~Source() = default;
  /// Begins to watch. kUnsupported: not possible on this machine. [main]
  virtual Status start(ErrorText& error) = 0;
  /// Ends the watch and joins all threads. kBusy: the deadline has passed. [main]
  virtual Status stop(std::uint32_t deadline_ms) = 0;
  /// Looks once for running agents and counts them in `result`. The default finds nothing. [instance]
  virtual Status discover(atm_discovery& result, ErrorText& error) {
    static_cast<void>(result);
    static_cast<void>(error);
    return Status::kSkip;
  }
};

/// Keeps the inputs of the registry and gives them back after a restart (atm/iface/store.h).
class Store {
 public:
  virtual ~Store() = default;
  /// Opens the store. kExists: another daemon writes it. [main]
  virtual Status start(ErrorText& error) = 0;
  /// Passes the newest checkpoint and the inputs after it to `sink`; at most two seconds. kSkip: nothing was kept. [main]
  virtual Status restore(const atm_restore_sink& sink, atm_restored& result, ErrorText& error) = 0;
  /// Copies the inputs and returns at once: ATM_OK, ATM_STORE_WANTS_CHECKPOINT, or ATM_E_BUSY if they are dropped.
  /// [registry]
  virtual atm_status append(std::span<const atm_stored* const> inputs) = 0;
  /// Copies the state after all inputs so far and returns at once. kBusy: dropped. [registry]
  virtual Status checkpoint(std::span<const std::uint8_t> state, std::uint64_t seq) = 0;
  /// Writes what is queued and joins all threads. kBusy: the deadline has passed. [main]
  virtual Status stop(std::uint32_t deadline_ms) = 0;
  /// Passes the state at a Unix time and all that followed to `sink`, which may wait, and continues at each time that
  /// `sink.next` gives. Returns the result of `sink.next` that ended the call. It uses nothing of the instance after
  /// stop(). The default has no past. [any]
  virtual Status past(std::int64_t at_ns, const atm_past_sink& sink, ErrorText& error) {
    static_cast<void>(at_ns);
    static_cast<void>(sink);
    error.set("this store keeps no past, expected one that does; use the store history");
    return Status::kInternal;
  }
};

}  // namespace atm
