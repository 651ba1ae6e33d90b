// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <atm/json.hpp>
#include <atm/posix/xdg.hpp>
#include <stdexcept>

namespace history {
namespace {

std::string state_directory() {
  const std::string state = atm::posix::XdgDirectories::of_this_process().state;
  if (state.empty())
    throw std::runtime_error("neither XDG_STATE_HOME nor HOME is an absolute path; set directory");
  return state + "/atm";
}

}  // namespace

Settings Settings::parse(std::string_view config_json) {
  Settings settings;
  atm::json::Reader reader;
  if (const atm::json::Value* root = reader.parse(config_json)) {
    settings.directory = atm::json::get_string(*root, "directory").value_or("");
    settings.keep_days = atm::json::get_int(*root, "keep_days").value_or(settings.keep_days);
    settings.max_mib = atm::json::get_int(*root, "max_mib").value_or(settings.max_mib);
  }
  if (settings.directory.empty()) settings.directory = state_directory();
  return settings;
}

}  // namespace history
