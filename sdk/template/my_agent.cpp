// SPDX-License-Identifier: MIT
// A parser for the events of my_agent. A hook of the agent sends its JSON with
//   atm-hook --agent my_agent
// and this parser receives it unchanged as a record of the channel my_agent/hook.
#include <atm/vocabulary.h>
#include <array>
#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <atm/plugin/binding.hpp>

namespace {

class MyAgent final : public atm::Parser {
 public:
  // The id must equal the name passed to atm_add_plugin. `atm plugins` shows the version.
  static constexpr atm::Descriptor kDescriptor{"my_agent", "0.1.0", "Sessions of my_agent"};

  // The second argument is the table [plugins.my_agent] of atm.toml as JSON; this plugin takes no configuration.
  MyAgent(const atm::Host&, std::string_view) {}

  std::span<const std::string_view> channels() const noexcept override { return kChannels; }

  atm::Status parse(const atm::Record& record, const atm::ObservationSink& sink,
                    atm::ErrorText& error) const override {
    // One reader for each thread: it reuses its buffers, and a parser may run on several threads at once.
    thread_local atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(record.payload);
    if (root == nullptr) {
      error.set(reader.error());
      return atm::Status::kInvalid;
    }
    const auto session = atm::json::get_string(*root, "session");
    const auto event = atm::json::get_string(*root, "event");
    if (!session || session->empty()) {
      error.set("no member 'session', expected the id of the session as text");
      return atm::Status::kInvalid;
    }
    if (!event) return atm::Status::kSkip;

    atm::ObservationHead head{.type = {}, .session = *session, .agent = kDescriptor.id};
    head.origin = record.channel;
    head.time_ns = record.time_ns;

    // docs/specs/observations.md defines the types and attributes. Leave out what the agent does not report.
    atm::AttrList<4> attrs;
    if (*event == "prompt") {
      head.type = ATM_TYPE_PROMPT_SUBMITTED;
    } else if (*event == "done") {
      head.type = ATM_TYPE_TURN_FINISHED;
      attrs.add(ATM_KEY_OUTCOME, "ok");
    } else if (*event == "tool") {
      head.type = ATM_TYPE_TOOL_STARTED;
      attrs.add(ATM_KEY_TOOL, atm::json::get_string(*root, "tool"));
    } else {
      return atm::Status::kSkip;
    }
    // The registry ends the session when the process of the agent ends.
    const atm::Status bound = atm::emit_process_bound(record, head, sink);
    if (atm::to_c(bound) < 0) return bound;
    return sink.emit(head, attrs.view());
  }

 private:
  static constexpr std::array<std::string_view, 1> kChannels{"my_agent/hook"};
};

}  // namespace

ATM_PLUGIN(MyAgent);
