// SPDX-License-Identifier: MIT
#include "chaos/account.hpp"

#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include "chaos/daemon.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFaultsShown = 20;

struct Fold {
  std::uint32_t life;
  std::size_t number;
};

/// The numbers of one agent's records, in the order of their folding.
using Folds = std::vector<Fold>;

std::map<std::string, Folds> read_ledger(const fs::path& file) {
  std::map<std::string, Folds> all;
  std::ifstream lines(file);
  std::uint32_t life = 0;
  for (std::string record; lines >> life >> record;) {
    const std::size_t dash = record.rfind('-');
    all[record.substr(0, dash)].push_back({life, std::stoul(record.substr(dash + 1))});
  }
  return all;
}

/// The records in files of a spool, as "a0-17"; and the bytes of the files that count lost records.
struct Spooled {
  std::set<std::string> records;
  std::int64_t dropped = 0;  ///< the files `dropped`
  std::int64_t lost = 0;     ///< the files `atm.sock.lost`
};
void read_spool(const fs::path& directory, Spooled& to) {
  constexpr std::string_view kKey = R"("prompt_id":")";
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    const auto size = static_cast<std::int64_t>(at->file_size(error));
    if (at->path().filename() == "dropped") to.dropped += size;
    if (at->path().extension() == ".lost") to.lost += size;
    std::ifstream lines(at->path(), std::ios::binary);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t key = line.find(kKey);
      if (key == std::string::npos) continue;
      const std::size_t begin = key + kKey.size();
      to.records.insert(line.substr(begin, line.find('"', begin) - begin));
    }
  }
}

