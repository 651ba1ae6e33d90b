// SPDX-License-Identifier: MIT
// The tables of a TOML text as JSON, for editors that change only a part of the text.
#pragma once

#include <atm/domain/error.hpp>
#include <atm/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "lib/config/toml.hpp"

namespace atm::cli::setup {

class TomlDocument final {
 public:
  explicit TomlDocument(std::string_view text) : parsed_(parse_toml(text, std::string(kFile))) {
    if (const TomlFile* file = std::get_if<TomlFile>(&parsed_)) root_ = reader_.parse(file->json);
  }

  /// nullptr: the text is malformed.
  [[nodiscard]] const json::Value* root() const noexcept { return root_; }
  /// Of a malformed text; the message begins with the line.
  [[nodiscard]] Error error() const {
    const Problem* problem = std::get_if<Problem>(&parsed_);
    if (problem == nullptr) return {ErrorCode::kParseError, "1: too many nested tables"};
    const std::string line =
        problem->file.size() > kFile.size() ? problem->file.substr(kFile.size() + 1) : std::string("1");
    return {ErrorCode::kParseError, line + ": " + problem->found + ", expected " + problem->wanted};
  }

 private:
  static constexpr std::string_view kFile = "-";  // stands for the path in messages

  std::variant<TomlFile, Problem> parsed_;
  json::Reader reader_;
  const json::Value* root_ = nullptr;
};

}  // namespace atm::cli::setup
