// SPDX-License-Identifier: MIT
#include "render.hpp"

#include <rapidcheck.h>

#include <atm/json.hpp>
#include <fstream>

#include "support/catch.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

StatusScene scene_of(std::string_view payload) {
  StatusScene scene;
  scene.input = read_status_input(payload).value_or(StatusInput{});
  scene.home = "/home/dev";
  return scene;
}

std::string shown(std::string_view format, const StatusScene& scene) {
  return render_status(parse_format(format), scene);
}

StatusScene filled(double percent) {
  StatusScene scene;
  scene.input.context.used_percentage = percent;
  return scene;
}

// Removes SGR sequences; other escape sequences stay.
std::string without_sgr(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const std::size_t digits =
        text.substr(0, 2) == "\x1b[" ? text.find_first_not_of("0123456789;", 2) : text.npos;
    if (digits != text.npos && text[digits] == 'm') {
      text.remove_prefix(digits + 1);
    } else {
      plain += text.front();
      text.remove_prefix(1);
    }
  }
  return plain;
}

// A line of a recording, as Claude Code passed it to its command.
StatusScene recorded(const std::string& line) {
  json::Reader reader;
  const json::Value* record = reader.parse(line);
  const json::Value* payload = record == nullptr ? nullptr : json::get_object(*record, "stdin");
  if (payload == nullptr) return {};
  json::Buffer buffer;
  json::Writer writer(buffer);
  payload->Accept(writer);
  return scene_of(json::text_of(buffer));
}

TEST_CASE("the bar is filled like the context, shaded beyond the warning, and marked as in atm list",
          "[status_line]") {
  CHECK(shown("{context} {percent}", filled(0)) == "░░░░░░░░▒▒ 0%\n");
  CHECK(shown("{context} {percent}", filled(1)) == "█░░░░░░░▒▒ 1%\n");
  CHECK(shown("{context} {percent}", filled(42)) == "████░░░░▒▒ 42%\n");
  CHECK(shown("{context} {percent}", filled(79)) == "███████░▒▒ 79%\n");
  CHECK(shown("{context} {percent}", filled(80)) == "████████▒▒ 80% !\n");
  CHECK(shown("{context} {percent}", filled(90)) == "█████████▒ 90% !!\n");
  CHECK(shown("{context} {percent}", filled(100)) == "██████████ 100% !!\n");
  CHECK(shown("{context} {percent}", filled(1e308)) == "██████████ 100% !!\n");
  CHECK(shown("{context:5}", filled(50)) == "██░░▒\n");
  CHECK(shown("{context:1}", filled(0)) == "▒\n");
}

TEST_CASE("the colour depends on the level", "[status_line]") {
  const auto colour = [](double percent) {
    StatusScene scene = filled(percent);
    scene.canvas.colour = true;
    return shown("{percent}", scene);
  };
  CHECK(colour(59) == "\x1b[32m59%\x1b[0m\n");
  CHECK(colour(60) == "\x1b[33m60%\x1b[0m\n");
  CHECK(colour(80) == "\x1b[33m80% !\x1b[0m\n");
  CHECK(colour(90) == "\x1b[31m90% !!\x1b[0m\n");
}

TEST_CASE("an empty segment is omitted with its separator", "[status_line]") {
  StatusScene scene;
  scene.input.model.display_name = "X";
  scene.input.cost = Money::from_usd(1.5);
  CHECK(shown("{model} | {context} {percent} | {cost} | {lines}", scene) == "X | $1.50\n");
  CHECK(shown("{lines} | {model}", scene) == "X\n");
  CHECK(shown("{lines} | {limits}", scene).empty());
  scene.spent = "$1.18";
  CHECK(shown("{model} | {cost} ({spent})", scene) == "X | $1.50 ($1.18)\n");
  CHECK(shown("cost {cost} so far | ctx {percent} full", scene) == "cost $1.50 so far\n");
  CHECK(shown("{branch} {model} {branch} {cost} {branch}", scene) == "X $1.50\n");
  CHECK(shown("always | {lines}", scene) == "always\n");
  CHECK(shown("{lines}\\n{model}\\n\\n{cost}", scene) == "X\n$1.50\n");
}

