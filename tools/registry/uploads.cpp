#include "tools/registry/uploads.hpp"

#include <utility>

namespace acedt::testing {

std::string Uploads::begin(std::string_view repository) {
  const std::scoped_lock lock(mutex_);
  std::string id = "upload-" + std::to_string(++begun_);
  uploads_.emplace(id, Upload{std::string(repository), {}});
  return id;
}

std::optional<std::size_t> Uploads::size(std::string_view repository, const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second.repository != repository) return std::nullopt;
  return found->second.bytes.size();
}

std::optional<std::size_t> Uploads::append(std::string_view repository, const std::string& id, std::string piece,
                                           std::optional<std::uint64_t> offset) {
  const std::scoped_lock lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second.repository != repository) return std::nullopt;
  std::string& bytes = found->second.bytes;
  if (offset && *offset != bytes.size()) return std::nullopt;
  if (bytes.empty()) {
    bytes = std::move(piece);
  } else {
    bytes += piece;
  }
  return bytes.size();
}

std::optional<std::string> Uploads::finish(std::string_view repository, const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second.repository != repository) return std::nullopt;
  std::string bytes = std::move(found->second.bytes);
  uploads_.erase(found);
  return bytes;
}

}  // namespace acedt::testing
