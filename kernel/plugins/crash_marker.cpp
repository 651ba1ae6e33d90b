// SPDX-License-Identifier: MIT
#include "kernel/plugins/crash_marker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "kernel/runtime/unique_fd.hpp"
#include "kernel/watch/process_table.hpp"

namespace atm::kernel {

namespace fs = std::filesystem;

fs::path CrashMarker::file_of(const fs::path& directory, const std::string& id) {
  return directory / "starting" / id;
}

CrashMarker::CrashMarker(const ProcessTable& processes, const fs::path& directory, const std::string& id)
    : file_(file_of(directory, id)) {
  std::error_code error;
  for (const fs::path& made : {directory, file_.parent_path()}) {
    if (fs::create_directories(made, error)) fs::permissions(made, fs::perms::owner_all, error);
  }
  const UniqueFd fd(::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return;
  const std::optional<ProcessEntry> self = processes.lookup(::getpid());
  const std::string text =
      std::to_string(::getpid()) + " " + std::to_string(self ? self->start_ticks : 0) + "\n";
  static_cast<void>(!::write(fd.get(), text.data(), text.size()));
}

CrashMarker::~CrashMarker() {
  std::error_code error;
  fs::remove(file_, error);
}

bool CrashMarker::is_left(const ProcessTable& processes, const fs::path& directory, const std::string& id) {
  std::ifstream in(file_of(directory, id));
  if (!in) return false;
  std::int64_t pid = 0;
  std::uint64_t ticks = 0;
  in >> pid >> ticks;
  return !in || !processes.is_alive(pid, ticks);
}

}  // namespace atm::kernel
