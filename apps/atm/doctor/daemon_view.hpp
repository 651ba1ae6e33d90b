// SPDX-License-Identifier: MIT
// The daemon's answers, requested once for all checks.
#pragma once

#include <atm/json.hpp>
#include <atm/protocol/session.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::doctor {

/// A path where the daemon may listen.
struct Place {
  enum class State : std::uint8_t { kAnswers, kSilent, kRefuses, kLeftOver, kNothing, kUnreachable };

  std::string path;
  State state = State::kNothing;
  std::string why{};                  ///< the reason if no daemon answers
  std::optional<std::int64_t> pid{};  ///< of the listening process
};

class DaemonView final {
 public:
  DaemonView();
  ~DaemonView();
  DaemonView(const DaemonView&) = delete;
  DaemonView& operator=(const DaemonView&) = delete;

  /// Tries each of `places` and queries the first daemon that answers. Each query has a time limit; after one has timed
  /// out, that daemon gets no further queries.
  void ask(const std::vector<std::string>& places, std::chrono::milliseconds time);

  [[nodiscard]] const std::vector<Place>& places() const noexcept { return places_; }
  /// The place of the daemon that answers, or nullptr.
  [[nodiscard]] const Place* answering() const noexcept;
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  [[nodiscard]] const std::string& protocol() const noexcept { return protocol_; }
  [[nodiscard]] std::chrono::microseconds took() const noexcept { return took_; }

  /// Null if the daemon did not answer this query.
  [[nodiscard]] const json::Value* stats() const noexcept { return stats_; }
  [[nodiscard]] const json::Value* plugins() const noexcept { return plugins_; }
  [[nodiscard]] const std::vector<protocol::Session>& sessions() const noexcept { return sessions_; }

  /// A count of the stats by its path of names; 0 if absent.
  [[nodiscard]] std::uint64_t count(const std::vector<std::string_view>& path) const;
  /// The value at that path of the stats, or nullptr.
  [[nodiscard]] const json::Value* stats_at(const std::vector<std::string_view>& path) const;
  [[nodiscard]] bool has_plugin(std::string_view id) const;

  /// Sets the answers, for tests.
  void tell(std::string_view stats, std::string_view plugins, std::vector<protocol::Session> sessions = {});

 private:
  [[nodiscard]] Place look(const std::string& path, std::chrono::milliseconds time);

  std::vector<Place> places_;
  std::string version_;
  std::string protocol_;
  std::chrono::microseconds took_{};
  json::Reader stats_reader_;
  json::Reader plugins_reader_;
  const json::Value* stats_ = nullptr;
  const json::Value* plugins_ = nullptr;
  std::vector<protocol::Session> sessions_;
};

}  // namespace atm::cli::doctor
