// SPDX-License-Identifier: MIT
#include "kernel/registry/journal.hpp"

#include <utility>

#include "kernel/registry/stored_fields.hpp"
#include "kernel/system/call_site.hpp"

namespace atm::kernel {
namespace {

template <class Body>
atm_status guarded(const CallSite* site, Body&& body) noexcept {
  std::optional<CallScope> scope;
  if (site != nullptr) scope.emplace(*site);
  try {
    return body();
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

void set_process(atm_stored& to, const ProcessKey& process) {
  to.from = ATM_FROM_PID;
  to.from_pid = process.pid;
  if (process.start_ticks) {
    to.from |= ATM_FROM_START_TICKS;
    to.from_start_ticks = *process.start_ticks;
  }
  if (process.pid_ns) {
    to.from |= ATM_FROM_PID_NS;
    to.from_pid_ns = *process.pid_ns;
  }
}

}  // namespace

atm_str Journal::copy(std::string_view text) {
  return str_of(texts_.emplace_back(text));
}

Journal::Input& Journal::add(std::uint32_t kind, const Arrival& before, const atm_observation& observation) {
  Input& input = inputs_.emplace_back();
  input.stored = {};
  input.stored.size = sizeof input.stored;
  input.stored.kind = kind;
  input.stored.seq = before.seq;
  input.stored.awake_ns = before.awake_ns;
  input.observation = observation;
  input.observation.size = sizeof input.observation;
  input.observation.attrs = nullptr;
  input.observation.attr_count = 0;
  input.first_attr = attrs_.size();
  return input;
}

Journal::Input& Journal::add_own(std::uint32_t kind, std::string_view type, std::string_view session,
                                 const Arrival& before) {
  atm_observation own{};
  own.type = str_of(type);
  own.session = copy(session);
  own.origin = str_of("registry");
  return add(kind, before, own);
}

void Journal::add_attributes(Input& input, const Observation& observation) {
  if (observation.type() == ObservationType::kOther) input.observation.type = str_of(kOtherTypeName);
  for (std::size_t i = 0; i < observation.size(); ++i) {
    if (is_stored(observation.type(), observation.key(i), observation.attr(i).value.kind))
      attrs_.push_back(observation.attr(i));
  }
  input.observation.attr_count = attrs_.size() - input.first_attr;
}

void Journal::observed(const Observation& observation, const Arrival& before,
                       const std::optional<ProcessKey>& from) {
  if (!is_on()) return;
  newest_observed_ = inputs_.size();
  Input& input = add(ATM_STORED_OBSERVATION, before, observation.view());
  add_attributes(input, observation);
  if (from) set_process(input.stored, *from);
}

void Journal::repeated(const Observation& observation, const Arrival& before) {
  if (!is_on()) return;
  Input& input = add(ATM_STORED_REPEAT, before, observation.view());
  if (observation.type() == ObservationType::kProcessExited) add_attributes(input, observation);
}

void Journal::timed_out(std::string_view session, const Arrival& before, bool doubted) {
  if (!is_on()) return;
  add_own(ATM_STORED_TIMEOUT, "registry.timeout", session, before).stored.learnt =
      str_of(doubted ? kDoubted : kNotDoubted);
}

void Journal::checked(std::string_view session, const Arrival& before, Timestamp wall, std::string learnt) {
  if (!is_on()) return;
  Input& input = add_own(ATM_STORED_CHECK, "registry.check", session, before);
  input.observation.time_ns = wall.time_since_epoch().count();
  input.stored.learnt = str_of(texts_.emplace_back(std::move(learnt)));
}

void Journal::facts(std::string_view session, const Arrival& before, const std::vector<atm_attr>& changed) {
  if (!is_on() || changed.empty()) return;
  Input& input = add_own(ATM_STORED_FACTS, "registry.facts", session, before);
  for (atm_attr attr : changed) {
    attr.key = copy(text_of(attr.key));
    if (attr.value.kind == ATM_VALUE_STR) attr.value.as.s = copy(text_of(attr.value.as.s));
    attrs_.push_back(attr);
  }
  input.observation.attr_count = attrs_.size() - input.first_attr;
}

void Journal::learnt(char answer) {
  if (!is_on() || newest_observed_ >= inputs_.size()) return;
  atm_stored& to = inputs_[newest_observed_].stored;
  to.learnt = copy(std::string(text_of(to.learnt)) + answer);
}

bool Journal::flush() {
  if (inputs_.empty()) return false;
  pointers_.clear();
  for (Input& input : inputs_) {
    if (input.observation.attr_count != 0) input.observation.attrs = attrs_.data() + input.first_attr;
    input.stored.observation = &input.observation;
    pointers_.push_back(&input.stored);
  }
  const atm_status status = guarded(store_.append, [this] {
    return store_.store->append(store_.instance, pointers_.data(), pointers_.size());
  });
  passed_ += inputs_.size();
  inputs_.clear();
  attrs_.clear();
  texts_.clear();
  kept_.clear();
  is_ahead_ = true;
  return status == ATM_STORE_WANTS_CHECKPOINT;
}

void Journal::checkpoint(std::string_view state, std::uint64_t seq) {
  if (!is_on() || store_.store->checkpoint == nullptr) return;
  const atm_status status = guarded(store_.checkpoint, [&] {
    return store_.store->checkpoint(store_.instance, reinterpret_cast<const std::uint8_t*>(state.data()),
                                    state.size(), seq);
  });
  if (status == ATM_OK) is_ahead_ = false;
}

}  // namespace atm::kernel
