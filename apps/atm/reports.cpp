// SPDX-License-Identifier: MIT
// atm stats, atm plugins, atm ping: reports of the daemon on itself.
#include <atm/json.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "command.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

std::string scalar_text(const json::Value& value) {
  if (value.IsString()) return terminal_safe(json::text_of(value));
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return terminal_safe(json::text_of(buffer));
}

// One line `a.b  value` for each value below.
void add_rows(Table& table, const std::string& name, const json::Value& value) {
  if (!value.IsObject()) {
    table.add_row({{terminal_safe(name)}, {scalar_text(value)}});
    return;
  }
  for (const auto& member : value.GetObject()) {
    std::string key = name;
    if (!key.empty()) key += '.';
    add_rows(table, key.append(json::text_of(member.name)), member.value);
  }
}

std::string stats_text(const json::Value& stats) {
  Table table({{.title = "NAME"}, {.title = "VALUE"}});
  add_rows(table, "", stats);
  return table.render(scene_now().canvas);
}

std::string joined(const json::Value* list) {
  std::string text;
  if (list == nullptr) return text;
  for (const json::Value& item : list->GetArray()) text += (text.empty() ? "" : ", ") + scalar_text(item);
  return text;
}

std::string member(const json::Value& object, std::string_view name) {
  return terminal_safe(json::get_string(object, name).value_or(""));
}

// The problems of a plugin, the most severe first, each with its remedy.
std::vector<std::string> troubles_of(const json::Value& plugin) {
  std::vector<std::string> troubles;
  if (const json::Value* error = json::get_object(plugin, "error"))
    troubles.push_back(member(*error, "message"));
  if (const json::Value* hung = json::get_object(plugin, "hung")) {
    const std::string channel = member(*hung, "channel");
    const std::string call = member(*hung, "call") + (channel.empty() ? "" : " of " + channel);
    const std::string seconds = std::to_string(json::get_int(*hung, "ms").value_or(0) / 1000) + " s";
    troubles.push_back(json::get_bool(*hung, "has_returned").value_or(true)
                           ? "a call of " + call + " took " + seconds
                           : "a call of " + call + " has not returned for " + seconds + "; restart atmd");
  }
  if (const json::Value* pause = json::get_object(plugin, "pause"))
    troubles.push_back("paused until " + member(*pause, "until") + ": " + member(*pause, "reason"));
  if (const json::Value* last = json::get_object(plugin, "last_error"))
    troubles.push_back("last error at " + member(*last, "at") + " for a record of " +
                       member(*last, "channel") + ": " + member(*last, "text"));
  if (json::get_bool(plugin, "replaced").value_or(false))
    troubles.emplace_back("its library was replaced after it was loaded; restart atmd");
  return troubles;
}

std::string plugins_text(const json::Value& plugins) {
  Table table({{.title = "PLUGIN"},
               {.title = "VERSION"},
               {.title = "STATUS"},
               {.title = "PROVIDES", .shrink = Shrink::kEnd, .narrowest = 12}});
  std::string details;
  for (const json::Value& plugin : plugins.GetArray()) {
    const std::vector<std::string> troubles = troubles_of(plugin);
    std::string status = member(plugin, "status");
    const Style style = status == "loaded" && troubles.empty() ? Style::kPlain : Style::kRed;
    if (json::get_bool(plugin, "paused").value_or(false)) status = "paused";
    table.add_row({{member(plugin, "id")},
                   {member(plugin, "version")},
                   {status, style},
                   {joined(json::get_array(plugin, "provides"))}});
    for (const std::string& trouble : troubles) details += member(plugin, "id") + ": " + trouble + '\n';
  }
  // Below the table, which would cut them on a narrow terminal: the remedy is at the end.
  return table.render(scene_now().canvas) + (details.empty() ? "" : '\n' + details);
}

Result<std::string> report(const Global& global, const protocol::ClientMessage& request) {
  auto client = connect(global);
  if (!client) return client.error();
  auto reply = client->ask(request);
  if (!reply) return reply.error();
  if (auto* stats = std::get_if<protocol::Stats>(&reply->value)) return std::move(stats->json);
  if (auto* plugins = std::get_if<protocol::Plugins>(&reply->value)) return std::move(plugins->json);
  return Error{ErrorCode::kParseError, "unexpected answer from the daemon, expected statistics or plugins"};
}

}  // namespace

ExitCode run_stats(const Global& global, const ReportOptions& options) {
  const auto text = report(global, protocol::GetStats{});
  if (!text) return complain(text.error());
  if (options.json) return print_json(*text + "\n");
  json::Reader reader;
  const json::Value* stats = reader.parse(*text);
  if (stats == nullptr) return complain(Error::parse_error("the statistics", reader.error()));
  return print(stats_text(*stats));
}

ExitCode run_plugins(const Global& global, const ReportOptions& options) {
  const auto text = report(global, protocol::GetPlugins{});
  if (!text) return complain(text.error());
  if (options.json) return print_json(*text + "\n");
  json::Reader reader;
  const json::Value* plugins = reader.parse(*text);
  if (plugins == nullptr) return complain(Error::parse_error("the list of plugins", reader.error()));
  if (!plugins->IsArray()) return complain(Error::parse_error("the list of plugins", "not an array"));
  return print(plugins_text(*plugins));
}

ExitCode run_ping(const Global& global) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto begin = std::chrono::steady_clock::now();
  const auto reply = client->ask(protocol::Ping{1});
  if (!reply) return complain(reply.error());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::string ms = std::to_string(took.count());
  ms.resize(ms.find('.') + 3);
  return print("atmd " + terminal_safe(client->server().daemon_version) + " answers at " +
               terminal_safe(client->socket_path()) + " in " + ms + " ms\n");
}

}  // namespace atm::cli
