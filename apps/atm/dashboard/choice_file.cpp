// SPDX-License-Identifier: MIT
#include "choice_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/file_descriptor.hpp>
#include <atm/json.hpp>
#include <atm/posix/xdg.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "text_file.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kMostBytes = 64UL * 1024;
constexpr std::size_t kMostPins = 100;

std::filesystem::path directory_of_state() {
  const std::string state = posix::XdgDirectories::of_this_process().state;
  return state.empty() ? std::filesystem::path() : std::filesystem::path(state) / "atm";
}

std::string text_of_choice(const Choice& choice) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::key(writer, "tree");
  writer.Bool(choice.is_tree);
  json::key(writer, "reversed");
  writer.Bool(choice.is_reversed);
  if (choice.folds_quiet) {
    json::key(writer, "folds_quiet");
    writer.Bool(*choice.folds_quiet);
  }
  json::member(writer, "order", kOrderWords[static_cast<std::size_t>(choice.order)]);
  json::key(writer, "pins");
  writer.StartArray();
  std::size_t count = 0;
  for (const std::string& pin : choice.pins) {
    if (++count <= kMostPins) json::string(writer, pin);
  }
  writer.EndArray();
  json::key(writer, "filters");
  writer.StartObject();
  for (const auto& [name, text] : choice.saved) {
    json::member(writer, name, text);
  }
  writer.EndObject();
  writer.EndObject();
  return std::string(json::text_of(buffer)) + "\n";
}

Error failure(const std::filesystem::path& file) {
  return {ErrorCode::kInvalidField,
          "cannot store the choice in " + file.string() + ": " + std::strerror(errno)};
}

}  // namespace

Choice read_choice() {
  Choice choice;
  const auto directory = directory_of_state();
  const auto text = read_text_file((directory / "tui.json").string(), kMostBytes);
  if (directory.empty() || !text || !*text) return choice;
  json::Reader reader;
  const json::Value* root = reader.parse(**text);
  if (root == nullptr || !root->IsObject()) return choice;
  choice.is_tree = json::get_bool(*root, "tree").value_or(true);
  choice.is_reversed = json::get_bool(*root, "reversed").value_or(false);
  if (const auto folds = json::get_bool(*root, "folds_quiet")) choice.folds_quiet = *folds;
  const auto order = json::get_string(*root, "order").value_or("");
  for (std::size_t i = 0; i < kOrderWords.size(); ++i) {
    if (kOrderWords[i] == order) choice.order = static_cast<Order>(i);
  }
  if (const json::Value* pins = json::get_array(*root, "pins")) {
    for (const json::Value& pin : pins->GetArray()) {
      if (pin.IsString() && choice.pins.size() < kMostPins) choice.pins.emplace(json::text_of(pin));
    }
  }
  if (const json::Value* saved = json::get_object(*root, "filters")) {
    for (const auto& filter : saved->GetObject()) {
      if (filter.value.IsString() && choice.saved.size() < kMostSaved)
        choice.saved.emplace(json::text_of(filter.name), json::text_of(filter.value));
    }
  }
  return choice;
}

Result<void> write_choice(const Choice& choice) {
  const auto directory = directory_of_state();
  if (directory.empty())
    return Error{ErrorCode::kInvalidField, "cannot store the choice: HOME is not set; set HOME"};
  std::error_code ignored;
  const mode_t before = ::umask(077);
  std::filesystem::create_directories(directory, ignored);
  ::umask(before);
  const auto file = directory / "tui.json";
  const std::string temporary = file.string() + "." + std::to_string(::getpid());
  const FileDescriptor out(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  const std::string text = text_of_choice(choice);
  if (out.get() < 0) return failure(file);
  const bool is_written = ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!is_written || std::rename(temporary.c_str(), file.c_str()) != 0) {
    const Error error = failure(file);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

}  // namespace atm::cli
