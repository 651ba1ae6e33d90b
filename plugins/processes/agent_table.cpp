// SPDX-License-Identifier: MIT
#include "agent_table.hpp"

#include <algorithm>
#include <atm/json.hpp>

namespace processes {
namespace {

// A script with an agent's name is a wrapper: it runs the agent, which is found separately.
constexpr std::string_view kShells = "sh bash dash zsh fish ksh busybox";
constexpr std::string_view kInterpreters = "node nodejs bun deno";
constexpr std::string_view kPython = "python";
// Options of an interpreter that take a value, and options after which there is no script.
constexpr std::string_view kTakesValue =
    "-r --require --import --loader --experimental-loader -C --conditions -X -W";
constexpr std::string_view kNoScript = "-c -e -p --eval --print -";
constexpr std::string_view kRun = "run";  // bun run SCRIPT
constexpr std::string_view kScriptEndings = ".js .mjs .cjs .py";

template <class Is>
std::string_view find_word(std::string_view list, const Is& is) {
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(' '));
    if (is(word)) return word;
    list.remove_prefix(std::min(word.size() + 1, list.size()));
  }
  return {};
}

bool has_word(std::string_view list, std::string_view wanted) {
  return !find_word(list, [&](std::string_view word) { return word == wanted; }).empty();
}

bool has(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::vector<std::string> texts_at(const atm::json::Value& object, std::string_view key) {
  std::vector<std::string> texts;
  if (const atm::json::Value* list = atm::json::get_array(object, key)) {
    for (const atm::json::Value& one : list->GetArray()) texts.emplace_back(atm::json::text_of(one));
  }
  return texts;
}

// The part of a path after ".../place/", unless it belongs to another package installed below.
std::optional<std::string_view> below(std::string_view path, std::string_view place) {
  const std::size_t at = path.rfind(std::string("/").append(place).append("/"));
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = path.substr(at + place.size() + 2);
  if (rest.find("node_modules/") != std::string_view::npos) return std::nullopt;
  return rest;
}

std::string_view without_ending(std::string_view file) {
  const auto is_ending = [&](std::string_view ending) { return file.ends_with(ending); };
  return file.substr(0, file.size() - find_word(kScriptEndings, is_ending).size());
}

// The index of the script in an interpreter's arguments; their number if there is none.
std::size_t script_at(const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "-m") return std::min(i + 1, arguments.size());
    if (has_word(kNoScript, word)) break;
    if (has_word(kTakesValue, word)) {
      ++i;
    } else if (!word.starts_with('-') && word != kRun) {
      return i;
    }
  }
  return arguments.size();
}

// A helper process of an agent has its command in its name: "claude bg-spare".
std::string_view word_in_name(const std::vector<std::string>& arguments, std::string_view program) {
  if (arguments.empty()) return {};
  const std::string_view name = file_name(arguments.front());
  const bool has_word = name.starts_with(program) && name.substr(program.size()).starts_with(' ');
  return has_word ? name.substr(program.size() + 1) : std::string_view();
}

std::vector<std::string> from(const std::vector<std::string>& arguments, std::size_t at) {
  if (at >= arguments.size()) return {};
  return {arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end()};
}

}  // namespace

std::string_view file_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

bool is_interpreter(std::string_view file) noexcept {
  return has_word(kInterpreters, file) || file.starts_with(kPython);
}

std::vector<KnownAgent> known_agents(const std::vector<std::string>& manifests) {
  std::vector<KnownAgent> all;
  atm::json::Reader reader;
  for (const std::string& manifest : manifests) {
    const atm::json::Value* root = reader.parse(manifest);
    const atm::json::Value* agent = root == nullptr ? nullptr : atm::json::get_object(*root, "agent");
    const atm::json::Value* process = root == nullptr ? nullptr : atm::json::get_object(*root, "process");
    if (agent == nullptr || process == nullptr) continue;
    KnownAgent known{std::string(atm::json::get_string(*agent, "id").value_or("")),
                     texts_at(*process, "programs"), texts_at(*process, "packages"),
                     texts_at(*process, "no_session"), texts_at(*process, "server")};
    if (!known.programs.empty()) all.push_back(std::move(known));
  }
  return all;
}

const KnownAgent* AgentTable::find_known(std::string_view program) const {
  const auto it = std::find_if(known_.begin(), known_.end(),
                               [&](const KnownAgent& known) { return has(known.programs, program); });
  return it == known_.end() ? nullptr : &*it;
}

std::string_view AgentTable::agent_of(std::string_view program) const {
  for (const AgentProgram& own : own_) {
    if (own.program == program) return own.agent;
  }
  const KnownAgent* known = find_known(program);
  return known == nullptr ? std::string_view() : std::string_view(known->agent);
}

std::string_view AgentTable::program_of(const atm::Process& process) const {
  for (const std::string_view name : {std::string_view(process.comm), file_name(process.exe)}) {
    if (!agent_of(name).empty()) return name;
  }
  for (const KnownAgent& known : known_) {
    // Deeper paths are tools that the agent includes.
    const auto is_in = [&](std::string_view place) {
      const auto rest = below(process.exe, place);
      return rest && rest->find('/') == std::string_view::npos;
    };
    if (std::any_of(known.packages.begin(), known.packages.end(), is_in)) return known.programs.front();
  }
  return {};
}

std::string_view AgentTable::program_of_script(std::string_view path) const {
  const std::string_view name = without_ending(file_name(path));
  if (!agent_of(name).empty()) return name;
  for (const KnownAgent& known : known_) {
    const auto is_in = [&](std::string_view place) { return below(path, place).has_value(); };
    if (std::any_of(known.packages.begin(), known.packages.end(), is_in)) return known.programs.front();
  }
  return {};
}

bool AgentTable::may_be_agent(const atm::Process& process) const {
  const std::string_view exe = file_name(process.exe);
  return !has_word(kShells, exe) && (is_interpreter(exe) || !program_of(process).empty());
}

std::optional<Candidate> AgentTable::identify(const atm::Process& process,
                                              const std::vector<std::string>& arguments) const {
  if (!may_be_agent(process)) return std::nullopt;
  std::string_view program;
  std::size_t first_word = 1;
  if (is_interpreter(file_name(process.exe))) {
    const std::size_t script = script_at(arguments);
    if (script < arguments.size()) program = program_of_script(arguments[script]);
    first_word = script + 1;
  }
  // A process that set its own title shows it instead of its arguments.
  if (program.empty()) program = program_of(process);
  const std::string_view agent = agent_of(program);
  if (agent.empty()) return std::nullopt;
  Candidate candidate{std::string(agent), std::string(program), from(arguments, first_word)};
  const KnownAgent* known = find_known(program);
  if (known == nullptr) return candidate;
  const std::string_view first = candidate.words.empty() ? std::string_view() : candidate.words.front();
  for (const std::string_view word : {first, word_in_name(arguments, program)}) {
    if (has(known->server, word)) candidate.role = Role::kServer;
    if (has(known->no_session, word)) candidate.role = Role::kNone;
  }
  return candidate;
}

}  // namespace processes
