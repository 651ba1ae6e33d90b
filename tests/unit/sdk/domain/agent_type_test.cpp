// SPDX-License-Identifier: MIT
#include <atm/domain/agent_type.hpp>

#include <rapidcheck.h>

#include <string>

#include "support/catch.hpp"

using atm::AgentType;
using Kind = atm::AgentType::Kind;

TEST_CASE("agent type: short names and labels") {
  struct Row {
    Kind kind;
    std::string written, brief, label;
  };
  const auto row = GENERATE(Row{Kind::kGeneralPurpose, "general_purpose", "main", "General Purpose"},
                            Row{Kind::kExplore, "explore", "explore", "Explorer"},
                            Row{Kind::kPlan, "plan", "plan", "Planner"},
                            Row{Kind::kCodeReviewer, "code_reviewer", "review", "Code Reviewer"},
                            Row{Kind::kFileSearch, "file_search", "search", "File Search"});
  const AgentType type(row.kind);
  CHECK(type.str() == row.written);
  CHECK(type.short_name() == row.brief);
  CHECK(type.label() == row.label);
  CHECK(AgentType::parse(row.written) == type);
}

TEST_CASE("agent type: the default is the general one") {
  CHECK(AgentType().kind() == Kind::kGeneralPurpose);
  CHECK(AgentType::parse("").kind() == Kind::kGeneralPurpose);
}

TEST_CASE("agent type: any case, hyphens or underscores, and the short forms are read") {
  CHECK(AgentType::parse("General-Purpose").kind() == Kind::kGeneralPurpose);
  CHECK(AgentType::parse("GeneralPurpose").kind() == Kind::kGeneralPurpose);
  CHECK(AgentType::parse("EXPLORE").kind() == Kind::kExplore);
  CHECK(AgentType::parse("explorer").kind() == Kind::kExplore);
  CHECK(AgentType::parse("Planner").kind() == Kind::kPlan);
  CHECK(AgentType::parse("code-reviewer").kind() == Kind::kCodeReviewer);
  CHECK(AgentType::parse("codereview").kind() == Kind::kCodeReviewer);
  CHECK(AgentType::parse("File-Search").kind() == Kind::kFileSearch);
  CHECK(AgentType::parse("filesearch").kind() == Kind::kFileSearch);
}

TEST_CASE("agent type: any other text is custom and kept as it is") {
  const AgentType type = AgentType::parse("My-Linter");
  CHECK(type.is_custom());
  CHECK(type.str() == "My-Linter");
  CHECK(type.short_name() == "My-Linter");
  CHECK(type.label() == "Custom");
  CHECK(AgentType::parse("main").is_custom());
  CHECK_FALSE(type == AgentType::parse("my-linter"));
}

TEST_CASE("agent type: every type survives its text form") {
  CHECK(rc::check([](const std::string& text) {
    const AgentType type = AgentType::parse(text);
    RC_ASSERT(AgentType::parse(type.str()) == type);
  }));
}