TEST_CASE("every placeholder shows its value", "[status_line]") {
  StatusScene scene = scene_of(
      R"({"session_name":"orders","cwd":"/home/dev/api","model":{"display_name":"Sonnet 4.6"},"version":"2.1.330",)"
      R"("effort":{"level":"high"},"agent":{"name":"reviewer"},"vim":{"mode":"NORMAL"},"pr":{"number":12},)"
      R"("cost":{"total_cost_usd":12.34,"total_duration_ms":5430000,"total_lines_added":150,"total_lines_removed":30},)"
      R"("context_window":{"context_window_size":200000,"current_usage":{"input_tokens":1000,)"
      R"("cache_creation_input_tokens":3000,"cache_read_input_tokens":80000}},)"
      R"("rate_limits":{"five_hour":{"used_percentage":23.6},"seven_day":{"used_percentage":61}}})");
  scene.branch = "main";
  scene.attention = "web needs you (question)";
  CHECK(shown("{model}", scene) == "Sonnet 4.6\n");
  CHECK(shown("{effort}", scene) == "high\n");
  CHECK(shown("{percent}", scene) == "42%\n");
  CHECK(shown("{tokens}", scene) == "84K/200K\n");
  CHECK(shown("{cost}", scene) == "$12.3\n");
  CHECK(shown("{lines}", scene) == "+150 -30\n");
  CHECK(shown("{duration}", scene) == "1h 30m\n");
  CHECK(shown("{directory}", scene) == "~/api\n");
  CHECK(shown("{folder}", scene) == "api\n");
  CHECK(shown("{branch}", scene) == "main\n");
  CHECK(shown("{pr}", scene) == "#12\n");
  CHECK(shown("{session}", scene) == "orders\n");
  CHECK(shown("{agent}", scene) == "reviewer\n");
  CHECK(shown("{limits}", scene) == "5h 24% 7d 61%\n");
  CHECK(shown("{vim}", scene) == "NORMAL\n");
  CHECK(shown("{version}", scene) == "2.1.330\n");
  CHECK(shown("{attention}", scene) == "web needs you (question)\n");
}

TEST_CASE("the name of a directory is its last part", "[status_line]") {
  for (const auto& [path, name] : std::vector<std::pair<std::string, std::string>>{{"/", "/"},
                                                                                   {"/home/dev", "~"},
                                                                                   {"/home/dev/", "~"},
                                                                                   {"/srv/a b/", "a b"},
                                                                                   {"rel", "rel"},
                                                                                   {"", ""}}) {
    StatusScene scene;
    scene.input.directory = path;
    scene.home = "/home/dev";
    CHECK(shown("{folder}", scene) == (name.empty() ? name : name + "\n"));
  }
}

TEST_CASE("a line is cut with an ellipsis, but not inside a wide character or an escape", "[status_line]") {
  StatusScene scene;
  scene.input.model.display_name = "日本語モデル";
  scene.input.session_name = "🚀🚀";
  scene.canvas.columns = 8;
  CHECK(shown("{model} {session}", scene) == "日本語…\n");
  scene.canvas.colour = true;
  CHECK(shown("{model} {session}", scene) == "\x1b[1m日本語\x1b[0m…\n");
  scene.canvas.columns = 12;
  CHECK(shown("{model} {session}", scene) == "\x1b[1m日本語モデ\x1b[0m…\n");
  scene.canvas.columns = 1;
  CHECK(shown("{model} {session}", scene) == "…\n");
  scene.canvas.columns = 17;
  CHECK(shown("{model} {session}", scene) == "\x1b[1m日本語モデル\x1b[0m 🚀🚀\n");
}

TEST_CASE("a style of the format applies to the rest of its line", "[status_line]") {
  StatusScene scene = filled(95);
  scene.canvas.colour = true;
  CHECK(shown("{blue}a {percent}{plain} b\\nc", scene) == "\x1b[34ma \x1b[0m\x1b[34m95% !!\x1b[0m b\nc\n");
  scene.canvas.colour = false;
  CHECK(shown("{blue}a {percent}{plain} b", scene) == "a 95% !! b\n");
}

TEST_CASE("no name writes a control character to the terminal", "[status_line]") {
  const StatusScene scene =
      scene_of("{\"cwd\":\"/x/\\u001b[2J\\u0007\\n\\u202e\",\"model\":{\"display_name\":\"\\u009b1m\"}}");
  CHECK(shown("{model} {folder}", scene) == "\uFFFD1m \uFFFD[2J\uFFFD \uFFFD\n");
}

