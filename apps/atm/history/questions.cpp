// SPDX-License-Identifier: MIT
#include "history/history.hpp"

namespace atm::cli {
namespace {

// The part of a span within the range: awake time, or clock time if the range cuts it.
#define ATM_CLIPPED                                                    \
  "CASE WHEN p.started_ns >= ?1 AND p.ended_ns <= ?2 THEN p.awake_ns " \
  "ELSE min(coalesce(p.ended_ns, ?2), ?2) - max(p.started_ns, ?1) END"
#define ATM_NAMED "instr(s.directory, ?3) <> 0 AND ?4 IN ('', s.id)"
#define ATM_SPANS                                                      \
  "span p JOIN session s ON s.id = p.session WHERE p.started_ns < ?2 " \
  "AND (p.ended_ns > ?1 OR p.ended_ns IS NULL) AND " ATM_NAMED
#define ATM_SESSIONS "s.last_ns >= ?1 AND s.first_ns <= ?2 AND " ATM_NAMED
#define ATM_SUM(state) "sum(CASE WHEN p.state = '" state "' THEN " ATM_CLIPPED " END)"

constexpr const char* kSince =
    "SELECT s.id AS \"session|id\", s.project AS \"project|path\", "
    "(SELECT count(*) FROM turn t WHERE t.session = s.id AND t.started_ns BETWEEN ?1 AND ?2) AS \"turns|count\", "
    "(SELECT count(*) FROM turn t WHERE t.session = s.id AND t.started_ns BETWEEN ?1 AND ?2 AND t.outcome = 'error') "
    "AS \"failed|count\", "
    "(SELECT count(*) FROM tool t WHERE t.session = s.id AND t.started_ns BETWEEN ?1 AND ?2) AS \"tools|count\", "
    "coalesce(" ATM_SUM("working") ", 0) AS \"working|duration\", "
    "coalesce(" ATM_SUM("waiting") ", 0) AS \"waiting|duration\", "
    "CASE WHEN s.ended_ns IS NOT NULL THEN 'ended (' || s.end_reason || ')' ELSE (SELECT q.state FROM span q WHERE "
    "q.session = s.id AND q.ended_ns IS NULL LIMIT 1) END AS \"state|text\", "
    "s.last_ns AS \"last seen|time\" "
    "FROM session s LEFT JOIN span p ON p.session = s.id AND p.started_ns < ?2 AND "
    "(p.ended_ns > ?1 OR p.ended_ns IS NULL) "
    "WHERE " ATM_SESSIONS " GROUP BY s.id ORDER BY s.last_ns DESC";

constexpr const char* kWaits =
    "SELECT s.project AS \"project|path\", count(*) AS \"waits|count\", sum(" ATM_CLIPPED
    ") AS \"waited|duration\", "
    "max(" ATM_CLIPPED ") AS \"longest|duration\", sum(" ATM_CLIPPED
    ") AS \"share|share\" "
    "FROM " ATM_SPANS
    " AND p.state = 'waiting' GROUP BY s.project "
    "HAVING sum(" ATM_CLIPPED ") >= 1000000000 ORDER BY 3 DESC";

constexpr const char* kLongest =
    "SELECT p.started_ns AS \"asked|time\", s.id AS \"session|id\", s.project AS \"project|path\", "
    "(SELECT w.reason FROM wait w WHERE w.session = s.id AND w.started_ns <= p.started_ns AND "
    "coalesce(w.ended_ns, ?2) >= p.started_ns ORDER BY w.started_ns DESC LIMIT 1) AS \"reason|text\", "
    "(SELECT w.tool FROM wait w WHERE w.session = s.id AND w.started_ns <= p.started_ns AND "
    "coalesce(w.ended_ns, ?2) >= p.started_ns ORDER BY w.started_ns DESC LIMIT 1) AS \"tool|text\", "
    "" ATM_CLIPPED
    " AS \"waited|duration\" "
    "FROM " ATM_SPANS " AND p.state = 'waiting' AND " ATM_CLIPPED " >= 1000000000 ORDER BY 6 DESC LIMIT 50";

constexpr const char* kTime =
    "SELECT date(p.started_ns / 1000000000, 'unixepoch', 'localtime') AS \"day|text\", s.id AS \"session|id\", "
    "s.project AS \"project|path\", coalesce(" ATM_SUM("working") ", 0) AS \"working|duration\", "
    "coalesce(" ATM_SUM("waiting") ", 0) AS \"waiting|duration\", "
    "coalesce(" ATM_SUM("idle") ", 0) AS \"idle|duration\", "
    "coalesce(" ATM_SUM("working") ", 0) AS \"work|share\" "
    "FROM " ATM_SPANS " GROUP BY 1, s.id ORDER BY 1 DESC, 4 DESC";

constexpr const char* kTurns =
    "SELECT t.started_ns AS \"started|time\", s.id AS \"session|id\", s.project AS \"project|path\", "
    "coalesce(t.ended_ns, ?2) - t.started_ns AS \"took|duration\", "
    "CASE WHEN t.ended_ns IS NULL THEN 'open' WHEN t.outcome = '' THEN 'ended with its session' ELSE "
    "t.outcome END AS "
    "\"outcome|text\", coalesce(t.error, '') AS \"error|text\", "
    "(SELECT count(*) FROM tool u WHERE u.session = s.id AND u.started_ns BETWEEN t.started_ns AND "
    "coalesce(t.ended_ns, ?2)) AS \"tools|count\" "
    "FROM turn t JOIN session s ON s.id = t.session WHERE t.started_ns BETWEEN ?1 AND ?2 AND " ATM_NAMED
    " ORDER BY coalesce(t.outcome = 'error', 0) DESC, 4 DESC LIMIT 50";

constexpr const char* kTools =
    "SELECT t.name AS \"tool|text\", count(*) AS \"uses|count\", coalesce(sum(t.failed), 0) AS "
    "\"failed|count\", "
    "100.0 * coalesce(sum(t.failed), 0) / count(*) AS \"failed %|percent\", "
    "avg(t.ended_ns - t.started_ns) AS \"mean|duration\", max(t.ended_ns - t.started_ns) AS "
    "\"slowest|duration\", "
    "sum(t.ended_ns - t.started_ns) AS \"time|share\" "
    "FROM tool t JOIN session s ON s.id = t.session WHERE t.started_ns BETWEEN ?1 AND ?2 AND " ATM_NAMED
    " GROUP BY t.name ORDER BY 3 DESC, 6 DESC";

constexpr const char* kContext =
    "SELECT s.id AS \"session|id\", s.project AS \"project|path\", "
    "(SELECT c.percent FROM context c WHERE c.session = s.id AND c.at_ns BETWEEN ?1 AND ?2 ORDER BY c.at_ns "
    "LIMIT 1) AS "
    "\"first %|percent\", "
    "(SELECT max(c.percent) FROM context c WHERE c.session = s.id AND c.at_ns BETWEEN ?1 AND ?2) AS \"peak "
    "%|percent\", "
    "(SELECT c.percent FROM context c WHERE c.session = s.id AND c.at_ns BETWEEN ?1 AND ?2 ORDER BY c.at_ns "
    "DESC LIMIT 1) "
    "AS \"last %|percent\", "
    "(SELECT count(*) FROM compaction c WHERE c.session = s.id AND c.started_ns BETWEEN ?1 AND ?2) AS "
    "\"compactions|count\", "
    "(SELECT max(c.started_ns) FROM compaction c WHERE c.session = s.id AND c.started_ns BETWEEN ?1 AND ?2) "
    "AS "
    "\"last one|time\" "
    "FROM session s WHERE " ATM_SESSIONS " ORDER BY 4 DESC";

constexpr const char* kSessions =
    "SELECT s.id AS \"session|id\", s.directory AS \"directory|path\", s.model AS \"model|text\", "
    "s.first_ns AS \"first seen|time\", s.last_ns AS \"last seen|time\", "
    "(SELECT count(*) FROM turn t WHERE t.session = s.id) AS \"turns|count\", s.cost_micros AS "
    "\"cost|money\", "
    "coalesce(s.end_reason, '') AS \"ended|text\" FROM session s WHERE " ATM_SESSIONS
    " ORDER BY s.last_ns DESC";

constexpr const char* kVersions =
    "SELECT v.agent AS \"agent|text\", v.version AS \"version|text\", v.first_ns AS \"first seen|time\", "
    "v.sessions AS \"sessions|count\", "
    "(SELECT count(*) FROM tool t JOIN session s ON s.id = t.session WHERE s.agent = v.agent AND "
    "s.agent_version = v.version) AS "
    "\"tools|count\", "
    "(SELECT 100.0 * coalesce(sum(t.failed), 0) / count(*) FROM tool t JOIN session s ON s.id = t.session "
    "WHERE s.agent = v.agent AND s.agent_version = v.version) AS \"failed %|percent\" "
    "FROM version v WHERE v.first_ns <= ?2 AND ?1 <= ?2 AND ?3 = ?3 AND ?4 = ?4 ORDER BY v.first_ns DESC";

constexpr const char* kAt =
    "SELECT s.id AS \"session|id\", s.project AS \"project|path\", p.state AS \"state|text\", "
    "p.started_ns AS \"since|time\", "
    "(SELECT t.name FROM tool t WHERE t.session = s.id AND t.started_ns <= ?2 AND coalesce(t.ended_ns, ?2 + "
    "1) > ?2 ORDER "
    "BY t.started_ns DESC LIMIT 1) AS \"tool|text\", "
    "(SELECT w.reason FROM wait w WHERE w.session = s.id AND w.started_ns <= ?2 AND coalesce(w.ended_ns, ?2 "
    "+ 1) > ?2 "
    "ORDER BY w.started_ns DESC LIMIT 1) AS \"waits for|text\", "
    "(SELECT t.started_ns FROM turn t WHERE t.session = s.id AND t.started_ns <= ?2 AND coalesce(t.ended_ns, "
    "?2 + 1) > ?2 "
    "LIMIT 1) AS \"turn since|time\" "
    "FROM span p JOIN session s ON s.id = p.session WHERE p.started_ns <= ?2 AND "
    "(p.ended_ns > ?2 OR p.ended_ns IS NULL) AND "
    "?1 <= ?2 AND " ATM_NAMED " ORDER BY p.state DESC, p.started_ns";

#undef ATM_SUM
#undef ATM_SESSIONS
#undef ATM_SPANS
#undef ATM_NAMED
#undef ATM_CLIPPED

}  // namespace

const std::vector<HistoryQuestion>& history_questions() {
  static const std::vector<HistoryQuestion> all{
      {"since", "what happened since you last looked, or since --since", kSince, ""},
      {"at", "what each session did at a time, or one session", kAt, ""},
      {"waits", "how long agents waited for you, by project, the longest first", kWaits, "today"},
      {"longest", "the longest waits for you", kLongest, "-7d"},
      {"time", "working, waiting and idle time by day and session", kTime, "-7d"},
      {"turns", "turns that failed, then the slowest ones", kTurns, "-7d"},
      {"tools", "tools by failures, with their times", kTools, "-7d"},
      {"context", "how the context of each session grew, and its compactions", kContext, "-7d"},
      {"sessions", "sessions by directory: --project is a part of it", kSessions, "-7d"},
      {"versions", "versions of the agents, and how many tools failed in each", kVersions, "-30d"},
  };
  return all;
}

}  // namespace atm::cli
