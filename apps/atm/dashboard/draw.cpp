// SPDX-License-Identifier: MIT
#include "draw.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/relative_time.hpp>
#include <atm/domain/session_view.hpp>
#include <set>
#include <utility>

#include "bindings.hpp"
#include "explain_text.hpp"
#include "limits.hpp"
#include "session_details.hpp"
#include "session_facts.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using std::chrono::seconds;
using tui::Grid;
using tui::Role;
using tui::Style;

constexpr Style kDim{Role::kDim};
constexpr Style kBold{Role::kText, true};

constexpr std::size_t kWide = 160;   // details on the right
constexpr std::size_t kTable = 80;   // below: the side pane
constexpr std::size_t kNarrow = 40;  // below: neither id nor reason
constexpr std::size_t kTall = 22;    // details below the list

// The time at which format_age() shows another text.
Timestamp next_age(Timestamp then, Timestamp now) {
  const auto age = std::chrono::duration_cast<seconds>(elapsed(then, now));
  if (age < seconds(0)) return then;
  const seconds unit(age < seconds(60)       ? 1
                     : age < seconds(3600)   ? 60
                     : age < seconds(86'400) ? 3600
                                             : 86'400);
  return then + (age / unit + 1) * unit;
}

struct Columns {
  std::size_t name = 0;
  std::size_t context = 0;
  std::size_t cost = 0;
  std::size_t agent = 0;
  std::size_t pane = 0;
  std::size_t subagents = 0;
  std::size_t id = 0;
};

constexpr std::size_t kMark = 4;  // mark, glyph and spaces
constexpr std::size_t kWord = 11;
constexpr std::size_t kWhat = 16;
constexpr std::size_t kSince = 4;
constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastName = 12;

// Columns go in one order if the width is too small: subagents, cost, agent, context, pane.
Columns columns_for(std::size_t width, std::size_t longest_id) {
  Columns columns{0, 7, 7, 11, 5, 3, std::min<std::size_t>(longest_id, 16)};
  const auto fixed = [&columns] {
    std::size_t total = kMark + columns.id + kGap + kWord + kGap + kWhat + kGap + kSince;
    for (const std::size_t column :
         {columns.context, columns.cost, columns.agent, columns.pane, columns.subagents})
      total += column > 0 ? column + kGap : 0;
    return total + kGap;
  };
  for (std::size_t* const column :
       {&columns.subagents, &columns.cost, &columns.agent, &columns.context, &columns.pane}) {
    if (fixed() + kLeastName <= width) break;
    *column = 0;
  }
  constexpr std::size_t kLongestName = 48;
  columns.name = std::min(width > fixed() ? width - fixed() : 0, kLongestName);
  return columns;
}

std::string_view mark_of(const Row& row, const Choice& choice) {
  const SessionDomain& session = row.session->domain;
  if (needs_user(session)) return "!";
  if (choice.pins.count(session.id.str()) != 0) return "^";
  return session.finished && session.status.kind() == StatusKind::kIdle ? "✓" : "";
}

Style context_style(const ContextUsage& context) {
  if (context.is_critical()) return {Role::kBad};
  return context.is_warning() ? Style{Role::kAttention} : Style{};
}

std::string cost_text(const SessionDomain& session) {
  return session.cost_source.empty() ? "-" : session.cost.format();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Every run of spaces as one space.
std::string without_gaps(std::string line) {
  line.erase(std::unique(line.begin(), line.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
             line.end());
  return line;
}

// The column of the value after a name; 0: the line has none. A name is ASCII.
std::size_t value_column(std::string_view line) {
  const std::size_t gap = line.find("  ");
  if (gap == 0 || gap == line.npos) return 0;
  const std::size_t value = line.find_first_not_of(' ', gap);
  return value == line.npos ? 0 : value;
}

// Appends a line, broken at spaces if it is too wide. The rest is indented below the value or the text.
void append_wrapped(std::vector<std::string>& lines, std::string line, std::size_t width) {
  const std::size_t value = value_column(line);
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t indent = value > 0 && value < width / 2 ? value : begin + 2;
  while (display_width(line) > width) {
    std::size_t end = line.size();
    do {
      end = line.rfind(' ', end - 1);
    } while (end != line.npos && end > indent && display_width(line.substr(0, end)) > width);
    if (end == line.npos || end <= indent) break;  // one long word, which the grid cuts
    lines.push_back(line.substr(0, end));
    line = std::string(indent, ' ') + line.substr(end + 1);
  }
  lines.push_back(std::move(line));
}

class Painter final {
 public:
  Painter(Frame& frame, Look& look, const SessionMap& sessions, const Scene& scene)
      : frame_(frame), grid_(frame.grid), look_(look), sessions_(sessions), scene_(scene) {}

  void paint() {
    const std::size_t width = grid_.width();
    const std::size_t height = grid_.height();
    constexpr std::size_t kLeastWidth = 20;
    constexpr std::size_t kLeastHeight = 4;
    if (width < kLeastWidth || height < kLeastHeight) {
      arrange(0);
      grid_.put(0, 0, counts_text(true), {needs_style()});
      return;
    }
    const bool has_titles = width >= kTable && height >= 10;
    const std::size_t body = has_titles ? 2 : 1;
    const std::size_t room = height - body - 1;
    const bool has_rows = !look_.is_help && !is_report(look_.page);
    const bool is_right = look_.has_details && width >= kWide && has_rows;
    const bool is_below = look_.has_details && !is_right && height >= kTall && width >= kTable && has_rows;
    const std::size_t list = is_below ? std::max<std::size_t>(room / 3, 5) : room;
    const bool is_alone = !has_rows || (look_.has_details && !is_right && !is_below);
    frame_.body = body;
    frame_.visible = is_alone ? 0 : list;
    arrange(list);
    header();
    const std::size_t list_width = is_right ? width - width * 45 / 100 - 2 : width;
    if (look_.is_help) {
      help(1, height - 2);
    } else if (is_report(look_.page)) {
      report(1, height - 2);
    } else if (!is_alone) {
      if (has_titles) titles(list_width);
      rows(body, list, list_width);
    }
    if (is_right) {
      for (std::size_t y = 1; y + 1 < height; ++y) grid_.put(list_width, y, "|", {Role::kBorder});
      details(list_width + 2, 1, width - list_width - 2, height - 2);
    } else if (is_below) {
      grid_.put(0, body + list, std::string(width, '-'), {Role::kBorder});
      details(0, body + list + 1, width, room - list - 1);
    } else if (is_alone && has_rows) {
      details(0, 1, width, height - 2);
    }
    footer(height - 1);
  }

 private:
  void arrange(std::size_t height) {
    frame_.rows = rows_of(sessions_, look_.page, look_.choice, scene_.now, height);
    look_.cursor.follow(frame_.rows.rows, height);
  }

  void changes_at(Timestamp when) {
    if (!frame_.next_change || when < *frame_.next_change) frame_.next_change = when;
  }

  [[nodiscard]] Role needs_style() const {
    return frame_.rows.counts.needs > 0 ? Role::kAttention : Role::kText;
  }

  [[nodiscard]] std::string counts_text(bool is_short) const {
    const Counts& counts = frame_.rows.counts;
    if (is_short) {
      std::string text = std::to_string(counts.needs) + "! " + std::to_string(counts.works) + "> " +
                         std::to_string(counts.done) + "✓";
      return text + " " + std::to_string(counts.sessions);
    }
    std::string text = counts.needs == 1 ? "1 needs you" : std::to_string(counts.needs) + " need you";
    text += ", " + std::to_string(counts.works) + " working, " + std::to_string(counts.done) + " done, " +
            std::to_string(counts.sessions) + (counts.sessions == 1 ? " session" : " sessions");
    return text + ", " + counts.cost.format();
  }

  void header() {
    const bool is_short = grid_.width() < 60;
    if (!look_.lost.empty()) {
      grid_.put(0, 0, terminal_safe("disconnected, trying again: " + look_.lost), {Role::kBad, true});
      return;
    }
    std::size_t x = grid_.put(0, 0, counts_text(is_short), {needs_style(), true});
    constexpr std::array<std::string_view, kPages> kTitles{"", "inbox", "timeline", "cost and limits",
                                                           "system"};
    std::string right(kTitles[static_cast<std::size_t>(look_.page)]);
    if (look_.is_loading) right = "loading";
    if (!look_.choice.filter.is_empty() && !is_report(look_.page))
      right +=
          (right.empty() ? "" : "  ") + std::to_string(frame_.rows.shown) + " match /" + look_.filter_text;
    right = terminal_safe(right);
    const std::size_t length = display_width(right);
    if (x + kGap + length <= grid_.width()) grid_.put(grid_.width() - length, 0, right, {Role::kAccent});
  }

  void titles(std::size_t width) {
    const Columns columns = columns_for(width, longest_id());
    std::size_t x = kMark;
    const auto title = [&](std::string_view text, std::size_t columns_wide, bool is_right) {
      if (columns_wide == 0) return;
      grid_.put(is_right ? x + columns_wide - std::min(columns_wide, text.size()) : x, 1, text, kDim,
                columns_wide);
      x += columns_wide + kGap;
    };
    title("ID", columns.id, false);
    title("NAME", columns.name, false);
    title("STATUS", kWord, false);
    title("WHAT", kWhat, false);
    title("TIME", kSince, true);
    title("CONTEXT", columns.context, false);
    title("COST", columns.cost, true);
    title("AGENT", columns.agent, false);
    title("PANE", columns.pane, false);
    title("SUB", columns.subagents, true);
  }

  [[nodiscard]] std::size_t longest_id() const {
    std::size_t longest = 8;
    const auto& rows = frame_.rows.rows;
    const std::size_t end = std::min(rows.size(), look_.cursor.top() + frame_.visible);
    for (std::size_t i = look_.cursor.top(); i < end; ++i) {
      if (rows[i].session == nullptr) continue;
      longest = std::max(longest, display_width(terminal_safe(look_.names.of(rows[i].key))));
    }
    return longest;
  }

  void rows(std::size_t from, std::size_t count, std::size_t width) {
    const auto& rows = frame_.rows.rows;
    if (rows.empty()) {
      nothing(from + 1, width);
      return;
    }
    const Columns columns = columns_for(width, longest_id());
    for (std::size_t i = 0; i < count && look_.cursor.top() + i < rows.size(); ++i) {
      const std::size_t index = look_.cursor.top() + i;
      const Row& row = rows[index];
      switch (row.kind) {
        case Row::Kind::kProject:
          project(row, from + i, width);
          break;
        case Row::Kind::kSession:
          if (width >= kTable) {
            table_row(row, from + i, columns);
          } else {
            short_row(row, from + i, width);
          }
          break;
        case Row::Kind::kSubagent:
          subagent(row, from + i, width);
          break;
        case Row::Kind::kQuiet:
          grid_.put(kMark, from + i, row.text + (width >= kNarrow ? "  (b shows them)" : ""), kDim,
                    width - kMark);
          break;
      }
      if (index == look_.cursor.index()) grid_.select(from + i, 0, width);
    }
  }

  void project(const Row& row, std::size_t y, std::size_t width) {
    const std::string path =
        row.text.empty() ? "unknown directory" : terminal_safe(with_tilde(row.text, scene_.home));
    std::string counts =
        std::to_string(row.counts.sessions) + (row.counts.sessions == 1 ? " session" : " sessions");
    if (row.counts.needs > 0)
      counts +=
          ", " + std::to_string(row.counts.needs) + (row.counts.needs == 1 ? " needs you" : " need you");
    if (row.counts.works > 0) counts += ", " + std::to_string(row.counts.works) + " working";
    const bool has_counts = width >= kNarrow;
    const std::size_t room =
        has_counts ? width - std::min(width, display_width(counts) + 2 + kGap) : width - 2;
    grid_.put(0, y, row.is_open ? "▾" : "▸", kDim);
    const std::size_t x = 2 + grid_.put(2, y, cut_path(path, room), kBold, room);
    if (has_counts) grid_.put(x + kGap, y, counts, row.counts.needs > 0 ? Style{Role::kAttention} : kDim);
  }

  void mark(const Row& row, std::size_t y, const StatusWord& word) {
    grid_.put(0, y, mark_of(row, look_.choice), {word.role, true}, 1);
    grid_.put(2, y, word.glyph, {word.role, needs_user(row.session->domain)}, 1);
  }

  [[nodiscard]] std::string age(Timestamp then) {
    changes_at(next_age(then, scene_.now));
    return format_age(then, scene_.now);
  }

  void right(std::size_t x, std::size_t y, const std::string& text, std::size_t columns, Style style = {}) {
    const std::size_t length = std::min(display_width(text), columns);
    grid_.put(x + columns - length, y, text, style, columns);
  }

  // The name with its place in the tree.
  void name(const Row& row, std::size_t x, std::size_t y, std::size_t columns) {
    const std::size_t indent = std::min(2 * row.depth, columns / 2);
    if (row.has_children) grid_.put(x + indent, y, row.is_open ? "▾" : "▸", kDim, columns - indent);
    const std::size_t begin = indent + (row.has_children ? 2 : 0);
    if (begin >= columns) return;
    const SessionDomain& session = row.session->domain;
    grid_.put(x + begin, y, session_name(*row.session), {is_quiet(session) ? Role::kDim : Role::kText},
              columns - begin);
  }

  void table_row(const Row& row, std::size_t y, const Columns& columns) {
    const SessionDomain& session = row.session->domain;
    const StatusWord word = status_word(session);
    mark(row, y, word);
    std::size_t x = kMark;
    grid_.put(x, y, terminal_safe(look_.names.of(session.id.view())), kDim, columns.id);
    x += columns.id + kGap;
    name(row, x, y, columns.name);
    x += columns.name + kGap;
    const bool calls = needs_user(session);
    grid_.put(x, y, word.word, {word.role, calls}, kWord);
    x += kWord + kGap;
    grid_.put(x, y, what_text(session), {word.role}, kWhat);
    x += kWhat + kGap;
    right(x, y, age(since(session)), kSince);
    x += kSince + kGap;
    if (columns.context > 0) {
      grid_.put(x, y, short_context_text(session), context_style(session.context), columns.context);
      x += columns.context + kGap;
    }
    if (columns.cost > 0) {
      right(x, y, cost_text(session), columns.cost);
      x += columns.cost + kGap;
    }
    if (columns.agent > 0) {
      grid_.put(x, y, session.agent.empty() ? "-" : terminal_safe(session.agent), kDim, columns.agent);
      x += columns.agent + kGap;
    }
    if (columns.pane > 0) {
      grid_.put(x, y, terminal_safe(row.session->runtime.tmux_pane.value_or("-")), kDim, columns.pane);
      x += columns.pane + kGap;
    }
    if (columns.subagents > 0 && !session.subagents.empty())
      right(x, y, "↳" + std::to_string(session.subagents.size()), columns.subagents, {Role::kBusy});
  }

  void short_row(const Row& row, std::size_t y, std::size_t width) {
    const SessionDomain& session = row.session->domain;
    const StatusWord word = status_word(session);
    mark(row, y, word);
    const std::size_t room = width > kMark + kSince + 1 ? width - kMark - kSince - 1 : 0;
    const std::size_t wanted = width >= kNarrow ? room / 2 : room;
    name(row, kMark, y, wanted);
    if (width >= kNarrow && room > wanted + 1) {
      const std::string what = what_text(session);
      grid_.put(kMark + wanted + 1, y, what.empty() ? word.word : what, {word.role, needs_user(session)},
                room - wanted - 1);
    }
    right(width - kSince, y, age(since(session)), kSince);
  }

  void subagent(const Row& row, std::size_t y, std::size_t width) {
    const std::size_t x = kMark + 2 * row.depth;
    if (x + kSince + 2 >= width) return;
    const std::string type = row.subagent->type.empty() ? row.subagent->id : row.subagent->type;
    const std::size_t end = x + grid_.put(x, y, "↳ " + terminal_safe(type), kDim, width - x - kSince - 2);
    grid_.put(end + kGap, y, age(row.subagent->started_at), kDim, kSince);
  }

  void nothing(std::size_t y, std::size_t width) {
    std::vector<std::string_view> lines;
    if (!look_.choice.filter.is_empty()) {
      lines = {"no session matches the filter", "Esc clears it"};
    } else if (look_.page == Page::kInbox) {
      lines = {"nothing needs you"};
    } else if (!look_.lost.empty()) {
      lines = {"no daemon answers; to start one:",
               "",
               "  atm setup --autostart    starts it whenever it is needed",
               "  atmd                     runs it in another terminal",
               "",
               "this screen connects as soon as one answers"};
    } else if (look_.is_loading) {
      lines = {"loading the sessions"};
    } else {
      lines = {"no sessions yet; to let Claude Code report:",
               "",
               "  atm setup claude    adds hooks and a status line; --remove undoes it",
               "  atm doctor          finds out why sessions are missing",
               "",
               "then start claude, or give a prompt to a session that runs"};
    }
    if (look_.page == Page::kInbox && frame_.rows.acked > 0) return acked_line(y, width);
    for (std::size_t i = 0; i < lines.size() && y + i + 1 < grid_.height(); ++i)
      grid_.put(2, y + i, lines[i], {}, width - 2);
  }

  void acked_line(std::size_t y, std::size_t width) {
    grid_.put(2, y, "nothing needs you; " + std::to_string(frame_.rows.acked) + " acknowledged", {},
              width - 2);
  }

  [[nodiscard]] std::vector<std::string> details_lines(std::size_t width) const {
    const auto& rows = frame_.rows.rows;
    const protocol::Session* const session =
        look_.cursor.index() < rows.size() ? rows[look_.cursor.index()].session : nullptr;
    if (session == nullptr) return {"select a session to see its details"};
    Scene scene = scene_;
    scene.canvas = {width, false};
    std::vector<std::string> lines;
    std::set<std::string> explained;
    for (const std::string& line : lines_of(explain_text(*session, scene))) {
      explained.insert(without_gaps(line));
      append_wrapped(lines, line, width);
    }
    lines.emplace_back();
    for (const std::string& line : lines_of(session_details(*session, scene))) {
      if (explained.count(without_gaps(line)) == 0) append_wrapped(lines, line, width);
    }
    return lines;
  }

  void details(std::size_t x, std::size_t y, std::size_t width, std::size_t height) {
    const auto lines = details_lines(width);
    if (lines.size() > 1) changes_at(scene_.now + seconds(1));
    look_.details_top = std::min(look_.details_top, lines.size() > height ? lines.size() - height : 0);
    for (std::size_t i = 0; i < height && look_.details_top + i < lines.size(); ++i)
      details_line(x, y + i, lines[look_.details_top + i], width);
    if (look_.details_top + height < lines.size() && height > 0)
      right(x, y + height - 1, " J: more", width, {Role::kAccent});
  }

  void report(std::size_t y, std::size_t height) {
    std::vector<std::string> lines;
    if (look_.page == Page::kCost) lines = limits_lines(sessions_, scene_.now);
    if (!lines.empty()) lines.emplace_back();
    // Tables fit the width; messages and findings may not.
    for (const std::string& line : look_.report) append_wrapped(lines, line, grid_.width());
    if (look_.is_reporting) lines.emplace_back("...");
    look_.report_top = std::min(look_.report_top, lines.size() > height ? lines.size() - height : 0);
    for (std::size_t i = 0; i < height && look_.report_top + i < lines.size(); ++i)
      grid_.put(0, y + i, lines[look_.report_top + i], {}, grid_.width());
    if (look_.report_top + height < lines.size() && height > 0)
      right(0, y + height - 1, " j: more", grid_.width(), {Role::kAccent});
  }

  // A name before its value is dim, and a title is bold.
  void details_line(std::size_t x, std::size_t y, const std::string& line, std::size_t width) {
    const std::size_t value = value_column(line);
    const bool is_title = value == 0 && !line.empty() && line.front() != ' ';
    grid_.put(x, y, line, is_title ? kBold : Style{}, width);
    if (value > 0 && value < width) grid_.put(x, y, line.substr(0, value), kDim, width);
  }

  void help(std::size_t y, std::size_t height) {
    std::vector<std::pair<std::string, std::string>> lines{{"", "Keys"}, {"", ""}};
    for (const Binding& binding : kBindings) lines.emplace_back(binding.keys, binding.text);
    lines.insert(lines.end(), {{"", ""},
                               {"", "Marks"},
                               {"", ""},
                               {"!", "needs you"},
                               {"✓", "a turn finished, and you have not looked at it"},
                               {"^", "kept on top (p)"},
                               {"word?", "the status is uncertain; the details state why"},
                               {"% ! !!", "context window from 80 % and from 90 %"},
                               {"background", "the turn is over, and tasks that it started still run"}});
    look_.help_top = std::min(look_.help_top, lines.size() > height ? lines.size() - height : 0);
    constexpr std::size_t kKeys = 12;
    for (std::size_t i = 0; i < height && look_.help_top + i < lines.size(); ++i) {
      const auto& [keys, text] = lines[look_.help_top + i];
      grid_.put(2, y + i, keys, {Role::kAccent}, kKeys);
      if (grid_.width() > kKeys + 2)
        grid_.put(keys.empty() ? 2 : kKeys + 2, y + i, text, keys.empty() ? kBold : Style{});
    }
    if (look_.help_top + height < lines.size())
      right(0, y + height - 1, " j: more", grid_.width(), {Role::kAccent});
  }

  void footer(std::size_t y) {
    if (look_.is_typing) {
      const std::size_t x = grid_.put(0, y, terminal_safe("/" + look_.filter_text));
      grid_.select(y, x, x + 1);
      if (!look_.notice.empty() && x + 2 < grid_.width())
        grid_.put(x + 2, y, terminal_safe(look_.notice), {Role::kBad});
      return;
    }
    if (look_.is_sorting) {
      grid_.put(0, y, "sort by: s status  a age  c cost  x context  n name", {Role::kAccent});
      return;
    }
    if (!look_.notice.empty()) {
      grid_.put(0, y, terminal_safe(look_.notice), {Role::kAccent});
      return;
    }
    // The last two are always shown, if there is room for them.
    const auto width_of = [](const Binding& binding) {
      return binding.keys.substr(0, binding.keys.find(' ')).size() + 1 + binding.word.size();
    };
    const Binding* const last = &kBindings.back();
    const std::size_t reserved = width_of(*last) + width_of(last[-1]) + 2 * kGap;
    const std::size_t room = grid_.width() - std::min(grid_.width(), reserved);
    std::size_t x = 0;
    for (const Binding& binding : kBindings) {
      if (binding.word.empty() || (is_report(look_.page) && !applies_to_reports(binding.action))) continue;
      if (x + width_of(binding) > (&binding >= last - 1 ? grid_.width() : room)) continue;
      x += grid_.put(x, y, binding.keys.substr(0, binding.keys.find(' ')), {Role::kAccent}) + 1;
      x += grid_.put(x, y, binding.word, kDim) + kGap;
    }
  }

  Frame& frame_;
  Grid& grid_;
  Look& look_;
  const SessionMap& sessions_;
  const Scene& scene_;
};

char ascii_of(char32_t character) {
  static constexpr std::array<std::pair<char32_t, char>, 15> kLetters{{{U'⚑', '!'},
                                                                       {U'✗', 'x'},
                                                                       {U'◉', '*'},
                                                                       {U'▸', '>'},
                                                                       {U'▾', 'v'},
                                                                       {U'◍', '='},
                                                                       {U'◔', '&'},
                                                                       {U'✓', '+'},
                                                                       {U'◦', '_'},
                                                                       {U'◌', 'o'},
                                                                       {U'∙', '.'},
                                                                       {U'↳', '>'},
                                                                       {U'…', '~'},
                                                                       {U'█', '#'},
                                                                       {U'·', '.'}}};
  for (const auto& [wide, letter] : kLetters) {
    if (wide == character) return letter;
  }
  return '?';
}

}  // namespace

Frame draw(const SessionMap& sessions, Look& look, const Scene& scene, Grid empty) {
  if (look.names.is_empty()) {
    for (const auto& [id, session] : sessions) look.names.add(id);
  }
  Frame frame{std::move(empty), {}};
  Painter(frame, look, sessions, scene).paint();
  return frame;
}

void to_ascii(Grid& grid) {
  for (std::size_t y = 0; y < grid.height(); ++y) {
    for (std::size_t x = 0; x < grid.width(); ++x) {
      const tui::Cell cell = grid.at(x, y);
      std::string_view text = cell.text();
      if (text.empty() || (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x7F)) continue;
      const char letter = ascii_of(take_character(text));
      for (std::size_t i = 0; i < cell.width; ++i) grid.put(x + i, y, {&letter, 1}, cell.style, 1);
    }
  }
}

}  // namespace atm::cli
