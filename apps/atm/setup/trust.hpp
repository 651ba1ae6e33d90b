// SPDX-License-Identifier: MIT
// atm plugin trust: which manifests of the user may name files (docs/agents/manifest.md, "Trust").
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "exit_code.hpp"

namespace atm::cli {

struct TrustOptions {
  std::string what{};  ///< the name or the file of a manifest; empty: list all
  bool remove = false;
  std::string agents{};  ///< the directory of the installed manifests; empty: beside this program
};

[[nodiscard]] ExitCode run_trust(const TrustOptions& options);

namespace setup {

/// The report, or the error.
[[nodiscard]] Result<std::string> trust_manifest(const TrustOptions& options);
/// A table of the manifests of the user.
[[nodiscard]] std::string trust_overview(const TrustOptions& options);

}  // namespace setup
}  // namespace atm::cli
