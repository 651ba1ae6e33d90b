// SPDX-License-Identifier: MIT
#include "session_details.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/session_view.hpp>
#include <charconv>
#include <optional>
#include <vector>

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

// Names and values, the values under one another.
class Sheet final {
 public:
  explicit Sheet(const Scene& scene) : scene_(scene) {}

  void add(std::string_view name, std::string_view value, Style style = Style::kPlain) {
    if (!value.empty()) lines_.push_back({terminal_safe(name), terminal_safe(value), style});
  }
  template <class Value>
  void add(const char* name, const std::optional<Value>& value) {
    if (!value) return;
    if constexpr (std::is_arithmetic_v<Value>) {
      add(name, std::to_string(*value));
    } else {
      add(name, *value);
    }
  }
  void add_time(const char* name, Timestamp time) {
    add(name, to_rfc3339(time) + " (" + format_relative(time, scene_.now) + ")");
  }
  void add_count(const char* name, const std::optional<std::uint64_t>& count) {
    if (count) add(name, TokenCount(*count).str() + " (" + std::to_string(*count) + ")");
  }

  [[nodiscard]] std::string text() const {
    std::size_t width = 0;
    for (const Line& line : lines_) width = std::max(width, display_width(line.name));
    std::string out;
    for (const Line& line : lines_) {
      out += styled(pad_right(line.name, width), Style::kDim, scene_.canvas.colour) + "  ";
      out += styled(line.value, line.style, scene_.canvas.colour) + "\n";
    }
    return out;
  }

 private:
  struct Line {
    std::string name;
    std::string value;
    Style style;
  };
  const Scene& scene_;
  std::vector<Line> lines_;
};

void add_status(Sheet& sheet, const SessionDomain& session) {
  sheet.add("status", status_text(session), Style::kBold);
  sheet.add_time("since", session.status_since);
  const StatusCause& cause = session.status_cause;
  if (!cause.type.empty()) {
    sheet.add("because of", cause.type + (cause.origin.empty() ? "" : " from " + cause.origin) + ", seq " +
                                std::to_string(cause.seq));
  }
  if (const auto started = session.status.tool_started_at()) sheet.add_time("tool started", *started);
  if (session.attention) {
    sheet.add("attention",
              session.attention->reason + (session.attention->acknowledged ? ", acknowledged" : ""));
    sheet.add_time("attention since", session.attention->since);
  }
  for (const Subagent& subagent : session.subagents) {
    sheet.add("subagent", subagent.id + (subagent.type.empty() ? "" : " (" + subagent.type + ")"));
  }
}

void add_context(Sheet& sheet, const ContextUsage& context) {
  sheet.add_count("input", context.current_input_tokens);
  sheet.add_count("output", context.current_output_tokens);
  sheet.add_count("cache read", context.cache_read_tokens);
  sheet.add_count("cache written", context.cache_creation_tokens);
  sheet.add_count("remaining", context.remaining_tokens());
}

void add_process(Sheet& sheet, const SessionInfrastructure& place) {
  sheet.add("pid", place.pid);
  sheet.add("process start", place.process_start_ticks);
  sheet.add("terminal", place.tty);
  sheet.add("tmux pane", place.tmux_pane);
  sheet.add("tmux socket", place.socket_path);
  sheet.add("host", place.host);
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
  sheet.add("model", domain.model.id.empty() ? view.model : view.model + " (" + domain.model.id + ")");
  add_status(sheet, domain);
  sheet.add("context", context_text(domain));
  add_context(sheet, domain.context);
  sheet.add("cost", domain.cost_source.empty() ? view.cost_display
                                               : view.cost_display + " (source: " + domain.cost_source + ")");
  sheet.add("duration",
            view.duration_display + " (API " + SessionDuration{domain.duration.api_ms, 0}.str() + ")");
  sheet.add("lines", view.lines_display);
  sheet.add_time("started", domain.started_at);
  sheet.add_time("last activity", domain.last_activity);
  if (domain.working_directory) sheet.add("directory", with_tilde(*domain.working_directory, scene.home));
  add_process(sheet, session.infrastructure);
  for (const auto& [key, value] : domain.facts) sheet.add(key, fact_text(value));
  sheet.add("revision", std::to_string(domain.rev));
  return sheet.text();
}

}  // namespace atm::cli
