// SPDX-License-Identifier: MIT
#include "observation.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/plugin/vocabulary.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "hook.hpp"

namespace manifest {

namespace json = atm::json;
using atm::Status;
using json::Value;

namespace {

constexpr std::size_t kMaxObservations = 256;
constexpr std::size_t kMaxAttributes = 96;
constexpr std::size_t kTypeBytes = 128;
constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr std::string_view kSeeRules = "see docs/specs/observations.md";
// The plugin host adds them.
constexpr std::string_view kReserved[] = {"late", "pid_ns"};

bool is_dotted_snake(std::string_view key) noexcept {
  return !key.empty() && key.size() <= 128 && key.front() >= 'a' && key.front() <= 'z' && key.back() != '.' &&
         key.find("..") == std::string_view::npos &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

/// Reads one observation; `fault` receives what was found and expected.
class Reader final {
 public:
  Reader(std::string_view agent, const atm::Record& record, const atm::ObservationSink& sink,
         atm::ErrorText& error)
      : agent_(agent), record_(record), sink_(sink), error_(error) {}

  Status read(const Value& from) {
    if (!from.IsObject()) return refuse_as(kind_of(&from), "an observation, a JSON object");
    const auto type = json::get_string(from, "type");
    if (!type || !is_type(*type))
      return refuse_as(type ? "type \"" + std::string(type->substr(0, 80)) + '"' : "no text as type",
                       "a type of the vocabulary, or one that begins with " + std::string(agent_) + '.');
    const auto session = json::get_string(from, "session_id");
    if (!session || session->empty() || session->size() > kMaxIdBytes)
      return refuse_as("no usable session_id", "text of 1 to 256 bytes");
    const Value* agent = json::find(from, "agent");
    if (agent != nullptr && (!agent->IsString() || json::text_of(*agent) != agent_))
      return refuse_as("another agent",
                       "no member agent, or \"" + std::string(agent_) + "\" as in the channel");
    const Value* actor = json::find(from, "actor");
    if (actor != nullptr && (!actor->IsString() || actor->GetStringLength() > kMaxIdBytes))
      return refuse_as("no usable actor", "text of at most 256 bytes");
    atm::ObservationHead head{*type,           *session,
                              agent_,          actor == nullptr ? std::string_view() : json::text_of(*actor),
                              record_.channel, record_.time_ns};
    atm::AttrList<kMaxAttributes> attrs;
    const Value* attributes = json::find(from, "attrs");
    if (attributes != nullptr && !attributes->IsObject())
      return refuse_as(std::string(kind_of(attributes)) + " as attrs", "an object");
    if (attributes != nullptr) {
      if (attributes->MemberCount() > kMaxAttributes)
        return refuse_as(std::to_string(attributes->MemberCount()) + " attributes", "at most 96");
      for (const auto& one : attributes->GetObject()) {
        if (const Status status = add(json::text_of(one.name), one.value, attrs); atm::to_c(status) < 0)
          return status;
      }
    }
    if (const Status status = read_time(from, attrs.view(), head.time_ns); atm::to_c(status) < 0)
      return status;
    if (const Status status = check_process(*type, attrs.view()); atm::to_c(status) < 0) return status;
    if (const Status bound = bind(head, attrs.view()); atm::to_c(bound) < 0) return bound;
    return sink_.emit(head, attrs.view());
  }

 private:
  Status refuse_as(std::string_view found, std::string_view wanted) {
    return refuse(error_, record_.channel, found, wanted, kSeeRules);
  }

  [[nodiscard]] bool is_type(std::string_view type) const {
    if (atm::is_agent_observation(type)) return true;
    const bool is_own =
        type.size() > agent_.size() + 1 && type.starts_with(agent_) && type[agent_.size()] == '.';
    return is_own && type.size() <= kTypeBytes && is_dotted_snake(type);
  }

  Status add(std::string_view key, const Value& value, atm::AttrList<kMaxAttributes>& to) {
    if (!is_dotted_snake(key))
      return refuse_as("attribute \"" + std::string(key.substr(0, 80)) + '"', "dotted snake case");
    if (std::find(std::begin(kReserved), std::end(kReserved), key) != std::end(kReserved))
      return refuse_as("attribute " + std::string(key), "an attribute of the agent");
    const std::uint32_t kind = atm::attribute_kind(key);
    const bool is_any = kind == ATM_VALUE_NONE;
    if (value.IsNull()) return Status::kOk;
    if (value.IsString() && (is_any || kind == ATM_VALUE_STR)) {
      to.add(key, json::text_of(value));
    } else if (value.IsBool() && (is_any || kind == ATM_VALUE_BOOL)) {
      to.add(key, value.GetBool());
    } else if (value.IsInt64() && (is_any || kind == ATM_VALUE_INT)) {
      to.add(key, std::int64_t{value.GetInt64()});
    } else if (value.IsNumber() && std::isfinite(value.GetDouble()) && (is_any || kind == ATM_VALUE_DOUBLE)) {
      to.add(key, value.GetDouble());
    } else {
      return refuse_as(std::string(kind_of(&value)) + " as " + std::string(key), atm::expected_kind(kind));
    }
    return Status::kOk;
  }

  /// An agent reports the present; only an observation with `recorded` may state an older time.
  Status read_time(const Value& from, atm::Attrs attrs, std::int64_t& time_ns) {
    const Value* time = json::find(from, "time");
    if (time == nullptr) return Status::kOk;
    const auto parsed = time->IsString() ? atm::parse_rfc3339(json::text_of(*time)) : std::nullopt;
    if (!parsed) return refuse_as(std::string(kind_of(time)) + " as time", "a time in the form of RFC 3339");
    const std::int64_t stated = parsed->time_since_epoch().count();
    const bool is_recorded = attrs.boolean("recorded").value_or(false);
    if (stated > record_.time_ns + kHour || (!is_recorded && stated < record_.time_ns - kHour))
      return refuse_as("a time more than an hour away",
                       "the time of the event; one of the past has recorded");
    time_ns = stated;
    return Status::kOk;
  }

  /// The record shows its process: an agent cannot report for another one.
  Status check_process(std::string_view type, atm::Attrs attrs) {
    if (attrs.find("pid") == nullptr) return Status::kOk;
    if (type != "process.bound" && type != "session.ended")
      return refuse_as("pid in " + std::string(type), "pid in process.bound or session.ended");
    const auto own = record_.context.integer("pid");
    if (own && attrs.integer("pid") != own)
      return refuse_as("pid " + std::to_string(attrs.integer("pid").value_or(0)),
                       std::to_string(*own) + ", the process of the record");
    return Status::kOk;
  }

  /// The process of the record, once for each of its sessions.
  Status bind(const atm::ObservationHead& head, atm::Attrs attrs) {
    const bool is_told = head.type == "process.bound" || head.type == "session.ended" ||
                         attrs.boolean("weak").value_or(false) ||
                         std::find(bound_.begin(), bound_.end(), head.session) != bound_.end();
    if (is_told) return Status::kOk;
    bound_.push_back(head.session);
    return emit_process_bound(record_.context, false, head, sink_);
  }

  const std::string_view agent_;
  const atm::Record& record_;
  const atm::ObservationSink& sink_;
  atm::ErrorText& error_;
  std::vector<std::string_view> bound_;
};

}  // namespace

Status parse_observations(std::string_view agent, const atm::Record& record, const Value& payload,
                          const atm::ObservationSink& sink, atm::ErrorText& error) {
  Reader reader(agent, record, sink, error);
  if (!payload.IsArray()) return reader.read(payload);
  if (payload.Size() > kMaxObservations)
    return refuse(error, record.channel, std::to_string(payload.Size()) + " observations", "at most 256",
                  "send them in several messages");
  for (const Value& one : payload.GetArray()) {
    if (const Status status = reader.read(one); atm::to_c(status) < 0) return status;
  }
  return payload.Empty() ? Status::kSkip : Status::kOk;
}

}  // namespace manifest
