// SPDX-License-Identifier: MIT
#include "kernel/watch/proc_environment.hpp"

#include <cstring>

#include <unistd.h>

#include <array>
#include <cerrno>

namespace atm::kernel {
namespace {

// Finds NAME= at the start of an entry, independent of how the bytes are split.
class VariableSearch {
 public:
  VariableSearch(std::string_view name, std::size_t max_bytes) : wanted_(name), max_bytes_(max_bytes) {
    wanted_ += '=';
  }

  // Returns false when it needs no more bytes.
  bool feed(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte == '\0') {
        if (part_ == Part::kValue) return false;
        part_ = Part::kName;
        matched_ = 0;
      } else if (part_ == Part::kValue) {
        if (value_.size() == max_bytes_) {
          is_too_large_ = true;
          return false;
        }
        value_ += byte;
      } else if (part_ == Part::kName) {
        part_ = byte == wanted_[matched_] ? Part::kName : Part::kOther;
        if (++matched_ == wanted_.size() && part_ == Part::kName) part_ = Part::kValue;
      }
    }
    return true;
  }

  ProcessReading finish(std::string& value) {
    if (is_too_large_) return ProcessReading::kTooLarge;
    if (part_ != Part::kValue) return ProcessReading::kNotSet;
    value = std::move(value_);
    return ProcessReading::kRead;
  }

 private:
  enum class Part { kName, kValue, kOther };

  std::string wanted_;
  std::size_t max_bytes_;
  std::size_t matched_ = 0;
  Part part_ = Part::kName;
  bool is_too_large_ = false;
  std::string value_;
};

}  // namespace

ProcessReading read_variable(const posix::FileDescriptor& environ_file, std::string_view name,
                             std::size_t max_bytes, std::string& value) {
  if (!environ_file) return ProcessReading::kNotReadable;
  VariableSearch search(name, max_bytes);
  std::array<char, 16 * 1024> buffer{};
  ProcessReading reading = ProcessReading::kNotReadable;
  for (;;) {
    const ssize_t got = ::read(environ_file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    if (got > 0 && search.feed({buffer.data(), static_cast<std::size_t>(got)})) continue;
    reading = search.finish(value);
    break;
  }
  ::explicit_bzero(buffer.data(), buffer.size());
  return reading;
}

}  // namespace atm::kernel