/// The counters of lost records.
bool is_loss(std::string_view name) {
  constexpr std::array<std::string_view, 5> kParts{"dropped", "torn", "too_old", "lost",
                                                   "connections_refused"};
  return std::any_of(kParts.begin(), kParts.end(),
                     [name](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

std::uint32_t Account::begin_life() {
  const std::lock_guard lock(mutex_);
  lives_.push_back({now_ns()});
  return static_cast<std::uint32_t>(lives_.size() - 1);
}

void Account::end_life(bool is_orderly) {
  const std::lock_guard lock(mutex_);
  lives_.back().end_ns = now_ns();
  lives_.back().is_orderly = is_orderly;
}

void Account::note_losses(const std::string& stats_json) {
  json::Reader reader;
  const json::Value* root = reader.parse(stats_json);
  const json::Value* stats = root == nullptr ? nullptr : json::get_object(*root, "stats");
  if (stats == nullptr) return;
  const auto table = [stats](std::initializer_list<std::string_view> path) {
    const json::Value* at = stats;
    for (const std::string_view step : path) at = at == nullptr ? nullptr : json::get_object(*at, step);
    return at;
  };
  const std::lock_guard lock(mutex_);
  auto& losses = lives_.back().losses;
  if (const json::Value* const of_unix = table({"plugins", "unix"})) {
    for (const auto& member : of_unix->GetObject()) {
      const std::string name(member.name.GetString(), member.name.GetStringLength());
      if (member.value.IsInt64() && is_loss(name)) losses["unix." + name] = member.value.GetInt64();
    }
  }
  if (const json::Value* const channel = table({"ingest", "channels", "claude_code/hook"})) {
    losses["claude_code/hook.failed"] = json::get_int(*channel, "failed").value_or(0);
  }
}

void Account::note_full_disk(std::int64_t begin_ns, std::int64_t end_ns) {
  const std::lock_guard lock(mutex_);
  full_.push_back({begin_ns, end_ns});
}

std::uint32_t Account::lives() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(lives_.size() - 1);
}

Balance Account::balance(const Agents& agents, const fs::path& run, const fs::path& graves) const {
  const std::lock_guard lock(mutex_);
  const auto ledger = read_ledger(ledger_);
  Spooled here;
  read_spool(run, here);
  Spooled removed;
  read_spool(graves, removed);
  Balance balance;
  for (const Life& life : lives_) {
    for (const auto& [name, count] : life.losses) balance.counters[name] += count;
  }
  balance.counters["files named dropped"] = here.dropped + removed.dropped;
  balance.counters["files named lost"] = here.lost + removed.lost;
  const auto unorderly = static_cast<std::size_t>(
      std::count_if(lives_.begin() + 1, lives_.end(), [](const Life& life) { return !life.is_orderly; }));

  std::vector<std::string> unexplained;
  for (std::size_t agent = 0; agent < agents.size(); ++agent) {
    const std::string session = agents.session(agent);
    const std::span<const Sent> sent = agents.sent(agent);
    static const Folds kNone;
    const auto found = ledger.find(session);
    const Folds& folds = found == ledger.end() ? kNone : found->second;
    balance.sent += sent.size();

    std::vector<int> times(sent.size() + 1, 0);
    // The greatest number folded up to the end of each life.
    std::vector<std::size_t> reached(lives_.size(), 0);
    std::size_t last = 0;
    for (const Fold& fold : folds) {
      if (fold.number == 0 || fold.number > sent.size() || fold.life >= lives_.size()) {
        balance.faults.push_back("the ledger has " + session + '-' + std::to_string(fold.number) +
                                 ", which was not sent");
        continue;
      }
      reached[fold.life] = std::max(reached[fold.life], fold.number);
      if (times[fold.number]++ > 0) {
        ++balance.twice;
        continue;
      }
      const bool may_be_late = sent[fold.number - 1].outcome == Outcome::kUnanswered;
      if (fold.number < last && !may_be_late) {
        balance.faults.push_back("out of order: " + session + '-' + std::to_string(fold.number) + " after " +
                                 std::to_string(last) + " in life " + std::to_string(fold.life));
      }
      if (!may_be_late) last = std::max(last, fold.number);
    }
    for (std::size_t i = 1; i < reached.size(); ++i) reached[i] = std::max(reached[i], reached[i - 1]);

    for (std::size_t number = 1; number <= sent.size(); ++number) {
      const Sent& one = sent[number - 1];
      const std::string name = session + '-' + std::to_string(number);
      if (times[number] > 0) {
        ++balance.folded;
        if (one.outcome == Outcome::kRefused)
          balance.faults.push_back(name + " was answered with an error, and folded");
        continue;
      }
      // Killed before a later record of this session was folded, by a life that may have received it.
      const auto can_have_had = [&](std::uint32_t life) {
        const Life& had = lives_[life];
        // A hook's record may wait in the spool for a later life.
        const bool is_there = had.begin_ns <= one.end_ns || one.outcome == Outcome::kSure;
        return !had.is_orderly && had.end_ns != 0 && had.end_ns >= one.begin_ns && is_there &&
               reached[life] < number;
      };
      const auto is_within = [&one](const Full& full) {
        return one.begin_ns <= full.end_ns && full.begin_ns <= one.end_ns;
      };
      bool is_killed = false;
      for (std::uint32_t life = 1; life < lives_.size() && !is_killed; ++life) is_killed = can_have_had(life);
      if (here.records.count(name) != 0) {
        ++balance.spooled;
      } else if (removed.records.count(name) != 0) {
        ++balance.removed;
      } else if (one.outcome == Outcome::kRefused) {
        ++balance.refused;
      } else if (one.outcome == Outcome::kUnanswered || one.outcome == Outcome::kUnderWay) {
        ++balance.unanswered;
      } else if (one.outcome == Outcome::kDoubtful) {
        ++balance.out_of_time;
      } else if (is_killed) {
        ++balance.killed;
      } else if (std::any_of(full_.begin(), full_.end(), is_within)) {
        ++balance.disk_full;
      } else {
        std::uint32_t life = 1;
        while (life + 1 < lives_.size() && lives_[life + 1].begin_ns <= one.begin_ns) ++life;
        unexplained.push_back(name + (one.outcome == Outcome::kTaken ? " (answered with ok)" : "") +
                              ", sent in life " + std::to_string(life));
      }
    }
  }
  const std::int64_t counted =
      std::accumulate(balance.counters.begin(), balance.counters.end(), std::int64_t{0},
                      [](std::int64_t sum, const auto& counter) { return sum + counter.second; });
  if (static_cast<std::int64_t>(unexplained.size()) <= counted) {
    balance.counted = unexplained.size();
  } else {
    for (const std::string& name : unexplained) balance.faults.push_back("lost without a count: " + name);
  }
  if (balance.twice > unorderly) {
    balance.faults.push_back(std::to_string(balance.twice) + " records folded twice, although only " +
                             std::to_string(unorderly) + " daemons were killed");
  }
  return balance;
}

std::string Balance::text() const {
  std::ostringstream out;
  out << "  sent " << sent << " = folded " << folded << " + spooled " << spooled << " + in removed spools "
      << removed << " + refused with an error " << refused << " + not answered " << unanswered
      << " + hook at its deadline " << out_of_time << " + in a daemon that was killed " << killed
      << " + disk full without a daemon " << disk_full << " + counted as lost " << counted
      << "\n  folded twice " << twice << "; counters of loss:";
  for (const auto& [name, count] : counters) {
    if (count != 0) out << ' ' << name << ' ' << count;
  }
  out << '\n';
  for (std::size_t i = 0; i < faults.size() && i < kMostFaultsShown; ++i)
    out << "  FAULT " << faults[i] << '\n';
  if (faults.size() > kMostFaultsShown) out << "  and " << faults.size() - kMostFaultsShown << " more\n";
  return out.str();
}

}  // namespace atm::test
