// SPDX-License-Identifier: MIT
#include "hook.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/domain/utf8.hpp>
#include <cmath>

namespace manifest {

namespace json = atm::json;
using atm::Status;
using json::Value;

namespace {

constexpr std::size_t kEventBytes = 96;
constexpr std::string_view kAsWritten = "send the standard input of the hook command, unchanged";

/// The attributes of one observation. Keys belong to the rules, texts to the payload.
class Attributes final {
 public:
  void add(const Attribute& from, const Value& payload) {
    if (from.verb == Verb::kPlus || from.verb == Verb::kMinus) return add_sum(from, payload);
    const Value* value = resolve(payload, from.at.front());
    if (value == nullptr) return;
    const bool is_taken = from.verb == Verb::kTake     ? take(from, *value)
                          : from.verb == Verb::kLength ? add_length(from, *value)
                                                       : add_count(from, *value);
    if (!is_taken) ++malformed_;
  }
  void add(const Fixed& fixed) {
    std::visit([&](const auto& value) { add_value(fixed.key, value); }, fixed.value);
  }
  void add_value(std::string_view key, const std::string& text) { list_.add(key, std::string_view(text)); }
  template <class T>
  void add_value(std::string_view key, T value) {
    list_.add(key, value);
  }
  void count_malformed() noexcept { ++malformed_; }
  [[nodiscard]] atm::Attrs finish() {
    if (malformed_ > 0) list_.add("malformed", malformed_);
    return list_.view();
  }

 private:
  bool take(const Attribute& from, const Value& value) {
    const bool is_any = from.kind == ATM_VALUE_NONE;
    if (value.IsString() && (is_any || from.kind == ATM_VALUE_STR)) {
      if (value.GetStringLength() > 0) list_.add(from.key, json::text_of(value));
      return true;
    }
    if (value.IsBool() && (is_any || from.kind == ATM_VALUE_BOOL)) {
      list_.add(from.key, value.GetBool());
      return true;
    }
    if (from.kind == ATM_VALUE_INT || (is_any && value.IsInt64())) {
      const auto count = json::to_count(value);
      list_.add(from.key, count);
      return count.has_value();
    }
    const bool is_number = value.IsNumber() && std::isfinite(value.GetDouble());
    if (!is_number || (!is_any && from.kind != ATM_VALUE_DOUBLE)) return false;
    list_.add(from.key, value.GetDouble());
    return true;
  }

  bool add_length(const Attribute& from, const Value& value) {
    if (value.IsArray()) {
      list_.add(from.key, static_cast<std::int64_t>(value.Size()));
    } else if (value.IsString()) {
      const std::string_view text = json::text_of(value);
      list_.add(from.key, static_cast<std::int64_t>(std::count_if(text.begin(), text.end(), [](char c) {
                  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                })));
    } else {
      return false;
    }
    return true;
  }

  bool add_count(const Attribute& from, const Value& value) {
    if (!value.IsArray()) return false;
    std::int64_t count = 0;
    for (const Value& one : value.GetArray()) {
      if (!one.IsObject()) {
        ++malformed_;
        continue;
      }
      const bool is_excepted = std::any_of(from.except.begin(), from.except.end(), [&](const auto& rule) {
        const auto text = json::get_string(one, rule.first);
        return text && std::find(rule.second.begin(), rule.second.end(), *text) != rule.second.end();
      });
      if (!is_excepted) ++count;
    }
    list_.add(from.key, count);
    return true;
  }

  /// The first count must be there; an absent further one is zero, because its agent omits it.
  void add_sum(const Attribute& from, const Value& payload) {
    std::int64_t sum = 0;
    bool is_first = true;
    bool is_any = false;
    for (const Pointer& pointer : from.at) {
      const Value* value = resolve(payload, pointer);
      const auto count = value == nullptr ? std::nullopt : json::to_count(*value);
      if (value != nullptr && !count) return count_malformed();
      if (from.verb == Verb::kMinus && is_first && !count) return;
      is_any = is_any || count.has_value();
      const std::int64_t by = count.value_or(0);
      const bool is_negative = from.verb == Verb::kMinus && !is_first;
      if (is_negative ? __builtin_sub_overflow(sum, by, &sum) : __builtin_add_overflow(sum, by, &sum))
        return count_malformed();
      is_first = false;
    }
    if (sum < 0) return count_malformed();
    if (is_any) list_.add(from.key, sum);
  }

