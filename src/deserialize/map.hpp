#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "deserialize/plan.hpp"

namespace acedt::deserialize {

/// Where each artifact is at the destination, for tools that rewrite references (--map-out).
class Map {
 public:
  /// `destination`: REGISTRY/REPOSITORY.
  explicit Map(std::string destination) : destination_(std::move(destination)) {}

  /// Adds the manifests that the index.json of a pushed archive lists, each with the reference of its source if the
  /// archive has one.
  void add(const ArchivePlan& plan);
  /// Writes the rows source, digest, media_type and destination: as a JSON array if the name of `file` ends in .json,
  /// else as CSV with a header. Throws Error(storage).
  void write(const std::filesystem::path& file) const;

 private:
  struct Row {
    std::string source;
    std::string digest;
    std::string media_type;
    std::string destination;
  };
  std::string json() const;
  std::string csv() const;

  std::string destination_;
  std::vector<Row> rows_;
};

}  // namespace acedt::deserialize
