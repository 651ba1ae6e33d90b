// SPDX-License-Identifier: MIT
// The rows and the frames of the dashboard, without a terminal.
#include <poll.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "bindings.hpp"
#include "choice_file.hpp"
#include "draw.hpp"
#include "encoder.hpp"
#include "jump.hpp"
#include "limits.hpp"
#include "report.hpp"
#include "session_facts.hpp"
#include "session_samples.hpp"
#include "support/catch.hpp"
#include "support/emulator.hpp"
#include "support/temp_dir.hpp"
#include "tmux.hpp"

namespace atm::cli {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class World final {
 public:
  protocol::Session& add(const char* id, SessionStatus status, const char* directory) {
    protocol::Session session = sample_session(id, std::move(status));
    session.domain.working_directory = directory;
    session.domain.status_since = kNow - minutes(3);
    return sessions.emplace(id, std::move(session)).first->second;
  }
  static void cost(protocol::Session& session, double usd) {
    session.domain.cost = Money::from_usd(usd);
    session.domain.cost_source = "agent";
  }

  /// Eight sessions in three projects.
  static World busy() {
    World world;
    auto& asking =
        world.add("0bb3f80d-a738", SessionStatus::waiting_for_permission("Bash"), "/home/dev/api-server");
    asking.domain.attention = Attention{"permission", kNow - seconds(372), false, true};
    asking.runtime.tmux_pane = "%12";
    asking.runtime.socket_path = "/tmp/tmux-1000/default";
    fill(asking, 42, 1'000'000);
    cost(asking, 1.11);
    asking.domain.subagents = {{"a1", "Explore", kNow - seconds(20)}, {"a2", "", kNow - minutes(2)}};
    auto& working = world.add("f0bb38ae-682f", SessionStatus::running_tool("Read"),
                              "/home/dev/api-server/.claude/worktrees/feature-x");
    working.domain.facts.set("agent.session.name", std::string("add pagination"));
    working.domain.status_since = kNow - seconds(8);
    fill(working, 90, 200'000);
    cost(working, 10.6);
    auto& question =
        world.add("deb8441e-0001", SessionStatus::waiting_for_input("question"), "/home/dev/docs");
    question.domain.attention = Attention{"question", kNow - minutes(40), false, true};
    auto& broken = world.add("deb8441e-0002", SessionStatus::error("rate_limit"), "/home/dev/docs");
    broken.domain.attention = Attention{"error", kNow - minutes(5), false, true};
    auto& done = world.add("6f1301ed-0001", SessionStatus::idle(), "/home/dev/日本語");
    done.domain.finished = true;
    fill(done, 81, 200'000);
    world.add("e5535a62-0001", SessionStatus::background(2), "/home/dev/日本語").domain.certain = false;
    world.add("c7fce5d5-0001", SessionStatus::ended(), "/home/dev/old");
    world.add("01890a5d-ac96-774b-bcce-b302099a8057", SessionStatus::thinking(), "/srv/app").domain.certain =
        false;
    return world;
  }
  /// An agent that reports its usage limits in two sessions.
  static World limited() {
    World world = one();
    const auto now_s = std::chrono::duration_cast<seconds>(kNow.time_since_epoch()).count();
    auto& newer = world.add("6f1301ed-0002", SessionStatus::idle(), "/home/dev/project").domain;
    newer.facts.set("agent.limits.five_hour.used_percentage", 42.5);
    newer.facts.set("agent.limits.five_hour.resets_at", now_s + 3720);
    newer.facts.set("agent.limits.seven_day.used_percentage", 250.0);
    newer.facts.set("agent.limits.seven_day.resets_at", now_s - 5);
    auto& older = world.sessions.at("6f1301ed-0001").domain;
    older.last_activity = newer.last_activity - minutes(5);
    older.facts.set("agent.limits.five_hour.used_percentage", 1.0);
    older.facts.set("agent.limits..used_percentage", 0.0);
    return world;
  }
  static World one() {
    World world;
    world.add("6f1301ed-0001", SessionStatus::idle(), "/home/dev/project");
    return world;
  }

  SessionMap sessions;
};

std::string drawn(const World& world, Look look, std::size_t width, std::size_t height) {
  return draw(world.sessions, look, kScene, {width, height}).grid.text();
}

// Compares a frame and its styles with a file; UPDATE=1 writes the file. An emulator that receives the frame must show
// the same text, so that no wrong file can be accepted.
void check_golden(const std::string& name, const World& world, Look look, std::size_t width,
                  std::size_t height, bool is_ascii = false) {
  tui::Grid grid = draw(world.sessions, look, kScene, {width, height}).grid;
  if (is_ascii) to_ascii(grid);
  test::Emulator emulator(static_cast<int>(width), static_cast<int>(height));
  emulator.feed(tui::Encoder(tui::theme_of_terminal(true)).frame(nullptr, grid, true));
  CHECK(emulator.text() == grid.text());
  const std::string text = grid.text() + "----\n" + grid.styles();
  const std::string file = ATM_GOLDEN "/" + name + ".txt";
  if (std::getenv("UPDATE") != nullptr) std::ofstream(file, std::ios::binary) << text;
  std::ostringstream expected;
  expected << std::ifstream(file, std::ios::binary).rdbuf();
  INFO(name << ": UPDATE=1 writes the file again");
  CHECK(expected.str() == text);
}

TEST_CASE("the frames are those of the files", "[dashboard][golden]") {
  const World world = World::busy();
  Look look;
  check_golden("list-80x24", world, look, 80, 24);
  check_golden("list-100x30", world, look, 100, 30);
  check_golden("list-120x30", world, look, 120, 30);
  check_golden("pane-60x15", world, look, 60, 15);
  check_golden("pane-30x10", world, look, 30, 10);
  check_golden("counts-18x3", world, look, 18, 3);
  check_golden("list-ascii-80x24", world, look, 80, 24, true);
  look.choice.is_tree = false;
  check_golden("flat-100x30", world, look, 100, 30);
  look.page = Page::kInbox;
  check_golden("inbox-80x24", world, look, 80, 24);
  look = {};
  look.has_details = true;
  static_cast<void>(drawn(world, look, 160, 45));
  look.cursor.select(rows_of(world.sessions, Page::kList, look.choice, kNow, 40).rows, 1);
  check_golden("details-160x45", world, look, 160, 45);
  check_golden("details-100x30", world, look, 100, 30);
  check_golden("details-60x15", world, look, 60, 15);
  look = {};
  look.is_help = true;
  check_golden("help-80x24", world, look, 80, 24);
  look = {};
  look.filter_text = "needs";
  look.choice.filter = *Filter::parse("needs");
  check_golden("filter-80x24", world, look, 80, 24);
  look = {};
  check_golden("empty-80x24", {}, look, 80, 24);
  look.page = Page::kCost;
  look.report = {"today: $11.7", "", "PROJECT       LIST PRICE", "~/api-server       $11.7"};
  look.is_reporting = true;
  check_golden("cost-80x24", World::limited(), look, 80, 24);
  look = {};
  look.lost = "no daemon answers at /run/user/1000/atm/atm.sock (No such file or directory)";
  check_golden("lost-80x24", {}, look, 80, 24);
  check_golden("lost-list-80x24", world, look, 80, 24);
}

TEST_CASE("every size is drawn without a fault", "[dashboard]") {
  const World world = World::busy();
  for (std::size_t width = 1; width <= 400; width += width < 100 ? 1 : 37) {
    for (const std::size_t height : {1U, 2U, 3U, 4U, 5U, 9U, 10U, 21U, 22U, 23U, 60U, 120U}) {
      for (int scene = 0; scene < 5; ++scene) {
        Look look;
        look.has_details = scene == 1;
        look.is_help = scene == 2;
        look.page = scene == 3 ? Page::kInbox : scene == 4 ? Page::kSystem : Page::kList;
        look.report.assign(scene == 4 ? 50 : 0, std::string(130, 'x'));
        const Frame frame = draw(world.sessions, look, kScene, {width, height});
        REQUIRE(frame.grid.width() == width);
        REQUIRE(frame.visible <= height);
      }
    }
  }
}

TEST_CASE("text of others changes no other column and no colour", "[dashboard]") {
  std::mt19937 random(3);  // NOLINT(cert-msc51-cpp): the same texts in every run
  World plain = World::one();
  protocol::Session& session = plain.sessions.begin()->second;
  session.domain.facts.set("agent.session.name", std::string("name"));
  Look look;
  look.choice.is_tree = false;
  const Frame before = draw(plain.sessions, look, kScene, {100, 12});
  const std::vector<std::string> parts{
      "\x1b[31m", "\u202E", "日", "\U0001F468\u200D\U0001F469", "\u0301", "\n", "\x9b", "\xff",
      "➡\uFE0F",  "\t",     "x",  "\U0001F1E9\U0001F1EA",       "\uE000"};
  for (int i = 0; i < 500; ++i) {
    std::string hostile;
    for (std::size_t j = random() % 40; j > 0; --j) hostile += parts[random() % parts.size()];
    session.domain.facts.set("agent.session.name", hostile);
    const Frame after = draw(plain.sessions, look, kScene, {100, 12});
    const std::string titles = before.grid.text();
    const std::size_t name = 4 + 8 + 2;
    const std::size_t status = titles.find("STATUS") - titles.find('\n') - 1;
    for (std::size_t y = 0; y < 12; ++y) {
      for (std::size_t x = 0; x < 100; ++x) {
        if (y == 2 && x >= name && x < status) {
          const tui::Cell& cell = after.grid.at(x, y);
          REQUIRE((cell.is_blank() || cell.style == before.grid.at(name, y).style));
        } else {
          REQUIRE(after.grid.at(x, y) == before.grid.at(x, y));
        }
      }
    }
  }
}

TEST_CASE("the counts of the projects add up to those of the header", "[dashboard]") {
  const World world = World::busy();
  const Rows rows = rows_of(world.sessions, Page::kList, {}, kNow, 100);
  std::size_t sessions = 0;
  std::size_t needs = 0;
  for (const Row& row : rows.rows) {
    sessions += row.counts.sessions;
    needs += row.counts.needs;
  }
  CHECK(sessions == 8);
  CHECK(rows.counts.sessions == 8);
  CHECK(needs == rows.counts.needs);
  CHECK(needs == 3);
}

TEST_CASE("quiet sessions are folded if the rows do not fit, or on request", "[dashboard]") {
  World world;
  for (int i = 0; i < 30; ++i)
    world.add(("idle-" + std::to_string(i)).c_str(), SessionStatus::idle(), "/home/dev/a");
  world.add("works", SessionStatus::thinking(), "/home/dev/a");
  Choice choice;
  choice.is_tree = false;
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 40).rows.size() == 31);
  const auto folded = rows_of(world.sessions, Page::kList, choice, kNow, 20).rows;
  REQUIRE(folded.size() == 2);
  CHECK(folded[1].text == "30 idle");
  choice.pins.insert("idle-7");
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows.size() == 3);
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows[0].key == "idle-7");
  choice.folds_quiet = false;
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows.size() == 31);
  choice.folds_quiet = true;
  choice.filter = *Filter::parse("idle-1");
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows.size() ==
        11);  // a filter shows what it matches
}

