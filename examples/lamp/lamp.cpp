// SPDX-License-Identifier: MIT
// Prints how many sessions wait for the user, whenever something changes.
#include <atm/client/follower.hpp>
#include <chrono>
#include <cstdio>

int main() {
  atm::client::Follower follower;
  for (;;) {
    auto event = follower.next(std::chrono::seconds(1));
    if (!event) {
      std::fprintf(stderr, "lamp: %s\n", event.error().message.c_str());
      return 1;
    }
    if (!*event) continue;
    int waiting = 0;
    for (const auto& [id, session] : follower.copy().sessions()) {
      if (session.domain.attention && !session.domain.attention->acknowledged) ++waiting;
    }
    std::printf("%d of %zu%s\n", waiting, follower.copy().sessions().size(),
                follower.copy().is_current() ? "" : " (behind)");
    std::fflush(stdout);
  }
}
