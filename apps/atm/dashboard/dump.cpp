// SPDX-License-Identifier: MIT
#include "dump.hpp"

#include <charconv>
#include <system_error>
#include <utility>
#include <variant>

#include "choice_file.hpp"
#include "draw.hpp"
#include "lookup.hpp"

namespace atm::cli {

ExitCode run_dump(const Global& global, const DashboardOptions& options) {
  const std::string& size = options.dump;
  std::size_t width = 0;
  std::size_t height = 0;
  const char* const end = size.data() + size.size();
  const auto [cross, error] = std::from_chars(size.data(), end, width);
  constexpr std::size_t kMost = 1000;
  const bool has_cross = error == std::errc() && cross != end && *cross == 'x';
  if (!has_cross || std::from_chars(cross + 1, end, height).ptr != end || width == 0 || height == 0 ||
      width > kMost || height > kMost) {
    return complain_of_usage("--dump is '" + size +
                             "', expected a size from 1x1 to 1000x1000, such as 80x24");
  }
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = ask_sessions(*client);
  if (!reply) return complain(reply.error());
  SessionMap sessions;
  for (const protocol::Session& session : std::get<protocol::Sessions>(reply->value).sessions)
    sessions.emplace(session.domain.id.str(), session);
  Look look;
  look.choice = read_choice();
  if (sessions.empty() && options.connected_agents) look.connected = options.connected_agents();
  Arrangement arrangement(sessions);
  Frame frame = draw(arrangement, look, scene_now(), {width, height});
  return print(frame.grid.text());
}

}  // namespace atm::cli
