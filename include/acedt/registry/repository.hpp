#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "acedt/base/secret.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/http/url.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::registry {

/// The value of the Authorization field for one repository, which all its requests share. Any thread.
class Authorization {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Current {
    unsigned generation = 0;      ///< counts renewals
    Secret value = {};            ///< empty: no authorization
    Time renew_at = Time::max();  ///< some time before it expires
  };
  Current current() const;
  /// The challenges that the last renewal answered.
  std::vector<http::Challenge> challenges() const;
  /// Replaces the authorization of `generation` by `fresh`; no effect if it was replaced already.
  void renew(unsigned generation, Current fresh, std::vector<http::Challenge> challenges);

 private:
  mutable std::mutex mutex_;
  Current current_;
  std::vector<http::Challenge> challenges_;
};

/// What is known about how a repository lists referrers. Any thread.
struct ReferrersFound {
  std::atomic<bool> no_api{false};      ///< there is no API: use tags
  std::atomic<bool> other_tags{false};  ///< warned that a referrers tag holds something else
};

/// What pushes have found out about a repository. Any thread.
struct PushFound {
  std::atomic<bool> no_resume{false};  ///< broken uploads cannot be continued
  std::atomic<bool> no_chunks{false};  ///< chunks are not supported
  std::atomic<std::uint64_t> too_large{
      std::numeric_limits<std::uint64_t>::max()};  ///< the smallest body that got 413, in bytes
  std::atomic<std::uint64_t> min_chunk{0};         ///< the smallest chunk that the registry accepts, in bytes

  /// Keeps the URL of an upload session for the next blob.
  void keep(http::Url session) {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
  }
  /// Takes the kept URL; unset if there is none.
  std::optional<http::Url> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(session_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<http::Url> session_;
};

struct Mirrors;
struct MountSource;

/// A repository at an endpoint: all that requests to it need. Copies share the authorization.
struct Repository {
  net::Target target;
  std::string name;  ///< "library/alpine": its name at this endpoint
  ReferrersSupport referrers = ReferrersSupport::automatic;
  std::shared_ptr<Authorization> authorization = std::make_shared<Authorization>();
  std::shared_ptr<ReferrersFound> referrers_found = std::make_shared<ReferrersFound>();
  std::shared_ptr<PushFound> push_found = std::make_shared<PushFound>();
  std::string root = "/v2";  ///< of the API at this endpoint
  std::string scope =
      {};  ///< of its tokens: "repository:library/alpine:pull"; with blanks between several; empty: none
  std::shared_ptr<Mirrors> mirrors = {};           ///< all endpoints, with this one; null: only this one
  std::shared_ptr<MountSource> mount_source = {};  ///< null: blobs are not mounted

  /// "/v2/NAME/KIND/WHICH"; `kind` is manifests, blobs or referrers (OCI distribution-spec v1.1, "Endpoints").
  std::string path(std::string_view kind, std::string_view which) const {
    std::string path;
    path.reserve(root.size() + name.size() + kind.size() + which.size() + 3);
    path.append(root).append("/").append(name).append("/").append(kind).append("/").append(which);
    return path;
  }
};

/// A repository at all endpoints of its registry, in the order in which to ask.
struct Mirrors {
  std::vector<Repository> all;
  std::atomic<std::size_t> ask_first{0};  ///< those before it failed
};

/// Another repository of a registry, from which blobs may be mounted (OCI distribution-spec v1.1, "Mounting a blob from
/// another repository"). Any thread.
struct MountSource {
  /// Mounts from `from` into `to`. Asks for no token before the first request.
  MountSource(const Repository& to, const std::string& from);

  std::string name;                     ///< at the endpoint
  Repository target;                    ///< the one to mount into, with tokens that also allow to pull from this one
  std::atomic<bool> is_refused{false};  ///< the registry does not mount blobs of this one
};

}  // namespace acedt::registry
