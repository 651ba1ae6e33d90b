// SPDX-License-Identifier: MIT
#include "lib/agents/agent_manifest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/file_descriptor.hpp>
#include <atm/json.hpp>
#include <atm/plugin/vocabulary.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <variant>

#include "lib/agents/manifest_paths.hpp"
#include "lib/agents/title_rules.hpp"
#include "lib/config/schema.hpp"
#include "lib/config/toml.hpp"

namespace atm {

struct AgentSchemas {
  Schema manifest;
  Schema rule;
};

namespace {

using Path = std::vector<std::string>;
using json::Value;

constexpr std::size_t kMaxPointerBytes = 256;
constexpr std::size_t kMaxPointerDepth = 16;
constexpr std::size_t kMaxKeyBytes = 128;
constexpr std::size_t kMaxAttributes = 48;
constexpr std::size_t kMaxProblems = 64;

constexpr std::string_view kVerbs[] = {"set", "take", "length", "count", "plus", "minus"};
// The process and the marks of an observation come from the record and the registry, never from a payload.
constexpr std::string_view kReserved[] = {
    "boot_id", "late",   "malformed", "parent.pid",  "parent.start_ticks",
    "pid",     "pid_ns", "sole",      "start_ticks", "unknown"};

Schema compiled(std::string_view text) {
  std::string error;
  return Schema::parse(text, error).value();
}

bool is_snake(std::string_view word) noexcept {
  if (word.empty() || word.front() < 'a' || word.front() > 'z') return false;
  return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

bool is_dotted_snake(std::string_view key) noexcept {
  if (key.empty() || key.size() > kMaxKeyBytes || key.front() < 'a' || key.front() > 'z') return false;
  const bool has_good_letters =
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
  return has_good_letters && key.back() != '.' && key.find("..") == std::string_view::npos;
}

/// A JSON Pointer (RFC 6901) to a member.
bool is_pointer(std::string_view text) noexcept {
  if (text.empty() || text.front() != '/' || text.size() > kMaxPointerBytes) return false;
  if (std::count(text.begin(), text.end(), '/') > static_cast<std::ptrdiff_t>(kMaxPointerDepth)) return false;
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

bool is_of_kind(const Value& value, std::uint32_t kind) {
  switch (kind) {
    case ATM_VALUE_BOOL:
      return value.IsBool();
    case ATM_VALUE_INT:
      return value.IsInt64();
    case ATM_VALUE_DOUBLE:
      return value.IsNumber();
    case ATM_VALUE_STR:
      return value.IsString();
    default:
      return value.IsBool() || value.IsInt64() || value.IsNumber() || value.IsString();
  }
}

std::string compact(const Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

/// A dialect is a manifest without the table `agent`, and has no dialect.
class Checker final {
 public:
  Checker(const TomlFile& file, std::string_view id, std::vector<Problem>& problems)
      : file_(file), id_(id), problems_(problems) {}

  void check_shape(const std::string& json) { check_shape(schemas_->manifest, json, {}); }

  void check_agent(const Value& agent) {
    const auto id = json::get_string(agent, "id").value_or("");
    if (id != id_)
      report({"agent", "id"}, '"' + std::string(id) + '"',
             "\"" + std::string(id_) + "\", the name of its directory",
             "rename the directory or change the id");
    for (const char* const key : {"name", "icon"}) {
      if (has_control(json::get_string(agent, key).value_or("")))
        report({"agent", key}, "text with a control character", "printable text", "remove it");
    }
  }

  /// One of the tables that maps events: hook, notify, one of follow.
  void check_events(const Value& table, const Path& at) {
    for (const char* const key : {"session", "event", "actor", "time"}) {
      if (const auto pointer = json::get_string(table, key)) check_pointer(*pointer, below(at, key));
    }
    if (const Value* parts = json::find(table, "event"); parts != nullptr && parts->IsArray()) {
      for (const Value& part : parts->GetArray()) check_pointer(json::text_of(part), below(at, "event"));
    }
    if (const Value* always = json::get_object(table, "always")) {
      std::set<std::string_view> seen;
      check_attributes(*always, "take", below(at, "always"), seen);
    }
    const Value* on = json::get_object(table, "on");
    if (on == nullptr) return;
    const bool is_below = rules_ <= AgentManifest::kMaxRules;
    for (const auto& event : on->GetObject()) {
      const std::string_view name = json::text_of(event.name);
      const Path path = below(at, "on", name);
      if (name.empty() || name.size() > kMaxKeyBytes)
        report(path, "a name of " + std::to_string(name.size()) + " bytes", "1 to 128 bytes", "shorten it");
      if (event.value.IsArray()) {
        for (rapidjson::SizeType i = 0; i < event.value.Size(); ++i) {
          if (++rules_ <= AgentManifest::kMaxRules)
            check_rule(event.value[i], below(path, std::to_string(i)));
        }
      } else if (++rules_ <= AgentManifest::kMaxRules) {
        check_rule(event.value, path);
      }
    }
    if (is_below && rules_ > AgentManifest::kMaxRules)
      report(below(at, "on"), std::to_string(rules_) + " rules",
             "at most " + std::to_string(AgentManifest::kMaxRules), "combine rules");
  }

  void check_follow(const Value& follow, const Path& at, const Value* process) {
    check_events(follow, at);
    const Value* known = process == nullptr ? nullptr : json::find(*process, "env");
    for (const Value& one : json::find(follow, "under")->GetArray()) {
      std::string_view variable;
      const std::string_view place = json::text_of(one);
      if (!is_place(place, variable)) {
        report(below(at, "under"), '"' + std::string(place.substr(0, 80)) + '"',
               "a directory as ~/DIRECTORY or ${NAME:-~/DIRECTORY}/DIRECTORY, without .. and not a secret",
               "name the directory of the agent's files");
      } else if (!variable.empty() && !has_text(known, variable)) {
        report(below(at, "under"), "the variable " + std::string(variable), "a variable of process.env",
               "add it to env in the table process");
      }
    }
    if (const auto glob = json::get_string(follow, "glob"); glob && !is_glob(*glob))
      report(below(at, "glob"), '"' + std::string(glob->substr(0, 80)) + '"',
             "a path of at most 5 parts, without .. and not a secret",
             "write it as in \"*/*/session-*.jsonl\"");
    const Value* head = json::get_object(follow, "head");
    for (const char* const key : {"session", "actor", "actor_if"}) {
      const auto pointer = head == nullptr ? std::nullopt : json::get_string(*head, key);
      if (pointer) check_pointer(*pointer, below(at, "head", key));
    }
  }

  void check_title(const Value& title, bool compiles) {
    TitleRules::Fault fault;
    if (compiles && !TitleRules::compile(title, fault))
      report(fault.path, "no usable regular expression: " + fault.why,
             "an expression of PCRE2 with at most 32 nested groups", "correct the expression");
    for (const Value& rule : json::find(title, "rules")->GetArray()) {
      if (json::find(rule, "reason") != nullptr && json::get_string(rule, "state") != "waiting")
        report({"title", "rules"}, "a reason without state = \"waiting\"", "a reason of a wait", "remove it");
    }
  }

  void check_setup(const Value& setup, const Path& path) {
    struct Shape {
      std::string_view name, needed, begin, ending, wanted;
    };
    constexpr Shape kShapes[] = {
        {"hooks_json", "events", "", ".json", "FILE.json"},
        {"toml_array", "key", "", ".toml", "FILE.toml"},
        {"copy_file", "source", "atm.", "", "atm.ENDING"},
    };
    const std::string_view name = json::get_string(setup, "shape").value_or("");
    const Shape& shape = *std::find_if(std::begin(kShapes), std::end(kShapes),
                                       [&](const Shape& one) { return one.name == name; });
    const std::string_view file = json::get_string(setup, "file").value_or("");
    if (!is_settings_path(file, shape.begin, shape.ending))
      report(below(path, "file"), '"' + std::string(file.substr(0, 80)) + '"',
             "~/DIRECTORY/" + std::string(shape.wanted) + " or ${NAME:-~/DIRECTORY}/" +
                 std::string(shape.wanted) + ", without .. and not a secret",
             "name the file that this shape edits");
    for (const std::string_view key : {"events", "timeout", "order", "consent", "key", "source"}) {
      const bool is_there = setup.HasMember(std::string(key).c_str());
      const bool is_of_hooks = key == "timeout" || key == "order" || key == "consent";
      const bool is_allowed = key == shape.needed || (is_of_hooks && shape.needed == "events");
      if (is_there && !is_allowed)
        report(below(path, key), "there", "no such key with shape " + std::string(name), "remove it");
      if (!is_there && key == shape.needed)
        report(below(path, key), "missing", "a value with shape " + std::string(name), "add it");
    }
    if (const Value* consent = json::get_object(setup, "consent");
        consent != nullptr && !is_settings_path(json::get_string(*consent, "file").value_or(""), "", ".toml"))
      report(below(path, "consent", "file"), "not a TOML file below the home directory",
             "~/DIRECTORY/FILE.toml", "name the file in which the agent stores it");
    if (has_control(json::get_string(setup, "note").value_or("")))
      report(below(path, "note"), "text with a control character", "printable text", "remove it");
  }

  void check_doctor(const Value& doctor) {
    const auto check_file = [&](std::string_view file, const Path& at) {
      if (is_settings_path(file, "", ".json") || is_settings_path(file, "", ".toml")) return;
      report(
          at, '"' + std::string(file.substr(0, 80)) + '"',
          "~/DIRECTORY/FILE or ${NAME:-~/DIRECTORY}/FILE with the ending .json or .toml, without .. and not "
          "a secret",
          "name a settings file of the agent");
    };
    if (const Value* config = json::get_array(doctor, "config")) {
      for (rapidjson::SizeType i = 0; i < config->Size(); ++i)
        check_file(json::text_of((*config)[i]), {"doctor", "config", std::to_string(i)});
    }
    const Value* conflicts = json::get_array(doctor, "conflicts");
    if (conflicts == nullptr) return;
    for (rapidjson::SizeType i = 0; i < conflicts->Size(); ++i) {
      const Value& conflict = (*conflicts)[i];
      const Path at{"doctor", "conflicts", std::to_string(i)};
      check_file(json::get_string(conflict, "file").value_or(""), below(at, "file"));
      if (conflict.HasMember("equals") == conflict.HasMember("unless"))
        report(
            at,
            conflict.HasMember("equals") ? "a conflict with equals and unless" : "a conflict without a value",
            "either equals or unless", "keep or add one of them");
      if (has_control(json::get_string(conflict, "say").value_or("")))
        report(below(at, "say"), "text with a control character", "printable text", "remove it");
    }
  }

  void check_usage(const Value& usage) {
    const std::string_view directory = json::get_string(usage, "directory").value_or("");
    if (!is_own_path(directory))
      report({"usage", "directory"}, '"' + std::string(directory.substr(0, 80)) + '"',
             "a directory as ~/DIRECTORY or ${NAME:-~/DIRECTORY}/DIRECTORY, without .. and not a secret",
             "name the directory of the agent's session files");
    for (const Value& file : json::get_array(usage, "files")->GetArray()) {
      const std::string_view pattern = json::text_of(file);
      if (!is_usage_pattern(pattern))
        report({"usage", "files"}, '"' + std::string(pattern.substr(0, 80)) + '"',
               "a relative path that ends with .jsonl and has at most one *, {project}, {session} or "
               "{subagent} in each name",
               "write it as in \"{project}/chats/*.jsonl\"");
    }
    check_pointers(usage, "usage", {"when"});
    for (const Value& pointer : json::get_array(usage, "id")->GetArray())
      check_pointer(json::text_of(pointer), {"usage", "id"});
    check_pointers(usage, "usage", {"take"});
    if (const Value* header = json::get_object(usage, "header")) {
      check_pointers(*header, "usage", {"header", "when"});
      check_pointers(*header, "usage", {"header", "take"});
    }
    for (const auto& kind : json::get_object(usage, "tokens")->GetObject()) {
      for (const Value& term : kind.value.GetArray()) {
        std::string_view pointer = json::text_of(term);
        if (pointer.starts_with('-')) pointer.remove_prefix(1);
        check_pointer(pointer, {"usage", "tokens", std::string(json::text_of(kind.name))});
      }
    }
    if (const auto cost = json::get_string(usage, "cost")) check_pointer(*cost, {"usage", "cost"});
  }

  void check_borrowed(const Value& borrowed, const Path& at) {
    bool has_member = false;
    for (const auto& condition : json::find(borrowed, "when")->GetObject()) {
      const std::string_view pointer = json::text_of(condition.name);
      const Path path = below(at, "when", pointer);
      if (check_pointer(pointer, path) && std::count(pointer.begin(), pointer.end(), '/') != 1)
        report(path, "a pointer of several steps", "a member of the payload", "name the member");
      has_member = has_member || json::text_of(condition.value) != "-";
    }
    if (!has_member)
      report(below(at, "when"), "only members that are absent", "a member that is present",
             "name a member that only this agent sends");
    const std::string_view channel = json::get_string(borrowed, "channel").value_or("");
    if (channel.substr(0, channel.find('/')) == id_)
      report(below(at, "channel"), "the agent's own channel", "a channel of another agent",
             "remove the table");
  }

  void check_is_whole(const Value& hook) {
    for (const char* const key : {"session", "event", "on"}) {
      if (json::find(hook, key) == nullptr)
        report({"hook", key}, "missing", "a value here or in the dialect", "add it, or name a dialect");
    }
  }

  void report(const Path& path, const std::string& found, std::string wanted, std::string remedy) {
    const Mismatch key{path, "", "", ""};
    add({file_.place(path), key.key() + " is " + found, std::move(wanted), std::move(remedy)});
  }

 private:
  void check_shape(const Schema& schema, const std::string& json, const Path& prefix) {
    std::vector<Mismatch> mismatches = schema.validate(json);
    const auto line = [&](const Mismatch& mismatch) {
      Path path = prefix;
      path.insert(path.end(), mismatch.path.begin(), mismatch.path.end());
      return file_.line(path);
    };
    std::stable_sort(mismatches.begin(), mismatches.end(),
                     [&](const Mismatch& a, const Mismatch& b) { return line(a) < line(b); });
    for (const Mismatch& mismatch : mismatches) add(problem_at(file_, prefix, mismatch));
  }

  void add(Problem problem) {
    if (problems_.size() < kMaxProblems) problems_.push_back(std::move(problem));
  }

  /// The pointers of `when` are its keys, those of `take` its values.
  void check_pointers(const Value& table, const std::string& top, const Path& path) {
    const Value* const object = json::get_object(table, path.back().c_str());
    if (object == nullptr) return;
    for (const auto& member : object->GetObject()) {
      Path at{top};
      at.insert(at.end(), path.begin(), path.end());
      at.emplace_back(json::text_of(member.name));
      check_pointer(json::text_of(path.back() == "when" ? member.name : member.value), at);
    }
  }

  static bool has_text(const Value* list, std::string_view text) {
    if (list == nullptr || !list->IsArray()) return false;
    return std::any_of(list->Begin(), list->End(),
                       [&](const Value& one) { return json::text_of(one) == text; });
  }

  bool check_pointer(std::string_view text, const Path& path) {
    if (is_pointer(text)) return true;
    report(path, '"' + std::string(text.substr(0, 80)) + '"',
           "a JSON pointer of at most 256 bytes and 16 steps", "write it as in \"/tool_name\"");
    return false;
  }

  void check_rule(const Value& rule, const Path& path) {
    const std::size_t before = problems_.size();
    check_shape(schemas_->rule, compact(rule), path);
    if (problems_.size() != before || !rule.IsObject()) return;
    if (const Value* when = json::get_object(rule, "when")) {
      for (const auto& condition : when->GetObject())
        check_pointer(json::text_of(condition.name), below(path, "when", json::text_of(condition.name)));
    }
    const bool is_skipped = json::get_bool(rule, "skip").value_or(false);
    const auto type = json::get_string(rule, "emit");
    if (!type && !is_skipped) report(path, "a rule without emit", "emit or skip = true", "add one of them");
    if (type && is_skipped) report(path, "a rule with skip and emit", "one of them", "remove one");
    if (type) check_type(*type, below(path, "emit"));
    if (const auto actor = json::get_string(rule, "actor"); actor && !actor->empty())
      check_pointer(*actor, below(path, "actor"));
    std::set<std::string_view> seen;
    for (const std::string_view verb : kVerbs) {
      if (const Value* attributes = json::get_object(rule, verb))
        check_attributes(*attributes, verb, below(path, verb), seen);
    }
    if (seen.size() > kMaxAttributes)
      report(path, "a rule with " + std::to_string(seen.size()) + " attributes",
             "at most " + std::to_string(kMaxAttributes), "remove some");
  }

  void check_type(std::string_view type, const Path& path) {
    const bool is_own = type.starts_with('.') && is_snake(type.substr(1));
    if (type != "process.bound" && (is_own || is_agent_observation(type)) && type.size() <= kMaxKeyBytes)
      return;
    const std::vector<std::string> types(kAgentObservationTypes.begin(), kAgentObservationTypes.end());
    const std::string_view near = closest(type, types);
    report(
        path, '"' + std::string(type.substr(0, 80)) + '"',
        "a type of docs/specs/observations.md that an event can show, or a dot and a name of the agent's own",
        near.empty() ? "remove the rule" : "did you mean " + std::string(near) + "?");
  }

  void check_attributes(const Value& attributes, std::string_view verb, const Path& path,
                        std::set<std::string_view>& seen) {
    for (const auto& attribute : attributes.GetObject()) {
      const std::string_view key = json::text_of(attribute.name);
      const Path at = below(path, key);
      if (!is_dotted_snake(key)) {
        report(at, "a key of " + std::to_string(key.size()) + " bytes",
               "dotted snake case of at most 128 bytes", "rename it");
        continue;
      }
      if (std::find(std::begin(kReserved), std::end(kReserved), key) != std::end(kReserved))
        report(at, "an attribute of the registry", "an attribute of the agent", "remove it");
      if (!seen.insert(key).second)
        report(at, "a second value for this attribute", "one verb for each attribute", "remove one");
      const std::uint32_t kind = attribute_kind(key);
      if (verb == "set") {
        if (!is_of_kind(attribute.value, kind))
          report(at, compact(attribute.value), std::string(expected_kind(kind)), "change the value");
      } else if (verb == "plus" || verb == "minus") {
        for (const Value& one : attribute.value.GetArray()) check_pointer(json::text_of(one), at);
        check_count(kind, verb, at);
      } else if (verb == "count") {
        check_pointer(json::get_string(attribute.value, "of").value_or(""), below(at, "of"));
        check_count(kind, verb, at);
      } else {
        check_pointer(json::text_of(attribute.value), at);
        if (verb == "length") check_count(kind, verb, at);
      }
    }
  }

  void check_count(std::uint32_t kind, std::string_view verb, const Path& at) {
    if (kind == ATM_VALUE_INT || kind == ATM_VALUE_NONE) return;
    report(at, "an attribute that is " + std::string(expected_kind(kind)),
           "an attribute that is an integer after " + std::string(verb), "use take");
  }

  template <class... More>
  [[nodiscard]] static Path below(Path path, const More&... more) {
    (path.emplace_back(more), ...);
    return path;
  }

  const TomlFile& file_;
  const std::string_view id_;
  std::vector<Problem>& problems_;
  const std::shared_ptr<const AgentSchemas> schemas_ = agent_schemas();
  std::size_t rules_ = 0;  ///< of all tables
};

Value copy_of(const Value& from, json::Document& to) {
  Value copy;
  copy.CopyFrom(from, to.GetAllocator());
  return copy;
}

/// Adds the members of `from` that `to` lacks.
void add_missing(Value& to, const Value& from, json::Document& document) {
  for (const auto& member : from.GetObject()) {
    if (!to.HasMember(member.name))
      to.AddMember(copy_of(member.name, document), copy_of(member.value, document), document.GetAllocator());
  }
}

/// The document then refers to texts of `reader`, because RapidJSON copies no text that was parsed in place.
std::optional<Problem> add_dialect(json::Document& document, json::Reader& reader, const std::string& name,
                                   std::string_view id, const std::filesystem::path& dialects,
                                   std::vector<Problem>& problems) {
  const std::string file = (dialects / (name + ".toml")).string();
  std::string text;
  if (auto problem = read_own_file(file, AgentManifest::kMaxBytes, text)) return problem;
  auto parsed = parse_toml(text, file);
  if (auto* problem = std::get_if<Problem>(&parsed)) return *problem;
  const TomlFile& toml = std::get<TomlFile>(parsed);
  const Value* root = reader.parse(toml.json);
  const Value* hook = root == nullptr ? nullptr : json::get_object(*root, "hook");
  if (hook == nullptr || root->MemberCount() != 1 || json::find(*hook, "dialect") != nullptr)
    return Problem{file, "not a dialect", "one table, hook, without the key dialect", "fix the file"};
  Checker(toml, id, problems).check_events(*hook, {"hook"});
  Value& own = document["hook"];
  for (const char* const key : {"always", "on"}) {
    const Value* from = json::get_object(*hook, key);
    if (from != nullptr && own.HasMember(key) && own[key].IsObject()) add_missing(own[key], *from, document);
  }
  add_missing(own, *hook, document);
  return std::nullopt;
}

}  // namespace

std::shared_ptr<const AgentSchemas> agent_schemas() {
  static std::mutex mutex;
  static std::weak_ptr<const AgentSchemas> in_use;
  const std::lock_guard lock(mutex);
  auto schemas = in_use.lock();
  if (schemas == nullptr) {
    schemas = std::make_shared<const AgentSchemas>(
        AgentSchemas{compiled(agent_schema_text()), compiled(rule_schema_text())});
    in_use = schemas;
  }
  return schemas;
}

std::optional<Problem> read_own_file(const std::filesystem::path& file, std::size_t limit,
                                     std::string& text) {
  const std::string name = file.string();
  // O_NONBLOCK: a FIFO must not block the daemon.
  const FileDescriptor opened(::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat about {};
  if (!opened || ::fstat(opened.get(), &about) != 0)
    return Problem{name, std::strerror(errno), "a readable file", "make it readable or remove it"};
  if (!S_ISREG(about.st_mode)) return Problem{name, "not a regular file", "a regular file", "replace it"};
  if (about.st_uid != 0 && about.st_uid != ::geteuid())
    return Problem{name, "owner is uid " + std::to_string(about.st_uid),
                   "root or uid " + std::to_string(::geteuid()), "copy the file as this user"};
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Problem{name, "other users can write it", "write permission for its owner only",
                   "chmod go-w " + name};
  text.resize(limit + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(opened.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Problem{name, std::strerror(errno), "a readable file", "check the disk"};
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  if (size > limit)
    return Problem{name, "more than " + std::to_string(limit) + " bytes",
                   "at most " + std::to_string(limit) + " bytes", "shorten it"};
  return std::nullopt;
}

ReadManifest read_agent_manifest(std::string_view text, const std::string& file, std::string_view id,
                                 const std::filesystem::path& dialects, bool is_installed) {
  ReadManifest result;
  auto parsed = parse_toml(text, file);
  if (auto* problem = std::get_if<Problem>(&parsed)) {
    result.problems.push_back(*problem);
    return result;
  }
  const TomlFile& toml = std::get<TomlFile>(parsed);
  json::Reader reader;
  const Value* root = reader.parse(toml.json);
  if (root == nullptr) {
    result.problems.push_back({file, reader.error(), "at most 64 nested tables", "simplify it"});
    return result;
  }
  Checker checker(toml, id, result.problems);
  const Value* agent = json::get_object(*root, "agent");
  // A newer format may have other keys, so its version is checked before its shape.
  if (const auto version = agent == nullptr ? std::nullopt : json::get_int(*agent, "manifest");
      version && *version > AgentManifest::kVersion) {
    checker.report({"agent", "manifest"}, std::to_string(*version), std::to_string(AgentManifest::kVersion),
                   "update atmd, which ignores this file");
    return result;
  }
  checker.check_shape(toml.json);
  if (!result.problems.empty()) return result;
  checker.check_agent(*agent);
  const Value* hook = json::get_object(*root, "hook");
  if (hook != nullptr) checker.check_events(*hook, {"hook"});
  if (const Value* notify = json::get_object(*root, "notify")) checker.check_events(*notify, {"notify"});
  if (const Value* follow = json::find(*root, "follow")) {
    for (rapidjson::SizeType i = 0; i < follow->Size(); ++i)
      checker.check_follow((*follow)[i], {"follow", std::to_string(i)}, json::get_object(*root, "process"));
  }
  if (const Value* title = json::get_object(*root, "title")) checker.check_title(*title, !is_installed);
  if (const Value* setup = json::get_array(*root, "setup")) {
    for (rapidjson::SizeType i = 0; i < setup->Size(); ++i)
      checker.check_setup((*setup)[i], {"setup", std::to_string(i)});
  }
  if (const Value* borrowed = json::get_array(*root, "borrowed")) {
    for (rapidjson::SizeType i = 0; i < borrowed->Size(); ++i)
      checker.check_borrowed((*borrowed)[i], {"borrowed", std::to_string(i)});
  }
  if (const Value* usage = json::get_object(*root, "usage")) checker.check_usage(*usage);
  if (const Value* doctor = json::get_object(*root, "doctor")) checker.check_doctor(*doctor);
  if (!result.problems.empty()) return result;

  json::Reader dialect_reader;
  json::Document merged;
  merged.CopyFrom(*root, merged.GetAllocator());
  if (hook != nullptr) {
    if (const auto dialect = json::get_string(*hook, "dialect")) {
      if (auto problem =
              add_dialect(merged, dialect_reader, std::string(*dialect), id, dialects, result.problems))
        result.problems.push_back(*problem);
      if (!result.problems.empty()) return result;
    }
    checker.check_is_whole(merged["hook"]);
    if (!result.problems.empty()) return result;
  }
  result.manifest = AgentManifest{std::string(id), std::string(json::get_string(*agent, "name").value_or("")),
                                  compact(merged)};
  return result;
}

}  // namespace atm
