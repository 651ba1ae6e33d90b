// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace unix_socket {

/// The bytes that wait to be written to one peer. Short messages are collected, long ones are moved. It has no limit of
/// its own: the writer checks bytes() first.
class Outbox final {
 public:
  /// `write` appends one message to its argument.
  template <class Write>
  void append(Write&& write) {
    if (chunks_.empty() || chunks_.back().size() >= kGatherBytes) chunks_.emplace_back();
    const std::size_t before = chunks_.back().size();
    write(chunks_.back());
    bytes_ += chunks_.back().size() - before;
  }
  void push(std::string&& message) {
    if (message.size() < kGatherBytes / 4) return append([&message](std::string& out) { out += message; });
    bytes_ += message.size();
    chunks_.push_back(std::move(message));
  }

  [[nodiscard]] bool is_empty() const noexcept { return bytes_ == 0; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// The next bytes to write; not empty unless the outbox is.
  [[nodiscard]] std::string_view front() const noexcept {
    return bytes_ == 0 ? std::string_view{} : std::string_view(chunks_.front()).substr(written_);
  }
  /// That many bytes of front() were written.
  void consume(std::size_t bytes) {
    bytes_ -= bytes;
    written_ += bytes;
    if (written_ < chunks_.front().size()) return;
    written_ = 0;
    chunks_.pop_front();
  }
  void clear() noexcept {
    chunks_.clear();
    bytes_ = written_ = 0;
  }

 private:
  static constexpr std::size_t kGatherBytes = 64 * 1024;

  std::deque<std::string> chunks_;
  std::size_t written_ = 0;  // of the first chunk
  std::size_t bytes_ = 0;    // all unwritten bytes
};

}  // namespace unix_socket
