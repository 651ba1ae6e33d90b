// SPDX-License-Identifier: MIT
#include "keys.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/client/endpoint.hpp>
#include <atm/posix/xdg.hpp>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "command.hpp"

namespace atm::cli {

namespace {

namespace fs = std::filesystem;

struct Pair {
  std::string open;
  std::string secret;
};

/// Loads libzmq at run time, because otherwise every command would load it.
Result<Pair> make_pair() {
  constexpr const char* kLibrary = "libzmq.so.5";
  void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Error{ErrorCode::kUnsupported,
                 std::string("cannot load ") + kLibrary + "; install ZeroMQ (Debian: libzmq5)"};
  // POSIX guarantees that a data pointer from dlsym can hold a function.
  const auto make = reinterpret_cast<int (*)(char*, char*)>(::dlsym(library, "zmq_curve_keypair"));
  std::array<char, 41> open{};
  std::array<char, 41> secret{};
  if (make == nullptr || make(open.data(), secret.data()) != 0)
    return Error{ErrorCode::kUnsupported,
                 std::string(kLibrary) + " was built without CURVE; install one with CURVE"};
  return Pair{open.data(), secret.data()};
}

Result<fs::path> directory_of(const KeysOptions& options) {
  if (!options.directory.empty()) return fs::absolute(options.directory);
  const fs::path config = posix::XdgDirectories::of_this_process().config;
  if (!config.empty()) return config / "atm/keys";
  return Error{ErrorCode::kInvalidField,
               "cannot store the keys: HOME is not set; set HOME, or give a directory with --out"};
}

Result<void> write_key(const fs::path& file, const std::string& key) {
  const auto failed = [&file] {
    return Error{ErrorCode::kInvalidField, "cannot write " + file.string() + ": " +
                                               std::generic_category().message(errno) +
                                               "; remove it, or give another --name or --out"};
  };
  const client::Descriptor fd(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) return failed();
  const std::string line = key + '\n';
  if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(fd.get()) != 0)
    return failed();
  return {};
}

std::string instructions(const fs::path& stem, const Pair& pair, bool show_secret) {
  const std::string secret = stem.string() + ".secret";
  std::string text = "public key: " + pair.open + "\n";
  if (show_secret) text += "secret key: " + pair.secret + "\n";
  return text + "written: " + secret + " (keep it secret) and " + stem.string() +
         ".public\n"
         "\n"
         "For the daemon, add to atm.toml:\n"
         "  [plugins.zmq]\n"
         "  enabled = true\n"
         "  publish_tcp = \"tcp://ADDRESS:PORT\"\n"
         "  request_tcp = \"tcp://ADDRESS:PORT\"\n"
         "  curve_secret_key_file = \"" +
         secret +
         "\"\n"
         "  curve_allowed_keys_file = \"" +
         (stem.parent_path() / "allowed").string() +
         "\"\n"
         "The file of allowed keys contains the public key of each client, one per line. The clients set\n"
         "curve_serverkey to the public key above.\n"
         "\n"
         "For a client, add the public key above to the daemon's file of allowed keys and restart\n"
         "atmd. The client sets curve_secretkey and curve_publickey to this pair and curve_serverkey to the\n"
         "daemon's public key.\n";
}

}  // namespace

Result<std::string> make_keys(const KeysOptions& options) {
  if (options.name.empty() || options.name.front() == '.' || options.name.find('/') != std::string::npos)
    return Error{ErrorCode::kInvalidField,
                 "name is '" + options.name + "', expected a file name; give another --name"};
  const auto directory = directory_of(options);
  if (!directory) return directory.error();
  const auto pair = make_pair();
  if (!pair) return pair.error();
  const mode_t before = ::umask(077);
  std::error_code error;
  fs::create_directories(*directory, error);
  ::umask(before);
  if (error)
    return Error{ErrorCode::kInvalidField,
                 "cannot create " + directory->string() + ": " + error.message() + "; give another --out"};
  const fs::path stem = *directory / options.name;
  if (auto written = write_key(stem.string() + ".secret", pair->secret); !written) return written.error();
  if (auto written = write_key(stem.string() + ".public", pair->open); !written) return written.error();
  return instructions(stem, *pair, options.show_secret);
}

ExitCode run_keys(const KeysOptions& options) {
  const auto text = make_keys(options);
  return text ? print(*text) : complain(text.error());
}

}  // namespace atm::cli
