// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "kernel/model/vocabulary.hpp"

namespace atm::kernel {

[[nodiscard]] inline std::string_view text_of(atm_str text) noexcept {
  return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}
[[nodiscard]] inline atm_str str_of(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

/// An observation that owns its data. An atm_observation is borrowed for one call, and the registry folds it later on
/// another thread. The producer stores envelope, attributes, texts and key numbers in one allocation, so that the
/// registry neither allocates nor compares names.
class Observation final {
 public:
  static constexpr std::size_t kMaxAttributes = 128;
  static constexpr std::size_t kMaxKeyBytes = 128;
  static constexpr std::size_t kMaxTextBytes = 4096;
  static constexpr std::size_t kMaxNameBytes = 256;  ///< session, type, agent, actor, origin

  /// Copies `from`. Cuts texts at kMaxTextBytes on a character boundary; replaces bytes that are not UTF-8 by U+FFFD
  /// and numbers that are not finite by NONE. kInvalidField for an empty or over-long session (256 bytes), a missing
  /// type, an over-long name or key, too many attributes, or a value of unknown kind. [any]
  [[nodiscard]] static Result<Observation> copy(const atm_observation& from);

  /// Frees the memory of earlier observations that no thread has taken again. [any]
  static void trim_memory() noexcept;

  /// Valid as long as this object, also after a move. Must not be called on a moved-from observation. [any]
  [[nodiscard]] const atm_observation& view() const noexcept;

  [[nodiscard]] ObservationType type() const noexcept { return type_; }
  [[nodiscard]] std::string_view type_name() const noexcept { return text_of(view().type); }
  [[nodiscard]] std::string_view session() const noexcept { return text_of(view().session); }
  [[nodiscard]] std::string_view agent() const noexcept { return text_of(view().agent); }
  [[nodiscard]] std::string_view actor() const noexcept { return text_of(view().actor); }
  [[nodiscard]] std::string_view origin() const noexcept { return text_of(view().origin); }
  [[nodiscard]] std::int64_t time_ns() const noexcept { return view().time_ns; }

  [[nodiscard]] std::size_t size() const noexcept { return view().attr_count; }
  [[nodiscard]] const atm_attr& attr(std::size_t index) const noexcept { return view().attrs[index]; }
  [[nodiscard]] Key key(std::size_t index) const noexcept { return keys_[index]; }

  /// The value of the first attribute with that name, or nullptr. [any]
  [[nodiscard]] const atm_value* find(std::string_view name) const noexcept;
  [[nodiscard]] const atm_value* find(Key key) const noexcept;
  /// Typed look-ups; a value of another type counts as absent. [any]
  [[nodiscard]] std::string_view text(Key key) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> integer(Key key) const noexcept;
  [[nodiscard]] bool flag(Key key) const noexcept;

 private:
  struct Free {
    std::size_t size_class;
    void operator()(std::byte* block) const noexcept;
  };
  using Block = std::unique_ptr<std::byte[], Free>;

  Observation() = default;
  [[nodiscard]] static Block allocate(std::size_t bytes);

  Block block_;
  const Key* keys_ = nullptr;  // within block_
  ObservationType type_ = ObservationType::kOther;
};

}  // namespace atm::kernel
