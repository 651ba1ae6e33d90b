// SPDX-License-Identifier: MIT
#include "kernel/plugins/record_router.hpp"

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <bit>
#include <cstddef>

#include <atm/plugin/values.hpp>

#include "kernel/plugins/borrowed_hooks.hpp"
#include "kernel/registry/actor/observation_sink.hpp"
#include "kernel/system/breaker.hpp"
#include "kernel/system/call_site.hpp"
#include "kernel/system/call_timer.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/system/log.hpp"

namespace atm::kernel {
namespace {

using Counter = std::atomic<std::uint64_t>;

constexpr std::size_t kMaxUnknownTypes = 64;
constexpr std::size_t kMaxRoutes = 512;
constexpr std::size_t kMaxAgentBytes = 64;
constexpr std::size_t kMaxErrorBytes = 400;

void count(Counter& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}
std::uint64_t value(const Counter& counter) {
  return counter.load(std::memory_order_relaxed);
}

void say(atm_error* error, std::string_view text) {
  ErrorText(error).set(text);
}

// Prevents recursion of a parser that passes a record to the host during parse.
thread_local bool is_parsing = false;

const atm_value* find_value(const atm_attr* attrs, std::uint64_t count, std::string_view key) {
  const auto* found =
      std::find_if(attrs, attrs + count, [key](const atm_attr& attr) { return text_of(attr.key) == key; });
  return found == attrs + count ? nullptr : &found->value;
}

std::optional<std::int64_t> integer_in(const atm_attr* attrs, std::uint64_t count, std::string_view key) {
  const atm_value* value = find_value(attrs, count, key);
  return value != nullptr && value->kind == ATM_VALUE_INT ? std::optional(value->as.i) : std::nullopt;
}

/// The parser does not know that the pid of its record belongs to another PID namespace. This class replaces the
/// attributes: the pid becomes the one of the daemon's namespace if there is one; else the namespace is added.
class Relocated final {
 public:
  Relocated(const RouterOptions& options, const atm_record& record, const atm_observation& from) {
    const auto pid_ns = integer_in(record.context, record.context_count, "pid_ns");
    if (!pid_ns || *pid_ns < 0 || (*pid_ns != 0 && static_cast<std::uint64_t>(*pid_ns) == options.own_pid_ns))
      return;
    const auto pid = integer_in(from.attrs, from.attr_count, "pid");
    if (!pid) return;
    const auto ticks = integer_in(from.attrs, from.attr_count, "start_ticks");
    const auto here = ticks && options.locate ? options.locate(static_cast<std::uint64_t>(*pid_ns), *pid,
                                                               static_cast<std::uint64_t>(*ticks))
                                              : std::nullopt;
    for (std::uint64_t i = 0; i < from.attr_count; ++i) {
      const std::string_view key = text_of(from.attrs[i].key);
      // A container has its own hostname, but the process runs on this machine.
      if (key == "pid" || key == "pid_ns" || (here && key == "host")) continue;
      attrs_.push_back(from.attrs[i]);
    }
    add("pid", here.value_or(*pid));
    if (!here) add("pid_ns", *pid_ns);
  }

  void apply(atm_observation& to) const {
    if (attrs_.empty()) return;
    to.attrs = attrs_.data();
    to.attr_count = attrs_.size();
  }

 private:
  void add(std::string_view key, std::int64_t value) {
    attrs_.push_back({str_of(key), {ATM_VALUE_INT, 0, {value}}});
  }

  std::vector<atm_attr> attrs_;
};

class ParsingHere final {
 public:
  ParsingHere() { is_parsing = true; }
  ~ParsingHere() { is_parsing = false; }
};

}  // namespace

struct RecordRouter::Parser {
  ParserBinding binding;
  std::atomic<std::int64_t> refused_at_ns{INT64_MIN};  // wall time of the last refusal during a pause
  std::mutex mutex;                                    // guards the members below
  std::string agent_version;                           // as last reported
};

struct RecordRouter::Route {
  Route(std::string name, Parser& of)
      : channel(std::move(name)), parser(&of), site(of.binding.id, "parse", true, channel) {}

