// SPDX-License-Identifier: MIT
#include "cost/live.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "command.hpp"
#include "cost/report.hpp"
#include "follow.hpp"
#include "terminal.hpp"

namespace atm::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestPause{1000};
constexpr int kPausePerWork = 50;  // the search for changes takes at most a fiftieth of a core

// One text on the terminal, which replaces the one before it. The terminal does not wrap lines meanwhile, so that the
// number of lines is known.
class LiveText final {
 public:
  [[nodiscard]] bool show(const std::string& text, std::size_t rows) {
    std::string out = "\x1b[?7l";
    if (lines_ > 0) out += "\x1b[" + std::to_string(lines_) + "A";
    out += "\r\x1b[J";
    lines_ = 0;
    for (std::size_t begin = 0; begin < text.size() && lines_ + 1 < rows; ++lines_) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      out.append(text, begin, end - begin).append("\n");
      begin = end + 1;
    }
    return put(out + "\x1b[?7h");
  }

 private:
  std::size_t lines_ = 0;
};

// What the text depends on besides the ledger.
struct Frame {
  ledger::Day day = 0;
  std::size_t columns = 0;
  std::size_t rows = 0;
  friend bool operator==(const Frame&, const Frame&) = default;
};

}  // namespace

ExitCode run_live(const CostOptions& options, const ledger::Zone& zone, const CostPaths& paths,
                  const Budgets& budgets, Books& books) {
  using Clock = std::chrono::steady_clock;
  const Signals signals;
  LiveText screen;
  Frame shown;
  milliseconds pause = kShortestPause;
  for (bool is_changed = true;;) {
    const auto view = view_of(options, zone);
    if (!view) return complain(view.error());
    const Frame frame{view->today, output_canvas().columns.value_or(0), output_rows()};
    if (is_changed || frame != shown) {
      const auto answer = cost_report(books, options, *view, zone, paths, budgets);
      if (!answer) return complain(answer.error());
      if (!screen.show(answer->text, frame.rows)) return complain_of_output();
      shown = frame;
    }
    if (signals.wait(-1, pause)) return kOk;
    const auto begin = Clock::now();
    is_changed = books.refresh(paths);
    const auto work = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    pause = std::max(kShortestPause, work * kPausePerWork);
  }
}

}  // namespace atm::cli
