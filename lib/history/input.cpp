// SPDX-License-Identifier: MIT
#include "history/input.hpp"

#include <cstring>

namespace atm::history {
namespace {

/// The head of the raw form; texts and attributes follow it.
struct RawHead {
  std::uint32_t size;  ///< of head, texts and attributes
  std::uint32_t kind;
  std::uint64_t seq;
  std::int64_t awake_ns;
  std::int64_t arrived_ns;
  std::int64_t time_ns;
  std::uint32_t from;
  std::uint32_t attr_count;
  std::int64_t from_pid;
  std::uint64_t from_start_ticks;
  std::uint64_t from_pid_ns;
  std::uint32_t text_sizes[6];
};

struct RawAttr {
  std::uint32_t key_size;
  std::uint32_t kind;
  std::uint64_t bits;  ///< the number, or the size of the text
};

template <class T>
T take(std::string_view& from) noexcept {
  T value;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return value;
}
atm_str take_text(std::string_view& from, std::size_t size) noexcept {
  const std::string_view text = from.substr(0, size);
  from.remove_prefix(size);
  return to_c(text);
}

Value value_of(const atm_value& from) {
  switch (from.kind) {
    case ATM_VALUE_BOOL:
      return from.as.i != 0;
    case ATM_VALUE_INT:
      return from.as.i;
    case ATM_VALUE_DOUBLE:
      return from.as.d;
    case ATM_VALUE_STR:
      return std::string(to_view(from.as.s));
    default:
      return {};
  }
}

}  // namespace

const Value* Input::find(std::string_view key) const noexcept {
  for (const auto& [name, value] : attrs) {
    if (name == key) return &value;
  }
  return nullptr;
}
std::string_view Input::text(std::string_view key) const noexcept {
  const auto* text = std::get_if<std::string>(find(key));
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}
std::optional<std::int64_t> Input::integer(std::string_view key) const noexcept {
  const auto* number = std::get_if<std::int64_t>(find(key));
  return number == nullptr ? std::nullopt : std::optional(*number);
}
bool Input::flag(std::string_view key) const noexcept {
  const auto* flag = std::get_if<bool>(find(key));
  return flag != nullptr && *flag;
}

void Input::borrow(std::vector<atm_attr>& list, atm_observation& head, atm_stored& stored) const {
  list.reserve(attrs.size());
  for (const auto& [key, value] : attrs) {
    atm_attr& one = list.emplace_back(atm_attr{to_c(key), {ATM_VALUE_NONE, 0, {0}}});
    if (const auto* b = std::get_if<bool>(&value)) one.value = attr(key, *b).value;
    if (const auto* i = std::get_if<std::int64_t>(&value)) one.value = attr(key, *i).value;
    if (const auto* d = std::get_if<double>(&value)) one.value = attr(key, *d).value;
    if (const auto* s = std::get_if<std::string>(&value)) one.value = attr(key, std::string_view(*s)).value;
  }
  head = {sizeof head, 0,           time_ns,      to_c(type),  to_c(session),
          to_c(agent), to_c(actor), to_c(origin), list.data(), list.size()};
  stored.size = sizeof stored;
  stored.kind = kind;
  stored.seq = seq;
  stored.awake_ns = awake_ns;
  stored.observation = &head;
  stored.learnt = to_c(learnt);
  stored.from = from;
  stored.from_pid = from_pid;
  stored.from_start_ticks = from_start_ticks;
  stored.from_pid_ns = from_pid_ns;
}

void append_raw(std::string& to, const atm_stored& input, std::int64_t arrived_ns) {
  const atm_observation& o = *input.observation;
  const atm_str texts[6] = {o.type, o.session, o.agent, o.actor, o.origin, input.learnt};
  RawHead head{};
  head.kind = input.kind;
  head.seq = input.seq;
  head.awake_ns = input.awake_ns;
  head.arrived_ns = arrived_ns;
  head.time_ns = o.time_ns;
  head.from = input.from;
  head.attr_count = static_cast<std::uint32_t>(o.attr_count);
  head.from_pid = input.from_pid;
  head.from_start_ticks = input.from_start_ticks;
  head.from_pid_ns = input.from_pid_ns;
  for (std::size_t i = 0; i < 6; ++i) head.text_sizes[i] = static_cast<std::uint32_t>(texts[i].size);
  const std::size_t begin = to.size();
  to.append(reinterpret_cast<const char*>(&head), sizeof head);
  for (const atm_str& text : texts) to.append(text.data, text.size);
  for (std::uint64_t i = 0; i < o.attr_count; ++i) {
    const atm_attr& from = o.attrs[i];
    RawAttr raw{static_cast<std::uint32_t>(from.key.size), from.value.kind, 0};
    const bool is_text = from.value.kind == ATM_VALUE_STR;
    if (is_text) {
      raw.bits = from.value.as.s.size;
    } else {
      std::memcpy(&raw.bits, &from.value.as.i, sizeof raw.bits);
    }
    to.append(reinterpret_cast<const char*>(&raw), sizeof raw);
    to.append(from.key.data, from.key.size);
    if (is_text) to.append(from.value.as.s.data, from.value.as.s.size);
  }
  head.size = static_cast<std::uint32_t>(to.size() - begin);
  std::memcpy(to.data() + begin, &head, sizeof head);
}

bool RawReader::next() {
  if (rest_.empty()) return false;
  const auto head = take<RawHead>(rest_);
  const auto text = [this](std::size_t size) { return take_text(rest_, size); };
  observation_.size = sizeof observation_;
  observation_.time_ns = head.time_ns;
  observation_.type = text(head.text_sizes[0]);
  observation_.session = text(head.text_sizes[1]);
  observation_.agent = text(head.text_sizes[2]);
  observation_.actor = text(head.text_sizes[3]);
  observation_.origin = text(head.text_sizes[4]);
  stored_ = {sizeof stored_,           head.kind, head.seq, head.awake_ns, &observation_,
             text(head.text_sizes[5]), head.from, 0,        head.from_pid, head.from_start_ticks,
             head.from_pid_ns};
  arrived_ns_ = head.arrived_ns;
  attrs_.clear();
  for (std::uint32_t i = 0; i < head.attr_count; ++i) {
    const auto raw = take<RawAttr>(rest_);
    atm_attr one{text(raw.key_size), {raw.kind, 0, {0}}};
    if (raw.kind == ATM_VALUE_STR) {
      one.value.as.s = text(raw.bits);
    } else {
      std::memcpy(&one.value.as.i, &raw.bits, sizeof raw.bits);
    }
    attrs_.push_back(one);
  }
  observation_.attrs = attrs_.data();
  observation_.attr_count = attrs_.size();
  return true;
}

Input RawReader::head() const {
  const atm_observation& o = *stored_.observation;
  Input input;
  input.kind = stored_.kind;
  input.seq = stored_.seq;
  input.awake_ns = stored_.awake_ns;
  input.arrived_ns = arrived_ns_;
  input.time_ns = o.time_ns;
  input.type = to_view(o.type);
  input.session = to_view(o.session);
  input.agent = to_view(o.agent);
  input.actor = to_view(o.actor);
  input.origin = to_view(o.origin);
  input.learnt = to_view(stored_.learnt);
  input.from = stored_.from;
  input.from_pid = stored_.from_pid;
  input.from_start_ticks = stored_.from_start_ticks;
  input.from_pid_ns = stored_.from_pid_ns;
  return input;
}

std::vector<Input> read_raw(std::string_view bytes) {
  std::vector<Input> all;
  RawReader reader(bytes);
  while (reader.next()) {
    Input& input = all.emplace_back(reader.head());
    const atm_observation& o = *reader.input().observation;
    input.attrs.reserve(o.attr_count);
    for (std::uint64_t i = 0; i < o.attr_count; ++i)
      input.attrs.emplace_back(to_view(o.attrs[i].key), value_of(o.attrs[i].value));
  }
  return all;
}

std::size_t count_raw(std::string_view bytes) noexcept {
  std::size_t count = 0;
  for (; !bytes.empty(); ++count) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(size);
  }
  return count;
}

}  // namespace atm::history
