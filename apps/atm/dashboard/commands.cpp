// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nearest_word.hpp"

namespace atm::cli {

namespace {

using Kind = Command::Kind;

struct CommandName {
  std::string_view name;
  Kind kind;
  bool needs_argument;
};

constexpr std::array kWithArgument{
    CommandName{"jump", Kind::kJump, false},     CommandName{"ack", Kind::kAcknowledge, false},
    CommandName{"filter", Kind::kFilter, false}, CommandName{"save", Kind::kSave, true},
    CommandName{"use", Kind::kUse, true},        CommandName{"forget", Kind::kForget, true},
    CommandName{"theme", Kind::kTheme, true},    CommandName{"sort", Kind::kSort, true},
    CommandName{"at", Kind::kAt, true}};

// They print text and end.
constexpr std::array<std::string_view, 9> kPrinting{"cost",    "doctor", "explain", "history", "ping",
                                                    "plugins", "prices", "show",    "stats"};

struct Split {
  std::string_view name;
  std::string_view argument;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Split split_command(std::string_view text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find(' '), text.size());
  return {text.substr(0, end), trimmed(text.substr(end))};
}

std::vector<std::string> command_names(const Bindings& bindings) {
  std::vector<std::string> names;
  for (const Binding& binding : bindings.all()) names.emplace_back(binding.name);
  for (const CommandName& one : kWithArgument) names.emplace_back(one.name);
  names.insert(names.end(), kPrinting.begin(), kPrinting.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

const std::vector<std::string>& arguments_of(std::string_view name, const CommandWords& words) {
  static const std::vector<std::string> kNone;
  static const std::vector<std::string> kTerms{"age<",  "agent:", "cost>",    "ctx>",
                                               "host:", "needs",  "project:", "state:"};
  static const std::vector<std::string> kTimes{"-10m", "-1h", "now", "yesterday"};
  if (name == "jump" || name == "ack" || name == "show" || name == "explain") return words.sessions;
  if (name == "theme") return words.themes;
  if (name == "sort") return words.orders;
  if (name == "use" || name == "forget") return words.saved;
  if (name == "at") return kTimes;
  return name == "filter" ? kTerms : kNone;
}

// What all texts begin with.
std::string shared_beginning(const std::vector<std::string>& texts) {
  std::string shared = texts.front();
  for (const std::string& text : texts) {
    const auto end = std::mismatch(shared.begin(), shared.end(), text.begin(), text.end()).first;
    shared.erase(end, shared.end());
  }
  return shared;
}

}  // namespace

Result<Command> parse_command(std::string_view text, const Bindings& bindings) {
  const auto [name, argument] = split_command(text);
  for (const CommandName& one : kWithArgument) {
    if (one.name != name || (argument.empty() && !one.needs_argument && one.kind != Kind::kFilter)) continue;
    if (argument.empty() && one.needs_argument) {
      // The action with the same name needs none.
      if (bindings.named(name)) break;
      return Error{ErrorCode::kInvalidField, "'" + std::string(name) + "' has no argument, expected a " +
                                                 (one.kind == Kind::kAt ? "time, such as 14:30" : "name")};
    }
    return Command{one.kind, {}, std::string(argument)};
  }
  if (const auto action = bindings.named(name); action && argument.empty())
    return Command{Kind::kAction, *action, ""};
  if (std::find(kPrinting.begin(), kPrinting.end(), name) != kPrinting.end())
    return Command{Kind::kPrint, {}, std::string(trimmed(text))};
  if (bindings.named(name))
    return Error{ErrorCode::kInvalidField, "'" + std::string(name) + "' has the argument '" +
                                               std::string(argument) + "', expected none"};
  const std::string near = nearest_word(name, command_names(bindings));
  return Error{ErrorCode::kInvalidField, "'" + std::string(name) + "' is no command, expected one such as " +
                                             (near.empty() ? "jump" : near) + "; Tab lists them"};
}

Completion complete(std::string_view text, const Bindings& bindings, const CommandWords& words) {
  const std::size_t gap = text.rfind(' ');
  const std::string_view before = gap == text.npos ? "" : text.substr(0, gap + 1);
  const std::string_view last = text.substr(before.size());
  const std::vector<std::string> names = command_names(bindings);
  Completion out{std::string(text), {}};
  for (const std::string& word : before.empty() ? names : arguments_of(split_command(before).name, words)) {
    if (word.starts_with(last)) out.candidates.push_back(word);
  }
  std::sort(out.candidates.begin(), out.candidates.end());
  if (out.candidates.empty()) return out;
  out.text = std::string(before) + shared_beginning(out.candidates);
  const bool is_term =
      !out.text.empty() && std::string_view(":<>").find(out.text.back()) != std::string_view::npos;
  if (out.candidates.size() == 1 && !is_term) out.text += ' ';
  return out;
}

}  // namespace atm::cli
