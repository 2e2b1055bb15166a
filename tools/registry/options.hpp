#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "acedt/base/units.hpp"
#include "tools/registry/certificate.hpp"

namespace acedt::testing {

/// Who may do what.
struct AuthOptions {
  enum class Scheme { none, basic, bearer };
  Scheme scheme = Scheme::none;
  std::string user = {};  ///< empty, with bearer: everybody gets tokens for everything
  std::string password = {};
  bool anonymous_pull = false;             ///< bearer: without credentials there are tokens for pulling
  std::string refresh_token = {};          ///< bearer: what POST /token takes; empty: it takes none
  std::chrono::seconds token_lifetime{0};  ///< 0: for ever
  std::uint64_t token_uses = 0;            ///< requests that a token is good for; 0: any number
};

/// How the registry handles broken uploads, and chunks that do not continue the upload.
enum class UploadKind {
  distribution3,  ///< keeps the received bytes, and says how many there are
  distribution2,  ///< drops the upload; ignores Content-Range
  zot,            ///< removes the upload
  crane,          ///< keeps the received bytes, but does not say how many
};

/// How the registry presents itself.
struct Options {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one
  /// A second listener that serves blobs under signed URLs, as object stores do: without auth, and refusing requests
  /// that carry any. 0: a free port.
  std::optional<std::uint16_t> storage_port = {};
  bool redirect_blobs = false;  ///< GET of a blob answers 307 to the storage listener
  std::size_t threads = 1;
  std::optional<Certificate> tls = {};
  AuthOptions auth = {};

  std::chrono::milliseconds latency{0};  ///< before each answer
  Bytes rate = {};                       ///< bytes per second of each connection; 0: as fast as it goes
  bool keep_alive = true;
  std::size_t max_connections = 0;  ///< further ones are reset at once; 0: any number

  bool digest_header = true;       ///< whether answers have Docker-Content-Digest
  bool referrers = true;           ///< whether there is a referrers API
  std::size_t referrers_page = 0;  ///< referrers in one answer; 0: all
  UploadKind uploads = UploadKind::distribution3;
  bool blobs_as_manifests = false;  ///< whether a blob can be read as a manifest, as in distribution 2
  bool mount = true;                ///< whether blobs can be mounted; if not, a mount begins an upload
  std::filesystem::path log = {};   ///< each request is appended here too
};

}  // namespace acedt::testing
