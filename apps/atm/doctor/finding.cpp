// SPDX-License-Identifier: MIT
#include "finding.hpp"

#include <algorithm>
#include <array>
#include <atm/json.hpp>

#include "table.hpp"
#include "text.hpp"

namespace atm::cli::doctor {

namespace {

constexpr int kSchema = 1;
constexpr std::size_t kTextBytes = 1000;
constexpr std::array<std::string_view, 4> kNames{"ok", "note", "warning", "error"};

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return Style::kRed;
    case Severity::kWarning:
      return Style::kYellow;
    case Severity::kNote:
      return Style::kBlue;
    case Severity::kOk:
      break;
  }
  return Style::kGreen;
}

std::string shown(std::string_view text) {
  return terminal_safe(text.size() > kTextBytes ? std::string(utf8_cut(text, kTextBytes)) + "…"
                                                : std::string(text));
}

std::size_t count_of(const Findings& findings, Severity severity) {
  return static_cast<std::size_t>(std::count_if(
      findings.begin(), findings.end(), [severity](const Finding& one) { return one.severity == severity; }));
}

std::string summary(const Findings& findings) {
  const std::size_t errors = count_of(findings, Severity::kError);
  const std::size_t warnings = count_of(findings, Severity::kWarning);
  if (errors + warnings == 0) return "no problems found\n";
  std::string text;
  if (errors > 0) text += counted(errors, "error");
  if (warnings > 0) text += (text.empty() ? "" : ", ") + counted(warnings, "warning");
  return text + "\n";
}

}  // namespace

std::string_view severity_name(Severity severity) noexcept {
  return kNames[static_cast<std::size_t>(severity)];
}

Finding finding(std::string_view id, Severity severity, std::string_view found, std::string_view remedy) {
  return {std::string(id), severity, shown(found), shown(remedy)};
}

void sort_by_severity(Findings& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
}

Severity worst_of(const Findings& findings) noexcept {
  Severity worst = Severity::kOk;
  for (const Finding& one : findings) worst = std::max(worst, one.severity);
  return worst;
}

std::string counted(std::uint64_t count, std::string_view what) {
  std::string text = std::to_string(count);
  text.append(" ").append(what);
  return count == 1 ? text : text + (what.ends_with('s') ? "es" : "s");
}

std::string findings_text(const Findings& findings, bool colour) {
  std::size_t ids = 0;
  for (const Finding& one : findings) ids = std::max(ids, one.id.size());
  constexpr std::size_t kNameColumns = 7;
  const std::string indent(kNameColumns + 2 + ids + 2, ' ');
  std::string text;
  for (const Finding& one : findings) {
    const std::string name = pad_right(std::string(severity_name(one.severity)), kNameColumns);
    text += styled(name, style_of(one.severity), colour) + "  " + pad_right(one.id, ids) + "  " + one.found +
            "\n";
    if (!one.remedy.empty()) text += indent + "→ " + one.remedy + "\n";
  }
  return text + "\n" + summary(findings);
}

std::string findings_json(const Findings& findings, std::string_view version) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::key(writer, "schema");
  writer.Int(kSchema);
  json::member(writer, "version", version);
  json::member(writer, "worst", severity_name(worst_of(findings)));
  json::key(writer, "findings");
  writer.StartArray();
  for (const Finding& one : findings) {
    writer.StartObject();
    json::member(writer, "id", one.id);
    json::member(writer, "severity", severity_name(one.severity));
    if (!one.agent.empty()) json::member(writer, "agent", one.agent);
    json::member(writer, "found", one.found);
    if (!one.remedy.empty()) json::member(writer, "remedy", one.remedy);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return std::string(json::text_of(buffer)) + "\n";
}

}  // namespace atm::cli::doctor
