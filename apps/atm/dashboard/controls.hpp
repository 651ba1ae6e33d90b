// SPDX-License-Identifier: MIT
// Turns the keys and the mouse into changes of what the dashboard shows, and into requests to the program.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bindings.hpp"
#include "commands.hpp"
#include "look.hpp"
#include "tui/input.hpp"

namespace atm::cli {

/// What an event requires besides another frame.
struct Effect {
  enum class Kind : std::uint8_t {
    kNone,
    kQuit,
    kStoreChoice,
    kJump,         // to the session `text`
    kAcknowledge,  // the session `text`
    kCopy,         // `text`
    kRunReports,   // of the page
    kPrint,        // the output of the command `text`
    kUseTheme,
    kSwitchMouse,
    kShowTime,  // the sessions at the time `text`
    kEarlier,
    kLater,
    kStepBack,
    kStep,
    kNeedBefore,
    kNeedAfter,
    kPlay,
    kRepaint,
    kSuspend,
  };
  Kind kind = Kind::kNone;
  std::string text{};
};

class Controls final {
 public:
  /// Both must outlive this object. The frame is the one that the user sees.
  Controls(Look& look, const Frame& frame) : look_(look), frame_(frame) {}

  [[nodiscard]] Effect handle(const tui::Event& event);

 private:
  Effect type_filter(const tui::Event& event);
  Effect type_command(const tui::Event& event);
  Effect run_command();
  Effect use_saved(const std::string& name);
  [[nodiscard]] CommandWords command_words() const;
  Effect sort(const tui::Event& event);
  Effect sort_by(std::size_t order);
  Effect press(const tui::Event& event);
  Effect act(Action action);
  Effect act_on_session(Action action);
  Effect act_on_pages(Action action);
  [[nodiscard]] bool move(Action action);
  Effect open_page(Page page);
  Effect back();
  Effect jump();
  Effect on_selection(Effect effect);
  Effect in_present(Effect effect);
  Effect open(bool is_open);
  Effect fold_quiet();
  Effect pin();
  void find_need(long step);
  void scroll(long by);
  void change_column(long by);
  void use_filter(std::string text);
  [[nodiscard]] const Row* selected() const;
  [[nodiscard]] Page page_after(std::size_t steps) const;
  [[nodiscard]] std::string next_theme() const;

  Look& look_;
  const Frame& frame_;
  std::chrono::steady_clock::time_point last_press_{};
};

}  // namespace atm::cli
