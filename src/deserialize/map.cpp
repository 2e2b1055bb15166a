#include "deserialize/map.hpp"

#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/csv.hpp"

namespace acedt::deserialize {

void Map::add(const ArchivePlan& plan) {
  for (const oci::Descriptor& manifest : plan.sources) {
    std::string_view source = oci::annotation_of(manifest.annotations, oci::annotation::source);
    if (source.empty()) source = oci::annotation_of(manifest.annotations, oci::annotation::ref_name);
    const std::string digest = manifest.digest.text();
    const bool is_tagged = manifest.digest == plan.root.digest && !plan.tag.empty();
    rows_.push_back(
        {std::string(source), digest, manifest.media_type, is_tagged ? plan.artifact : destination_ + '@' + digest});
  }
}

void Map::write(const std::filesystem::path& file) const {
  replace_file(file, file.extension() == ".json" ? json() : csv());
}

std::string Map::json() const {
  std::string text = "[";
  const auto member = [](std::string_view name, const std::string& value) {
    return '"' + std::string(name) + "\": \"" + json_escaped(value) + '"';
  };
  for (const Row& row : rows_)
    text += std::string(text.size() > 1 ? "," : "") + "\n  {" + member("source", row.source) + ", " +
            member("digest", row.digest) + ", " + member("media_type", row.media_type) + ", " +
            member("destination", row.destination) + '}';
  return text + "\n]\n";
}

std::string Map::csv() const {
  std::string text = sync::csv_line({"source", "digest", "media_type", "destination"});
  for (const Row& row : rows_) text += sync::csv_line({row.source, row.digest, row.media_type, row.destination});
  return text;
}

}  // namespace acedt::deserialize
