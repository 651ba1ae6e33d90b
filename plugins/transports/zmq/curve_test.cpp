// SPDX-License-Identifier: MIT
#include "curve.hpp"

#include <sys/stat.h>

#include <string>

#include "settings.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace zeromq;
using atm::test::contains;
using atm::test::TempDir;

namespace {

const std::string kKey = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
const std::string kOther = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

std::string refusal(const Settings& settings) {
  const auto keys = admit_tcp(settings);
  REQUIRE_FALSE(keys);
  CHECK(keys.error().code == atm::ErrorCode::kInvalidField);
  return keys.error().message;
}

struct Files {
  Files() {
    settings.publish_tcp = "tcp://0.0.0.0:5555";
    settings.secret_key_file = dir.file("secret", kKey + "\n", 0600);
    settings.allowed_keys_file = dir.file("allowed", "# laptop\n" + kOther + "  laptop\n\n", 0644);
  }
  TempDir dir;
  Settings settings;
};

}  // namespace

TEST_CASE("ZMQ-Z19: loopback is 127.0.0.0/8 and [::1], as a number", "[zmq]") {
  for (const char* inside : {"tcp://127.0.0.1:5555", "tcp://127.8.9.10:*", "tcp://[::1]:1"})
    CHECK(is_loopback(inside));
  for (const char* outside :
       {"tcp://0.0.0.0:1", "tcp://*:1", "tcp://localhost:1", "tcp://[::]:1", "tcp://10.0.0.1:1",
        "tcp://127.0.0.1.evil.net:1", "tcp://lo:1", "tcp://[::ffff:127.0.0.1]:1", "ipc://127.0.0.1:1"})
    CHECK_FALSE(is_loopback(outside));
}

TEST_CASE("ZMQ-Z19: tcp beyond loopback without keys is refused", "[zmq]") {
  Settings settings;
  settings.request_tcp = "tcp://*:5555";
  const std::string why = refusal(settings);
  CHECK(contains(why, "tcp://*:5555 can be reached from other machines"));
  CHECK(contains(why, "atm keys"));
  settings.request_tcp = "tcp://127.0.0.1:5555";
  CHECK(admit_tcp(settings));
}

TEST_CASE("ZMQ-Z20: keys are a private secret and a list that is not empty", "[zmq]") {
  Files files;
  const auto keys = admit_tcp(files.settings);
  REQUIRE(keys);
  CHECK(keys->secret == kKey);
  CHECK(keys->allowed == std::set<std::string, std::less<>>{kOther});
}

TEST_CASE("ZMQ-Z20: one file without the other is refused", "[zmq]") {
  Files files;
  files.settings.allowed_keys_file.clear();
  CHECK(contains(refusal(files.settings), "curve_secret_key_file is set without curve_allowed_keys_file"));
}

TEST_CASE("ZMQ-Z20: a secret that others can read is refused", "[zmq]") {
  Files files;
  REQUIRE(::chmod(files.settings.secret_key_file.c_str(), 0640) == 0);
  CHECK(contains(refusal(files.settings), "chmod 600"));
}

TEST_CASE("ZMQ-Z20: a list that others can write to is refused", "[zmq]") {
  Files files;
  REQUIRE(::chmod(files.settings.allowed_keys_file.c_str(), 0664) == 0);
  CHECK(contains(refusal(files.settings), "chmod go-w"));
}

TEST_CASE("ZMQ-Z20: a list without keys or with an invalid key is refused", "[zmq]") {
  Files files;
  files.settings.allowed_keys_file = files.dir.file("empty", "# nobody yet\n");
  CHECK(contains(refusal(files.settings), "contains no keys"));
  files.settings.allowed_keys_file = files.dir.file("short", kKey + "\n" + kKey.substr(1) + "\n");
  CHECK(contains(refusal(files.settings), "not a public key"));
}

TEST_CASE("ZMQ-Z20: a missing file, a directory and a secret of two lines are refused", "[zmq]") {
  Files files;
  files.settings.secret_key_file = files.dir.path() / "missing";
  CHECK(contains(refusal(files.settings), "No such file"));
  files.settings.secret_key_file = files.dir.path();
  CHECK(contains(refusal(files.settings), "not a regular file"));
  files.settings.secret_key_file = files.dir.file("two", kKey + "\n" + kKey + "\n", 0600);
  CHECK(contains(refusal(files.settings), "no secret key"));
}
