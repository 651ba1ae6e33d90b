// SPDX-License-Identifier: MIT
#include "session_json_text.hpp"

#include <atm/json.hpp>

namespace atm::cli {

std::map<std::string, std::string, std::less<>> session_objects(const std::vector<std::string>& lines) {
  std::map<std::string, std::string, std::less<>> objects;
  const auto add = [&objects](const json::Value& session) {
    const auto id = json::get_string(session, "id");
    if (!id) return;
    json::Buffer buffer;
    json::Writer writer(buffer);
    session.Accept(writer);
    objects[std::string(*id)] = std::string(json::text_of(buffer));
  };
  json::Reader reader;
  for (const std::string& line : lines) {
    const json::Value* root = reader.parse(line);
    if (root == nullptr) continue;
    if (const json::Value* one = json::get_object(*root, "session")) add(*one);
    if (const json::Value* many = json::get_array(*root, "sessions")) {
      for (const json::Value& session : many->GetArray()) add(session);
    }
  }
  return objects;
}

}  // namespace atm::cli