TEST_CASE("the cursor stays with its session, and the selected row is visible", "[dashboard]") {
  World world;
  for (int i = 0; i < 40; ++i)
    world.add(("s-" + std::to_string(100 + i)).c_str(), SessionStatus::thinking(), "/home/dev/a");
  Choice choice;
  choice.is_tree = false;
  std::mt19937 random(5);  // NOLINT(cert-msc51-cpp): the same steps in every run
  Cursor cursor;
  for (int i = 0; i < 500; ++i) {
    const std::size_t height = 1 + random() % 30;
    const Rows rows = rows_of(world.sessions, Page::kList, choice, kNow, 1000);
    const std::string before = cursor.key();
    cursor.follow(rows.rows, height);
    if (!before.empty() && world.sessions.count(before) != 0) REQUIRE(cursor.key() == before);
    REQUIRE(cursor.index() >= cursor.top());
    REQUIRE(cursor.index() < cursor.top() + height);
    cursor.move(rows.rows, static_cast<long>(random() % 21) - 10);
    const auto which = std::next(world.sessions.begin(), static_cast<long>(random() % world.sessions.size()));
    which->second.domain.status = random() % 2 == 0 ? SessionStatus::thinking() : SessionStatus::error();
    if (random() % 20 == 0 && world.sessions.size() > 2) world.sessions.erase(which);
  }
}

