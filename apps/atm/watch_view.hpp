// SPDX-License-Identifier: MIT
// What atm watch shows of the stream of events: a live table, a line for each change, or the messages
// themselves.
#pragma once

#include <atm/client.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "follow.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// The sessions as the events so far say they are.
class Board final {
 public:
  struct Removal {
    std::string id;
    std::string reason;
  };
  struct Changes {
    std::vector<std::string> seen;  // ids that are new or were reported again
    std::vector<Removal> removed;
  };

  Changes apply(const protocol::DaemonMessage& message);
  [[nodiscard]] Sessions sessions() const;
  [[nodiscard]] const protocol::Session* find(std::string_view id) const;

 private:
  Changes replace_all(const std::vector<protocol::Session>& sessions);

  std::map<std::string, protocol::Session, std::less<>> sessions_;
};

/// `out` takes text and says whether somebody reads; `scene` is asked when something is shown.
using Output = std::function<bool(std::string_view)>;
using SceneSource = std::function<Scene()>;

[[nodiscard]] std::unique_ptr<View> live_table();
[[nodiscard]] std::unique_ptr<View> change_lines(Output out, SceneSource scene);
[[nodiscard]] std::unique_ptr<View> message_lines(Output out);

}  // namespace atm::cli
