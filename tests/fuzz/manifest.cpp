// Manifests, indexes and lists of referrers.

#include "acedt/oci/manifest.hpp"
#include "acedt/oci/layout.hpp"
#include "fuzz/input.hpp"

#include <array>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    constexpr std::array types = {oci::media_type::oci_index, oci::media_type::oci_manifest,
                                  oci::media_type::oci_artifact, oci::media_type::docker_list,
                                  oci::media_type::docker_manifest};
    const unsigned choice = fuzz::take_byte(input);
    oci::sniff_media_type(input);
    if (choice % 8 >= types.size()) {
      oci::parse_referrers(input);
      return;
    }
    const auto manifest = oci::Manifest::parse(types[choice % 8], input);
    fuzz::must(manifest.kind == oci::content_kind(types[choice % 8]));
    std::vector<oci::Descriptor> successors;
    for (const oci::Descriptor* successor : manifest.successors()) successors.push_back(*successor);
    const std::string again = oci::index_json(successors, manifest.annotations);
    fuzz::must(oci::parse_referrers(again).size() == successors.size());
  });
}