TEST_CASE("sessions that name each other as parents are shown once each", "[dashboard]") {
  World world;
  world.add("a", SessionStatus::thinking(), "/p").domain.parent = SessionId("b");
  world.add("b", SessionStatus::thinking(), "/p").domain.parent = SessionId("a");
  world.add("c", SessionStatus::thinking(), "/p").domain.parent = SessionId("c");
  world.add("d", SessionStatus::thinking(), "/p").domain.parent = SessionId("c");
  Choice choice;
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 40).rows.size() == 5);
  choice.closed.insert("c");
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 40).rows.size() == 4);
}

TEST_CASE("the inbox begins with the longest confirmed wait", "[dashboard]") {
  const World world = World::busy();
  const Rows rows = rows_of(world.sessions, Page::kInbox, {}, kNow, 40);
  REQUIRE(rows.rows.size() == 4);
  CHECK(rows.rows[0].key == "deb8441e-0001");  // a question, 40 minutes
  CHECK(rows.rows[1].key == "0bb3f80d-a738");  // a permission, 6 minutes
  CHECK(rows.rows[2].key == "deb8441e-0002");  // an error
  CHECK(rows.rows[3].key == "6f1301ed-0001");  // a finished turn
}

TEST_CASE("the next change is when a shown age changes", "[dashboard]") {
  World world = World::one();
  auto& session = world.sessions.begin()->second.domain;
  const auto change = [&world] {
    Look look;
    return *draw(world.sessions, look, kScene, {80, 24}).next_change - kNow;
  };
  session.status_since = kNow - seconds(7);
  CHECK(change() == seconds(1));
  session.status_since = kNow - seconds(100);
  CHECK(change() == seconds(20));
  session.status_since = kNow - minutes(150);
  CHECK(change() == minutes(30));
  Look look;
  CHECK_FALSE(draw({}, look, kScene, {80, 24}).next_change);
  look = {};
  look.is_help = true;
  CHECK_FALSE(draw(world.sessions, look, kScene, {80, 24}).next_change);
}

