// SPDX-License-Identifier: MIT
// Actions on the selected row, and the order of the rows.
#include <algorithm>
#include <utility>

#include "controls.hpp"

namespace atm::cli {

const Row* Controls::selected() const {
  const auto& rows = frame_.rows->rows;
  return look_.cursor.index() < rows.size() ? &rows[look_.cursor.index()] : nullptr;
}

Effect Controls::act_on_session(Action action) {
  const Row* const row = selected();
  if (row == nullptr) return {};
  switch (action) {
    case Action::kJump:
      return jump();
    case Action::kClose:
    case Action::kOpen:
      if (look_.page != Page::kBoard) return open(action == Action::kOpen);
      change_column(action == Action::kOpen ? 1 : -1);
      return {};
    case Action::kPin:
      return pin();
    default:
      break;
  }
  if (row->session == nullptr) return {};
  const SessionDomain& session = row->session->domain;
  switch (action) {
    case Action::kAcknowledge:
      return on_selection({Effect::Kind::kAcknowledge, session.id.str()});
    case Action::kCopyId:
      return {Effect::Kind::kCopy, session.id.str()};
    case Action::kCopyPath:
      return {Effect::Kind::kCopy, session.working_directory.value_or("")};
    default:
      return {};
  }
}

Effect Controls::jump() {
  const Row& row = *selected();
  if (row.kind == Row::Kind::kProject) return open(!row.is_open);
  if (row.kind == Row::Kind::kQuiet) return fold_quiet();
  return on_selection({Effect::Kind::kJump, row.session->domain.id.str()});
}

// The user may have meant the session that was selected a moment ago.
Effect Controls::on_selection(Effect effect) {
  if (look_.at || !look_.cursor.has_just_changed()) return in_present(std::move(effect));
  look_.notice =
      "another session was selected just now; press the key again for " + look_.names.of(effect.text);
  return {};
}

// At an earlier time, an action on an agent would not act on what the user sees.
Effect Controls::in_present(Effect effect) {
  if (!look_.at) return effect;
  look_.notice = "these are sessions of an earlier time; :at now returns to the present";
  return {};
}

Effect Controls::open(bool is_open) {
  const Row& row = *selected();
  if (!row.has_children) return {};
  if (is_open) {
    look_.choice.closed.erase(std::string(row.key));
  } else {
    look_.choice.closed.emplace(row.key);
  }
  return {};
}

Effect Controls::fold_quiet() {
  const auto& rows = frame_.rows->rows;
  const bool is_folded =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.kind == Row::Kind::kQuiet; });
  look_.choice.folds_quiet = !is_folded;
  return {Effect::Kind::kStoreChoice};
}

Effect Controls::pin() {
  const Row& row = *selected();
  if (row.kind != Row::Kind::kSession) return {};
  std::string id(row.key);
  if (look_.choice.pins.erase(id) == 0) look_.choice.pins.insert(std::move(id));
  return {Effect::Kind::kStoreChoice};
}

Effect Controls::sort(const tui::Event& event) {
  const std::size_t order =
      event.character < 0x80 ? kOrderKeys.find(static_cast<char>(event.character)) : kOrderKeys.npos;
  return order == kOrderKeys.npos ? Effect() : sort_by(order);
}

Effect Controls::sort_by(std::size_t order) {
  look_.choice.order = static_cast<Order>(order);
  return {Effect::Kind::kStoreChoice};
}

}  // namespace atm::cli
