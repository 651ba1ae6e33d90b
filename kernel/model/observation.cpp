// SPDX-License-Identifier: MIT
#include "kernel/model/observation.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/utf8.hpp>
#include <cmath>
#include <cstring>
#include <forward_list>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace atm::kernel {
namespace {

constexpr std::size_t kEnvelope = sizeof(atm_observation);
static_assert(kEnvelope % alignof(atm_attr) == 0);

std::string quoted(std::string_view text) {
  return '\'' + std::string(utf8_cut(utf8_sanitize(text), 64)) + '\'';
}

struct Name {
  const char* field;
  atm_str atm_observation::*text;
  bool required;
};
constexpr std::array<Name, 5> kNames{{{"type", &atm_observation::type, true},
                                      {"session", &atm_observation::session, true},
                                      {"agent", &atm_observation::agent, false},
                                      {"actor", &atm_observation::actor, false},
                                      {"origin", &atm_observation::origin, false}}};

std::string check(const atm_observation& from) {
  for (const Name& name : kNames) {
    const atm_str text = from.*name.text;
    if (text.size > Observation::kMaxNameBytes || (name.required && text.size == 0)) {
      return std::string("observation has a ") + name.field + " of " + std::to_string(text.size) +
             " bytes, expected " + (name.required ? "1" : "0") + " to " +
             std::to_string(Observation::kMaxNameBytes);
    }
  }
  if (from.attr_count > Observation::kMaxAttributes) {
    return "observation " + quoted(text_of(from.type)) + " has " + std::to_string(from.attr_count) +
           " attributes, expected at most " + std::to_string(Observation::kMaxAttributes);
  }
  for (std::uint64_t i = 0; i < from.attr_count; ++i) {
    const atm_attr& attr = from.attrs[i];
    if (attr.key.size == 0 || attr.key.size > Observation::kMaxKeyBytes) {
      return "observation " + quoted(text_of(from.type)) + " has a key of " + std::to_string(attr.key.size) +
             " bytes, expected 1 to " + std::to_string(Observation::kMaxKeyBytes);
    }
    if (attr.value.kind > ATM_VALUE_STR) {
      return "attribute " + quoted(text_of(attr.key)) + " has a value of kind " +
             std::to_string(attr.value.kind) + ", expected 0 to " + std::to_string(ATM_VALUE_STR);
    }
  }
  return {};
}

/// The texts of an observation in storage order, cut to size and converted to valid UTF-8. The keys of the vocabulary are
/// not among them.
class Texts {
 public:
  explicit Texts(const atm_observation& from) {
    for (const Name& name : kNames) add(text_of(from.*name.text), Observation::kMaxNameBytes);
    for (std::uint64_t i = 0; i < from.attr_count; ++i) {
      const atm_attr& attr = from.attrs[i];
      const KnownKey known = known_key(text_of(attr.key));
      keys_[i] = known.key;
      key_names_[i] = str_of(known.name);
      if (known.key == Key::kOther) add(text_of(attr.key), Observation::kMaxKeyBytes);
      if (attr.value.kind == ATM_VALUE_STR) add(text_of(attr.value.as.s), Observation::kMaxTextBytes);
    }
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] Key key(std::size_t index) const noexcept { return keys_[index]; }

  /// Copies the next text to `at` and advances it.
  atm_str lay_out(char*& at) noexcept {
    const atm_str text = texts_[next_++];
    if (text.size != 0) std::memcpy(at, text.data, text.size);
    return {std::exchange(at, at + text.size), text.size};
  }
  /// The same for the key of an attribute, unless it is in the vocabulary.
  atm_str lay_out_key(std::size_t index, char*& at) noexcept {
    return keys_[index] == Key::kOther ? lay_out(at) : key_names_[index];
  }

 private:
  void add(std::string_view text, std::size_t max_bytes) {
    text = utf8_cut(text, max_bytes);
    if (!utf8_valid(text)) text = utf8_cut(mended_.emplace_front(utf8_sanitize(text)), max_bytes);
    texts_[count_++] = str_of(text);
    bytes_ += text.size();
  }

  std::array<atm_str, kNames.size() + 2 * Observation::kMaxAttributes>
      texts_;  // the first count_ entries are set
  // The entries of the attributes are set.
  std::array<Key, Observation::kMaxAttributes> keys_;
  std::array<atm_str, Observation::kMaxAttributes> key_names_;
  std::forward_list<std::string> mended_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::size_t bytes_ = 0;
};

struct Blocks {
  Blocks() = default;
  ~Blocks() { clear(); }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  void clear() noexcept {
    for (const std::byte* block : list) delete[] block;
    list.clear();
  }

  std::vector<std::byte*> list;
};

/// Blocks of one size. One thread allocates an observation and another one frees it: with malloc, both would wait for
/// the lock of the same arena. These blocks go back to the threads that produce observations, several at once.
class BlockPool {
 public:
  explicit BlockPool(std::size_t bytes) : bytes_(bytes) { returned_.list.reserve(kMost); }