TEST_CASE("the words of a filter are joined by and", "[dashboard][filter]") {
  const World world = World::busy();
  const auto count = [&world](const char* text) {
    const auto filter = Filter::parse(text);
    REQUIRE(filter);
    return std::count_if(world.sessions.begin(), world.sessions.end(),
                         [&](const auto& one) { return filter->matches(one.second, kNow); });
  };
  CHECK(count("") == 8);
  CHECK(count("needs") == 3);
  CHECK(count("!needs") == 5);
  CHECK(count("API-server") == 2);
  CHECK(count("api-server bash") == 1);
  CHECK(count("pagination") == 1);
  CHECK(count("state:idle") == 1);
  CHECK(count("state:needs") == 2);
  CHECK(count("agent:claude") == 8);
  CHECK(count("project:docs") == 2);
  CHECK(count("cost>5") == 1);
  CHECK(count("cost<5") == 1);
  CHECK(count("ctx>80") == 2);
  CHECK(count("age>1h") == 0);
  CHECK(count("age<1h") == 8);
  CHECK(count("/^(f0|0b)/") == 0);  // the id is not at the begin of the text
  CHECK(count("/rate.limit/") == 1);
  CHECK(count("!/rate.limit/ project:docs") == 1);
  CHECK(count("日本") == 2);
  for (const char* wrong : {"cost>x", "/(/", "/", "age<", "foo>1"}) CHECK_FALSE(Filter::parse(wrong));
}

