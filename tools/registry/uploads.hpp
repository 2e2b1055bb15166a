#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace acedt::testing {

/// Blobs on their way in (OCI distribution-spec v1.1, "Pushing a blob in chunks"). Every member from any thread.
class Uploads {
 public:
  /// The identifier of a new one in `repository`.
  std::string begin(std::string_view repository);
  /// The bytes that have come so far; nothing where there is no such upload.
  std::optional<std::size_t> size(std::string_view repository, const std::string& id) const;
  /// The size after `piece`, which must begin at `offset` where that is given; nothing, and no change, otherwise.
  std::optional<std::size_t> append(std::string_view repository, const std::string& id, std::string piece,
                                    std::optional<std::uint64_t> offset);
  /// Ends the upload and hands over its bytes.
  std::optional<std::string> finish(std::string_view repository, const std::string& id);

 private:
  struct Upload {
    std::string repository;
    std::string bytes;
  };

  mutable std::mutex mutex_;
  std::uint64_t begun_ = 0;
  std::map<std::string, Upload> uploads_;
};

}  // namespace acedt::testing
