// SPDX-License-Identifier: MIT
#include "settings_generator_test_support.hpp"

#include <vector>

namespace atm::cli::setup {

void SettingsGenerator::choose_style() {
  static const char* const kUnits[] = {"  ", "    ", "\t", "", "   "};
  line_end_ = chance(25) ? "\r\n" : "\n";
  unit_ = one_of(kUnits);
  comments_ = chance(40) ? 20 : 0;
  trailing_commas_ = chance(30) ? 50 : 0;
  is_one_line_ = chance(15);
}

std::string SettingsGenerator::gap(std::size_t level) {
  static const char* const kBlocks[] = {"/**/", "/* , } ] \" */", "/* // */", "/* \xC3\xA9 { */"};
  std::string out = chance(50) ? " " : "";
  if (!chance(comments_)) return out;
  if (is_one_line_ || chance(60)) return out + one_of(kBlocks);
  if (chance(20)) return out + "/* two" + line_end_ + "lines */";
  out += "// a \"comment\", with { and }" + line_end_;
  for (std::size_t i = 0; i < level; ++i) out += unit_;
  return out;
}

std::string SettingsGenerator::entry_gap(std::size_t level) {
  if (is_one_line_ || chance(5)) return gap(level);
  std::string out = gap(level) + line_end_;
  if (chance(5)) out += line_end_;
  for (std::size_t i = 0; i < level; ++i) out += unit_;
  return out + (chance(comments_) ? gap(level) : "");
}

std::string SettingsGenerator::wrapped(char open, const std::vector<std::string>& entries, char close,
                                       std::size_t level) {
  std::string out(1, open);
  if (entries.empty()) return out + (chance(30) ? entry_gap(level) : "") + close;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    out += entry_gap(level + 1) + entries[i];
    if (chance(comments_)) out += gap(level + 1);
    if (i + 1 < entries.size() || chance(trailing_commas_)) out += ',';
  }
  return out + entry_gap(level) + close;
}

std::string SettingsGenerator::member(const std::string& key, const std::string& value) {
  return '"' + key + '"' + (chance(comments_ / 4) ? gap(0) : "") + ':' + (chance(80) ? " " : "") + value;
}

std::string SettingsGenerator::text() {
  static const char* const kTexts[] = {"\"\"",
                                       "\"plain\"",
                                       "\"a // b /* c */\"",
                                       "\"quote \\\" and \\\\\"",
                                       "\"\\u00e9\\ud83d\\ude00\\n\"",
                                       "\"\xC3\xA9\xF0\x9F\x98\x80\"",
                                       "\"{[,]}\"",
                                       "\"\\/\\b\"",
                                       "\"\xFF\xFE not UTF-8\""};
  return one_of(kTexts);
}

std::string SettingsGenerator::scalar() {
  static const char* const kOthers[] = {
      "0", "-1", "1.50", "1e3", "1E+30", "-0.0", "12345678901234567890", "true", "false", "null"};
  return chance(50) ? text() : one_of(kOthers);
}

std::string SettingsGenerator::value(std::size_t level, std::size_t depth) {
  static const char* const kKeys[] = {"a",       "b",     "allow",      "deny",   "",
                                      "\\u0061", "hooks", "statusLine", "FOO_BAR"};
  if (depth == 0 || chance(50)) return scalar();
  std::vector<std::string> entries;
  const bool is_object = chance(50);
  for (std::size_t i = below(5); i-- > 0;) {
    std::string one = value(level + 1, depth - 1);
    entries.push_back(is_object ? member(one_of(kKeys), one) : std::move(one));
  }
  return is_object ? wrapped('{', entries, '}', level) : wrapped('[', entries, ']', level);
}

std::string SettingsGenerator::handler(std::size_t level) {
  static const char* const kCommands[] = {"\"notify-send done\"", "\"~/bin/log.sh\"", "\"echo atm-hook\"",
                                          "\"/x/atm-hook --agent claude_code; notify\"",
                                          "\"jq -r '.tool' >> \\\"$HOME/log\\\"\""};
  if (chance(5)) return value(level, 2);
  std::vector<std::string> entries{member("type", chance(85) ? "\"command\"" : "\"prompt\""),
                                   member("command", chance(90) ? one_of(kCommands) : text())};
  if (chance(40)) entries.push_back(member("timeout", "10"));
  if (chance(10)) entries.push_back(member("type", "\"command\""));
  return wrapped('{', entries, '}', level);
}

