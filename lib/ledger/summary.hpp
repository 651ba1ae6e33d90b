// SPDX-License-Identifier: MIT
// Sums of entries by one or two dimensions. The parts of a sum add up to it exactly (COST-M1).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/zone.hpp"

namespace atm::ledger {

/// A sum of money with everything that it leaves out (COST-A5).
struct Sum {
  std::uint64_t responses = 0;
  std::array<std::uint64_t, kTokenKinds> tokens{};
  std::uint64_t web_searches = 0;
  Pico amount = 0;
  std::uint64_t unpriced_responses = 0;
  std::uint64_t unpriced_tokens = 0;
  std::uint64_t low = 0;  ///< responses with each mark
  std::uint64_t maybe_not_billed = 0;
  std::uint64_t priority = 0;
  std::uint64_t announced = 0;
  std::uint64_t agent_priced = 0;  ///< responses with dollars of the agent's own
  Pico agent_amount = 0;           ///< of them; in no sum of list prices

  Sum& operator+=(const Sum& other);
  Sum& operator-=(const Sum& other);  ///< of a sum that `other` is a part of
  friend bool operator==(const Sum&, const Sum&) = default;
};

enum class Dimension : std::uint8_t {
  kDay,
  kWeek,
  kMonth,
  kSession,
  kProject,
  kWorktree,
  kBranch,
  kModel,
  kAgent,
  kSubagent,
  kToolServer,
  kWindow,
};
inline constexpr std::array<std::string_view, 12> kDimensionNames{
    "day",    "week",  "month", "session",  "project",     "worktree",
    "branch", "model", "agent", "subagent", "tool-server", "window"};
[[nodiscard]] std::optional<Dimension> dimension(std::string_view name) noexcept;

/// Entries from `begin` to before `end`; undated ones only without bounds.
struct Range {
  std::optional<Time> begin{};
  std::optional<Time> end{};
  [[nodiscard]] bool contains(Time time) const noexcept {
    if (!begin && !end) return true;
    return time != kUndated && (!begin || time >= *begin) && (!end || time < *end);
  }
};

/// What decides the groups of a line of an entry.
struct Facets {
  Time time = kUndated;
  Name session = 0;
  Origin origin{};  ///< `is_copy` is not set
  Name model = 0;
  Name tool_server = 0;
};
[[nodiscard]] Facets facets_of(const Entry& entry, std::size_t line);

/// The sums of single lines. It looks for the certainty of each price row once.
class LineSums final {
 public:
  explicit LineSums(const Names& names) : names_(names) {}
  /// Only the first line of an entry counts as a response.
  [[nodiscard]] Sum operator()(const Entry& entry, std::size_t line);

 private:
  const Names& names_;
  std::vector<char> announced_;  // of each quote: unknown, no, yes
};

/// The five-hour windows of each agent. A response is in the window that the vendor reported for its time. Otherwise its
/// window is estimated from the times of the responses: it begins at the full hour (UTC) of the first response that is
/// in no earlier window.
class Windows final {
 public:
  struct Window {
    Time start = 0;
    bool is_estimated = true;
  };
  /// A window that the vendor reported. Call it before the first add().
  void add_reported(Name program, Time start, Time end);
  void add(Name program, Time time);
  /// Call it after the last add().
  void finish();
  /// The window of a response, which was added and has a time.
  [[nodiscard]] Window at(Name program, Time time) const;
  [[nodiscard]] bool has_reported() const noexcept { return !reported_.empty(); }
  /// The estimated window of each program that contains `now`.
  [[nodiscard]] std::map<Name, Time> estimated_at(Time now) const;

 private:
  [[nodiscard]] std::optional<Time> reported_at(Name program, Time time) const;

  std::map<Name, std::map<Time, Time>> reported_;  // by program and start: the end
  std::map<Name, std::vector<Time>> times_;        // by program; after finish() the starts
};

/// Sums by the values of the dimensions, in their order. A value that an entry does not have is `(undated)`, `(unknown)`
/// or `(none)`.
using Groups = std::map<std::vector<std::string>, Sum>;

/// Adds entries to groups. The names, the zone and the windows must outlive it; the windows are needed for kWindow only.
class Summer final {
 public:
  Summer(std::vector<Dimension> by, Range range, const Names& names, const Zone& zone,
         const Windows* windows = nullptr)
      : by_(std::move(by)), range_(range), names_(names), zone_(zone), windows_(windows), line_sums_(names) {}

  void add(const Entry& entry);
  /// Adds the sum of lines that have these facets.
  void add(const Facets& facets, const Sum& sum);
  void clear() { sums_.clear(); }
  [[nodiscard]] Groups groups() const;

 private:
  using Key = std::array<std::uint64_t, 2>;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>(key[0] * 0x9E3779B97F4A7C15U ^ key[1]);
    }
  };
  [[nodiscard]] std::uint64_t value_of(const Facets& facets, Dimension dimension) const;
  [[nodiscard]] std::string text_of(std::uint64_t value, Dimension dimension) const;

  std::vector<Dimension> by_;  // at most two
  Range range_;
  const Names& names_;
  const Zone& zone_;
  const Windows* windows_;
  LineSums line_sums_;
  std::unordered_map<Key, Sum, Hash> sums_;
};

[[nodiscard]] Groups sums(const Ledger& ledger, const std::vector<Dimension>& by, const Range& range,
                          const Zone& zone);

/// The sum of one line of an entry. Only the first line counts as a response.
[[nodiscard]] Sum sum_of(const Names& names, const Entry& entry, std::size_t line);

}  // namespace atm::ledger
