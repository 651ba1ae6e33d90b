// SPDX-License-Identifier: MIT
#include "kernel/plugins/loader.hpp"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <string>
#include <vector>

#include "kernel/plugins/contract.hpp"
#include "kernel/plugins/trust.hpp"

namespace atm::kernel {
namespace {

namespace dll = boost::dll;

// Boost returns a code only; the message of the dynamic linker names the missing symbol or library.
std::string linker_message(const boost::dll::fs::error_code& error) {
  const char* const text = ::dlerror();
  return text != nullptr ? text : error.message();
}

void keep_for_ever(dll::shared_library library) {
  static auto* const kept = new std::vector<dll::shared_library>();  // never destroyed: no dlclose at exit
  kept->push_back(std::move(library));
}

}  // namespace

std::variant<const atm_plugin*, Problem> load_library(const Manifest& manifest) {
  if (auto problem = distrust_file(manifest.library)) return *problem;
  dll::fs::error_code error;
  dll::shared_library library;
  ::dlerror();
  library.load(manifest.library, error, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  if (error) {
    return Problem{manifest.library.string(), linker_message(error), "a library this machine can load",
                   "install its dependencies or rebuild the plugin"};
  }
  if (!library.has(ATM_PLUGIN_SYMBOL)) {
    return Problem{manifest.library.string(), "no symbol " ATM_PLUGIN_SYMBOL, "a plugin entry point",
                   "write ATM_PLUGIN(...) once and build it with atm_add_plugin()"};
  }
  const atm_plugin& plugin = library.get<const atm_plugin>(ATM_PLUGIN_SYMBOL);
  keep_for_ever(std::move(library));
  if (auto problem = check_descriptor(plugin, manifest)) return *problem;
  return &plugin;
}

}  // namespace atm::kernel
