// SPDX-License-Identifier: MIT
// What each input changes in the tables of the index.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "history/index.hpp"

namespace atm::history {

using sqlite::Statement;

namespace {

std::optional<double> real(const Input& input, std::string_view key) {
  const Value* value = input.find(key);
  if (const auto* number = std::get_if<double>(value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(value)) return static_cast<double>(*number);
  return std::nullopt;
}

}  // namespace

void Index::add(const Input& input) {
  if (input.kind == ATM_STORED_REPEAT || input.kind == ATM_STORED_TIMEOUT || input.kind == ATM_STORED_FACTS)
    return;
  if (input.kind == ATM_STORED_CHECK) {
    // The registry ends a session whose process is gone.
    if (!input.learnt.empty() && input.learnt.find_first_not_of('g') == std::string::npos)
      end_session(input, input.arrived_ns, "process_exited");
    return;
  }
  const std::int64_t at_ns = input.time_ns != 0 ? input.time_ns : input.arrived_ns;
  describe(input);
  follow_status(input, at_ns);
}

void Index::describe(const Input& input) {
  const std::int64_t at_ns = input.arrived_ns;
  const auto [found, is_first] = described_.try_emplace(input.session);
  Described& known = found->second;
  if (is_first) {
    statement(
        "INSERT INTO session (id, agent, directory, project, model, agent_version, pane, first_ns, last_ns) "
        "VALUES (?, ?, '', '', '', '', '', ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET last_ns = max(last_ns, excluded.last_ns), "
        "first_ns = min(first_ns, excluded.first_ns)")
        .with(input.session, input.agent, at_ns, at_ns)
        .run();
    Statement& row =
        statement("SELECT first_ns, last_ns, end_reason FROM session WHERE id = ?").with(input.session);
    if (row.step()) {
      known.first_ns = row.integer(0);
      known.last_ns = row.integer(1);
      known.is_imported = row.text(2) == "imported";
    }
    row.reset();
  }
  known.first_ns = std::min(known.first_ns, at_ns);
  known.last_ns = std::max(known.last_ns, at_ns);
  if (!is_importing_ && known.is_imported) {
    // The session went on after its import.
    statement(
        "UPDATE session SET ended_ns = NULL, end_reason = NULL "
        "WHERE id = ? AND end_reason = 'imported' AND ended_ns <= ?")
        .with(input.session, at_ns)
        .run();
  }
  if (const auto directory = input.text("cwd"); !directory.empty() && directory != known.directory) {
    known.directory = directory;
    auto project = projects_.find(known.directory);
    if (project == projects_.end())
      project = projects_.emplace(known.directory, project_of(known.directory)).first;
    statement("UPDATE session SET directory = ?, project = ? WHERE id = ? AND directory <> ?")
        .with(directory, project->second, input.session, directory)
        .run();
  }
  if (const auto model = input.text("model.id"); !model.empty() && model != known.model) {
    known.model = model;
    statement("UPDATE session SET model = ? WHERE id = ? AND model <> ?")
        .with(model, input.session, model)
        .run();
  }
  if (const auto pane = input.text("tmux.pane"); !pane.empty() && pane != known.pane) {
    known.pane = pane;
    statement("UPDATE session SET pane = ? WHERE id = ? AND pane <> ?").with(pane, input.session, pane).run();
  }
  if (const auto version = input.text("version"); !version.empty() && version != known.version) {
    known.version = version;
    Statement& row = statement("SELECT agent_version FROM session WHERE id = ?").with(input.session);
    const bool is_new = row.step() && row.text(0) != version;
    row.reset();
    if (is_new) {
      statement("UPDATE session SET agent_version = ? WHERE id = ?").with(version, input.session).run();
      statement(
          "INSERT INTO version VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET sessions = sessions + 1, "
          "first_ns = min(first_ns, excluded.first_ns)")
          .with(input.agent, version, at_ns)
          .run();
    }
  }
  if (const auto cost = input.integer("cost.total_usd_micros")) known.cost_micros = cost;
}

/// Writes what changes with each input. At the end of each transaction.
void Index::write_described() {
  for (const auto& [id, known] : described_) {
    statement("UPDATE session SET first_ns = ?2, last_ns = ?3 WHERE id = ?1")
        .with(id, known.first_ns, known.last_ns)
        .run();
    if (known.cost_micros)
      statement("UPDATE session SET cost_micros = ?2 WHERE id = ?1").with(id, *known.cost_micros).run();
  }
  described_.clear();
}

void Index::follow_status(const Input& input, std::int64_t at_ns) {
  const std::string& type = input.type;
  if (type == "status.reported") return sample_context(input, at_ns);
  const bool is_main = input.actor.empty();
  if (type == "session.ended" || type == "process.exited") {
    const std::string_view reason = type == "process.exited" ? "process_exited" : input.text("reason");
    return end_session(input, at_ns, reason);
  }
  if (type == "session.started") {
    statement("UPDATE session SET ended_ns = NULL, end_reason = NULL WHERE id = ? AND ended_ns < ?")
        .with(input.session, at_ns)
        .run();
    if (input.text("source") != "compact") enter(input, at_ns, "idle");
  } else if (type == "prompt.submitted" && is_main) {
    end_waits(input, at_ns, "", "");
    begin_turn(input, at_ns);
    enter(input, at_ns, "working");
  } else if (type == "turn.finished" && is_main) {
    end_waits(input, at_ns, "", "");
    end_turn(input, at_ns, input.text("outcome"), input.text("error.kind"));
    enter(input, at_ns, "idle");
  } else if (type == "tool.started") {
    end_waits(input, at_ns, "", "");
    begin_tool(input, at_ns);
    if (is_main) enter(input, at_ns, "working");
  } else if (type == "tool.finished") {
    end_waits(input, at_ns, "", input.text("tool_use_id"));
    end_tool(input, at_ns);
  } else if (type == "input.needed") {
    begin_wait(input, at_ns);
  } else if (type == "input.resolved") {
    end_waits(input, at_ns, input.text("outcome"), input.text("tool_use_id"));
  } else if (type == "compaction.started") {
    statement("INSERT INTO compaction VALUES (?, ?, NULL)").with(input.session, at_ns).run();
  } else if (type == "compaction.finished") {
    end_compaction(input, at_ns);
  } else if (type == "state.reported") {
    const std::string_view state = input.text("state");
    if (state == "waiting" && input.text("reason") != "idle") {
      enter(input, at_ns, "waiting");
    } else if (state == "busy") {
      end_waits(input, at_ns, "", "");
      enter(input, at_ns, "working");
    } else if (state == "idle" || state == "background") {
      end_waits(input, at_ns, "", "");
      enter(input, at_ns, "idle");
    }
  }
}

void Index::begin_turn(const Input& input, std::int64_t at_ns) {
  Statement& open =
      statement("SELECT 1 FROM turn WHERE session = ? AND ended_ns IS NULL").with(input.session);
  const bool is_open = open.step();
  open.reset();
  // A prompt during a turn is added to it.
  if (is_open) return;
  // A transcript repeats prompts of turns that are known.
  Statement& newest = statement(
                          "SELECT started_ns >= ?2 OR ended_ns > ?2 FROM turn WHERE session = ?1 ORDER BY "
                          "started_ns DESC LIMIT 1")
                          .with(input.session, at_ns);
  const bool is_known = newest.step() && newest.integer(0) != 0;
  newest.reset();
  if (!is_known)
    statement("INSERT INTO turn VALUES (?, ?, NULL, NULL, NULL)").with(input.session, at_ns).run();
}

void Index::end_turn(const Input& input, std::int64_t at_ns, std::string_view outcome,
                     std::string_view error) {
  // A transcript repeats the ends of turns that are known. Its times are rounded to milliseconds. INDEXED BY: SQLite
  // would read all turns of the session because of started_ns.
  const std::int64_t newest_ns = input.flag("recorded") ? at_ns + 1'000'000 : INT64_MAX;
  statement(
      "UPDATE turn INDEXED BY turn_open SET ended_ns = max(?, started_ns), outcome = ?, error = ? "
      "WHERE session = ? AND ended_ns IS NULL AND started_ns <= ?")
      .with(at_ns, outcome, error, input.session, newest_ns)
      .run();
  statement(
      "UPDATE tool INDEXED BY tool_open SET ended_ns = max(?, started_ns) "
      "WHERE session = ? AND actor = '' AND ended_ns IS NULL AND started_ns <= ?")
      .with(at_ns, input.session, newest_ns)
      .run();
}

void Index::begin_tool(const Input& input, std::int64_t at_ns) {
  const std::string_view id = input.text("tool_use_id");
  if (!id.empty()) {
    // A transcript repeats what a hook reported.
    Statement& known =
        statement("SELECT 1 FROM tool WHERE session = ? AND tool_use_id = ?").with(input.session, id);
    const bool is_known = known.step();
    known.reset();
    if (is_known) return;
  }
  statement("INSERT INTO tool VALUES (?, ?, ?, ?, ?, NULL, NULL)")
      .with(input.session, input.actor, input.text("tool"), id, at_ns)
      .run();
}

void Index::end_tool(const Input& input, std::int64_t at_ns) {
  const std::int64_t failed = input.flag("is_error") ? 1 : 0;
  const std::string_view id = input.text("tool_use_id");
  if (!id.empty()) {
    statement(
        "UPDATE tool SET ended_ns = max(?, started_ns), failed = ? "
        "WHERE session = ? AND tool_use_id = ? AND (ended_ns IS NULL OR failed IS NULL)")
        .with(at_ns, failed, input.session, id)
        .run();
    return;
  }
  statement(
      "UPDATE tool SET ended_ns = max(?, started_ns), failed = ? WHERE rowid = (SELECT rowid FROM tool "
      "WHERE session = ? AND actor = ? AND name = ? AND ended_ns IS NULL ORDER BY started_ns LIMIT 1)")
      .with(at_ns, failed, input.session, input.actor, input.text("tool"))
      .run();
}

void Index::begin_wait(const Input& input, std::int64_t at_ns) {
  const std::string_view reason = input.text("reason");
  Statement& open =
      statement("SELECT 1 FROM wait WHERE session = ? AND ended_ns IS NULL AND actor = ? AND reason = ?")
          .with(input.session, input.actor, reason);
  const bool is_open = open.step();
  open.reset();
  if (!is_open) {
    statement("INSERT INTO wait VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)")
        .with(input.session, input.actor, reason, input.text("tool"), input.text("tool_use_id"), at_ns)
        .run();
  }
  if (reason != "idle") enter(input, at_ns, "waiting");
}

void Index::end_waits(const Input& input, std::int64_t at_ns, std::string_view outcome,
                      std::string_view tool_use_id) {
  Statement& open =
      statement("SELECT count(*) FROM wait WHERE session = ? AND ended_ns IS NULL").with(input.session);
  const bool is_any = open.step() && open.integer(0) != 0;
  open.reset();
  if (!is_any) return;
  statement(
      "UPDATE wait SET ended_ns = max(?, started_ns), outcome = ? "
      "WHERE session = ? AND ended_ns IS NULL AND actor = ? AND started_ns < ? "
      "AND (? = '' OR tool_use_id IN ('', ?))")
      .with(at_ns, outcome, input.session, input.actor, at_ns, tool_use_id, tool_use_id)
      .run();
  Statement& left =
      statement("SELECT count(*) FROM wait WHERE session = ? AND ended_ns IS NULL AND reason <> 'idle'")
          .with(input.session);
  const bool is_waiting = left.step() && left.integer(0) != 0;
  left.reset();
  if (!is_waiting) enter(input, at_ns, "working");
}

void Index::end_session(const Input& input, std::int64_t at_ns, std::string_view reason) {
  statement("UPDATE session SET ended_ns = ?, end_reason = ? WHERE id = ? AND ended_ns IS NULL")
      .with(at_ns, reason, input.session)
      .run();
  end_turn(input, at_ns, "", "");
  statement("UPDATE wait SET ended_ns = max(?, started_ns) WHERE session = ? AND ended_ns IS NULL")
      .with(at_ns, input.session)
      .run();
  enter(input, at_ns, "");
}

/// A transcript reports the end of a compaction only, and repeats the one that a hook reported.
void Index::end_compaction(const Input& input, std::int64_t at_ns) {
  constexpr std::int64_t kSameNs = 60'000'000'000;
  Statement& known =
      statement("SELECT 1 FROM compaction WHERE session = ? AND coalesce(ended_ns, ?2) >= ?3 LIMIT 1")
          .with(input.session, at_ns, at_ns - kSameNs);
  const bool is_known = known.step();
  known.reset();
  if (!is_known) statement("INSERT INTO compaction VALUES (?, ?2, ?2)").with(input.session, at_ns).run();
  statement("UPDATE compaction SET ended_ns = ? WHERE session = ? AND ended_ns IS NULL")
      .with(at_ns, input.session)
      .run();
}

/// Ends the session's span and begins another one; no state: none.
void Index::enter(const Input& input, std::int64_t at_ns, std::string_view state) {
  Statement& open = statement("SELECT state, started_ns FROM span WHERE session = ? AND ended_ns IS NULL")
                        .with(input.session);
  const bool is_open = open.step();
  const bool is_same = is_open && open.text(0) == state;
  const std::int64_t begin_ns = is_open ? open.integer(1) : 0;
  open.reset();
  if (is_same) return;
  if (is_open) {
    if (at_ns < begin_ns) return;  // older than what is known
    statement(
        "UPDATE span SET ended_ns = ?1, awake_ns = CASE WHEN started_awake_ns > ?2 THEN ?1 - started_ns "
        "ELSE max(0, min(?2 - started_awake_ns, ?1 - started_ns)) END WHERE session = ?3 AND ended_ns IS "
        "NULL")
        .with(at_ns, input.awake_ns, input.session)
        .run();
  } else {
    Statement& later =
        statement("SELECT 1 FROM span WHERE session = ? AND ended_ns > ? LIMIT 1").with(input.session, at_ns);
    const bool is_old = later.step();
    later.reset();
    if (is_old) return;
  }
  if (!state.empty()) {
    statement("INSERT INTO span VALUES (?, ?, ?, NULL, ?, NULL)")
        .with(input.session, state, at_ns, input.awake_ns)
        .run();
  }
}

void Index::sample_context(const Input& input, std::int64_t at_ns) {
  const auto percent = real(input, "context.used_percentage");
  std::optional<std::int64_t> tokens;
  for (const char* key :
       {"context.input_tokens", "context.cache_creation_tokens", "context.cache_read_tokens"}) {
    if (const auto part = input.integer(key)) tokens = tokens.value_or(0) + *part;
  }
  if (!percent) return;
  // A sample for each percent that changed, not for each report.
  Statement& last = statement("SELECT context_percent FROM session WHERE id = ?").with(input.session);
  const bool is_known = last.step() && !last.is_null(0) && std::abs(last.real(0) - *percent) < 1;
  last.reset();
  if (is_known) return;
  Statement& update = statement("UPDATE session SET context_percent = ?, context_tokens = ? WHERE id = ?");
  update.bind_real(0, *percent).bind(1, tokens.value_or(0)).bind(2, std::string_view(input.session));
  update.run();
  Statement& insert = statement("INSERT INTO context VALUES (?, ?, ?, ?)");
  insert.bind(0, std::string_view(input.session))
      .bind(1, at_ns)
      .bind_real(2, *percent)
      .bind(3, tokens.value_or(0));
  insert.run();
}

}  // namespace atm::history
