// SPDX-License-Identifier: MIT
#include "wire_conversation.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <fstream>
#include <stdexcept>

namespace atm::test {

namespace {

std::string text_of(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

/// Returns true if a placeholder matches; absent if the text is none.
std::optional<bool> fits(std::string_view placeholder, const json::Value& found) {
  if (placeholder == "<any>") return true;
  if (placeholder == "<text>") return found.IsString();
  if (placeholder == "<number>") return found.IsNumber();
  if (placeholder == "<time>") return found.IsString() && parse_rfc3339(json::text_of(found)).has_value();
  return std::nullopt;
}

std::string compare(const json::Value& wanted, const json::Value& found, const std::string& path);

std::string compare_members(const json::Value& wanted, const json::Value& found, const std::string& path) {
  for (const auto& member : wanted.GetObject()) {
    const std::string name(json::text_of(member.name));
    const std::string at = path + "/" + name;
    const auto it = found.FindMember(member.name);
    const bool is_there = it != found.MemberEnd();
    if (member.value.IsString() && json::text_of(member.value) == "<absent>") {
      if (is_there) return at + " is " + text_of(it->value) + ", wanted none";
      continue;
    }
    if (!is_there) return at + " is not there, wanted " + text_of(member.value);
    if (auto other = compare(member.value, it->value, at); !other.empty()) return other;
  }
  return {};
}

std::string compare(const json::Value& wanted, const json::Value& found, const std::string& path) {
  const auto differs = [&] { return path + " is " + text_of(found) + ", wanted " + text_of(wanted); };
  if (wanted.IsString()) {
    if (const auto fit = fits(json::text_of(wanted), found)) return *fit ? "" : differs();
  }
  if (wanted.IsObject() && found.IsObject()) return compare_members(wanted, found, path);
  if (!wanted.IsArray() || !found.IsArray()) return wanted == found ? "" : differs();
  if (wanted.Size() != found.Size()) return differs();
  for (rapidjson::SizeType i = 0; i < wanted.Size(); ++i) {
    if (auto other = compare(wanted[i], found[i], path + "/" + std::to_string(i)); !other.empty())
      return other;
  }
  return {};
}

Step read_step(const std::string& line) {
  const std::size_t name = std::min(line.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), line.size());
  const std::string client = line.substr(0, name);
  const std::string sign = line.substr(name, 2);
  const std::string text = line.size() > name + 2 ? line.substr(name + 2) : "";
  if (sign == "> " || sign == ">") return {client, Step::Kind::kSend, text, 0};
  if (sign == "< ") return {client, Step::Kind::kExpect, text, 0};
  if (sign == ">." && text.empty()) return {client, Step::Kind::kHangUp, "", 0};
  if (sign == "<." && text.empty()) return {client, Step::Kind::kClosed, "", 0};
  throw std::runtime_error("'" + line + "', wanted > LINE, < PATTERN, >. or <.");
}

}  // namespace

std::vector<Step> read_conversation(const std::filesystem::path& file) {
  std::vector<Step> steps;
  std::ifstream in(file);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    try {
      steps.push_back(read_step(line));
      steps.back().line = number;
    } catch (const std::exception& e) {
      throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": " + e.what());
    }
  }
  if (steps.empty()) throw std::runtime_error(file.string() + " is no conversation");
  return steps;
}

std::string difference(std::string_view pattern, std::string_view message) {
  json::Reader patterns;
  json::Reader messages;
  const json::Value* wanted = patterns.parse(pattern);
  if (wanted == nullptr) throw std::runtime_error("pattern is not JSON: " + patterns.error());
  const json::Value* found = messages.parse(message);
  if (found == nullptr) return "not JSON: " + messages.error();
  return compare(*wanted, *found, "");
}

}  // namespace atm::test
