// SPDX-License-Identifier: MIT
#include "sources/transcript_place.hpp"

#include <filesystem>
#include <system_error>

#include "session_file.hpp"

namespace claude_code {

bool is_transcript_path(std::string_view path) noexcept {
  return path.starts_with('/') && path.ends_with(".jsonl");
}

std::string find_transcript(const std::string& config_dir, std::string_view cwd, const std::string& session) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::string expected = transcript_path(config_dir, cwd, session);
  if (session.find('/') != std::string::npos) return {};
  if (!expected.empty() && fs::exists(expected, error)) return expected;
  for (fs::directory_iterator project(config_dir + "/projects", error), end; !error && project != end;
       project.increment(error)) {
    fs::path path = project->path() / (session + ".jsonl");
    std::error_code none;
    if (fs::exists(path, none)) return path.string();
  }
  return expected;
}

}  // namespace claude_code
