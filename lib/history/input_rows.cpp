// SPDX-License-Identifier: MIT
// The rows of the file: inputs with a dictionary of their texts.
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "history/input.hpp"

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

}  // namespace

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
    if (i == 0) first = from.head();
    if (i + 1 == count) last = from.head();
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
