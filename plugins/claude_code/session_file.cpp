// SPDX-License-Identifier: MIT
#include "session_file.hpp"

#include <charconv>
#include <optional>

#include "fields.hpp"
#include "process.hpp"

namespace claude_code {

namespace {

using atm::Status;
using atm::json::Value;

constexpr Field kSession[] = {
    {"cwd", Take::kText, "cwd"},
    {"startedAt", Take::kMillis, "started_at_ns"},
    {"version", Take::kText, "version"},
    {"entrypoint", Take::kText, "entrypoint"},
};

/// The recorded versions write `procStart` as text.
std::optional<std::int64_t> start_ticks(const Value& payload, Attributes& out) noexcept {
  const auto text = atm::json::get_string(payload, "procStart");
  if (!text) return count_member(payload, "procStart", out);
  std::int64_t ticks = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), ticks);
  if (error == std::errc() && end == text->data() + text->size() && ticks >= 0) return ticks;
  out.count_malformed();
  return std::nullopt;
}

/// `%PANE` of `SESSION:@WINDOW.%PANE`.
std::string_view pane_of(std::string_view tmux) noexcept {
  const std::size_t at = tmux.rfind(".%");
  if (at == std::string_view::npos) return {};
  const std::string_view pane = tmux.substr(at + 1);
  const bool is_pane = pane.size() > 1 && pane.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return is_pane ? pane : std::string_view();
}

Process process_of(const Value& payload, Attributes& out) noexcept {
  return {count_member(payload, "pid", out), start_ticks(payload, out),
          pane_of(text_member(payload, "tmux", out)), true};
}

struct Level {
  std::string_view state;
  std::string_view reason{};
  std::string_view detail{};
};

/// Unknown values are passed on unchanged.
Level level_of(std::string_view status, std::string_view waiting_for) noexcept {
  if (status == "shell") return {"background"};
  if (status != "waiting") return {status};
  // A panel that the user opened (/model, /config): the user is not needed.
  if (waiting_for == "dialog open") return {"dialog"};
  if (waiting_for == "input needed") return {"waiting", "question"};
  if (waiting_for == "sandbox request") return {"waiting", "permission", "sandbox_request"};
  if (waiting_for == "worker request") return {"waiting", "permission", "worker_request"};
  return {"waiting", waiting_for == "permission prompt" ? "permission" : waiting_for};
}

/// The time since which the status holds; the record's time if the file has none.
std::int64_t since(const Value& payload, std::int64_t read_at, Attributes& out) noexcept {
  if (const auto at = millis_member(payload, "statusUpdatedAt", out)) return *at;
  return millis_member(payload, "updatedAt", out).value_or(read_at);
}

void add_name(const Value& payload, Attributes& out) noexcept {
  const std::string_view name = text_member(payload, "name", out);
  // "derived": made from the directory; hooks and status line do not contain it.
  const bool is_own = atm::json::get_string(payload, "nameSource") != "derived";
  if (is_own && !name.empty()) out.add("session.name", name);
}

/// Sessions in print mode and in the background have no user; hooks report the same.
bool is_unattended(const Value& payload) noexcept {
  return atm::json::get_string(payload, "kind") == "bg" ||
         atm::json::get_string(payload, "entrypoint") == kPrintMode;
}

Status emit_end(const Process& process, Attributes& attrs, atm::ObservationHead head,
                const atm::ObservationSink& sink) {
  attrs.add("reason", "closed");
  add_identity(process, attrs);
  head.type = "session.ended";
  return sink.emit(head, attrs.finish());
}

}  // namespace

std::string transcript_path(std::string_view config_dir, std::string_view cwd, std::string_view session) {
  constexpr std::size_t kLongest = 200;
  if (config_dir.empty() || cwd.empty() || session.find('/') != std::string_view::npos) return {};
  std::string slug;
  for (const char c : cwd) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if ((byte & 0xC0U) == 0x80U) continue;  // not the first byte of its character
    // Claude Code counts UTF-16 units: a character above U+FFFF, four bytes here, counts as two.
    slug.append(byte >= 0xF0 ? 2 : 1, is_plain ? c : '-');
  }
  if (slug.size() > kLongest) return {};
  std::string path(config_dir);
  return path.append("/projects/").append(slug).append("/").append(session).append(".jsonl");
}

Status emit_session_file(const Value& payload, atm::Attrs context, const atm::ObservationHead& head,
                         const atm::ObservationSink& sink) {
  const auto kind = atm::json::get_string(payload, "kind");
  if (kind == "daemon" || kind == "daemon-worker") return Status::kSkip;

  Attributes attrs;
  const Process process = process_of(payload, attrs);
  if (context.text("event") == "gone") return emit_end(process, attrs, head, sink);
  const Status bound = emit_process_bound(process, context, head, sink);
  if (atm::to_c(bound) < 0) return bound;

  collect(payload, table(kSession), attrs);
  add_name(payload, attrs);
  if (is_unattended(payload)) attrs.add("attended", false);
  const std::string path = transcript_path(context.text("config_dir").value_or(""),
                                           atm::json::get_string(payload, "cwd").value_or(""), head.session);
  if (!path.empty()) attrs.add("transcript_path", std::string_view(path));

  atm::ObservationHead out = head;
  const std::string_view status = text_member(payload, "status", attrs);
  if (status.empty()) {
    out.type = "session.started";
    attrs.add("source", "discovered");
  } else {
    const Level level = level_of(status, text_member(payload, "waitingFor", attrs));
    out.type = "state.reported";
    out.time_ns = since(payload, head.time_ns, attrs);
    attrs.add("state", level.state);
    if (!level.reason.empty()) attrs.add("reason", level.reason);
    if (!level.detail.empty()) attrs.add("detail", level.detail);
  }
  return sink.emit(out, attrs.finish());
}

}  // namespace claude_code
