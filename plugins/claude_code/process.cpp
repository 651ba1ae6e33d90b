// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <algorithm>
#include <atm/json.hpp>

namespace claude_code {

Process process_of(atm::Attrs context) noexcept {
  return {context.integer("pid"), context.integer("start_ticks"), {}, false};
}

void add_identity(const Process& process, Attributes& out) noexcept {
  if (!process.is_known()) return;
  out.add("pid", process.pid);
  out.add("start_ticks", process.start_ticks);
}

atm::Status emit_process_bound(const Process& process, atm::Attrs context, const atm::ObservationHead& head,
                               const atm::ObservationSink& sink) noexcept {
  constexpr std::string_view kPane = "tmux.pane";
  constexpr std::string_view kTerminal[] = {"tty", kPane, "tmux.socket", "host", "boot_id"};
  // A hook that Claude Code posts itself contains a pane and no process.
  if (!process.is_known() && context.text(kPane).value_or("").empty()) return atm::Status::kSkip;
  atm::AttrList<8> attrs;
  if (process.is_known()) {
    attrs.add("pid", process.pid);
    attrs.add("start_ticks", process.start_ticks);
  }
  for (const std::string_view key : kTerminal) {
    const bool is_own = key == kPane && !process.tmux_pane.empty();
    const auto text = is_own ? std::optional(process.tmux_pane) : context.text(key);
    if (text && !text->empty()) attrs.add(key, text);
  }
  if (process.is_sole && process.is_known()) attrs.add("sole", true);
  atm::ObservationHead bound = head;
  bound.type = "process.bound";
  return sink.emit(bound, attrs.view());
}

bool is_print_mode(atm::Attrs context) noexcept {
  return context.text("env.CLAUDE_CODE_ENTRYPOINT") == kPrintMode;
}

Process enclosing_client(atm::Attrs context) {
  const Process client = process_of(context);
  const auto chain_text = context.text("ppids");
  if (!client.is_known() || !chain_text) return {};
  atm::json::Reader reader;
  const atm::json::Value* chain = reader.parse(*chain_text);
  if (chain == nullptr || !chain->IsArray()) return {};
  bool is_above = false;
  for (const atm::json::Value& process : chain->GetArray()) {
    const auto pid = atm::json::get_int(process, "pid");
    if (is_above && atm::json::get_string(process, "comm") == "claude")
      return {pid, atm::json::get_int(process, "start_ticks"), {}, false};
    is_above = is_above || pid == client.pid;
  }
  return {};
}

ClientVersion::ClientVersion(atm::Attrs context) noexcept {
  constexpr std::string_view kPrefix = "claude-code_";
  const std::string_view agent = context.text("env.AI_AGENT").value_or("");
  if (!agent.starts_with(kPrefix)) return;
  const std::string_view rest = agent.substr(kPrefix.size());
  const std::string_view version = rest.substr(0, rest.find('_'));
  const bool is_version = !version.empty() && version.size() <= text_.size() &&
                          version.find_first_not_of("0123456789-") == std::string_view::npos;
  if (!is_version) return;
  std::replace_copy(version.begin(), version.end(), text_.begin(), '-', '.');
  size_ = version.size();
}

}  // namespace claude_code