std::string SettingsGenerator::group(std::size_t level) {
  if (chance(5)) return value(level, 1);
  std::vector<std::string> handlers;
  for (std::size_t i = below(3); i-- > 0;) handlers.push_back(handler(level + 2));
  std::vector<std::string> entries;
  if (chance(50)) entries.push_back(member("matcher", chance(50) ? "\"Bash|Edit\"" : "\"\""));
  if (chance(95)) entries.push_back(member("hooks", wrapped('[', handlers, ']', level + 1)));
  return wrapped('{', entries, '}', level);
}

std::string SettingsGenerator::hooks(std::size_t level) {
  static const char* const kEvents[] = {"PreToolUse",   "PostToolUse",  "Stop",
                                        "Notification", "SessionStart", "WorktreeCreate",
                                        "PreCompact",   "Unknown",      "Sto\\u0070"};
  std::vector<std::string> events;
  for (std::size_t i = below(6); i-- > 0;) {
    std::vector<std::string> groups;
    for (std::size_t j = below(4); j-- > 0;) groups.push_back(group(level + 2));
    events.push_back(member(one_of(kEvents), wrapped('[', groups, ']', level + 1)));
  }
  return wrapped('{', events, '}', level);
}

std::string SettingsGenerator::status_line(std::size_t level) {
  static const char* const kCommands[] = {"\"~/.claude/line.sh\"", "\"npx -y ccline@latest\"",
                                          "\"input=$(cat); echo \\\"$input\\\" | jq -r '.model'\"",
                                          "\"it's\\nmine\"",
                                          "\"tee >(/x/atm-hook --agent claude_code --status-line)\""};
  std::vector<std::string> entries{member("type", "\"command\""), member("command", one_of(kCommands))};
  if (chance(40)) entries.push_back(member("padding", "0"));
  if (chance(20)) entries.insert(entries.begin(), member("refreshInterval", "5"));
  return wrapped('{', entries, '}', level);
}

std::string SettingsGenerator::root() {
  static const char* const kKeys[] = {"model", "permissions",    "env",       "$schema",
                                      "theme", "enabledPlugins", "\\u0068ook"};
  std::vector<std::string> entries;
  for (std::size_t i = below(6); i-- > 0;) entries.push_back(member(one_of(kKeys), value(1, 4)));
  const auto add = [&](std::string entry) {
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(below(entries.size() + 1)),
                   std::move(entry));
  };
  if (chance(60)) add(member(chance(95) ? "hooks" : "\\u0068ooks", hooks(1)));
  if (chance(10)) add(member("hooks", hooks(1)));
  if (chance(40)) add(member("statusLine", status_line(1)));
  if (chance(5)) add(member("statusLine", status_line(1)));
  if (chance(3)) {
    const std::size_t deep = below(490);
    add(member("deep", std::string(deep, '[') + scalar() + std::string(deep, ']')));
  }
  if (chance(1) && chance(30)) {
    std::vector<std::string> many;
    for (std::size_t i = 2000 + below(2000); i-- > 0;) many.push_back(scalar());
    add(member("many", wrapped('[', many, ']', 1)));
  }
  return wrapped('{', entries, '}', 0);
}

std::string SettingsGenerator::broken(std::string text) {
  for (std::size_t i = 1 + below(3); i-- > 0 && !text.empty();) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text.erase(at, 1 + below(4));
        break;
      case 2:
        text.insert(at, 1, "{}[],:\"/*\\\n0x"[below(13)]);
        break;
      default:
        text[at] = static_cast<char>(below(256));
    }
  }
  return text;
}

GeneratedSettings SettingsGenerator::next() {
  choose_style();
  static const char* const kBlank[] = {"",   " ",   "\n",   "// nothing yet", "/* nothing */\r\n",
                                       "{}", "{ }", "{}\n", "{\n}\n"};
  std::string text = chance(6) ? one_of(kBlank) : gap(0) + root() + (chance(70) ? line_end_ : "") + gap(0);
  if (chance(8)) text.insert(0, "\xEF\xBB\xBF");
  if (chance(12)) return {broken(std::move(text)), false};
  if (chance(3)) {
    static const char* const kWrong[] = {"{\"hooks\": []}",
                                         "{\"hooks\": {\"Stop\": {}}}",
                                         "[]",
                                         "1",
                                         "\"x\"",
                                         "{\"statusLine\": \"x\"}",
                                         "{\"statusLine\": {\"command\": 1}}",
                                         "{\"hooks\": null}"};
    return {one_of(kWrong), false};
  }
  return {std::move(text), true};
}

}  // namespace atm::cli::setup
