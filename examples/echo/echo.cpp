// SPDX-License-Identifier: MIT
// A minimal parser: {"session": "...", "text": "..."} creates a session, and the text becomes a notice.
#include <array>
#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <string>

namespace {

constexpr std::string_view kSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "greeting": {"type": "string", "maxLength": 80, "description": "put before every text"}
  }
})";

class Echo final : public atm::Parser {
 public:
  static constexpr atm::Descriptor kDescriptor{"echo", "1.0.0", "Shows a session for every echo", kSchema};

  Echo(const atm::Host& host, std::string_view config) {
    atm::json::Reader reader;
    if (const atm::json::Value* root = reader.parse(config)) {
      if (const auto greeting = atm::json::get_string(*root, "greeting")) greeting_ = *greeting;
    }
    host.log(atm::LogLevel::kInfo, "echoing", {atm::attr("greeting", std::string_view(greeting_))});
  }

  std::span<const std::string_view> channels() const noexcept override { return kChannels; }

  atm::Status parse(const atm::Record& record, const atm::ObservationSink& sink,
                    atm::ErrorText& error) const override {
    thread_local atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(record.payload);
    if (root == nullptr) {
      error.set(reader.error());
      return atm::Status::kInvalid;
    }
    const auto session = atm::json::get_string(*root, "session");
    if (!session || session->empty()) {
      error.set("no member 'session', expected the id of the session as text");
      return atm::Status::kInvalid;
    }

    atm::ObservationHead head{.type = "session.started", .session = *session, .agent = kDescriptor.id};
    head.origin = record.channel;
    head.time_ns = record.time_ns;
    const std::array<atm_attr, 1> started{atm::attr("source", "startup")};
    const atm::Status status = sink.emit(head, atm::Attrs(started.data(), started.size()));
    if (status != atm::Status::kOk) return status;

    const auto text = atm::json::get_string(*root, "text");
    if (!text) return atm::Status::kOk;
    const std::string message = greeting_ + std::string(*text);
    const std::array<atm_attr, 2> attrs{atm::attr("kind", "echo"),
                                        atm::attr("message", std::string_view(message))};
    head.type = "notice";
    return sink.emit(head, atm::Attrs(attrs.data(), attrs.size()));
  }

 private:
  static constexpr std::array<std::string_view, 1> kChannels{"echo/hook"};
  std::string greeting_;
};

}  // namespace

ATM_PLUGIN(Echo);