  /// `own`: blocks of the calling thread.
  [[nodiscard]] std::byte* take(Blocks& own) {
    if (own.list.empty()) refill(own.list);
    if (own.list.empty()) return new std::byte[bytes_];
    std::byte* const block = own.list.back();
    own.list.pop_back();
    return block;
  }
  void give(std::byte* block) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (returned_.list.size() < kMost) return returned_.list.push_back(block);
    }
    delete[] block;
  }
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    returned_.clear();
  }

 private:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kRefill = 16;

  void refill(std::vector<std::byte*>& own) {
    own.reserve(kRefill);
    const std::lock_guard lock(mutex_);
    auto& from = returned_.list;
    const auto first = from.end() - static_cast<std::ptrdiff_t>(std::min(from.size(), kRefill));
    own.assign(first, from.end());
    from.erase(first, from.end());
  }

  const std::size_t bytes_;
  std::mutex mutex_;  // guards returned_
  Blocks returned_;
};

constexpr std::array<std::size_t, 4> kBlockBytes{512, 1024, 2048, 4096};

using Pools = std::array<BlockPool, kBlockBytes.size()>;

// Never destroyed: an observation of a static object may outlive the statics of this file.
Pools& pools() {
  static auto* const all = new Pools{BlockPool(kBlockBytes[0]), BlockPool(kBlockBytes[1]),
                                     BlockPool(kBlockBytes[2]), BlockPool(kBlockBytes[3])};
  return *all;
}

std::byte* take_block(std::size_t size_class) {
  thread_local std::array<Blocks, kBlockBytes.size()> own;
  return pools()[size_class].take(own[size_class]);
}

}  // namespace

void Observation::Free::operator()(std::byte* block) const noexcept {
  if (size_class < kBlockBytes.size()) return pools()[size_class].give(block);
  delete[] block;
}

void Observation::trim_memory() noexcept {
  for (BlockPool& pool : pools()) pool.trim();
}

Observation::Block Observation::allocate(std::size_t bytes) {
  std::size_t size_class = 0;
  while (size_class < kBlockBytes.size() && bytes > kBlockBytes[size_class]) ++size_class;
  std::byte* const block = size_class < kBlockBytes.size() ? take_block(size_class) : new std::byte[bytes];
  return {block, Free{size_class}};
}

Result<Observation> Observation::copy(const atm_observation& from) {
  if (std::string wrong = check(from); !wrong.empty())
    return Error{ErrorCode::kInvalidField, std::move(wrong)};

  const std::size_t count = from.attr_count;
  Texts texts(from);
  const std::size_t keys_at = kEnvelope + count * sizeof(atm_attr);
  const std::size_t texts_at = keys_at + count * sizeof(Key);
  Observation to;
  to.block_ = allocate(texts_at + texts.bytes());
  auto* envelope = new (to.block_.get()) atm_observation{};
  auto* attrs = reinterpret_cast<atm_attr*>(to.block_.get() + kEnvelope);
  auto* keys = reinterpret_cast<Key*>(to.block_.get() + keys_at);
  auto* text_at = reinterpret_cast<char*>(to.block_.get() + texts_at);

  envelope->size = sizeof(atm_observation);
  envelope->time_ns = from.time_ns;
  envelope->attrs = attrs;
  envelope->attr_count = count;
  for (const Name& name : kNames) envelope->*name.text = texts.lay_out(text_at);
  for (std::size_t i = 0; i < count; ++i) {
    auto* attr = new (attrs + i) atm_attr{texts.lay_out_key(i, text_at), from.attrs[i].value};
    new (keys + i) Key(texts.key(i));
    attr->value.reserved = 0;
    if (attr->value.kind == ATM_VALUE_STR) attr->value.as.s = texts.lay_out(text_at);
    if (attr->value.kind == ATM_VALUE_BOOL) attr->value.as.i = attr->value.as.i != 0 ? 1 : 0;
    if (attr->value.kind == ATM_VALUE_DOUBLE && !std::isfinite(attr->value.as.d))
      attr->value.kind = ATM_VALUE_NONE;
  }
  to.keys_ = keys;
  to.type_ = observation_type(text_of(envelope->type));
  return to;
}

const atm_observation& Observation::view() const noexcept {
  return *std::launder(reinterpret_cast<const atm_observation*>(block_.get()));
}

const atm_value* Observation::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (text_of(attr(i).key) == name) return &attr(i).value;
  }
  return nullptr;
}

const atm_value* Observation::find(Key wanted) const noexcept {
  const auto* at = std::find(keys_, keys_ + size(), wanted);
  return at == keys_ + size() ? nullptr : &attr(static_cast<std::size_t>(at - keys_)).value;
}

std::string_view Observation::text(Key wanted) const noexcept {
  const atm_value* value = find(wanted);
  return value != nullptr && value->kind == ATM_VALUE_STR ? text_of(value->as.s) : std::string_view{};
}

std::optional<std::int64_t> Observation::integer(Key wanted) const noexcept {
  const atm_value* value = find(wanted);
  if (value == nullptr || value->kind != ATM_VALUE_INT) return std::nullopt;
  return value->as.i;
}

bool Observation::flag(Key wanted) const noexcept {
  const atm_value* value = find(wanted);
  return value != nullptr && value->kind == ATM_VALUE_BOOL && value->as.i != 0;
}

}  // namespace atm::kernel
