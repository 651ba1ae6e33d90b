// SPDX-License-Identifier: MIT
#include "sources/session_entry.hpp"

#include <charconv>

namespace claude_code {

namespace json = atm::json;

namespace {

// The client writes it as text; a number would mean the same.
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
  return SessionEntry{
      {*pid, *ticks}, std::string(*session), std::string(json::get_string(*entry, "cwd").value_or(""))};
}

}  // namespace claude_code
