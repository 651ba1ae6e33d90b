// SPDX-License-Identifier: MIT
#include "sources/session_entry.hpp"

#include <charconv>
#include <chrono>

namespace claude_code {

namespace json = atm::json;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::chrono::milliseconds kFresh = std::chrono::minutes(10);

// Claude Code writes it as text; a number is accepted, too.
std::optional<std::uint64_t> read_ticks(const json::Value& entry) {
  const json::Value* ticks = json::find(entry, "procStart");
  if (ticks == nullptr) return std::nullopt;
  if (ticks->IsUint64()) return ticks->GetUint64();
  if (!ticks->IsString()) return std::nullopt;
  const std::string_view text = json::text_of(*ticks);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<atm::Process> ProcessClaim::living(const atm::Processes& processes) const {
  auto process = processes.lookup(pid);
  if (process && (process->is_zombie || process->start_ticks != start_ticks)) process.reset();
  return process;
}

std::optional<SessionEntry> read_entry(std::string_view content, json::Reader& reader) {
  const json::Value* entry = reader.parse(content);
  if (entry == nullptr) return std::nullopt;
  const auto session = json::get_string(*entry, "sessionId");
  const auto pid = json::get_int(*entry, "pid");
  const auto ticks = read_ticks(*entry);
  if (!session || session->empty() || !pid || *pid <= 0 || !ticks) return std::nullopt;
  SessionEntry read{
      {*pid, *ticks}, std::string(*session), std::string(json::get_string(*entry, "cwd").value_or(""))};
  read.domain = PidDomain::parse(json::get_string(*entry, "pidDomain").value_or(""));
  read.updated_ms = json::get_int(*entry, "updatedAt").value_or(0);
  return read;
}

Whereabouts locate(const SessionEntry& entry, const atm::Processes& processes, const PidDomain& own,
                   std::int64_t wall_ns) {
  const ProcessClaim& claim = entry.process;
  const bool is_ours = !entry.domain || own.pid_ns == 0 || entry.domain->pid_ns == own.pid_ns;
  if (is_ours) {
    Whereabouts here{claim.living(processes), {}, false};
    if (here.process) return here;
  }
  const bool is_this_machine = entry.domain && entry.domain->machine == own.machine;
  if (is_ours && is_this_machine) return {};
  Whereabouts place{{}, is_ours ? 0 : static_cast<std::int64_t>(entry.domain->pid_ns), false};
  place.process = processes.find(static_cast<std::uint64_t>(*place.pid_ns), claim.pid, claim.start_ticks);
  if (place.process) return place;
  const bool sees_all = is_this_machine && own.pid_ns == PidDomain::kInitialNamespace;
  const bool is_fresh = entry.updated_ms != 0 && wall_ns / kNsPerMs - entry.updated_ms <= kFresh.count();
  place.is_foreign = !sees_all && (entry.domain || is_fresh);
  return place;
}

}  // namespace claude_code
