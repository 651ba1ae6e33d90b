// SPDX-License-Identifier: MIT
#include "kernel/plugins/reports_json.hpp"

#include <unistd.h>

#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <chrono>
#include <fstream>

#include "kernel/bus/bus.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "kernel/system/clock.hpp"

namespace atm::kernel {
namespace {

// An object writer that keeps the calls below to one line each.
class Object final {
 public:
  explicit Object(json::Writer& writer) : writer_(writer) { writer_.StartObject(); }
  Object(json::Writer& writer, std::string_view name) : writer_(writer) {
    json::key(writer_, name);
    writer_.StartObject();
  }
  ~Object() { writer_.EndObject(); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void number(std::string_view name, std::uint64_t value) {
    json::key(writer_, name);
    writer_.Uint64(value);
  }
  void integer(std::string_view name, std::int64_t value) {
    json::key(writer_, name);
    writer_.Int64(value);
  }
  void flag(std::string_view name, bool value) {
    json::key(writer_, name);
    writer_.Bool(value);
  }
  void text(std::string_view name, std::string_view value) { json::member(writer_, name, value); }

 private:
  json::Writer& writer_;
};

// Resident bytes of this process; 0 without /proc.
std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return in ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

void write_tally(json::Writer& writer, std::string_view name, const BoundedCounters& tally) {
  Object object(writer, name);
  for (const auto& [key, count] : tally.counts()) object.number(key, count);
  if (tally.others() > 0) object.number("*", tally.others());
}

void write_registry(json::Writer& writer, const RegistryStats& s) {
  Object object(writer, "registry");
  object.number("sessions", s.sessions);
  object.number("max_sessions", s.max_sessions);
  object.number("observations", s.observations);
  object.number("ignored", s.ignored);
  object.number("events", s.events);
  object.number("registered", s.registered);
  object.number("removed", s.removed);
  object.number("evicted", s.evicted);
  object.number("rejected_full", s.rejected_full);
  object.number("analyzer_calls", s.analyzer_calls);
  object.number("analyzer_failures", s.analyzer_failures);
  object.number("facts_refused", s.facts_refused);
  object.number("stored_inputs", s.stored_inputs);
  object.number("mailbox_depth", s.mailbox_depth);
  object.number("mailbox_capacity", s.mailbox_capacity);
  object.flag("dead", s.dead);
  write_tally(writer, "dropped_busy", s.dropped_busy);
  write_tally(writer, "unknown_events", s.unknown_events);
}

void write_bus(json::Writer& writer, const BusStats& s) {
  Object object(writer, "bus");
  object.number("subscribers", s.subscribers);
  object.number("subscribers_refused", s.subscribers_refused);
  object.number("published", s.published);
  object.number("delivered", s.delivered);
  object.number("conflated", s.conflated);
  object.number("dropped", s.dropped);
  object.number("gaps", s.gaps);
  object.number("snapshots", s.snapshots);
  object.number("queued", s.queued);
}

void write_ingest(json::Writer& writer, const RecordRouter& router) {
  Object object(writer, "ingest");
  object.number("unrouted", router.unrouted());
  {
    Object channels(writer, "channels");
    for (const ChannelStats& c : router.channels()) {
      Object channel(writer, c.channel);
      channel.text("plugin", c.plugin);
      channel.number("records", c.records);
      channel.number("observations", c.observations);
      channel.number("skipped", c.skipped);
      channel.number("invalid", c.invalid);
      channel.number("failed", c.failed);
      channel.number("slow", c.slow);
      channel.number("paused", c.paused);
      channel.number("busy", c.busy);
      channel.number("malformed", c.malformed);
      channel.number("cut", c.cut);
    }
  }
  json::key(writer, "unknown_types");
  writer.StartArray();
  for (const UnknownType& type : router.unknown_types()) {
    Object unknown(writer);
    unknown.text("type", type.type.empty() ? "*" : type.type);
    if (!type.agent.empty()) unknown.text("agent", type.agent);
    if (!type.agent_version.empty()) unknown.text("agent_version", type.agent_version);
    unknown.number("count", type.count);
  }
  writer.EndArray();
}

// The worst long call of one plugin; a call that hangs now is worse than one that has returned.
const CallSite* worst_call(const PluginEntry& entry, const std::vector<ChannelStats>& channels,
                           std::uint64_t& hung_calls) {
  const CallSite* worst = nullptr;
  const auto look_at = [&](const CallSite& site) {
    const std::uint64_t count = site.hung_calls.load();
    hung_calls += count;
    if (count == 0 || (worst != nullptr && worst->is_hanging && !site.is_hanging)) return;
    worst = &site;
  };
  const PluginCalls& calls = *entry.calls;
  for (const CallSite* site : {&calls.create, &calls.start_source, &calls.reserve, &calls.start_transport,
                               &calls.stop, &calls.discover, &calls.analyze, &calls.start_store,
                               &calls.restore, &calls.append, &calls.checkpoint})
    look_at(*site);
  for (const ChannelStats& channel : channels) {
    if (channel.site->plugin == entry.id) look_at(*channel.site);
  }
  return worst;
}

void write_hung_calls(json::Writer& writer, const PluginEntry& entry,
                      const std::vector<ChannelStats>& channels) {
  if (!entry.calls) return;
  std::uint64_t count = 0;
  const CallSite* const worst = worst_call(entry, channels, count);
  if (worst == nullptr) return;
  Object hung(writer, "hung");
  hung.text("call", worst->function);
  if (!worst->channel.empty()) hung.text("channel", worst->channel);
  hung.integer("ms", worst->last_hung_ms.load());
  hung.flag("has_returned", !worst->is_hanging.load());
  hung.number("calls", count);
}

std::string time_text(std::int64_t wall_ns) {
  return to_rfc3339(Timestamp(std::chrono::nanoseconds(wall_ns)));
}

void write_pause(json::Writer& writer, const PluginEntry& entry, const Clock& clock) {
  const std::int64_t now_ns = clock.monotonic_ns();
  auto pause = entry.parser_breaker.pause(now_ns);
  if (!pause) pause = entry.analyzer_breaker.pause(now_ns);
  if (!pause) return;
  Object object(writer, "pause");
  object.text("reason", std::to_string(entry.parser_breaker.options().slow_calls) +
                            " calls in a row were slow; the last one took " +
                            std::to_string(pause->took_ns / 1'000'000) + " ms");
  object.text("until", time_text(clock.wall_ns() + pause->left_ns));
}

void write_last_error(json::Writer& writer, const PluginEntry& entry,
                      const std::vector<ChannelStats>& channels) {
  if (entry.status != PluginStatus::kLoaded) return;
  const ChannelStats* last = nullptr;
  for (const ChannelStats& channel : channels) {
    if (channel.plugin != entry.id || channel.last_error_ns == 0) continue;
    if (last == nullptr || channel.last_error_ns > last->last_error_ns) last = &channel;
  }
  if (last == nullptr) return;
  Object object(writer, "last_error");
  object.text("channel", last->channel);
  object.text("text", last->last_error);
  object.text("at", time_text(last->last_error_ns));
}

void write_plugin(json::Writer& writer, const PluginEntry& entry, const std::vector<ChannelStats>& channels,
                  const Clock& clock) {
  Object object(writer);
  object.text("id", entry.id);
  object.text("version", entry.manifest.version);
  object.text("status", plugin_status_name(entry.status));
  object.text("file", entry.file.string());
  object.flag("first_party", entry.is_first_party);
  json::key(writer, "provides");
  writer.StartArray();
  for (const std::string& interface : entry.manifest.provides) json::string(writer, interface);
  writer.EndArray();
  if (entry.problem) {
    Object error(writer, "error");
    error.text("file", entry.problem->file);
    error.text("found", entry.problem->found);
    error.text("wanted", entry.problem->wanted);
    error.text("remedy", entry.problem->remedy);
    error.text("message", entry.problem->message());
  }
  object.number("calls", entry.parser_breaker.calls() + entry.analyzer_breaker.calls());
  object.number("failures", entry.parser_breaker.failures() + entry.analyzer_breaker.failures());
  object.flag("paused", entry.parser_breaker.state() != Breaker::State::kClosed ||
                            entry.analyzer_breaker.state() != Breaker::State::kClosed);
  write_pause(writer, entry, clock);
  write_last_error(writer, entry, channels);
  write_hung_calls(writer, entry, channels);
  object.flag("replaced",
              entry.status == PluginStatus::kLoaded && build_of(entry.file) != entry.start_marker.build);
}

}  // namespace

std::string write_stats(const StatsInput& input) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  {
    Object object(writer);
    object.text("daemon_version", input.daemon_version);
    object.number("epoch", input.kernel.bus.epoch());
    object.integer("uptime_ms", input.uptime_ns / 1'000'000);
    {
      Object process(writer, "process");
      process.integer("pid", ::getpid());
      process.number("resident_bytes", resident_bytes());
    }
    {
      Object limits(writer, "limits");
      for (const LimitKey& key : limit_keys()) limits.number(key.name, input.limits.*key.member);
    }
    write_registry(writer, input.kernel.registry.stats());
    write_bus(writer, input.kernel.bus.stats());
    write_ingest(writer, input.kernel.router);
    std::uint64_t hung_calls = 0;
    const std::vector<ChannelStats> channels = input.kernel.router.channels();
    for (const auto& entry : input.plugins) {
      if (entry->calls) static_cast<void>(worst_call(*entry, channels, hung_calls));
    }
    object.number("hung_calls", hung_calls);
    Object plugins(writer, "plugins");
    for (const auto& entry : input.plugins) {
      if (!entry->services) continue;
      Object plugin(writer, entry->id);
      for (const auto& [name, value] : entry->services->metrics().values()) plugin.integer(name, value);
    }
  }
  return std::string(json::text_of(buffer));
}

std::string write_plugins(const PluginList& plugins, const std::vector<ChannelStats>& channels,
                          const Clock& clock) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartArray();
  for (const auto& entry : plugins) write_plugin(writer, *entry, channels, clock);
  writer.EndArray();
  return std::string(json::text_of(buffer));
}

}  // namespace atm::kernel