TEST_CASE("every recorded status renders a line with its model", "[status_line]") {
  int seen = 0;
  for (const char* const flow : {"2.1.330/statusline", "2.1.330/compact", "2.1.330/million", "2.1.330/model",
                                 "2.1.330/ctxlevels", "2.1.330/clear_resume", "2.1.197/model",
                                 "2.1.197/clear_resume", "2.1.197/errors", "2.1.197/compact"}) {
    std::ifstream file(std::string(ATM_TEST_RECORDINGS "/") + flow + ".jsonl");
    for (std::string line; std::getline(file, line);) {
      json::Reader reader;
      const json::Value* record = reader.parse(line);
      REQUIRE(record != nullptr);
      if (json::get_string(*record, "kind") != "statusline") continue;
      const json::Value* payload = json::get_object(*record, "stdin");
      REQUIRE(payload != nullptr);
      const std::string text = shown(kDefaultFormat, recorded(line));
      INFO(line.substr(0, 40) << " of " << flow << ": " << text);
      const json::Value* context = json::get_object(*payload, "context_window");
      REQUIRE(context != nullptr);
      CHECK(std::count(text.begin(), text.end(), '\n') == 1);
      CHECK(text.find('$') != std::string::npos);
      CHECK((text.find('%') != std::string::npos) ==
            json::get_double(*context, "used_percentage").has_value());
      ++seen;
    }
  }
  CHECK(seen > 100);
}

TEST_CASE("the rendering of recorded statuses does not change", "[status_line]") {
  struct Row {
    const char* flow;
    int seq;
    const char* line;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"2.1.330/statusline", 4, "Sonnet 4.6 | $0.00\n"},
           {"2.1.330/statusline", 12, "Sonnet 4.6 | █░░░░░░░▒▒ 5% | $0.05\n"},
           {"2.1.330/compact", 18, "Sonnet 4.6 | ███████░▒▒ 75% | $0.91\n"},
           {"2.1.330/compact", 26, "Sonnet 4.6 | ░░░░░░░░▒▒ 0% | $0.93\n"},
           {"2.1.330/million", 32, "Opus 4.8 | █████░░░▒▒ 50% | $5.30\n"},
           {"2.1.330/million", 53, "Opus 4.8 | █████████▒ 99% !! | $11.3\n"},
           {"2.1.330/ctxlevels", 18, "Sonnet 4.6 | ████████▒▒ 80% ! | $0.89\n"},
           {"2.1.330/ctxlevels", 32, "Sonnet 4.6 | █████████▒ 90% !! | $1.11\n"},
           {"2.1.197/model", 44, "Opus 4.6 | █░░░░░░░▒▒ 1% | $0.23\n"},
           {"2.1.197/model", 114, "my-gateway/some-model | █░░░░░░░▒▒ 5% | $0.57\n"},
           {"2.1.197/tools", 32, "Sonnet 4.6 | █░░░░░░░▒▒ 7% | $0.10 | +6 -1\n"},
       }) {
    std::ifstream file(std::string(ATM_TEST_RECORDINGS "/") + row.flow + ".jsonl");
    std::string text;
    for (std::string line; text.empty() && std::getline(file, line);) {
      if (line.starts_with("{\"seq\":" + std::to_string(row.seq) + ","))
        text = shown(kDefaultFormat, recorded(line));
    }
    CHECK(text == row.line);
  }
}

std::string hostile_json(const std::string& model, const std::string& directory, double percent) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::member(writer, "cwd", directory);
  json::key(writer, "model");
  writer.StartObject();
  json::member(writer, "display_name", model);
  writer.EndObject();
  json::key(writer, "context_window");
  writer.StartObject();
  json::key(writer, "used_percentage");
  writer.Double(percent);
  writer.EndObject();
  writer.EndObject();
  return std::string(json::text_of(buffer));
}

TEST_CASE("no line exceeds the width or contains a control character", "[status_line]") {
  const auto some_format = rc::gen::mapcat(rc::gen::inRange(0, 2), [](int kind) {
    return kind == 0
               ? rc::gen::arbitrary<std::string>()
               : rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                                  "{model}", " | ", "{folder}", " ", "{context:20}", "{percent}", "{red}",
                                  "日本", "\\n", "{plain}", "🚀", "  ", "{attention}", "{oops}", "{{")),
                              [](const std::vector<std::string>& parts) {
                                std::string text;
                                for (const std::string& part : parts) text += part;
                                return text;
                              });
  });
  CHECK(rc::check("hostile names in any format", [&] {
    const std::string text = *some_format;
    StatusScene scene = scene_of(hostile_json(
        *rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<int>()));
    scene.attention = *rc::gen::arbitrary<std::string>();
    const auto columns = *rc::gen::inRange<std::size_t>(1, 60);
    scene.canvas = {columns, *rc::gen::arbitrary<bool>()};
    const std::string out = render_status(parse_format(text), scene);
    RC_ASSERT(scene.canvas.colour || out.find('\x1b') == std::string::npos);
    std::string rest = without_sgr(out);
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      RC_ASSERT(end != std::string::npos);
      const std::string line = rest.substr(0, end);
      RC_ASSERT(terminal_safe(line) == line);
      RC_ASSERT(display_width(line) <= columns);
      rest.erase(0, end + 1);
    }
  }));
}

}  // namespace
}  // namespace atm::cli
