// SPDX-License-Identifier: MIT
// The encoding of a checkpoint: tagged fields. A reader skips unknown tags, and an absent field has its default, so that
// each version reads the files of every other version.
//
// A field is a varint `tag * 2 + is_bytes`, then a varint, or the number of bytes and the bytes. Structs are bytes that
// contain fields; a list repeats its tag. fields() of state_fields.hpp lists the members of a struct once, for both
// directions.
#pragma once

#include <atm/domain/rare.hpp>
#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace atm::kernel {

namespace encoding {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsOptional<Rare<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

/// Integers, flags, enumerators and times are numbers; everything else is bytes.
template <class T>
inline constexpr bool kIsNumber = std::is_integral_v<T> || std::is_enum_v<T> || std::is_same_v<T, Timestamp>;

inline std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

template <class T>
std::uint64_t to_number(const T& value) noexcept {
  if constexpr (std::is_same_v<T, Timestamp>) {
    return zigzag(value.time_since_epoch().count());
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<std::uint64_t>(value);
  } else if constexpr (std::is_signed_v<T>) {
    return zigzag(value);
  } else {
    return value;
  }
}
template <class T>
void from_number(std::uint64_t number, T& to) noexcept {
  if constexpr (std::is_same_v<T, Timestamp>) {
    to = Timestamp(std::chrono::nanoseconds(unzigzag(number)));
  } else if constexpr (std::is_enum_v<T>) {
    // An enumerator of a newer version keeps the default.
    if (number <= static_cast<std::uint64_t>(last_of(T{}))) to = static_cast<T>(number);
  } else if constexpr (std::is_signed_v<T>) {
    to = static_cast<T>(unzigzag(number));
  } else {
    to = static_cast<T>(number);
  }
}

}  // namespace encoding

/// Writes the fields of one struct.
class FieldWriter final {
 public:
  template <class T>
  using Ref = const T&;

  explicit FieldWriter(std::string& out) noexcept : out_(out) {}

  /// Writes nothing if the value is its default.
  template <class T>
  void operator()(std::uint32_t tag, const T& value) {
    if constexpr (encoding::IsOptional<T>::value) {
      if (value) put(tag, *value);
    } else if constexpr (encoding::IsVector<T>::value) {
      for (const auto& one : value) put(tag, one);
    } else if constexpr (encoding::kIsNumber<T>) {
      if (encoding::to_number(value) != 0) put(tag, value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!value.empty()) put(tag, value);
    } else {
      put(tag, value);
    }
  }
  /// A member that has no plain type: `read` gives its plain value, `write` is for the reader.
  template <class Read, class Write>
  void via(std::uint32_t tag, Read read, Write /*write*/) {
    (*this)(tag, read());
  }

  void bytes(std::uint32_t tag, std::string_view value) {
    varint(tag * 2 + 1);
    varint(value.size());
    out_.append(value);
  }

 private:
  template <class T>
  void put(std::uint32_t tag, const T& value) {
    if constexpr (encoding::kIsNumber<T>) {
      varint(tag * 2);
      varint(encoding::to_number(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
      bytes(tag, value);
    } else if constexpr (std::is_same_v<T, double>) {
      char raw[sizeof value];
      std::memcpy(raw, &value, sizeof value);
      bytes(tag, {raw, sizeof raw});
    } else {
      std::string inner;
      FieldWriter writer(inner);
      fields(writer, value);
      bytes(tag, inner);
    }
  }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }

  std::string& out_;
};

/// Reads the fields of one struct; the bytes outlive the reader. Malformed bytes end the list of fields.
class FieldReader final {
 public:
  template <class T>
  using Ref = T&;

  explicit FieldReader(std::string_view bytes) {
    while (is_good_ && !bytes.empty()) is_good_ = read_field(bytes);
  }

  [[nodiscard]] bool is_good() const noexcept { return is_good_; }

  template <class T>
  void operator()(std::uint32_t tag, T& to) {
    if constexpr (encoding::IsVector<T>::value) {
      for (const Field& field : fields_) {
        if (field.tag != tag) continue;
        typename T::value_type one{};
        if (take(field, one)) to.push_back(std::move(one));
      }
    } else {
      const Field* field = find(tag);
      if (field == nullptr) return;
      if constexpr (encoding::IsOptional<T>::value) {
        typename T::value_type one{};
        if (take(*field, one)) to = std::move(one);
      } else {
        take(*field, to);
      }
    }
  }
  template <class Read, class Write>
  void via(std::uint32_t tag, Read read, Write write) {
    std::decay_t<decltype(read())> value{};
    (*this)(tag, value);
    write(std::move(value));
  }

  [[nodiscard]] std::string_view bytes(std::uint32_t tag) const noexcept {
    const Field* field = find(tag);
    return field == nullptr ? std::string_view{} : field->bytes;
  }
  /// Calls `each` with the bytes of every field of that tag.
  template <class Each>
  void each_bytes(std::uint32_t tag, Each each) const {
    for (const Field& field : fields_) {
      if (field.tag == tag && field.is_bytes) each(field.bytes);
    }
  }

 private:
  struct Field {
    std::uint64_t tag;
    bool is_bytes;
    std::uint64_t number;
    std::string_view bytes;
  };

  [[nodiscard]] bool read_field(std::string_view& bytes) {
    Field field{};
    std::uint64_t key = 0;
    if (!varint(bytes, key) || !varint(bytes, field.number)) return false;
    field.tag = key / 2;
    field.is_bytes = key % 2 == 1;
    if (field.is_bytes) {
      if (field.number > bytes.size()) return false;
      field.bytes = bytes.substr(0, field.number);
      bytes.remove_prefix(field.number);
    }
    fields_.push_back(field);
    return true;
  }
  [[nodiscard]] const Field* find(std::uint32_t tag) const noexcept {
    for (const Field& field : fields_) {
      if (field.tag == tag) return &field;
    }
    return nullptr;
  }
  template <class T>
  bool take(const Field& field, T& to) {
    if (field.is_bytes == encoding::kIsNumber<T>) return false;
    if constexpr (encoding::kIsNumber<T>) {
      encoding::from_number(field.number, to);
    } else if constexpr (std::is_same_v<T, std::string>) {
      to.assign(field.bytes);
    } else if constexpr (std::is_same_v<T, double>) {
      if (field.bytes.size() != sizeof to) return false;
      std::memcpy(&to, field.bytes.data(), sizeof to);
    } else {
      FieldReader reader(field.bytes);
      if (reader.is_good()) fields(reader, to);
      is_good_ = is_good_ && reader.is_good();
    }
    return true;
  }
  static bool varint(std::string_view& bytes, std::uint64_t& to) noexcept {
    to = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      to |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) return true;
    }
    return false;
  }

  std::vector<Field> fields_;
  bool is_good_ = true;
};

}  // namespace atm::kernel
