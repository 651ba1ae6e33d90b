// SPDX-License-Identifier: MIT
// One input of the registry (atm/iface/store.h) with its data, and its encodings.
#pragma once

#include <atm/iface/store.h>

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace atm::history {

/// std::monostate is the kind NONE.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct Input {
  std::uint32_t kind = ATM_STORED_OBSERVATION;
  std::uint64_t seq = 0;
  std::int64_t awake_ns = 0;
  std::int64_t arrived_ns = 0;  ///< Unix time at which the store got it
  std::int64_t time_ns = 0;     ///< Unix time of the observation
  std::string type;
  std::string session;
  std::string agent;
  std::string actor;
  std::string origin;
  std::string learnt;
  std::uint32_t from = 0;  ///< ATM_FROM_*
  std::int64_t from_pid = 0;
  std::uint64_t from_start_ticks = 0;
  std::uint64_t from_pid_ns = 0;
  std::vector<std::pair<std::string, Value>> attrs;

  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
  /// Empty, absent or false if the attribute is absent or of another kind.
  [[nodiscard]] std::string_view text(std::string_view key) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const noexcept;
  [[nodiscard]] bool flag(std::string_view key) const noexcept;

  /// Calls `use(const atm_stored&)` with the borrowed form.
  template <class Use>
  void lend(Use&& use) const {
    std::vector<atm_attr> list;
    atm_observation head{};
    atm_stored stored{};
    borrow(list, head, stored);
    use(stored);
  }

  friend bool operator==(const Input&, const Input&) = default;

 private:
  void borrow(std::vector<atm_attr>& list, atm_observation& head, atm_stored& stored) const;
};

/// Appends an input to a buffer in memory: a copy without a search, because the registry's thread waits for it.
void append_raw(std::string& to, const atm_stored& input, std::int64_t arrived_ns);
/// Reads the inputs of such a buffer, without a copy.
class RawReader final {
 public:
  /// The buffer outlives what was read.
  explicit RawReader(std::string_view bytes) noexcept : rest_(bytes) {}
  /// False: there is no further input.
  [[nodiscard]] bool next();
  /// Valid until next().
  [[nodiscard]] const atm_stored& input() const noexcept { return stored_; }
  [[nodiscard]] std::int64_t arrived_ns() const noexcept { return arrived_ns_; }
  /// A copy of input() without its attributes.
  [[nodiscard]] Input head() const;
  /// What next() has not read.
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
  std::vector<atm_attr> attrs_;
  atm_observation observation_{};
  atm_stored stored_{};
  std::int64_t arrived_ns_ = 0;
};
[[nodiscard]] std::vector<Input> read_raw(std::string_view bytes);
[[nodiscard]] std::size_t count_raw(std::string_view bytes) noexcept;

/// The rows of the file: a dictionary of all texts, then the inputs. Attribute keys are texts, so that the file outlives
/// the vocabulary.
[[nodiscard]] std::string encode(std::span<const Input> inputs);
/// Of the next `count` inputs of a buffer, which has as many. `first` and `last` are set to the first and last input,
/// without attributes.
[[nodiscard]] std::string encode(RawReader& from, std::size_t count, Input& first, Input& last);
/// Nothing if the bytes are malformed. The texts of a hostile file are bounded by its size.
[[nodiscard]] std::optional<std::vector<Input>> decode(std::string_view bytes);

/// FNV-1a, 64 bits.
[[nodiscard]] std::uint64_t hash(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ULL) noexcept;

/// zstd, level 1. expand() gives nothing for malformed bytes or more than 64 MiB.
[[nodiscard]] std::string compress(std::string_view bytes);
[[nodiscard]] std::optional<std::string> expand(std::string_view bytes);

}  // namespace atm::history
