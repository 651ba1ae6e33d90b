// SPDX-License-Identifier: MIT
#include "session_details.hpp"

#include <array>
#include <atm/domain/relative_time.hpp>
#include <atm/domain/session_view.hpp>
#include <charconv>
#include <chrono>
#include <optional>

#include "explain_reasons.hpp"
#include "prompt_cache.hpp"
#include "sheet.hpp"
#include "spent_gap.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr;
  return {text.data(), end};
}

std::string fact_text(const FactValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "yes" : "no";
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) return number_text(*d);
  return std::get<std::string>(value);
}

std::string subagent_text(const Subagent& subagent) {
  std::string text = subagent.id;
  if (!subagent.name.empty()) text += ", " + subagent.name;
  if (!subagent.type.empty()) text += " (" + subagent.type + ")";
  if (!subagent.parent.empty()) text += ", started by " + subagent.parent;
  return text;
}

void add_status(Sheet& sheet, const SessionDomain& session) {
  sheet.add("status", status_text(session), Style::kBold);
  sheet.add_time("since", session.status_since);
  sheet.add("cause", cause_text(session));
  if (const auto started = session.status.tool_started_at()) sheet.add_time("tool started", *started);
  if (session.attention) {
    sheet.add("attention", attention_text(*session.attention));
    sheet.add_time("attention since", session.attention->since);
  }
  if (session.detail) {
    if (const auto* const next = session.detail->args.get<std::string>("next"))
      sheet.add("next attempt", *next);
  }
  for (const Subagent& subagent : session.subagents) sheet.add("subagent", subagent_text(subagent));
}

void add_mode(Sheet& sheet, const SessionMode& mode) {
  sheet.add("permission mode", mode.permission);
  sheet.add("sandbox", mode.sandbox);
  sheet.add("effort", mode.effort);
}

void add_context(Sheet& sheet, const ContextUsage& context) {
  sheet.add_count("input", context.current_input_tokens);
  sheet.add_count("output", context.current_output_tokens);
  sheet.add_count("cache read", context.cache_read_tokens);
  sheet.add_count("cache written", context.cache_creation_tokens);
  sheet.add_count("remaining", context.remaining_tokens());
}

void add_process(Sheet& sheet, const SessionRuntime& place) {
  const std::string_view seen = place.pid_ns ? " (in a PID namespace that atmd cannot see)" : "";
  if (place.pid) sheet.add("pid", std::to_string(*place.pid).append(place.verified ? " (verified)" : seen));
  if (place.process_start_ticks) sheet.add_number("process start", *place.process_start_ticks);
  sheet.add("terminal", place.tty);
  sheet.add("tmux pane", place.tmux_pane);
  sheet.add("tmux socket", place.socket_path);
  sheet.add("terminal program", place.terminal_program);
  sheet.add("terminal pane", place.terminal_pane);
  sheet.add("terminal socket", place.terminal_socket);
  sheet.add("host", place.host);
}

// The ledger's amount, the agent's own beside it, and what the difference may consist of.
void add_cost(Sheet& sheet, const SessionDomain& domain, const SessionView& view, const Scene& scene) {
  const std::string own = domain.cost_source.empty()
                              ? view.cost_display
                              : view.cost_display + " (source: " + domain.cost_source + ")";
  const auto found = scene.spent.find(domain.id.view());
  if (found == scene.spent.end()) return sheet.add("cost", own);
  const Spent& spent = found->second;
  const auto counted = [](std::uint64_t count, const char* word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
  };
  sheet.add("cost", spent.amount + " list price, " + counted(spent.responses, "response"));
  const auto gap = spent_gap(domain, spent);
  if (!gap) return;
  sheet.add("agent's cost", own);
  if (gap->parts.empty()) return;
  std::string parts;
  for (const GapPart& part : gap->parts) parts += (parts.empty() ? "" : ", ") + part.text;
  sheet.add("difference",
            gap->amount.format() + (gap->is_more ? " more, in no transcript: " : " less: ") + parts);
}

// `expires in 42m (2026-03-01T12:42:00+00:00), 38K tokens`: what a later prompt writes to the cache again.
void add_prompt_cache(Sheet& sheet, const Facts& facts, Timestamp now) {
  const auto cache = prompt_cache_of(facts);
  if (!cache) return;
  const Timestamp time = cache->expires_at;
  const std::string when =
      time > now ? "expires in " + format_age(now, time) : "expired " + format_relative(time, now);
  sheet.add("prompt cache", when + " (" + local_time(time) + ")" + cache->tokens_text());
}

}  // namespace

std::string session_details(const protocol::Session& session, const Scene& scene) {
  const SessionDomain& domain = session.domain;
  const SessionView view = SessionView::from(domain, scene.now);
  Sheet sheet(scene);
  sheet.add("session", domain.id.view(), Style::kBold);
  sheet.add("agent", domain.agent);
  sheet.add("version", domain.agent_version);
  sheet.add("role", domain.agent_type.is_custom() ? domain.agent_type.short_name()
                                                  : std::string(domain.agent_type.label()));
  if (domain.parent) sheet.add("parent", domain.parent->view());
  if (domain.forked_from) sheet.add("forked from", domain.forked_from->view());
  sheet.add("name", domain.name);
  sheet.add("model", domain.model.id.empty() ? view.model : view.model + " (" + domain.model.id + ")");
  add_mode(sheet, domain.mode);
  add_status(sheet, domain);
  sheet.add("context", context_text(domain));
  add_context(sheet, domain.context);
  add_cost(sheet, domain, view, scene);
  add_prompt_cache(sheet, domain.facts, scene.now);
  sheet.add("duration",
            view.duration_display + " (API " + SessionDuration{domain.duration.api_ms, 0}.str() + ")");
  sheet.add("lines", view.lines_display);
  sheet.add_time("started", domain.started_at);
  sheet.add_time("last activity", domain.last_activity);
  if (domain.working_directory) sheet.add("directory", with_tilde(*domain.working_directory, scene.home));
  add_process(sheet, session.runtime);
  for (const auto& [key, value] : domain.facts) sheet.add(key, fact_text(value));
  sheet.add("revision", std::to_string(domain.rev));
  return sheet.text();
}

}  // namespace atm::cli
