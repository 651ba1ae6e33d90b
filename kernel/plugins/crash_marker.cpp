// SPDX-License-Identifier: MIT
#include "kernel/plugins/crash_marker.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "kernel/plugins/crash_report.hpp"
#include "kernel/watch/process_table.hpp"

namespace atm::kernel {

namespace fs = std::filesystem;

namespace {

// Two copies of one plugin have different markers. FNV-1a: stable over builds and machines.
std::string name_of(const fs::path& library) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : library.string()) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1'099'511'628'211U;
  }
  return std::to_string(hash);
}

// A field of the marker is never empty.
std::string word_of(const std::string& text) {
  return text.empty() ? "-" : text;
}

}  // namespace

std::string build_of(const fs::path& library) {
  struct stat about {};
  if (::stat(library.c_str(), &about) != 0) return {};
  return std::to_string(about.st_ino) + '.' + std::to_string(about.st_size) + '.' +
         std::to_string(about.st_mtim.tv_sec) + '.' + std::to_string(about.st_mtim.tv_nsec);
}

CrashMarker::Subject CrashMarker::subject(const fs::path& state_dir, const std::string& id,
                                          const fs::path& library) {
  return {state_dir / "starting" / (id + '-' + name_of(library)), id, build_of(library)};
}

CrashMarker::Deaths CrashMarker::deaths(const ProcessTable& processes, const Subject& subject) {
  std::ifstream in(subject.file);
  std::int64_t pid = 0;
  std::uint64_t ticks = 0;
  std::string boot;
  std::string build;
  std::uint32_t before = 0;
  // Ignores an incomplete marker and one of an older version.
  if (!(in >> pid >> ticks >> boot >> build >> before) || build != word_of(subject.build)) return {};
  const bool is_this_boot = boot == word_of(processes.boot_id());
  if (is_this_boot && processes.is_alive(pid, ticks)) return {};
  std::string signal;
  std::string plugin;
  if (in >> signal >> plugin) {
    // Another plugin's thread may have crashed during this plugin's start.
    if (plugin != subject.id) return {before, false};
    return {before + 1, true};
  }
  if (!is_this_boot) return {};
  return {before + 1, false};
}

CrashMarker::CrashMarker(const ProcessTable& processes, const Subject& subject, std::uint32_t deaths_before)
    : file_(subject.file) {
  std::error_code error;
  for (const fs::path& made : {file_.parent_path().parent_path(), file_.parent_path()}) {
    if (fs::create_directories(made, error)) fs::permissions(made, fs::perms::owner_all, error);
  }
  fd_ = posix::FileDescriptor(
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_) return;
  const std::optional<ProcessEntry> self = processes.lookup(::getpid());
  const std::string text = std::to_string(::getpid()) + ' ' + std::to_string(self ? self->start_ticks : 0) +
                           ' ' + word_of(processes.boot_id()) + ' ' + word_of(subject.build) + ' ' +
                           std::to_string(deaths_before) + '\n';
  static_cast<void>(!::write(fd_.get(), text.data(), text.size()));
  set_crash_marker(fd_.get(), subject.id.c_str());
}

CrashMarker::~CrashMarker() {
  set_crash_marker(-1, nullptr);
  std::error_code error;
  fs::remove(file_, error);
}

}  // namespace atm::kernel
