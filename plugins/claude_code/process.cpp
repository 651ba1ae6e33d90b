// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <algorithm>

namespace claude_code {

atm::Status emit_process_bound(atm::Attrs context, const atm::ObservationHead& head,
                               const atm::ObservationSink& sink) noexcept {
  constexpr std::string_view kTerminal[] = {"tty", "tmux.pane", "tmux.socket", "host", "boot_id"};
  const auto pid = context.integer("pid");
  const auto start_ticks = context.integer("start_ticks");
  if (!pid || *pid <= 0 || !start_ticks || *start_ticks <= 0) return atm::Status::kSkip;
  atm::AttrList<8> attrs;
  attrs.add("pid", pid);
  attrs.add("start_ticks", start_ticks);
  for (const std::string_view key : kTerminal) {
    const auto text = context.text(key);
    if (text && !text->empty()) attrs.add(key, text);
  }
  atm::ObservationHead bound = head;
  bound.type = "process.bound";
  return sink.emit(bound, attrs.view());
}

bool is_print_mode(atm::Attrs context) noexcept {
  return context.text("env.CLAUDE_CODE_ENTRYPOINT") == "sdk-cli";
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
