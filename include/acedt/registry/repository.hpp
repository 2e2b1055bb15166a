#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "acedt/base/secret.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::registry {

/// The value of the Authorization field for one repository, renewed when the registry says so. Any thread.
class Authorization {
 public:
  struct Current {
    unsigned generation;  ///< counts renewals
    Secret value;         ///< empty: none
  };
  Current current() const;
  void renew(Secret value);

 private:
  mutable std::mutex mutex_;
  Current current_{0, {}};
};

/// A repository at an endpoint: what requests need to know. A value; copies share the authorization.
struct Repository {
  net::Target target;
  std::string name;  ///< "library/alpine"
  ReferrersSupport referrers = ReferrersSupport::automatic;
  std::shared_ptr<Authorization> authorization = std::make_shared<Authorization>();
  std::shared_ptr<std::atomic<bool>> without_referrers_api = std::make_shared<std::atomic<bool>>(false);

  /// "/v2/NAME/KIND/WHICH"; `kind` is manifests, blobs or referrers (OCI distribution-spec v1.1, "Endpoints").
  std::string path(std::string_view kind, std::string_view which) const {
    return "/v2/" + name + "/" + std::string(kind) + "/" + std::string(which);
  }
};

}  // namespace acedt::registry
