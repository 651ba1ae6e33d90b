// SPDX-License-Identifier: MIT
#include "completion.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lookup.hpp"
#include "session_names.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

constexpr std::chrono::milliseconds kMostTime{500};

// The options of a command, those in its groups included.
void add_options(const CLI::App& app, std::vector<const CLI::Option*>& options) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) options.push_back(option);
  }
  for (const CLI::App* group : app.get_subcommands(nullptr)) {
    if (group->get_name().empty()) add_options(*group, options);
  }
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  add_options(app, options);
  return options;
}

const CLI::App* command_of(const CLI::App& app, std::string_view name) {
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (!name.empty() && command->get_name() == name) return command;
  }
  return nullptr;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// The state before the last word.
struct Place {
  std::vector<const CLI::App*> commands;  // the last one is the innermost
  std::size_t positionals = 0;
  const CLI::Option* waiting = nullptr;  // the next word is its value
  bool is_options_end = false;           // after `--`
  std::map<const CLI::Option*, std::string> given;

  [[nodiscard]] const CLI::App& command() const { return *commands.back(); }
  [[nodiscard]] const CLI::Option* option(std::string_view word) const {
    const std::string name(word.substr(0, word.find('=')));
    for (auto at = commands.rbegin(); at != commands.rend(); ++at) {
      if (const CLI::Option* option = (*at)->get_option_no_throw(name)) return option;
    }
    return nullptr;
  }

  void pass(const std::string& word) {
    // bash splits --option=value into three words.
    if (waiting != nullptr && word == "=") return;
    if (const CLI::Option* const filled = std::exchange(waiting, nullptr)) {
      given[filled] = word;
    } else if (word == "--") {
      is_options_end = true;
    } else if (!is_options_end && word.size() > 1 && word.front() == '-') {
      const CLI::Option* const found = option(word);
      if (found == nullptr || !takes_value(*found)) return;
      const std::size_t sign = word.find('=');
      if (sign == std::string::npos) waiting = found;
      if (sign != std::string::npos) given[found] = word.substr(sign + 1);
    } else if (const CLI::App* const inner = positionals == 0 ? command_of(command(), word) : nullptr) {
      commands.push_back(inner);
    } else {
      ++positionals;
    }
  }
};

void add(std::vector<Candidate>& to, std::string word, std::string description, std::string_view typed) {
  if (word.starts_with(typed)) to.push_back({std::move(word), std::move(description)});
}

std::vector<Candidate> value_candidates(const CLI::Option& option, const ValuesOf& values,
                                        std::string_view typed) {
  const auto known = values.find(&option);
  if (known != values.end()) {
    std::size_t begin = 0;  // of the last of several values
    if (const char delimiter = option.get_delimiter(); delimiter != '\0') {
      if (const std::size_t at = typed.rfind(delimiter); at != std::string_view::npos) begin = at + 1;
    }
    std::vector<Candidate> all = known->second(typed.substr(begin));
    for (Candidate& one : all) one.word.insert(0, typed.substr(0, begin));
    return all;
  }
  const std::string type = option.get_type_name();
  if (type == "DIR") return {{":directories", {}}};
  if (type == "FILE" || type == "PATH") return {{":files", {}}};
  return {};
}

std::vector<Candidate> option_candidates(const CLI::App& command, std::string_view typed) {
  std::vector<Candidate> all;
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : option->get_lnames())
      add(all, "--" + name, option->get_description(), typed);
  }
  return all;
}

std::vector<Candidate> candidates(const Place& place, const ValuesOf& values, std::string_view typed) {
  if (place.waiting != nullptr)
    return value_candidates(*place.waiting, values, typed == "=" ? std::string_view() : typed);
  const bool may_be_option = !place.is_options_end;
  if (may_be_option && typed.starts_with('-')) {
    const std::size_t sign = typed.find('=');
    if (sign == std::string_view::npos) return option_candidates(place.command(), typed);
    const CLI::Option* const option = place.option(typed);
    if (option == nullptr) return {};
    auto all = value_candidates(*option, values, typed.substr(sign + 1));
    for (Candidate& one : all) {
      if (one.word.front() != ':') one.word.insert(0, typed.substr(0, sign + 1));
    }
    return all;
  }
  std::vector<Candidate> all;
  if (place.positionals == 0) {
    for (const CLI::App* command : place.command().get_subcommands(nullptr)) {
      if (!command->get_name().empty() && !command->get_group().empty())
        add(all, command->get_name(), command->get_description(), typed);
    }
  }
  std::size_t index = 0;
  for (const CLI::Option* option : options_of(place.command())) {
    if (!option->get_positional() || index++ != place.positionals) continue;
    const auto more = value_candidates(*option, values, typed);
    all.insert(all.end(), more.begin(), more.end());
  }
  if (all.empty() && typed.empty() && may_be_option) return option_candidates(place.command(), typed);
  return all;
}

bool is_plain(std::string_view id) {
  return !id.empty() && id.front() != '-' && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace

Values values_of(std::vector<std::string> words) {
  return [words = std::move(words)](std::string_view typed) {
    std::vector<Candidate> all;
    for (const std::string& word : words) add(all, word, {}, typed);
    return all;
  };
}

std::vector<Candidate> session_candidates(const Global& global, std::string_view typed) {
  ClientOptions options = client_options(global, protocol::ClientType::kSubscriber);
  options.timeout = kMostTime;
  auto client = Client::connect(options);
  if (!client) return {};
  const auto reply = ask_sessions(*client);
  if (!reply) return {};
  SessionNames names;
  Sessions sessions;
  for (const protocol::Session& session : std::get<protocol::Sessions>(reply->value).sessions) {
    names.add(session.domain.id.view());
    sessions.push_back(&session);
  }
  sort_for_people(sessions);
  const std::string home = scene_now().home;
  std::vector<Candidate> all;
  for (const protocol::Session* session : sessions) {
    const SessionDomain& domain = session->domain;
    std::string word = names.of(domain.id.view());
    if (!word.starts_with(typed)) word = domain.id.str();
    if (!is_plain(word)) continue;
    std::string description = status_text(domain);
    if (domain.working_directory) description += ", " + with_tilde(*domain.working_directory, home);
    add(all, std::move(word), std::move(description), typed);
  }
  return all;
}

ExitCode print_candidates(const CLI::App& app, const ValuesOf& values, const std::vector<std::string>& words,
                          Global& global) {
  Place place;
  place.commands.push_back(&app);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) place.pass(words[i]);
  if (const auto socket = place.given.find(app.get_option_no_throw("--socket")); socket != place.given.end())
    global.socket = socket->second;
  std::string text;
  for (const Candidate& one : candidates(place, values, words.empty() ? std::string_view() : words.back()))
    text += one.word + (one.description.empty() ? "" : '\t' + terminal_safe(one.description)) + '\n';
  return put(text) ? kOk : kUnwritten;
}

}  // namespace atm::cli
