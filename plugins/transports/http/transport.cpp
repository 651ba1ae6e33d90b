// SPDX-License-Identifier: MIT
#include "transport.hpp"

#include <string>

namespace http_ingest {

atm::Status HttpTransport::start(atm::ErrorText& error) {
  std::string why;
  const atm::Status status = server_.start(why);
  if (status != atm::Status::kOk) error.set(why);
  return status;
}

atm::Status HttpTransport::stop(std::uint32_t deadline_ms) {
  return server_.stop(std::chrono::milliseconds(deadline_ms));
}

}  // namespace http_ingest
