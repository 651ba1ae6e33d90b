// SPDX-License-Identifier: MIT
// What atm watch shows of the stream of events: a live table, a line for each change, or the messages
// themselves.
#pragma once

#include <atm/client.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

/// One way to show it. Every function answers whether somebody still reads.
class View {
 public:
  View() = default;
  virtual ~View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  [[nodiscard]] virtual bool show(const Client::Message& message) = 0;
  /// The daemon is away; `why` says how that came out.
  [[nodiscard]] virtual bool lost(const std::string& why) = 0;
  [[nodiscard]] virtual bool found_again() = 0;
  /// Called after what was there to show, and at least once a second.
  [[nodiscard]] virtual bool settle() = 0;
  /// Changes shown so far, for --count.
  [[nodiscard]] virtual std::size_t shown() const = 0;
};

/// `out` takes text and says whether somebody reads; `scene` is asked when something is shown.
using Output = std::function<bool(std::string_view)>;
using SceneSource = std::function<Scene()>;

[[nodiscard]] std::unique_ptr<View> live_table();
[[nodiscard]] std::unique_ptr<View> change_lines(Output out, SceneSource scene);
[[nodiscard]] std::unique_ptr<View> message_lines(Output out);

}  // namespace atm::cli
