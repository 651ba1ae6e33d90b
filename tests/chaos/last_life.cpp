// SPDX-License-Identifier: MIT
#include "chaos/last_life.hpp"

#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

#include "chaos/faults.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kSpareKib = 8 * 1024;
// A connection that ends and a file of the spool. Each fault occurs several times, so a leak exceeds it.
constexpr std::size_t kSpareDescriptors = 3;

/// The minimum over a moment, because clients come and go.
Holdings calm(const Fixture& run) {
  Holdings least = holdings_of(run.daemon->pid());
  for (int i = 0; i < 30; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    const Holdings now = holdings_of(run.daemon->pid());
    least = {std::min(least.threads, now.threads), std::min(least.descriptors, now.descriptors),
             std::min(least.resident_kib, now.resident_kib)};
  }
  return least;
}

/// The status of each session, with its tool.
std::map<std::string, std::string> sessions(const Fixture& run) {
  std::map<std::string, std::string> all;
  const auto answer = ask(run.places.socket(), {R"({"type":"get_all_sessions"})"});
  json::Reader reader;
  const json::Value* root = answer ? reader.parse(answer->front()) : nullptr;
  const json::Value* list = root == nullptr ? nullptr : json::get_array(*root, "sessions");
  if (list == nullptr) return all;
  for (const json::Value& session : list->GetArray()) {
    const json::Value* status = json::get_object(session, "status");
    if (status == nullptr) continue;
    std::string& text = all[std::string(json::get_string(session, "id").value_or(""))];
    text = json::get_string(*status, "status").value_or("");
    if (text == "running_tool") text.append(" ").append(json::get_string(*status, "tool_name").value_or(""));
  }
  return all;
}

std::string differences(const Fixture& run) {
  std::string text;
  const auto known = sessions(run);
  for (std::size_t i = 0; i < run.agents.size(); ++i) {
    const auto sent = run.agents.sent(i);
    std::string wanted(agent_events()[sent.back().event].status);
    if (wanted == "running_tool") wanted += " T" + std::to_string(sent.size());
    const auto found = known.find(run.agents.session(i));
    const std::string is = found == known.end() ? "unknown" : found->second;
    if (is != wanted) text += run.agents.session(i) + " is " + is + ", wanted " + wanted + "; ";
  }
  return text;
}

}  // namespace

void play_last_life(Fixture& run, Clock::time_point end) {
  run.findings.note("the last life begins");
  run.stop();
  run.start();
  if (!becomes_true([&run] { return sessions(run).size() >= run.agents.size(); }))
    return run.findings.fault("not every agent becomes a session");
  const std::uint32_t life = run.account.lives();
  connect_in_all_ways(run);
  const Holdings before = calm(run);
  while (Clock::now() < end) {
    run.dice.wait(50, 400);
    disturb(run);
    if (!run.is_running()) return run.findings.fault("the daemon ended by itself");
  }
  run.findings.note("the last life is compared");
  if (run.account.lives() != life) return;  // a fault was already found
  const bool is_flat = becomes_true([&] {
    const Holdings after = calm(run);
    return after.threads <= before.threads && after.descriptors <= before.descriptors + kSpareDescriptors &&
           after.resident_kib <= before.resident_kib + before.resident_kib / 4 + kSpareKib;
  });
  const Holdings after = calm(run);
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(),
                "%zu threads, %zu descriptors, %zu KiB at the begin; %zu, %zu, %zu KiB at the end",
                before.threads, before.descriptors, before.resident_kib, after.threads, after.descriptors,
                after.resident_kib);
  std::printf("  the last life: %s\n", text.data());
  if (!is_flat) run.findings.fault(std::string("the daemon holds more than at its begin: ") + text.data());
}

void check_last_records(Fixture& run) {
  run.findings.note("the end");
  run.agents.pause();
  run.stop();
  run.agents.send_last(true);
  run.start();
  run.agents.send_last(false);
  std::string different;
  const bool is_right = becomes_true([&] {
    different = differences(run);
    return different.empty();
  });
  if (!is_right)
    run.findings.fault("the agents are not in the state that their last records said: " + different);
}

}  // namespace atm::test
