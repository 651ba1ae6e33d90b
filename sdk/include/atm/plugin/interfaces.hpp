// SPDX-License-Identifier: MIT
// The kinds of plugin, as C++ bases. Derive from one or several and hand the class to ATM_PLUGIN.
#pragma once

#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/transport.h>

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <span>
#include <string_view>

namespace atm {

/// What a plugin says of itself; all text must live for ever (literals).
struct Descriptor {
  std::string_view id;                  ///< [a-z][a-z0-9_]{0,63}, the name given to atm_add_plugin
  std::string_view version;             ///< semantic version
  std::string_view summary;             ///< one line for people
  std::string_view config_schema = {};  ///< JSON Schema, draft 4; empty: takes no configuration
};

/// Who an observation is about; the part beside its attributes.
struct ObservationHead {
  std::string_view type;
  std::string_view session;
  std::string_view agent;
  std::string_view actor = {};  ///< the subagent; empty: the main thread
  std::string_view origin = {};
  std::int64_t time_ns = 0;
};

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

/// Where a parser puts observations; each is copied at once.
class ObservationSink final {
 public:
  explicit ObservationSink(const atm_observation_sink* sink) noexcept : sink_(sink) {}
  Status emit(const ObservationHead& head, Attrs attrs = {}) const noexcept {
    const atm_observation observation = make_observation(head, attrs);
    return static_cast<Status>(sink_->emit(sink_->self, &observation));
  }

 private:
  const atm_observation_sink* sink_;
};

/// Turns records into observations: no state, no I/O, no clock; may run on several threads at once.
class Parser {
 public:
  virtual ~Parser() = default;
  /// The channels claimed; constant.
  [[nodiscard]] virtual std::span<const std::string_view> channels() const noexcept = 0;
  /// [any] kOk, kSkip, or kInvalid with the reason in `error`.
  virtual Status parse(const Record& record, const ObservationSink& sink, ErrorText& error) const = 0;
};

/// A session as an analyzer sees it (docs/sdk/session-attributes.md).
struct SessionSnapshot {
  explicit SessionSnapshot(const atm_session& s) noexcept
      : rev(s.rev),
        id(to_view(s.id)),
        agent(to_view(s.agent)),
        started_at_ns(s.started_at_ns),
        last_activity_ns(s.last_activity_ns),
        attrs(s.attrs, s.attr_count) {}

  std::uint64_t rev;
  std::string_view id;
  std::string_view agent;
  std::int64_t started_at_ns;
  std::int64_t last_activity_ns;
  Attrs attrs;
};

/// Where an analyzer puts facts.
class FactSink final {
 public:
  explicit FactSink(const atm_fact_sink* sink) noexcept : sink_(sink) {}
  template <class T>
  Status set(std::string_view key, T value) const noexcept {
    const atm_attr fact = attr(key, value);
    return static_cast<Status>(sink_->set(sink_->self, &fact));
  }
  /// Take a fact away: it is not known any more.
  Status clear(std::string_view key) const noexcept {
    const atm_attr fact{to_c(key), {ATM_VALUE_NONE, 0, {0}}};
    return static_cast<Status>(sink_->set(sink_->self, &fact));
  }

 private:
  const atm_fact_sink* sink_;
};

/// One fact an analyzer may set.
struct FactDecl {
  std::string_view key;
  std::uint32_t kind;  ///< ATM_VALUE_*
  std::string_view unit;
  std::string_view summary;
};

/// Derives facts from a session: a pure function, called inline by the registry, so quick.
class Analyzer {
 public:
  virtual ~Analyzer() = default;
  /// The prefix of all its facts, with the dot; constant.
  [[nodiscard]] virtual std::string_view prefix() const noexcept = 0;
  /// Constant.
  [[nodiscard]] virtual std::span<const FactDecl> facts() const noexcept = 0;
  /// [instance] kOk or kSkip.
  virtual Status analyze(const atm_observation& observation, const SessionSnapshot& session,
                         const FactSink& sink) = 0;
};

/// Carries records in and events out.
class Transport {
 public:
  virtual ~Transport() = default;
  /// [main] Bind and serve.
  virtual Status start(ErrorText& error) = 0;
  /// [main] Flush, close, join, remove what was bound.
  virtual Status stop(std::uint32_t deadline_ms) = 0;
};

/// Finds things out by itself.
class Source {
 public:
  virtual ~Source() = default;
  /// [main] Begin to watch.
  virtual Status start(ErrorText& error) = 0;
  /// [main] Stop and join.
  virtual Status stop(std::uint32_t deadline_ms) = 0;
  /// [instance] Look once for agents that run.
  virtual Status discover(atm_discovery& result, ErrorText& error) {
    static_cast<void>(result);
    static_cast<void>(error);
    return Status::kSkip;
  }
};

}  // namespace atm