TEST_CASE("no key has two actions, and each action has a key", "[dashboard][keys]") {
  std::set<std::string> keys;
  for (const Binding& binding : kBindings) {
    std::istringstream words{std::string(binding.keys)};
    std::size_t count = 0;
    for (std::string key; words >> key; ++count) CHECK(keys.insert(key).second);
    CHECK(count > 0);
  }
  tui::Event event;
  event.character = U'j';
  CHECK(action_of(event) == Action::kDown);
  event.control = true;
  event.character = U'd';
  CHECK(action_of(event) == Action::kHalfDown);
  event.alt = true;
  CHECK_FALSE(action_of(event));
}

TEST_CASE("on a page of reports only keys that move, change the page or end have an effect",
          "[dashboard][keys]") {
  for (const Action action :
       {Action::kDown, Action::kBottom, Action::kBack, Action::kTimeline, Action::kQuit})
    CHECK(applies_to_reports(action));
  for (const Action action : {Action::kJump, Action::kAcknowledge, Action::kPin, Action::kFilter})
    CHECK_FALSE(applies_to_reports(action));
}

TEST_CASE("the session with the last activity decides about the limits of an agent", "[dashboard]") {
  const auto lines = limits_lines(World::limited().sessions, kNow);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "claude_code                     [....................]    0%");
  CHECK(lines[1] == "claude_code     five_hour       [########............]   42%  resets in 1h 2m");
  CHECK(lines[2] ==
        "claude_code     seven_day       [####################]  250%  has been reset since the last report");
  World hostile = World::one();
  auto& domain = hostile.sessions.begin()->second.domain;
  domain.facts.set("agent.limits.x.used_percentage", -1e300);
  domain.facts.set("agent.limits.x.resets_at", std::numeric_limits<std::int64_t>::max());
  CHECK(limits_lines(hostile.sessions, kNow).at(0).ends_with("0%  resets in 366d 0h"));
  CHECK(limits_lines({}, kNow).empty());
}

