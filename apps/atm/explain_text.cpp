// SPDX-License-Identifier: MIT
#include "explain_text.hpp"

#include <atm/domain/relative_time.hpp>
#include <atm/json.hpp>
#include <vector>

#include "sheet.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

Style style_of(Stance stance) {
  switch (stance) {
    case Stance::kAgrees:
      return Style::kGreen;
    case Stance::kDisagrees:
      return Style::kRed;
    case Stance::kSilent:
      break;
  }
  return Style::kDim;
}

std::string evidence_text(const SessionDomain& session, const Scene& scene) {
  if (session.evidence.empty()) return "no evidence\n";
  Table table({{.title = "EVIDENCE", .shrink = Shrink::kMiddle, .narrowest = 16},
               {.title = "SAYS", .shrink = Shrink::kEnd, .narrowest = 16},
               {.title = "AGO", .align = Align::kRight},
               {.title = "STANCE"}});
  for (const Evidence& evidence : session.evidence) {
    table.add_row({{terminal_safe(evidence.origin)},
                   {terminal_safe(evidence.says)},
                   {format_age(evidence.at, scene.now)},
                   {std::string(stance_name(evidence.stance)), style_of(evidence.stance)}});
  }
  return table.render(scene.canvas);
}

std::string process_text(const SessionRuntime& place, Timestamp now) {
  if (!place.pid) return "unknown";
  std::string text = std::to_string(*place.pid) + (place.verified ? ", verified" : ", not verified");
  if (place.bound_by) text += ", named by " + *place.bound_by;
  if (place.bound_by && place.bound_at) text += " " + format_relative(*place.bound_at, now);
  return text;
}

std::string paragraph(const std::string& title, const std::vector<std::string>& sentences,
                      const Scene& scene) {
  if (sentences.empty()) return {};
  std::string text = "\n" + styled(title, Style::kBold, scene.canvas.colour) + "\n";
  for (const std::string& sentence : sentences) text += "  " + terminal_safe(sentence) + "\n";
  return text;
}

}  // namespace

std::string explain_text(const protocol::Session& session, const Scene& scene) {
  const SessionDomain& domain = session.domain;
  const AgentReports reports = scene.reports_of ? scene.reports_of(domain.agent) : AgentReports();
  Sheet sheet(scene);
  sheet.add("session", domain.id.view(), Style::kBold);
  sheet.add("status", status_text(domain), Style::kBold);
  sheet.add_time("since", domain.status_since);
  const std::string doubt = doubt_text(domain, scene.now, reports);
  sheet.add("certain", doubt.empty() ? "yes" : "no: " + doubt);
  sheet.add("cause", cause_text(domain));
  sheet.add("process", process_text(session.runtime, scene.now));
  if (domain.attention) {
    sheet.add("attention", attention_text(*domain.attention));
    sheet.add_time("attention since", domain.attention->since);
  }
  return sheet.text() + "\n" + evidence_text(domain, scene) +
         paragraph("what would change it", what_would_change(domain, scene.now, reports), scene) +
         paragraph("to get more evidence", how_to_see_more(session), scene);
}

std::string explain_json(std::string_view session) {
  json::Reader reader;
  const json::Value* root = reader.parse(session);
  if (root == nullptr || !root->IsObject()) return {};
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  for (const char* name : {"id", "agent", "status", "attention", "finished", "evidence", "process", "rev"}) {
    const json::Value* member = json::find(*root, name);
    if (member == nullptr) continue;
    json::key(writer, name);
    member->Accept(writer);
  }
  writer.EndObject();
  return std::string(json::text_of(buffer));
}

}  // namespace atm::cli
