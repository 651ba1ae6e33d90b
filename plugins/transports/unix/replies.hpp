// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "outbox.hpp"

namespace unix_socket {

/// Keeps replies in the order of their requests, though the registry's answers come when they come. With
/// nothing outstanding a reply goes straight to the outbox.
class Replies final {
 public:
  explicit Replies(Outbox& out) : out_(out) {}

  /// A reply known now: `write` appends it to a string.
  template <class Write>
  void now(Write&& write) {
    if (places_.empty()) return out_.append(write);
    Place& place = places_.emplace_back();
    place.number = ++last_;
    place.is_ready = true;
    write(place.texts.emplace_back());
    held_ += place.texts.back().size();
  }

  /// Keep a place for a reply that comes later.
  [[nodiscard]] std::uint64_t later() {
    places_.emplace_back().number = ++last_;
    return last_;
  }
  /// The place given last is not needed after all.
  void forget_last() { places_.pop_back(); }
  /// It has come. A place that is not there (any more) is none of our business.
  void fill(std::uint64_t number, std::vector<std::string> texts) {
    for (Place& place : places_) {
      if (place.number != number || place.is_ready) continue;
      place.is_ready = true;
      place.texts = std::move(texts);
      for (const std::string& text : place.texts) held_ += text.size();
      return release();
    }
  }
  void fill(std::uint64_t number, std::string text) {
    std::vector<std::string> texts;
    texts.push_back(std::move(text));
    fill(number, std::move(texts));
  }

  /// Whether everything before this place has been answered.
  [[nodiscard]] bool is_next(std::uint64_t number) const noexcept {
    return !places_.empty() && places_.front().number == number;
  }
  [[nodiscard]] std::size_t outstanding() const noexcept { return places_.size(); }
  /// Bytes that wait behind a reply that has not come.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return held_; }

 private:
  struct Place {
    std::uint64_t number = 0;
    bool is_ready = false;
    std::vector<std::string> texts{};
  };

  void release() {
    while (!places_.empty() && places_.front().is_ready) {
      for (std::string& text : places_.front().texts) {
        held_ -= text.size();
        out_.push(std::move(text));
      }
      places_.pop_front();
    }
  }

  Outbox& out_;
  std::deque<Place> places_;
  std::uint64_t last_ = 0;
  std::size_t held_ = 0;
};

}  // namespace unix_socket