TEST_CASE("a report contains the output of its commands, and stops them at its end", "[dashboard]") {
  Report report;
  const auto finish = [&report] {
    while (report.is_running()) {
      pollfd wait{report.fd(), POLLIN, 0};
      REQUIRE(::poll(&wait, 1, 20'000) == 1);
      report.read();
    }
  };
  report.start({{"/bin/sh", "-c", "echo one; echo $COLUMNS >&2"}, {"/bin/sh", "-c", "printf 'two\\033[31m'"}},
               77);
  finish();
  CHECK(report.lines() == std::vector<std::string>{"one", "77", "", "two\uFFFD[31m"});
  report.start({{"/nowhere/atm"}}, 80);
  finish();
  CHECK(report.lines() == std::vector<std::string>{"cannot run this program again; is it still installed?"});
  report.start({{"/bin/sh", "-c", "echo ready; sleep 100"}}, 80);
  report.stop();
  CHECK_FALSE(report.is_running());
}

TEST_CASE("the choice of the user survives, and an unreadable file is the default", "[dashboard]") {
  const test::TempDir home;
  ::setenv("XDG_STATE_HOME", home.path().c_str(), 1);
  CHECK(read_choice().is_tree);
  Choice choice;
  choice.is_tree = false;
  choice.folds_quiet = true;
  choice.order = Order::kCost;
  choice.pins = {"a", "b"};
  REQUIRE(write_choice(choice));
  const Choice again = read_choice();
  CHECK_FALSE(again.is_tree);
  CHECK(again.folds_quiet == true);
  CHECK(again.order == Order::kCost);
  CHECK(again.pins == choice.pins);
  CHECK(std::filesystem::status(home.path() / "atm/tui.json").permissions() == std::filesystem::perms(0600));
  home.file("atm/tui.json", "[1,");
  CHECK(read_choice().is_tree);
}

TEST_CASE("a jump shows the pane, and a pane that is none is refused", "[dashboard][jump]") {
  World world = World::busy();
  protocol::Session& session = world.sessions.at("0bb3f80d-a738");
  using Words = std::vector<std::string>;
  const auto outside = plan_jump(session, "");
  REQUIRE(outside);
  CHECK(outside->takes_terminal);
  CHECK(outside->command == Words{"tmux", "-S", "/tmp/tmux-1000/default", "attach-session", "-t", "%12"});
  const auto inside = plan_jump(session, "/tmp/tmux-1000/default,77,0");
  REQUIRE(inside);
  CHECK_FALSE(inside->takes_terminal);
  CHECK(inside->command == Words{"tmux", "-S", "/tmp/tmux-1000/default", "switch-client", "-t", "%12"});
  CHECK(plan_jump(session, "/tmp/tmux-1000/other,77,0")->takes_terminal);
  for (const char* pane : {"%1;kill-server", "%", "1", "%1 ", "%99999999999999", "-t"}) {
    session.runtime.tmux_pane = pane;
    CHECK_FALSE(plan_jump(session, ""));
  }
  session.runtime.tmux_pane.reset();
  session.runtime.tty = "/dev/pts/3";
  CHECK(plan_jump(session, "").error().message.find("its terminal is /dev/pts/3, not in tmux") !=
        std::string::npos);
}

std::vector<protocol::Session> listed(const World& world) {
  std::vector<protocol::Session> sessions;
  for (const auto& [id, session] : world.sessions) sessions.push_back(session);
  return sessions;
}

TEST_CASE("the segment counts what needs the user, works and is done", "[dashboard][tmux]") {
  const auto sessions = listed(World::busy());
  CHECK(segment_text(sessions, false) == "3! 3> 1✓");
  CHECK(segment_text(sessions, true) ==
        "#[fg=yellow]3!#[default] #[fg=cyan]3>#[default] #[fg=green]1✓#[default]");
  CHECK(segment_text({}, false).empty());
}

TEST_CASE("the menu jumps to a session, and a name of others cannot run a command", "[dashboard][tmux]") {
  World world = World::busy();
  auto& session = world.sessions.at("0bb3f80d-a738");
  session.domain.facts.set("agent.session.name", std::string("-#(touch /tmp/x)#[bg=red]"));
  const auto command = menu_command(listed(world), "/usr/bin/atm");
  REQUIRE(command.size() == 4 + 3 * 3);
  CHECK(command[4] == "docs: question");
  CHECK(command[5] == "1");
  CHECK(command[6] == "run-shell \"/usr/bin/atm jump deb8441e-0001\"");
  CHECK(command[7] == " -+(touch /tmp/x)+[bg=red]: permission: Bash");
  World hostile;
  hostile.add("x\";kill-server", SessionStatus::error(), "/p");
  hostile.add("-t", SessionStatus::error(), "/p");
  hostile.add("$(id)", SessionStatus::error(), "/p");
  CHECK(menu_command(listed(hostile), "/usr/bin/atm").empty());
  CHECK(menu_command({}, "/usr/bin/atm").empty());
}

}  // namespace
}  // namespace atm::cli
