// SPDX-License-Identifier: MIT
#include "history/input.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

namespace atm::history {
namespace {

constexpr std::size_t kMaxExpanded = std::size_t{64} << 20;
constexpr std::uint64_t kRowsVersion = 1;
constexpr int kLevel = 1;  // of zstd: level 3 makes a chunk a tenth smaller and takes twice as long

std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
// Differences of hostile numbers may wrap.
std::int64_t minus(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

void put(std::string& to, std::uint64_t value) {
  while (value >= 0x80) {
    to.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<char>(value));
}
void put_double(std::string& to, double value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  to.append(raw, sizeof raw);
}

/// Reads numbers and texts; after the end or a malformed number every result is 0 or empty and is_good() is false.
class Cursor final {
 public:
  explicit Cursor(std::string_view bytes) noexcept : rest_(bytes) {}
  [[nodiscard]] bool is_good() const noexcept { return is_good_; }
  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    is_good_ = false;
    return 0;
  }
  std::int64_t signed_number() noexcept { return unzigzag(number()); }
  std::string_view bytes(std::uint64_t size) noexcept {
    if (size > rest_.size()) {
      is_good_ = false;
      return {};
    }
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }
  double real() noexcept {
    double value = 0;
    const std::string_view raw = bytes(sizeof value);
    if (raw.size() == sizeof value) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

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

/// Numbers the texts of a chunk in the order of their first use.
class Dictionary final {
 public:
  /// `text` outlives the dictionary.
  std::uint64_t number_of(std::string_view text) {
    // Few texts are frequent, and comparing one costs less than hashing it.
    Recent& recent = recent_[slot_of(text)];
    if (recent.is_set && recent.text == text) return recent.number;
    const auto [at, is_new] = numbers_.try_emplace(text, order_.size());
    if (is_new) order_.push_back(text);
    recent = {at->first, at->second, true};
    return at->second;
  }
  void write(std::string& to) const {
    put(to, order_.size());
    for (const std::string_view text : order_) {
      put(to, text.size());
      to += text;
    }
  }

 private:
  struct Recent {
    std::string_view text;
    std::uint64_t number = 0;
    bool is_set = false;
  };
  static constexpr std::size_t kSlots = 256;

  static std::size_t slot_of(std::string_view text) noexcept {
    if (text.empty()) return 0;
    std::uint64_t end = 0;
    const std::size_t size = std::min(text.size(), sizeof end);
    std::memcpy(&end, text.data() + (text.size() - size), size);
    return static_cast<std::size_t>((end * 0x9e3779b97f4a7c15ULL >> 56) ^ text.size()) % kSlots;
  }

  std::array<Recent, kSlots> recent_{};
  std::unordered_map<std::string_view, std::uint64_t> numbers_;
  std::vector<std::string_view> order_;
};

enum ValueKind : std::uint64_t { kNone = 0, kFalse = 1, kTrue = 2, kInteger = 3, kReal = 4, kText = 5 };

/// Adds inputs to the rows of a chunk; the texts of the inputs outlive it.
class Encoder final {
 public:
  void add(const atm_stored& one, std::int64_t arrived_ns) {
    const atm_observation& o = *one.observation;
    const auto seq = static_cast<std::int64_t>(one.seq);
    put(rows_, one.kind);
    put(rows_, zigzag(minus(seq, seq_)));
    put(rows_, zigzag(minus(one.awake_ns, awake_ns_)));
    put(rows_, zigzag(minus(arrived_ns, arrived_ns_)));
    put(rows_, o.time_ns == 0 ? 0 : zigzag(minus(arrived_ns, o.time_ns)) + 1);
    for (const atm_str& text : {o.type, o.session, o.agent, o.actor, o.origin, one.learnt})
      put(rows_, words_.number_of(to_view(text)));
    put(rows_, one.from);
    if ((one.from & ATM_FROM_PID) != 0) put(rows_, zigzag(one.from_pid));
    if ((one.from & ATM_FROM_START_TICKS) != 0) put(rows_, one.from_start_ticks);
    if ((one.from & ATM_FROM_PID_NS) != 0) put(rows_, one.from_pid_ns);
    put(rows_, o.attr_count);
    for (std::uint64_t i = 0; i < o.attr_count; ++i) {
      put(rows_, words_.number_of(to_view(o.attrs[i].key)));
      add(o.attrs[i].value);
    }
    seq_ = seq;
    awake_ns_ = one.awake_ns;
    arrived_ns_ = arrived_ns;
    ++count_;
  }
  [[nodiscard]] std::string bytes() const {
    std::string bytes;
    put(bytes, kRowsVersion);
    words_.write(bytes);
    put(bytes, count_);
    return bytes + rows_;
  }

 private:
  void add(const atm_value& value) {
    switch (value.kind) {
      case ATM_VALUE_BOOL:
        return put(rows_, value.as.i != 0 ? kTrue : kFalse);
      case ATM_VALUE_INT:
        put(rows_, kInteger);
        return put(rows_, zigzag(value.as.i));
      case ATM_VALUE_DOUBLE:
        put(rows_, kReal);
        return put_double(rows_, value.as.d);
      case ATM_VALUE_STR:
        put(rows_, kText);
        return put(rows_, words_.number_of(to_view(value.as.s)));
      default:
        return put(rows_, kNone);
    }
  }

  Dictionary words_;
  std::string rows_;
  std::int64_t seq_ = 0;
  std::int64_t awake_ns_ = 0;
  std::int64_t arrived_ns_ = 0;
  std::uint64_t count_ = 0;
};

/// Without attributes.
Input input_of(const atm_stored& one, std::int64_t arrived_ns) {
  const atm_observation& o = *one.observation;
  Input input;
  input.kind = one.kind;
  input.seq = one.seq;
  input.awake_ns = one.awake_ns;
  input.arrived_ns = arrived_ns;
  input.time_ns = o.time_ns;
  input.type = to_view(o.type);
  input.session = to_view(o.session);
  input.agent = to_view(o.agent);
  input.actor = to_view(o.actor);
  input.origin = to_view(o.origin);
  input.learnt = to_view(one.learnt);
  input.from = one.from;
  input.from_pid = one.from_pid;
  input.from_start_ticks = one.from_start_ticks;
  input.from_pid_ns = one.from_pid_ns;
  return input;
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

std::vector<Input> read_raw(std::string_view bytes) {
  std::vector<Input> all;
  RawReader reader(bytes);
  while (reader.next()) {
    Input& input = all.emplace_back(input_of(reader.input(), reader.arrived_ns()));
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

std::string encode(std::span<const Input> inputs) {
  Encoder encoder;
  for (const Input& one : inputs)
    one.lend([&](const atm_stored& lent) { encoder.add(lent, one.arrived_ns); });
  return encoder.bytes();
}

std::string encode(RawReader& from, std::size_t count, Input& first, Input& last) {
  Encoder encoder;
  for (std::size_t i = 0; i < count && from.next(); ++i) {
    encoder.add(from.input(), from.arrived_ns());
    if (i == 0) first = input_of(from.input(), from.arrived_ns());
    if (i + 1 == count) last = input_of(from.input(), from.arrived_ns());
  }
  return encoder.bytes();
}

std::optional<std::vector<Input>> decode(std::string_view bytes) {
  Cursor from(bytes);
  if (from.number() != kRowsVersion) return std::nullopt;
  const std::uint64_t word_count = from.number();
  if (!from.is_good() || word_count > from.left()) return std::nullopt;
  std::vector<std::string_view> words;
  words.reserve(word_count);
  for (std::uint64_t i = 0; i < word_count && from.is_good(); ++i) words.push_back(from.bytes(from.number()));
  bool is_known = true;
  const auto word = [&] {
    const std::uint64_t number = from.number();
    is_known = is_known && number < words.size();
    return is_known ? std::string(words[number]) : std::string();
  };
  const std::uint64_t count = from.number();
  if (!from.is_good() || count > from.left()) return std::nullopt;
  std::vector<Input> all;
  all.reserve(count);
  Input before;
  for (std::uint64_t i = 0; i < count && from.is_good() && is_known; ++i) {
    Input& one = all.emplace_back();
    one.kind = static_cast<std::uint32_t>(from.number());
    one.seq = static_cast<std::uint64_t>(plus(static_cast<std::int64_t>(before.seq), from.signed_number()));
    one.awake_ns = plus(before.awake_ns, from.signed_number());
    one.arrived_ns = plus(before.arrived_ns, from.signed_number());
    const std::uint64_t behind = from.number();
    one.time_ns = behind == 0 ? 0 : minus(one.arrived_ns, unzigzag(behind - 1));
    for (std::string* text : {&one.type, &one.session, &one.agent, &one.actor, &one.origin, &one.learnt})
      *text = word();
    one.from = static_cast<std::uint32_t>(from.number());
    if ((one.from & ATM_FROM_PID) != 0) one.from_pid = from.signed_number();
    if ((one.from & ATM_FROM_START_TICKS) != 0) one.from_start_ticks = from.number();
    if ((one.from & ATM_FROM_PID_NS) != 0) one.from_pid_ns = from.number();
    const std::uint64_t attr_count = from.number();
    if (attr_count > from.left()) return std::nullopt;
    for (std::uint64_t a = 0; a < attr_count && from.is_good() && is_known; ++a) {
      auto& [key, value] = one.attrs.emplace_back(word(), Value{});
      switch (from.number()) {
        case kNone:
          break;
        case kFalse:
          value = false;
          break;
        case kTrue:
          value = true;
          break;
        case kInteger:
          value = from.signed_number();
          break;
        case kReal:
          value = from.real();
          break;
        case kText:
          value = word();
          break;
        default:
          return std::nullopt;
      }
    }
    before.seq = one.seq;
    before.awake_ns = one.awake_ns;
    before.arrived_ns = one.arrived_ns;
  }
  if (!from.is_good() || !is_known || !from.is_at_end()) return std::nullopt;
  return all;
}

std::uint64_t hash(std::string_view bytes, std::uint64_t seed) noexcept {
  for (const char c : bytes) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return seed;
}

std::string compress(std::string_view bytes) {
  std::string to(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(to.data(), to.size(), bytes.data(), bytes.size(), kLevel);
  // Only a lack of memory fails here: the buffer has the size that the library wants.
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();
  to.resize(size);
  return to;
}

std::optional<std::string> expand(std::string_view bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kMaxExpanded)
    return std::nullopt;
  std::string to(size, '\0');
  const std::size_t got = ZSTD_decompress(to.data(), to.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != size) return std::nullopt;
  return to;
}

}  // namespace atm::history
