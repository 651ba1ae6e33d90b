// SPDX-License-Identifier: MIT
// atm stats, atm plugins, atm ping: what the daemon says of itself.
#include <atm/json.hpp>
#include <chrono>
#include <string>

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

// `a.b  value` for each value below.
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

std::string plugins_text(const json::Value& plugins) {
  Table table({{.title = "PLUGIN"},
               {.title = "VERSION"},
               {.title = "STATUS"},
               {.title = "PROVIDES", .shrink = Shrink::kEnd, .narrowest = 12, .dispensable = 1},
               {.title = "WHAT IS WRONG", .shrink = Shrink::kEnd, .narrowest = 20}});
  for (const json::Value& plugin : plugins.GetArray()) {
    const std::string status = member(plugin, "status");
    const Style style = status == "loaded" ? Style::kPlain : Style::kRed;
    const json::Value* error = json::get_object(plugin, "error");
    table.add_row({{member(plugin, "id")},
                   {member(plugin, "version")},
                   {status, style},
                   {joined(json::get_array(plugin, "provides"))},
                   {error == nullptr ? "" : member(*error, "message")}});
  }
  return table.render(scene_now().canvas);
}

Result<std::string> report(const Global& global, const protocol::ClientMessage& request) {
  auto client = connect(global);
  if (!client) return client.error();
  auto reply = client->ask(request);
  if (!reply) return reply.error();
  if (auto* stats = std::get_if<protocol::Stats>(&reply->value)) return std::move(stats->json);
  if (auto* plugins = std::get_if<protocol::Plugins>(&reply->value)) return std::move(plugins->json);
  return Error{ErrorCode::kParseError, "the daemon answered with something else"};
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
  if (!plugins->IsArray()) return complain(Error::parse_error("the list of plugins", "no array"));
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
