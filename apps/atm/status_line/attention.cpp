// SPDX-License-Identifier: MIT
#include "attention.hpp"

#include <algorithm>
#include <atm/client.hpp>
#include <variant>

#include "lookup.hpp"
#include "text.hpp"
#include "wait_condition.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kNamed = 3;

std::string name_of(const SessionDomain& session) {
  std::string_view path = session.working_directory ? std::string_view(*session.working_directory) : "";
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::string_view folder = path.size() > 1 ? path.substr(path.rfind('/') + 1) : path;
  return terminal_safe(folder.empty() ? session.id.short_form() : folder);
}

std::string reason_of(const SessionDomain& session) {
  if (session.attention && !session.attention->reason.empty())
    return terminal_safe(session.attention->reason);
  return std::string(session.status.label());
}

}  // namespace

std::string attention_text(const std::vector<protocol::Session>& sessions, std::string_view own) {
  std::vector<const SessionDomain*> calling;
  for (const protocol::Session& session : sessions) {
    const SessionDomain& domain = session.domain;
    if (domain.id.view() != own && holds(Until::kNeedsInput, domain)) calling.push_back(&domain);
  }
  if (calling.empty()) return {};
  std::stable_sort(calling.begin(), calling.end(), [](const SessionDomain* a, const SessionDomain* b) {
    return a->attention->since < b->attention->since;
  });
  if (calling.size() == 1) return name_of(*calling[0]) + " needs you (" + reason_of(*calling[0]) + ")";
  std::string text = std::to_string(calling.size()) + " need you: ";
  for (std::size_t i = 0; i < std::min(calling.size(), kNamed); ++i) {
    text.append(i == 0 ? "" : ", ").append(name_of(*calling[i]));
  }
  return calling.size() > kNamed ? text + ", …" : text;
}

std::string ask_attention(const std::string& socket, std::string_view own, std::chrono::milliseconds budget) {
  using Clock = std::chrono::steady_clock;
  constexpr int kSteps = 3;  // connect, greet, ask: the client gives each its time
  const Clock::time_point end = Clock::now() + budget;
  for (const std::string& place : client::socket_candidates(socket)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() < kSteps) break;
    auto client = Client::connect({place, protocol::ClientType::kCli, left / kSteps});
    if (!client) continue;
    const auto reply = ask_sessions(*client);
    return reply ? attention_text(std::get<protocol::Sessions>(reply->value).sessions, own) : std::string();
  }
  return {};
}

}  // namespace atm::cli
