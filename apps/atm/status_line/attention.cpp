// SPDX-License-Identifier: MIT
#include "attention.hpp"

#include <algorithm>
#include <atm/client.hpp>
#include <atm/client/endpoint.hpp>
#include <atm/domain/utf8.hpp>
#include <variant>

#include "lookup.hpp"
#include "session_names.hpp"
#include "text.hpp"
#include "wait_condition.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kNamed = 3;

constexpr std::size_t kIdCharacters = 4;

std::string_view directory_of(const SessionDomain& session) {
  std::string_view path = session.working_directory ? std::string_view(*session.working_directory) : "";
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path.size() > 1 ? path.substr(path.rfind('/') + 1) : path;
}

std::string_view name_of(const protocol::Session& session) {
  const std::string* name = session.domain.facts.get<std::string>("agent.session.name");
  return name == nullptr ? std::string_view() : *name;
}

std::string_view pane_of(const protocol::Session& session) {
  const auto& pane = session.runtime.tmux_pane;
  return pane ? std::string_view(*pane) : std::string_view();
}

std::string_view short_id_of(const protocol::Session& session) {
  const SessionId& id = session.domain.id;
  return id.is_pending() ? id.view() : utf8_cut(id.view(), kIdCharacters);
}

/// The directory name, and a suffix if another session has the same: name, else pane, else id.
std::string label_of(const protocol::Session& session, const std::vector<protocol::Session>& all) {
  const std::string_view directory = directory_of(session.domain);
  if (directory.empty()) return terminal_safe(short_name(session.domain.id.view()));
  std::vector<const protocol::Session*> others;
  for (const protocol::Session& other : all) {
    const bool is_over = other.domain.status.kind() == StatusKind::kEnded;
    if (&other != &session && !is_over && directory_of(other.domain) == directory) others.push_back(&other);
  }
  if (others.empty()) return terminal_safe(directory);
  std::string_view mark = short_id_of(session);
  for (const auto word_of : {name_of, pane_of}) {
    const std::string_view word = word_of(session);
    const bool is_shared = std::any_of(others.begin(), others.end(), [&](const protocol::Session* other) {
      return word_of(*other) == word;
    });
    if (word.empty() || is_shared) continue;
    mark = word;
    break;
  }
  return terminal_safe(std::string(directory).append(":").append(mark));
}

std::string reason_of(const SessionDomain& session) {
  if (session.attention && !session.attention->reason.empty())
    return terminal_safe(session.attention->reason);
  return std::string(session.status.label());
}

}  // namespace

std::string attention_text(const std::vector<protocol::Session>& sessions, std::string_view own) {
  std::vector<const protocol::Session*> needing;
  for (const protocol::Session& session : sessions) {
    if (session.domain.id.view() != own && holds(Until::kNeedsInput, session.domain))
      needing.push_back(&session);
  }
  if (needing.empty()) return {};
  std::stable_sort(needing.begin(), needing.end(),
                   [](const protocol::Session* a, const protocol::Session* b) {
                     return a->domain.attention->since < b->domain.attention->since;
                   });
  if (needing.size() == 1)
    return label_of(*needing[0], sessions) + " needs you (" + reason_of(needing[0]->domain) + ")";
  std::string text = std::to_string(needing.size()) + " need you: ";
  for (std::size_t i = 0; i < std::min(needing.size(), kNamed); ++i) {
    text.append(i == 0 ? "" : ", ").append(label_of(*needing[i], sessions));
  }
  return needing.size() > kNamed ? text + ", …" : text;
}

std::string ask_attention(const std::string& socket, std::string_view own, std::chrono::milliseconds budget) {
  using Clock = std::chrono::steady_clock;
  constexpr int kSteps = 3;  // connect, hello, request: each has its own timeout
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