  const std::string channel;
  Parser* const parser;
  const CallSite site;
  Counter records{0}, observations{0}, skipped{0}, invalid{0}, failed{0}, slow{0}, paused{0}, busy{0},
      malformed{0}, cut{0};
  std::mutex mutex;  // guards the members below
  std::string last_error;
  std::int64_t last_error_ns = 0;
};

// The observations of one record, until the parser has succeeded.
struct RecordRouter::Collector {
  const atm_record& record;
  const RouterOptions& options;
  std::size_t limit;
  std::vector<Observation>& observations;
  bool is_late = false;  // the record was created before the end of the parser's last pause
  std::uint64_t malformed = 0;
  std::uint64_t cut = 0;
};

RecordRouter::RecordRouter(RouterOptions options, ObservationSink& sink, const Clock& clock, Log& log)
    : options_(std::move(options)), sink_(sink), clock_(clock), log_(log) {}
RecordRouter::~RecordRouter() = default;

std::string RecordRouter::bind(const ParserBinding& binding) {
  std::vector<std::string> channels;
  for (std::uint64_t i = 0; i < binding.parser->channel_count; ++i) {
    std::string channel(text_of(binding.parser->channels[i]));
    if (by_channel_.count(channel) != 0) return channel;
    if (std::find(channels.begin(), channels.end(), channel) == channels.end())
      channels.push_back(std::move(channel));
  }
  parsers_.push_back(std::make_unique<Parser>());
  parsers_.back()->binding = binding;
  for (std::string& channel : channels) {
    auto route = std::make_unique<Route>(std::move(channel), *parsers_.back());
    agents_.insert(route->channel.substr(0, route->channel.find('/')));
    by_channel_.emplace(route->channel, route.get());
    routes_.push_back(std::move(route));
  }
  std::sort(routes_.begin(), routes_.end(),
            [](const auto& a, const auto& b) { return a->channel < b->channel; });
  return {};
}

void RecordRouter::set_borrowed(std::shared_ptr<const BorrowedHooks> borrowed) {
  const std::unique_lock lock(routes_mutex_);
  borrowed_ = std::move(borrowed);
}

std::shared_ptr<const BorrowedHooks> RecordRouter::borrowed() const {
  const std::shared_lock lock(routes_mutex_);
  return borrowed_;
}

RecordRouter::Route* RecordRouter::find(std::string_view channel) const {
  const std::shared_lock lock(routes_mutex_);
  const auto it = by_channel_.find(channel);
  return it == by_channel_.end() ? nullptr : it->second;
}

// The route of the parser that claims this channel for all agents.
RecordRouter::Route* RecordRouter::find_any(std::string_view channel) const {
  const std::size_t slash = channel.find('/');
  if (slash == std::string_view::npos) return nullptr;
  const std::string_view agent = channel.substr(0, slash);
  const bool is_agent =
      !agent.empty() && agent.size() <= kMaxAgentBytes &&
      agent.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  return is_agent && agents_.count(agent) == 0 ? find(std::string("*").append(channel.substr(slash)))
                                               : nullptr;
}

RecordRouter::Route& RecordRouter::add(std::string_view channel, Route& any) {
  const std::unique_lock lock(routes_mutex_);
  if (const auto it = by_channel_.find(channel); it != by_channel_.end()) return *it->second;
  if (routes_.size() >= kMaxRoutes) return any;
  auto route = std::make_unique<Route>(std::string(channel), *any.parser);
  Route& added = *route;
  by_channel_.emplace(added.channel, &added);
  routes_.insert(std::upper_bound(routes_.begin(), routes_.end(), added.channel,
                                  [](const std::string& name, const auto& r) { return name < r->channel; }),
                 std::move(route));
  return added;
}

std::string RecordRouter::owner(std::string_view channel) const {
  const Route* route = find(channel);
  return route == nullptr ? std::string() : route->parser->binding.id;
}

atm_status RecordRouter::record(const atm_record& record, atm_error* error) noexcept {
  try {
    if (record.size < offsetof(atm_record, context_count) + sizeof record.context_count) return ATM_E_INVALID;
    if (is_parsing) {
      say(error, "a parser passed a record to the host; only transports and sources may do so");
      return ATM_E_INVALID;
    }
    const auto hooks = borrowed();
    const std::string_view owner =
        hooks ? hooks->owner_of(text_of(record.channel), text_of(record.payload)) : std::string_view();
    if (owner.empty()) {
      const atm_status status = pass(record, error);
      if (status == ATM_E_NOT_FOUND) count(unrouted_);
      return status;
    }
    const std::string channel = std::string(owner).append("/hook");
    atm_record passed = record;
    passed.channel = str_of(channel);
    const atm_status status = pass(passed, error);
    if (status != ATM_E_NOT_FOUND) return status;
    if (Route* route = find(text_of(record.channel)); route != nullptr) {
      count(route->records);
      count(route->skipped);
    }
    return ATM_SKIP;
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

atm_status RecordRouter::pass(const atm_record& record, atm_error* error) {
  const std::string_view channel = text_of(record.channel);
  Route* route = find(channel);
  Route* const any = route == nullptr ? find_any(channel) : nullptr;
  if (route == nullptr && any == nullptr) {
    say(error, "no parser for channel '" + utf8_sanitize(utf8_cut(channel, 64)) +
                   "'; load the plugin that claims it");
    return ATM_E_NOT_FOUND;
  }
  thread_local std::vector<Observation> observations;  // keeps its memory
  observations.clear();
  Collector collector{record, options_, options_.observations_per_record, observations};
  const atm_status status = parse(route != nullptr ? *route : *any, record, collector, error);
  if (status == ATM_E_NOT_FOUND) return status;
  if (route == nullptr) route = &add(channel, *any);
  count(route->records);
  return status == ATM_OK ? deliver(*route, collector) : status;
}

atm_status RecordRouter::parse(Route& route, const atm_record& record, Collector& to, atm_error* error) {
  const ParserBinding& binding = route.parser->binding;
  const std::int64_t begin = clock_.monotonic_ns();
  if (!binding.breaker->admit(begin)) {
    count(route.paused);
    route.parser->refused_at_ns.store(clock_.wall_ns(), std::memory_order_relaxed);
    say(error, "plugin " + binding.id + " is paused after slow calls; see `atm plugins`");
    return ATM_E_PAUSED;  // not E_BUSY, which makes a sender retry at once
  }
  to.is_late = record.time_ns < route.parser->refused_at_ns.load(std::memory_order_relaxed);
  const CallTimer timer(begin);
  const Breaker::State before = binding.breaker->state();
  ErrorBuffer text;
  const atm_observation_sink sink{sizeof sink, 0, &to, &RecordRouter::emit};
  atm_status status = ATM_E_INTERNAL;
  try {
    const ParsingHere here;
    const CallScope scope(route.site);
    status = binding.parser->parse(binding.instance, &record, &sink, text.c());
  } catch (...) {
    say(text.c(), "an exception left the plugin");
  }
  const bool is_answer =
      status == ATM_OK || status == ATM_SKIP || status == ATM_E_INVALID || status == ATM_E_NOT_FOUND;
  const std::int64_t end = clock_.monotonic_ns();
  const bool is_slow = timer.is_slow(end, binding.breaker->options().slow_ns);
  if (is_slow) count(route.slow);
  binding.breaker->report({!is_answer, is_slow, end - begin}, end);
  if (before != Breaker::State::kOpen && binding.breaker->state() == Breaker::State::kOpen) {
    log_.write(LogLevel::kWarn, binding.id, "the parser is paused after slow calls",
               {{"channel", route.channel}, {"ms", (end - begin) / 1'000'000}});
  }
  if (status == ATM_OK || status == ATM_SKIP) return ATM_OK;
  const std::string sanitized = utf8_sanitize(text.view());
  const std::string what(utf8_cut(sanitized, kMaxErrorBytes));
  if (status == ATM_E_NOT_FOUND) return say(error, what), status;
  note_failure(route, status == ATM_E_INVALID, what);
  say(error, what);
  return status == ATM_E_INVALID ? ATM_E_INVALID : ATM_E_INTERNAL;
}

void RecordRouter::note_failure(Route& route, bool is_malformed, const std::string& text) {
  Counter& counter = is_malformed ? route.invalid : route.failed;
  const std::uint64_t number = counter.fetch_add(1, std::memory_order_relaxed) + 1;
  {
    const std::lock_guard lock(route.mutex);
    route.last_error = text;
    route.last_error_ns = clock_.wall_ns();
  }
  // The 1st, 2nd, 4th, 8th ... of its kind, so that a client with bad records does not fill the log.
  if (!std::has_single_bit(number)) return;
  log_.write(
      LogLevel::kWarn, route.parser->binding.id,
      is_malformed ? "a record is malformed and skipped" : "the parser failed on a record, which is skipped",
      {{"channel", route.channel}, {"count", number}, {"error", text}});
}

atm_status RecordRouter::deliver(Route& route, Collector& from) {
  if (from.malformed > 0) count(route.malformed, from.malformed);
  if (from.cut > 0) count(route.cut, from.cut);
  if (from.observations.empty()) {
    count(route.skipped);
    return ATM_SKIP;
  }
  for (const Observation& observation : from.observations) note(*route.parser, observation);
  const std::size_t observations = from.observations.size();
  const atm_status status = sink_.observe_all(std::move(from.observations));
  if (status == ATM_OK) {
    count(route.observations, observations);
  } else if (status == ATM_E_BUSY) {
    count(route.busy);
  }
  return status;
}

void RecordRouter::note(Parser& parser, const Observation& observation) {
  if (observation.type() == ObservationType::kStatusReported) {
    const std::string_view version = observation.text(Key::kVersion);
    if (version.empty()) return;
    const std::lock_guard lock(parser.mutex);
    if (parser.agent_version != version) parser.agent_version = version;
  } else if (observation.type() == ObservationType::kOther) {
    std::string version(observation.text(Key::kVersion));
    if (version.empty()) {
      const std::lock_guard lock(parser.mutex);
      version = parser.agent_version;
    }
    const std::lock_guard lock(unknown_mutex_);
    const auto is_same = [&](const UnknownType& known) {
      return known.type == observation.type_name() && known.agent == observation.agent() &&
             known.agent_version == version;
    };
    const auto it = std::find_if(unknown_.begin(), unknown_.end(), is_same);
    if (it != unknown_.end()) {
      ++it->count;
    } else if (unknown_.size() < kMaxUnknownTypes) {
      unknown_.push_back(
          {std::string(observation.type_name()), std::string(observation.agent()), version, 1});
    } else {
      ++unknown_others_;
    }
  }
}

atm_status RecordRouter::emit(void* self, const atm_observation* observation) {
  auto& to = *static_cast<Collector*>(self);
  try {
    if (to.observations.size() >= to.limit) return ++to.cut, ATM_E_FULL;
    constexpr std::size_t kLeast =
        offsetof(atm_observation, attr_count) + sizeof(atm_observation::attr_count);
    if (observation == nullptr || observation->size < kLeast) return ++to.malformed, ATM_E_INVALID;
    atm_observation from = *observation;
    from.origin = to.record.channel;  // the channel is the origin, independent of the parser
    if (from.time_ns == 0) from.time_ns = to.record.time_ns;
    const Relocated relocated(to.options, to.record, from);
    relocated.apply(from);
    std::vector<atm_attr> attrs;
    if (to.is_late && from.attr_count < Observation::kMaxAttributes) {
      attrs.reserve(from.attr_count + 1);
      attrs.assign(from.attrs, from.attrs + from.attr_count);
      attrs.push_back({str_of("late"), {ATM_VALUE_BOOL, 0, {1}}});
      from.attrs = attrs.data();
      from.attr_count = attrs.size();
    }
    Result<Observation> copy = Observation::copy(from);
    if (!copy) return ++to.malformed, ATM_E_INVALID;
    to.observations.push_back(std::move(*copy));
    return ATM_OK;
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

std::vector<ChannelStats> RecordRouter::channels() const {
  std::vector<ChannelStats> stats;
  const std::shared_lock routes_lock(routes_mutex_);
  for (const auto& r : routes_) {
    const std::lock_guard lock(r->mutex);
    stats.push_back({r->channel, r->parser->binding.id, value(r->records), value(r->observations),
                     value(r->skipped), value(r->invalid), value(r->failed), value(r->slow), value(r->paused),
                     value(r->busy), value(r->malformed), value(r->cut), r->last_error, r->last_error_ns,
                     &r->site});
  }
  return stats;
}

std::vector<UnknownType> RecordRouter::unknown_types() const {
  const std::lock_guard lock(unknown_mutex_);
  std::vector<UnknownType> types = unknown_;
  if (unknown_others_ > 0) types.push_back({"", "", "", unknown_others_});
  return types;
}

}  // namespace atm::kernel
