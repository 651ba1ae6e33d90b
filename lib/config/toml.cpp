// SPDX-License-Identifier: MIT
#include "lib/config/toml.hpp"

#include <atm/json.hpp>
#include <cmath>
#include <sstream>

#include <toml++/toml.h>

#include "lib/config/schema.hpp"

namespace atm {
namespace {

class Converter final {
 public:
  explicit Converter(TomlFile& file) : file_(file) {}

  std::string convert(const toml::table& root) {
    write(root);
    return std::string(json::text_of(buffer_));
  }

 private:
  void write(const toml::node& node) {
    if (node.source().begin.line > 0) file_.lines.emplace(path_, node.source().begin.line);
    switch (node.type()) {
      case toml::node_type::table:
        return write_table(*node.as_table());
      case toml::node_type::array:
        return write_array(*node.as_array());
      case toml::node_type::string:
        return json::string(writer_, node.as_string()->get());
      case toml::node_type::integer:
        static_cast<void>(writer_.Int64(node.as_integer()->get()));
        return;
      case toml::node_type::boolean:
        static_cast<void>(writer_.Bool(node.as_boolean()->get()));
        return;
      case toml::node_type::floating_point:
        return write_double(node.as_floating_point()->get());
      default:
        return write_text(node);
    }
  }

  void write_table(const toml::table& table) {
    writer_.StartObject();
    for (const auto& [key, value] : table) {
      json::key(writer_, key.str());
      path_.emplace_back(key.str());
      write(value);
      path_.pop_back();
    }
    writer_.EndObject();
  }

  void write_array(const toml::array& array) {
    writer_.StartArray();
    for (std::size_t i = 0; i < array.size(); ++i) {
      path_.push_back(std::to_string(i));
      write(array[i]);
      path_.pop_back();
    }
    writer_.EndArray();
  }

  // JSON has no infinity: as text it fails the schema with a message that shows the value.
  void write_double(double value) {
    if (std::isfinite(value)) {
      writer_.Double(value);
    } else {
      json::string(writer_, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    }
  }

  void write_text(const toml::node& node) {
    std::ostringstream text;
    node.visit([&text](const auto& value) {
      using Node = std::decay_t<decltype(value)>;
      if constexpr (toml::is_date<Node> || toml::is_time<Node> || toml::is_date_time<Node>)
        text << value.get();
    });
    json::string(writer_, text.str());
  }

  TomlFile& file_;
  std::vector<std::string> path_;
  json::Buffer buffer_;
  json::Writer writer_{buffer_};
};

/// The number of the first line with more dots outside of quotes than a key of this project has; 0: none. toml++ and
/// the converter recurse for each part of a dotted key.
unsigned line_of_deep_key(std::string_view text) {
  constexpr unsigned kMaxDots = 32;
  unsigned line = 1;
  unsigned dots = 0;
  char quote = '\0';
  bool is_comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      dots = 0;
      quote = '\0';
      is_comment = false;
    } else if (quote == '"' && c == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (!is_comment && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '#') {
      is_comment = true;
    } else if (!is_comment && c == '.' && ++dots > kMaxDots) {
      return line;
    }
  }
  return 0;
}

}  // namespace

unsigned TomlFile::line(std::vector<std::string> key) const {
  for (; !key.empty(); key.pop_back()) {
    if (const auto it = lines.find(key); it != lines.end()) return it->second;
  }
  return 0;
}

std::string TomlFile::place(const std::vector<std::string>& key) const {
  const unsigned at = line(key);
  return at == 0 ? path : path + ":" + std::to_string(at);
}

Problem problem_at(const TomlFile& file, std::vector<std::string> prefix, const Mismatch& mismatch) {
  prefix.insert(prefix.end(), mismatch.path.begin(), mismatch.path.end());
  const std::string key = Mismatch{prefix, "", "", ""}.key();
  return {file.place(prefix), (key.empty() ? "it" : key) + " is " + mismatch.found, mismatch.wanted,
          mismatch.remedy};
}

std::variant<TomlFile, Problem> parse_toml(std::string_view text, std::string path) {
  if (const unsigned line = line_of_deep_key(text); line != 0)
    return Problem{path + ":" + std::to_string(line), "a line with more than 32 dots outside of quotes",
                   "keys of a few parts", "fix the line"};
  try {
    const toml::table root = toml::parse(text, path);
    TomlFile file;
    file.path = std::move(path);
    file.json = Converter(file).convert(root);
    return file;
  } catch (const toml::parse_error& error) {
    return Problem{path + ":" + std::to_string(error.source().begin.line), std::string(error.description()),
                   "TOML 1.0", "fix the line"};
  }
}

}  // namespace atm
