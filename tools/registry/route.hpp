#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acedt::testing {

/// What a path stands for (OCI distribution-spec v1.1, "Endpoints").
struct Route {
  enum class Kind { base, manifest, blob, tags, referrers, begin_upload, upload, token, none };
  Kind kind = Kind::none;
  std::string repository = {};  ///< may be one that is_repository() refuses
  std::string reference = {};   ///< tag, digest or identifier of an upload

  /// `path` is decoded and without its query.
  static Route parse(std::string_view path);
};

/// Whether `name` obeys the grammar of repository names (OCI distribution-spec v1.1, "Pulling manifests").
bool is_repository(std::string_view name);
/// The same for tags.
bool is_tag(std::string_view name);

}  // namespace acedt::testing