  atm::AttrList<112> list_;
  std::int64_t malformed_ = 0;
};

bool holds(const Condition& condition, const Value& payload) {
  const Value* value = resolve(payload, condition.at);
  switch (condition.is) {
    case Condition::Is::kPresent:
      return value != nullptr;
    case Condition::Is::kAbsent:
      return value == nullptr;
    case Condition::Is::kText:
      break;
  }
  return value != nullptr && value->IsString() && json::text_of(*value) == condition.text;
}

/// The type of an event without a rule: "PreToolUse" of codex is "codex.pre_tool_use".
std::string own_type(std::string_view agent, std::string_view event) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_word = [&](char c) {
    return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  event = atm::utf8_cut(event, kEventBytes);
  std::string type = std::string(agent) + '.';
  const std::size_t begin = type.size();
  for (std::size_t i = 0; i < event.size(); ++i) {
    const char before = i > 0 ? event[i - 1] : '\0';
    const char after = i + 1 < event.size() ? event[i + 1] : '\0';
    const bool is_start = is_upper(event[i]) && ((is_word(before) && !is_upper(before)) ||
                                                 (is_word(after) && !is_upper(after) && after > '9'));
    if ((is_start || !is_word(event[i])) && type.size() > begin && type.back() != '_') type += '_';
    if (is_word(event[i])) type += is_upper(event[i]) ? static_cast<char>(event[i] - 'A' + 'a') : event[i];
  }
  while (type.size() > begin && type.back() == '_') type.pop_back();
  return type.size() == begin ? type + "unnamed" : type;
}

std::string_view text_at(const Value& payload, const Pointer& pointer, Attributes& attributes) {
  const Value* value = resolve(payload, pointer);
  if (value == nullptr) return {};
  if (value->IsString() && value->GetStringLength() <= kMaxIdBytes) return json::text_of(*value);
  attributes.count_malformed();
  return {};
}

/// The parts of the name, which a dot joins.
std::string name_of_event(const EventTable& table, const Value& payload) {
  std::string name;
  for (const Pointer& part : table.event) {
    const Value* value = resolve(payload, part);
    if (value == nullptr || !value->IsString() || value->GetStringLength() == 0) continue;
    if (!name.empty()) name += '.';
    name += json::text_of(*value);
  }
  return name;
}

/// A log of a subagent states how that subagent works, not how the main thread does.
bool is_of_main_thread(std::string_view type) noexcept {
  constexpr std::string_view kTypes[] = {"prompt.submitted", "turn.finished",      "session.started",
                                         "session.ended",    "compaction.started", "compaction.finished",
                                         "status.reported",  "state.reported"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

/// An absent time leaves the time of the record.
void read_time(const EventTable& table, const Value& payload, std::int64_t& time_ns, Attributes& attributes) {
  const Value* value = table.time ? resolve(payload, *table.time) : nullptr;
  if (value == nullptr) return;
  const auto parsed = value->IsString() ? atm::parse_rfc3339(json::text_of(*value)) : std::nullopt;
  if (!parsed) return attributes.count_malformed();
  // A log describes the past.
  time_ns = time_ns > 0 ? std::min(time_ns, parsed->time_since_epoch().count())
                        : parsed->time_since_epoch().count();
}

}  // namespace

std::string_view kind_of(const Value* value) noexcept {
  if (value == nullptr) return "nothing";
  if (value->IsObject()) return "an object";
  if (value->IsArray()) return "an array";
  if (value->IsString()) return value->GetStringLength() == 0 ? "empty text" : "text";
  return value->IsNumber() ? "a number" : value->IsBool() ? "true or false" : "null";
}

Status refuse(atm::ErrorText& error, std::string_view channel, std::string_view found,
              std::string_view wanted, std::string_view remedy) {
  std::string text(channel);
  text.append(": found ").append(found).append(", expected ").append(wanted);
  if (!remedy.empty()) text.append("; ").append(remedy);
  error.set(text);
  return Status::kInvalid;
}

Status emit_process_bound(atm::Attrs context, bool is_sole, const atm::ObservationHead& head,
                          const atm::ObservationSink& sink) {
  constexpr std::string_view kTerminal[] = {"tty", "tmux.pane", "tmux.socket", "host", "boot_id"};
  const auto pid = context.integer("pid");
  const auto start_ticks = context.integer("start_ticks");
  // A pid alone may be reused, so the start time is required.
  const bool is_known = pid && *pid > 0 && start_ticks && *start_ticks > 0;
  if (!is_known && context.text("tmux.pane").value_or("").empty()) return Status::kSkip;
  atm::AttrList<8> attrs;
  if (is_known) {
    attrs.add("pid", pid);
    attrs.add("start_ticks", start_ticks);
    if (is_sole) attrs.add("sole", true);
  }
  for (const std::string_view key : kTerminal) {
    const auto text = context.text(key);
    if (text && !text->empty()) attrs.add(key, text);
  }
  atm::ObservationHead bound = head;
  bound.type = "process.bound";
  bound.actor = {};
  return sink.emit(bound, attrs.view());
}

Status parse_event(std::string_view agent, const EventTable& table, bool is_log, const atm::Record& record,
                   const Value& payload, const atm::ObservationSink& sink, atm::ErrorText& error) {
  if (!payload.IsObject())
    return refuse(error, record.channel, kind_of(&payload), "one JSON object", kAsWritten);
  const Value* id = table.session ? resolve(payload, *table.session) : nullptr;
  std::string_view session = id != nullptr && id->IsString() ? json::text_of(*id) : std::string_view();
  // The source has read the session of a log from its first line, or knows it from a hook.
  if (is_log && session.empty()) session = record.context.text("session").value_or("");
  if (session.empty() || session.size() > kMaxIdBytes) {
    const std::string found =
        session.empty() ? std::string(kind_of(id)) : std::to_string(session.size()) + " bytes";
    const std::string place = table.session_text.empty() ? "in the context" : "at " + table.session_text;
    return refuse(error, record.channel, found + ' ' + place, "text of 1 to 256 bytes", kAsWritten);
  }
  std::string event = name_of_event(table, payload);
  if (event.empty()) event = record.context.text("event").value_or("");
  if (event.empty() && is_log) return Status::kSkip;
  if (event.empty())
    return refuse(error, record.channel, "no name of an event", "a name in the payload or the context",
                  "run atm-hook with --event");

  const auto rules = table.on.find(event);
  const Rule* rule = nullptr;
  if (rules != table.on.end()) {
    const auto fits = [&](const Rule& one) {
      return std::all_of(one.when.begin(), one.when.end(),
                         [&](const Condition& condition) { return holds(condition, payload); });
    };
    const auto found = std::find_if(rules->second.begin(), rules->second.end(), fits);
    if (found == rules->second.end() || found->is_skipped) return Status::kSkip;
    rule = &*found;
  } else if (is_log) {
    return Status::kSkip;  // most lines of a log describe no event
  }

  Attributes attributes;
  const std::string unknown = rule == nullptr ? own_type(agent, event) : std::string();
  atm::ObservationHead head{rule == nullptr ? std::string_view(unknown) : std::string_view(rule->type),
                            session,
                            agent,
                            {},
                            record.channel,
                            record.time_ns};
  const std::optional<Pointer>& actor = rule != nullptr && rule->actor ? rule->actor : table.actor;
  if (actor && !actor->empty()) head.actor = text_at(payload, *actor, attributes);
  if (is_log) {
    if (!actor) head.actor = record.context.text("actor").value_or("");
    if (!head.actor.empty() && is_of_main_thread(head.type)) return Status::kSkip;
    read_time(table, payload, head.time_ns, attributes);
    attributes.add_value("recorded", true);
  }
  const Binding binding = rule == nullptr ? Binding::kShared : rule->binding;
  // The process that has a log open is known when its session is found.
  if (binding != Binding::kNone && (!is_log || head.type == "session.started")) {
    const bool is_sole = binding == Binding::kSole && head.actor.empty();
    const Status bound = emit_process_bound(record.context, is_sole, head, sink);
    if (atm::to_c(bound) < 0) return bound;
  }
  for (const Attribute& attribute : table.always) attributes.add(attribute, payload);
  if (rule == nullptr) {
    attributes.add_value("event", event);
    attributes.add_value("unknown", true);
  } else {
    for (const Fixed& fixed : rule->set) attributes.add(fixed);
    for (const Attribute& attribute : rule->attributes) attributes.add(attribute, payload);
  }
  // The end of a session names its process, so that an end in another process is recognised.
  if (head.type == "session.ended" && record.context.integer("start_ticks")) {
    attributes.add_value("pid", record.context.integer("pid"));
    attributes.add_value("start_ticks", record.context.integer("start_ticks"));
  }
  return sink.emit(head, attributes.finish());
}

}  // namespace manifest
