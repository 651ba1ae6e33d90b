// SPDX-License-Identifier: MIT
#include "content_id.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace atm::cli::setup {

std::string content_id(std::string_view text) {
  const boost::uuids::name_generator_sha1 name(boost::uuids::ns::oid());
  return boost::uuids::to_string(name(text.data(), text.size()));
}

}  // namespace atm::cli::setup
