// SPDX-License-Identifier: MIT
// atm explain ID: prints the reasons for the status of a session.
#include "command.hpp"
#include "explain_text.hpp"
#include "lookup.hpp"

namespace atm::cli {

ExitCode run_explain(const Global& global, const ExplainOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = ask_sessions(*client);
  if (!reply) return complain(reply.error());
  return show_reasons(*reply, options, scene_now());
}

ExitCode show_reasons(const Client::Message& reply, const ExplainOptions& options, const Scene& scene) {
  const auto found = find_in(reply, options.id);
  if (!found) return complain(found.error());
  if (options.json) return print_json(explain_json(found->json) + "\n");
  Scene with_reports = scene;
  with_reports.reports_of = options.reports_of;
  return print(explain_text(found->session, with_reports));
}

}  // namespace atm::cli
